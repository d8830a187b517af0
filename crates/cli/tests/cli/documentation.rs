//! The commands of the documentation print the output that the documentation shows.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use cloudtrail_alarms_testkit::documentation::check_generated;

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
        // Help is as wide as the terminal.
        .env("COLUMNS", "80")
        .stdin(Stdio::null())
        .output()
        .expect("there is a shell");
    String::from_utf8(output.stdout).expect("the tool prints text")
}

/// The page with the real output of each command.
fn with_outputs(page: &str) -> String {
    let mut text = String::new();
    let mut in_console = false;
    for line in page.lines() {
        let language = line.strip_prefix("```");
        in_console = language.map_or(in_console, |language| language == "console");
        let command = line.strip_prefix("$ ").filter(|_| in_console);
        if language.is_some() || command.is_some() || !in_console {
            text.extend([line, "\n"]);
        }
        text += &command.map(printed).unwrap_or_default();
    }
    text
}

/// Checks the output of each command of a page. Returns the commands.
///
/// If the environment has `UPDATE_REFERENCE`, the outputs are rewritten instead.
#[track_caller]
fn check_examples<'t>(name: &str, page: &'t str) -> Vec<&'t str> {
    if std::env::var_os("UPDATE_REFERENCE").is_some() {
        let page_path = root().join("docs").join(name);
        fs::write(page_path, with_outputs(page)).expect("the page can be written");
        return examples(page)
            .iter()
            .map(|example| example.command)
            .collect();
    }
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
fn the_page_about_first_seen_shows_the_real_output() {
    let page = file("docs/guides/first-seen.md");
    assert!(!check_examples("guides/first-seen.md", &page).is_empty());
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
    fs::write(&path, alarms).expect("the folder is writable");
    assert_eq!(
        printed(&format!("cloudtrail-alarms lint {}", path.display())),
        ""
    );
}

const CLI: &str = "reference/cli.md";

/// The commands in the help of a command, its path before them.
fn commands(path: &str) -> Vec<String> {
    let help = printed(&format!("cloudtrail-alarms {path} --help"));
    let list = help.split("\nCommands:\n").nth(1).unwrap_or_default();
    let names = list.lines().take_while(|line| !line.is_empty());
    let names = names.filter_map(|line| line.strip_prefix("  ")?.split(' ').next());
    (names.filter(|name| !name.is_empty() && *name != "help"))
        .flat_map(|name| {
            let path = format!("{path} {name}").trim().to_owned();
            let nested = commands(&path);
            [vec![path], nested].concat()
        })
        .collect()
}

#[test]
fn the_page_about_the_tool_shows_the_real_help_and_output() {
    let page = file(Path::new("docs").join(CLI));
    let examples = check_examples(CLI, &page);
    let commands = commands("");
    assert!(commands.len() > 12, "{commands:?}");
    for command in [String::new()].iter().chain(&commands) {
        let help = printed(&format!("cloudtrail-alarms {command} -h"));
        let help: Vec<&str> = help.lines().map(str::trim_end).collect();
        let name = if command.is_empty() {
            "cloudtrail-alarms"
        } else {
            command
        };
        let block = format!("```text\n{}\n```", help.join("\n").trim_end());
        check_generated(&format!("docs/{CLI}"), name, &block);
        let invocation = format!("cloudtrail-alarms {command}");
        let is_nested = command.contains(' ');
        assert!(
            is_nested || examples.iter().any(|example| example.contains(&invocation)),
            "the page has no example of {invocation}"
        );
    }
}
