//! The pages for users: every command that they show prints what they show.

use std::path::Path;
use std::process::Command;

use super::TOOL;

/// A command, and all that it prints.
struct Example<'t> {
    line: usize,
    command: &'t str,
    output: Vec<&'t str>,
}

/// The commands in the `console` blocks of a page: each line after `$ `, and what stands below it.
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
                (None, None) => panic!("line {number} is the output of no command"),
            },
        }
    }
    examples
}

/// What a person sees who types the command.
fn seen(command: &str) -> String {
    let folder = Path::new(TOOL).parent().expect("a file is in a folder");
    let search = std::env::var("PATH").unwrap_or_default();
    let output = Command::new("sh")
        .args(["-c", &format!("{command} 2>&1")])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env("PATH", format!("{}:{search}", folder.display()))
        .output()
        .expect("there is a shell");
    String::from_utf8(output.stdout).expect("the tool prints text")
}

/// Asserts that each command prints what the page shows, and gives the commands.
#[track_caller]
fn shows_what_happens<'t>(name: &str, page: &'t str) -> Vec<&'t str> {
    let check = |example: Example<'t>| {
        let Example {
            line,
            command,
            output,
        } = example;
        let seen = seen(command);
        let seen: Vec<_> = seen.lines().collect();
        assert_eq!(seen, output, "docs/{name}:{line}: {command}");
        command
    };
    examples(page).into_iter().map(check).collect()
}

#[test]
fn the_page_about_filter_patterns_shows_what_happens() {
    let page = include_str!("../../docs/filter-patterns.md");
    let commands = shows_what_happens("filter-patterns.md", page);
    let tests = (commands.iter())
        .filter(|command| command.starts_with("cloudtrail-alarms test-metric-filter "));
    assert!(
        tests.count() >= 28,
        "an example or two for each of the fourteen rules"
    );
}

#[test]
fn the_page_about_lint_shows_what_happens() {
    let page = include_str!("../../docs/lint.md");
    let commands = shows_what_happens("lint.md", page);
    assert!(
        commands.len() > 16,
        "an example for each code of patterns, and one for a file"
    );
}

#[test]
fn the_page_about_the_catalogue_shows_what_happens() {
    let page = include_str!("../../docs/catalogue.md");
    assert!(!shows_what_happens("catalogue.md", page).is_empty());
}
