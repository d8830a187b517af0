//! The commands of the documentation print the output that the documentation shows.

use std::path::Path;
use std::process::Command;

use super::{TOOL, file, root};

/// A command with its output.
struct Example<'t> {
    line: usize,
    command: &'t str,
    output: Vec<&'t str>,
}

/// The commands in the `console` blocks of a page: each line that begins with `$ `, and the lines below it.
fn examples(page: &str) -> Vec<Example<'_>> {
    let mut examples: Vec<Example<'_>> = Vec::new();
    let mut in_console = false;
    for (number, text) in (1..).zip(page.lines()) {
        match text.strip_prefix("```") {
            Some(language) => in_console = language == "console",
            None if !in_console => {}
            None => match (text.strip_prefix("$ "), examples.last_mut()) {
                (Some(command), _) => examples.push(Example {
                    line: number,
                    command,
                    output: Vec::new(),
                }),
                (None, Some(example)) => example.output.push(text),
                (None, None) => panic!("line {number} does not follow a command"),
            },
        }
    }
    examples
}

/// The output of a command in a shell, on both streams.
fn printed(command: &str) -> String {
    let folder = Path::new(TOOL).parent().expect("a file is in a folder");
    let search = std::env::var("PATH").unwrap_or_default();
    let output = Command::new("sh")
        .args(["-c", &format!("{command} 2>&1")])
        .current_dir(root())
        .env("PATH", format!("{}:{search}", folder.display()))
        .output()
        .expect("there is a shell");
    String::from_utf8(output.stdout).expect("the tool prints text")
}

/// Checks the output of each command of a page. Returns the commands.
#[track_caller]
fn check_examples<'t>(name: &str, page: &'t str) -> Vec<&'t str> {
    let check = |example: Example<'t>| {
        let Example {
            line,
            command,
            output,
        } = example;
        let seen = printed(command);
        let seen: Vec<_> = seen.lines().collect();
        assert_eq!(seen, output, "docs/{name}:{line}: {command}");
        command
    };
    examples(page).into_iter().map(check).collect()
}

#[test]
fn the_page_about_filter_patterns_shows_the_real_output() {
    let page = file("docs/reference/filter-patterns.md");
    let commands = check_examples("reference/filter-patterns.md", &page);
    let tests = (commands.iter())
        .filter(|command| command.starts_with("cloudtrail-alarms test-metric-filter "));
    assert!(
        tests.count() >= 28,
        "an example or two for each of the fourteen rules"
    );
}

#[test]
fn the_page_about_lint_shows_the_real_output() {
    let page = file("docs/reference/lint-rules.md");
    let commands = check_examples("reference/lint-rules.md", &page);
    assert!(
        commands.len() > 16,
        "an example for each code of patterns, and one for a file"
    );
}

#[test]
fn the_page_about_the_catalogue_shows_the_real_output() {
    let page = file("docs/reference/catalogue.md");
    assert!(!check_examples("reference/catalogue.md", &page).is_empty());
}

#[test]
fn the_page_about_export_shows_the_real_output() {
    let page = file("docs/reference/export.md");
    assert!(!check_examples("reference/export.md", &page).is_empty());
}

#[test]
fn the_alarm_of_the_readme_has_no_findings() {
    let page = file("README.md");
    let (_, rest) = page
        .split_once("```yaml\n")
        .expect("the README has an alarm");
    let (alarms, _) = rest.split_once("```").expect("a block ends");
    let folder = tempfile::tempdir().expect("there is a temporary folder");
    let path = folder.path().join("alarms.yaml");
    std::fs::write(&path, alarms).expect("the folder is writable");
    assert_eq!(
        printed(&format!("cloudtrail-alarms lint {}", path.display())),
        ""
    );
}
