//! The command-line tool as it is used: its binary, arguments in, output and exit code out.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

#[path = "cli/documentation.rs"]
mod documentation;
#[path = "cli/evaluate.rs"]
mod evaluate;
#[path = "cli/event.rs"]
mod event;
#[path = "cli/explain.rs"]
mod explain;
#[path = "cli/export.rs"]
mod export;
#[path = "cli/import.rs"]
mod import;
#[path = "cli/lint.rs"]
mod lint;
#[path = "cli/metric_filter.rs"]
mod metric_filter;
#[path = "cli/test.rs"]
mod test;

/// The built tool.
const TOOL: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/target/debug/cloudtrail-alarms"
);

/// What came of a run.
#[derive(Debug, PartialEq)]
struct Outcome {
    code: i32,
    stdout: String,
    stderr: String,
}

impl Outcome {
    /// What was printed, by a run that found nothing wanting and complained of nothing.
    #[track_caller]
    fn fine(self) -> String {
        assert_eq!((self.code, self.stderr.as_str()), (0, ""), "{self:?}");
        self.stdout
    }

    /// What was printed, by a run that had findings.
    #[track_caller]
    fn findings(self) -> String {
        assert_eq!((self.code, self.stderr.as_str()), (1, ""), "{self:?}");
        self.stdout
    }

    /// What was complained of, by a run that printed nothing else.
    #[track_caller]
    fn misuse(self) -> String {
        assert_eq!((self.code, self.stdout.as_str()), (2, ""), "{self:?}");
        self.stderr
    }
}

/// Runs the tool in the repository.
#[track_caller]
fn tool(arguments: &[&str]) -> Outcome {
    run(Path::new(env!("CARGO_MANIFEST_DIR")), arguments, &[], "")
}

/// Runs the tool in a folder, with these environment variables and no others, and this on standard input.
#[track_caller]
fn run(folder: &Path, arguments: &[&str], variables: &[(&str, &str)], input: &str) -> Outcome {
    let mut child = Command::new(TOOL)
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .envs(variables.iter().copied())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the tool starts");
    let mut stdin = child.stdin.take().expect("it is piped");
    let input = input.to_owned();
    // Beside the reading of the output, so that neither side waits for the other.
    let writer = std::thread::spawn(move || {
        // A tool that reads no input may have ended before.
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

/// A new folder with these files.
fn folder(name: &str, files: &[(&str, &str)]) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    if folder.exists() {
        std::fs::remove_dir_all(&folder).expect("the folder can be removed");
    }
    std::fs::create_dir_all(&folder).expect("the folder can be made");
    for (name, text) in files {
        std::fs::write(folder.join(name), text).expect("the file can be written");
    }
    folder
}

/// An item of `Alarms`: one with this name, this pattern in single quotes, and these lines of properties besides.
fn alarm(name: &str, pattern: &str, properties: &str) -> String {
    let lines = properties.lines().map(|line| format!("    {line}\n"));
    format!(
        "  - AlarmName: {name}\n    FilterPattern: '{pattern}'\n    MetricNamespace: N\n    MetricName: M\n    Period: 60\n    \
         EvaluationPeriods: 1\n{}",
        lines.collect::<String>()
    )
}

/// What an alarm of which only the pattern counts has besides.
const ANY_THRESHOLD: &str = "Threshold: 1\nComparisonOperator: GreaterThanThreshold\n";

/// The rows of a file below `tests/vectors`.
fn vectors(file: &str) -> Vec<serde_json::Value> {
    let path = format!("{}/tests/vectors/{file}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).expect("the file is in the repository");
    text.lines()
        .map(|line| serde_json::from_str(line).expect("each line is JSON"))
        .collect()
}

#[test]
fn a_command_that_there_is_not_is_misuse() {
    let complaint = tool(&["tset"]).misuse();
    assert!(
        complaint.contains("a similar subcommand exists: 'test'"),
        "{complaint}"
    );
    assert!(
        tool(&["--output", "xml", "test"])
            .misuse()
            .contains("[possible values: text, json]")
    );
}

#[test]
fn help_goes_to_standard_output() {
    let help = tool(&["--help"]).fine();
    for command in [
        "test-metric-filter",
        "explain",
        "lint",
        "test",
        "evaluate",
        "event",
        "export",
        "import",
    ] {
        assert!(help.contains(&format!("\n  {command} ")), "{help}");
    }
}

#[test]
fn a_reader_that_has_enough_is_no_error() {
    let mut child = Command::new(TOOL)
        .args(["export", "cloudformation", "catalogue/kms.yaml"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the tool starts");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("the tool ends");
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{complaint}");
    assert!(!complaint.contains("error:"), "{complaint}");
}
