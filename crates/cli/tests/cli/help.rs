//! The help of every command: width, first line, examples and colors.

use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use cloudtrail_alarms_testkit::folder::folder;
use tempfile::TempDir;

use super::{Outcome, TOOL, empty_folder, file, root, run, tool};

/// The width of a terminal, in characters.
const WIDTH: usize = 80;

/// The verbs with which the description of a command begins.
const VERBS: [&str; 9] = [
    "Build", "Check", "Compute", "Convert", "Lint", "Print", "Replay", "Run", "Show",
];

/// A command, and its help.
struct Help {
    command: Vec<String>,
    text: String,
}

impl Help {
    fn of(command: Vec<String>, flag: &str) -> Self {
        let arguments: Vec<&str> = command.iter().map(String::as_str).chain([flag]).collect();
        let columns = WIDTH.to_string();
        let text = run(root(), &arguments, &[("COLUMNS", &columns)], "").success();
        Self { command, text }
    }

    /// The names of the subcommands.
    fn subcommands(&self) -> Vec<String> {
        let section = self.text.split("\nCommands:\n").nth(1).unwrap_or_default();
        let lines = section.lines().take_while(|line| !line.is_empty());
        let names = lines.filter_map(|line| {
            let name = line.strip_prefix("  ")?.split(' ').next()?;
            (!name.is_empty() && name != "help").then(|| name.to_owned())
        });
        names.collect()
    }

    /// The commands of the examples. Those of several lines are joined.
    fn examples(&self) -> Vec<String> {
        let (_, section) = self.text.split_once("\nExample").unwrap_or_default();
        let mut examples: Vec<String> = Vec::new();
        for line in section.lines().skip(1) {
            match (line.starts_with("   "), examples.last_mut()) {
                (true, Some(last)) => {
                    last.push('\n');
                    last.push_str(line);
                }
                _ => examples.push(line.trim().to_owned()),
            }
        }
        examples
    }
}

/// The help of every command, with this flag.
fn all(flag: &str) -> Vec<Help> {
    let mut helps = vec![Help::of(Vec::new(), flag)];
    let mut next = 0;
    while next < helps.len() {
        let help = &helps[next];
        let subcommands = help.subcommands().into_iter();
        let commands = subcommands.map(|name| [&help.command[..], &[name]].concat());
        let more: Vec<Help> = commands.map(|command| Help::of(command, flag)).collect();
        helps.extend(more);
        next += 1;
    }
    assert!(helps.len() > 15, "{}", helps.len());
    helps
}

#[test]
fn no_line_of_help_is_wider_than_a_terminal() {
    for help in all("-h").into_iter().chain(all("--help")) {
        let wide = |line: &&str| line.chars().count() > WIDTH;
        let wide: Vec<&str> = help.text.lines().filter(wide).collect();
        assert_eq!(wide, [""; 0], "{:?}", help.command);
    }
}

#[test]
fn help_begins_with_an_imperative_sentence_on_one_line() {
    for help in all("--help") {
        let mut lines = help.text.lines();
        let description = lines.next().unwrap_or_default();
        let verb = description.split([' ', ',']).next().unwrap_or_default();
        assert!(
            VERBS.contains(&verb) || description.starts_with("Test a filter pattern "),
            "{:?}: {description}",
            help.command
        );
        assert!(!description.ends_with('.'), "{description}");
        assert_eq!(lines.next(), Some(""), "{description}");
    }
}

/// A folder with the files that the examples name.
fn example_folder() -> TempDir {
    // With a value, the parameter has a default in the export.
    let role = "EcsTaskRoleArn=arn:aws:iam::111122223333:role/application";
    let export = |format| tool(&["export", format, "alarms.yaml", "--param", role]).stdout;
    let accounts = r#"{"Accounts": [{"Id": "111122223333", "Name": "production"}]}"#;
    let folder = folder(&[
        ("alarms.yaml", &file("alarms.yaml")),
        ("template.json", &export("cloudformation")),
        ("infrastructure/main.tf", &export("terraform")),
        ("accounts.json", accounts),
    ]);
    for name in ["catalogue", "events"] {
        symlink(root().join(name), folder.path().join(name)).expect("the folder can be linked");
    }
    folder
}

/// Runs a command in a shell.
fn shell(folder: &Path, command: &str) -> Outcome {
    let tools = Path::new(TOOL).parent().expect("a file is in a folder");
    let search = std::env::var("PATH").unwrap_or_default();
    let output = Command::new("sh")
        .args(["-c", command])
        .current_dir(folder)
        .env("PATH", format!("{}:{search}", tools.display()))
        .output()
        .expect("there is a shell");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Outcome {
        code: output.status.code().expect("the shell is not killed"),
        stdout: text(&output.stdout),
        stderr: text(&output.stderr),
    }
}

#[test]
fn every_command_has_an_example_that_works() {
    for help in all("--help") {
        let examples = help.examples();
        assert!(!examples.is_empty(), "{:?}", help.command);
        let prefix = [&["cloudtrail-alarms".to_owned()], &help.command[..]].concat();
        for example in examples {
            assert!(example.starts_with(&prefix.join(" ")), "{example}");
            let outcome = shell(example_folder().path(), &example);
            assert_eq!(outcome.code, 0, "{example}: {}", outcome.stderr);
            assert!(!outcome.stderr.contains("error:"), "{example}: {outcome:?}");
        }
    }
}

#[test]
fn the_help_lists_the_exit_codes() {
    let help = tool(&["--help"]).success();
    for code in ["  0  success", "  1  findings", "  2  "] {
        assert!(help.contains(code), "{help}");
    }
}

#[test]
fn a_command_with_a_single_format_does_not_offer_others() {
    for help in all("--help") {
        let command = help.command.join(" ");
        let has_one_format = [
            "evaluate",
            "event",
            "export terraform",
            "test-metric-filter",
        ]
        .contains(&command.as_str());
        assert_eq!(help.text.contains("--output"), !has_one_format, "{command}");
    }
    let evaluate = tool(&["test-metric-filter", "--output", "json", "--help"]);
    assert_eq!(evaluate.code, 0, "{evaluate:?}");
}

#[test]
fn only_a_terminal_gets_colors() {
    let with = |variables: &[(&str, &str)]| run(empty_folder(), &["--help"], variables, "");
    let has_color = |outcome: Outcome| outcome.success().contains('\u{1b}');
    assert!(!has_color(with(&[])), "standard output is not a terminal");
    assert!(has_color(with(&[("CLICOLOR_FORCE", "1")])));
    assert!(!has_color(with(&[
        ("CLICOLOR_FORCE", "1"),
        ("NO_COLOR", "1")
    ])));
}

#[test]
fn an_invalid_value_is_reported_with_the_expected_form() {
    let explain = ["explain", "--filter-pattern", "a", "-"];
    let athena = ["export", "athena", "alarms.yaml"];
    let backtest = ["backtest", "events"];
    let evaluate = ["evaluate", "--file", "-"];
    for (command, option, value, expected) in [
        (
            &explain[..],
            "--record",
            "0",
            "expected a whole number from 1",
        ),
        (
            &explain,
            "--today",
            "x",
            "expected a date such as 2026-01-31",
        ),
        (&explain, "--param", "x", "expected NAME=VALUE"),
        (
            &athena,
            "--start-date",
            "x",
            "expected a date such as 2026-01-31",
        ),
        (
            &backtest,
            "--delivery-interval",
            "x",
            "expected 1s to 24h, in whole seconds, such as 5m",
        ),
        (
            &evaluate,
            "--time",
            "x",
            "expected a time (RFC 3339) such as 2026-01-31T12:00:00Z",
        ),
        (
            &["event", "-"],
            "--timestamp",
            "x",
            "expected a time (RFC 3339) such as",
        ),
    ] {
        let message = tool(&[command, &[option, value]].concat()).usage_error();
        let start = format!("error: invalid value '{value}' for '{option} <");
        assert!(message.starts_with(&start), "{message}");
        assert!(message.contains(&format!(">': {expected}")), "{message}");
    }
}
