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

#[test]
fn the_page_about_filter_patterns_shows_what_happens() {
    let page = include_str!("../../docs/filter-patterns.md");
    let examples = examples(page);
    let tests = examples.iter().filter(|example| {
        example
            .command
            .starts_with("cloudtrail-alarms test-metric-filter ")
    });
    assert!(
        tests.count() >= 28,
        "an example or two for each of the fourteen rules"
    );
    for Example {
        line,
        command,
        output,
    } in examples
    {
        let seen = seen(command);
        let seen: Vec<_> = seen.lines().collect();
        assert_eq!(seen, output, "docs/filter-patterns.md:{line}: {command}");
    }
}
