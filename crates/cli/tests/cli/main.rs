//! The command-line tool: arguments and files in, output and exit code out.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use cloudtrail_alarms_testkit::alarms::alarm_item;
use cloudtrail_alarms_testkit::folder::{empty_folder, folder};
use cloudtrail_alarms_testkit::repository::{file, root};

mod accounts;
mod alarms_argument;
mod alarms_file;
mod backtest;
mod catalogue;
mod deployment;
mod documentation;
mod evaluate;
mod event;
mod exclusions;
mod explain;
mod export;
mod help;
mod import;
mod import_terraform;
mod lint;
mod lint_command;
mod metric_filter;
mod terminal_control;
mod test;
mod timeline;

/// The built tool.
const TOOL: &str = env!("CARGO_BIN_EXE_cloudtrail-alarms");

/// The result of a run.
#[derive(Debug, PartialEq)]
struct Outcome {
    code: i32,
    stdout: String,
    stderr: String,
}

impl Outcome {
    /// The output of a successful run without messages on standard error.
    #[track_caller]
    fn success(self) -> String {
        assert_eq!((self.code, self.stderr.as_str()), (0, ""), "{self:?}");
        self.stdout
    }

    /// The output of a run with findings.
    #[track_caller]
    fn findings(self) -> String {
        assert_eq!((self.code, self.stderr.as_str()), (1, ""), "{self:?}");
        self.stdout
    }

    /// The error message of a run that cannot work with its arguments or files.
    #[track_caller]
    fn usage_error(self) -> String {
        assert_eq!((self.code, self.stdout.as_str()), (2, ""), "{self:?}");
        self.stderr
    }
}

/// Runs the tool in the repository.
#[track_caller]
fn tool(arguments: &[&str]) -> Outcome {
    run(root(), arguments, &[], "")
}

/// Runs the tool in a folder, with these environment variables and no others, and this on standard input.
#[track_caller]
fn run(
    folder: impl AsRef<Path>,
    arguments: &[&str],
    variables: &[(&str, &str)],
    input: &str,
) -> Outcome {
    let mut child = Command::new(TOOL)
        .args(arguments)
        .current_dir(&folder)
        .env_clear()
        .envs(variables.iter().copied())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the tool starts");
    let mut stdin = child.stdin.take().expect("it is piped");
    let input = input.to_owned();
    // On its own thread, because the tool may print before it has read all input.
    let writer = std::thread::spawn(move || {
        // The tool may exit without reading its input.
        let _ = stdin.write_all(input.as_bytes());
    });
    let output = child.wait_with_output().expect("the tool ends");
    writer.join().expect("writing does not panic");
    let text = |bytes| String::from_utf8(bytes).expect("the tool prints text");
    Outcome {
        code: output.status.code().expect("the tool is not killed"),
        stdout: text(output.stdout),
        stderr: text(output.stderr),
    }
}

/// An item of `Alarms` with this name, this pattern in single quotes, and these lines of properties.
fn alarm(name: &str, pattern: &str, properties: &str) -> String {
    alarm_item(&format!(
        "AlarmName: {name}\nFilterPattern: '{pattern}'\n-Threshold\n-ComparisonOperator\n{properties}"
    ))
}

/// Properties of an alarm whose threshold does not matter.
const ANY_THRESHOLD: &str = "Threshold: 1\nComparisonOperator: GreaterThanThreshold\n";

#[test]
fn an_unknown_command_is_a_usage_error() {
    let message = tool(&["tset"]).usage_error();
    assert!(
        message.contains("a similar subcommand exists: 'test'"),
        "{message}"
    );
    assert!(
        tool(&["--output", "xml", "test"])
            .usage_error()
            .contains("[possible values: text, json]")
    );
}

#[test]
fn help_goes_to_standard_output() {
    let help = tool(&["--help"]).success();
    for command in [
        "test-metric-filter",
        "explain",
        "lint",
        "test",
        "evaluate",
        "event",
        "accounts",
        "export",
        "import",
    ] {
        assert!(help.contains(&format!("\n  {command} ")), "{help}");
    }
}

#[test]
fn a_closed_pipe_is_not_an_error() {
    let mut child = Command::new(TOOL)
        .args(["export", "cloudformation", "catalogue/kms.yaml"])
        .current_dir(root())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the tool starts");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("the tool ends");
    let message = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{message}");
    assert!(!message.contains("error:"), "{message}");
}
