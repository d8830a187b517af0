//! A hostile input and its expected result.

use std::fmt::Debug;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use cloudtrail_alarms_testkit::events::TRAIL;
use cloudtrail_alarms_testkit::folder::{folder, write};
use cloudtrail_alarms_testkit::function::{Environment, FunctionError, FunctionProcess};
use cloudtrail_alarms_testkit::repository::file;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::output::Output;
use super::records::records;
use crate::environment as function_environment;

/// The packs of `catalogue/`, which `alarms.yaml` of an input includes by default.
const PACKS: [&str; 4] = [
    "cis-aws-foundations",
    "infrastructure-changes",
    "kms",
    "guard",
];

/// The role of the function under test.
pub(super) const FUNCTION_ROLE: &str = "arn:aws:iam::111122223333:role/cloudtrail-alarms-function";

/// The role of the scheduler; its failing calls are the canary.
pub(super) const SCHEDULER_ROLE: &str =
    "arn:aws:iam::111122223333:role/cloudtrail-alarms-scheduler";

/// Default limit of the function's peak memory, in bytes.
const MEMORY: u64 = 64 << 20;

/// One hostile input.
pub(super) struct HostileInput {
    name: &'static str,
    events: fn() -> Vec<Value>,
    alarms: Option<String>,
    memory: u64,
    expected: Expected,
}

/// The expected result. Counts are sums over all events of the input; `None` is not checked.
#[derive(Default)]
struct Expected {
    records: Option<[u64; 5]>,
    occurrences: Option<[u64; 4]>,
    refusal: Option<(&'static str, &'static str)>,
    emails: Option<RangeInclusive<usize>>,
    shown: Vec<&'static str>,
    hidden: Vec<&'static str>,
}

impl HostileInput {
    /// An input of these events. One process is invoked with each of them in order.
    pub(super) fn new(name: &'static str, events: fn() -> Vec<Value>) -> Self {
        Self {
            name,
            events,
            alarms: None,
            memory: MEMORY,
            expected: Expected::default(),
        }
    }

    /// Replaces the alarms file.
    pub(super) fn with_alarms(mut self, yaml: impl Into<String>) -> Self {
        self.alarms = Some(yaml.into());
        self
    }

    /// Sets the limit of the function's peak memory; Lambda gives it 256 MiB.
    pub(super) fn within_mebibytes(mut self, memory: u64) -> Self {
        self.memory = memory << 20;
        self
    }

    /// Expects these counts: `recordsIn`, `matched`, `unmatched`, `invalid`, `own`.
    pub(super) fn records(mut self, counts: [u64; 5]) -> Self {
        self.expected.records = Some(counts);
        self
    }

    /// Expects these counts: `new`, `duplicate`, `tooLate`, `overflow`.
    pub(super) fn occurrences(mut self, counts: [u64; 4]) -> Self {
        self.expected.occurrences = Some(counts);
        self
    }

    /// Expects each event to fail with this error type and a message that contains these words.
    pub(super) fn rejected(mut self, error_type: &'static str, words: &'static str) -> Self {
        self.expected.refusal = Some((error_type, words));
        self
    }

    /// Expects this number of printed emails.
    pub(super) fn emails(mut self, count: RangeInclusive<usize>) -> Self {
        self.expected.emails = Some(count);
        self
    }

    /// Expects this text in the output.
    pub(super) fn shows(mut self, text: &'static str) -> Self {
        self.expected.shown.push(text);
        self
    }

    /// Expects that no email contains this text.
    pub(super) fn hides(mut self, text: &'static str) -> Self {
        self.expected.hidden.push(text);
        self
    }

    /// Runs the input in a process of its own and returns all differences from the expected result.
    fn run(&self) -> Vec<String> {
        let own_root = self
            .alarms
            .as_ref()
            .map(|yaml| folder(&[("alarms.yaml", yaml)]));
        let root = own_root.as_ref().map_or(TASK_ROOT.as_path(), TempDir::path);
        let mut function = start(root);
        let replies: Vec<_> = (self.events)()
            .iter()
            .map(|event| function.invoke(event))
            .collect();
        let mut violations = self.expected.violations_of(&replies);
        violations.extend(unresponsive(&mut function));
        let peak = function.peak_memory().expect("the function runs");
        if peak > self.memory {
            violations.push(format!("peak memory: {} MiB", peak >> 20));
        }
        let text = function.stop();
        let output = Output::read(&text);
        violations.extend(output.violations());
        // One line for each event, and one for the event of `unresponsive`.
        let lines = Some(replies.len() + 1);
        violations.extend(differs("metric lines", lines, &output.metrics()));
        violations.extend(self.expected.violations_of_emails(&output, &text));
        if replies.iter().all(Result::is_ok) {
            let sent = sum(&replies, "/notifications/sent");
            violations.extend(differs(
                "printed emails",
                Some(sent),
                &(output.emails.len() as u64),
            ));
        }
        violations
    }
}

impl Expected {
    fn violations_of(&self, replies: &[Result<Value, FunctionError>]) -> Vec<String> {
        let mut violations = Vec::new();
        for reply in replies {
            match (reply, self.refusal) {
                (Ok(_), None) => {}
                (Err(error), Some((kind, words)))
                    if error.error_type == kind && error.error_message.contains(words) => {}
                _ => violations.push(format!("unexpected reply: {reply:?}")),
            }
        }
        let records = ["recordsIn", "matched", "unmatched", "invalid", "own"];
        let records = records.map(|name| sum(replies, &format!("/{name}")));
        let occurrences = ["new", "duplicate", "tooLate", "overflow"];
        let occurrences = occurrences.map(|name| sum(replies, &format!("/occurrences/{name}")));
        violations.extend(differs("records", self.records, &records));
        violations.extend(differs("occurrences", self.occurrences, &occurrences));
        violations
    }

    fn violations_of_emails(&self, output: &Output, text: &str) -> Vec<String> {
        let mut violations = Vec::new();
        let count = output.emails.len();
        if self
            .emails
            .as_ref()
            .is_some_and(|expected| !expected.contains(&count))
        {
            violations.push(format!("{count} emails instead of {:?}", self.emails));
        }
        let emails = output.emails.concat();
        // Emails wrap long lines.
        let text = text.replace("\n    ", " ");
        let missing = self.shown.iter().filter(|shown| !text.contains(**shown));
        violations.extend(
            missing.map(|shown| format!("the output does not contain {shown:?}: {emails:.4000}")),
        );
        let leaked = self
            .hidden
            .iter()
            .filter_map(|hidden| Some((hidden, emails.find(hidden)?)));
        violations.extend(leaked.map(|(hidden, at)| {
            let around: String = emails[at..].chars().take(200).collect();
            format!("an email contains {hidden:?}: {around}")
        }));
        violations
    }
}

/// The sum of a number over all replies.
fn sum(replies: &[Result<Value, FunctionError>], pointer: &str) -> u64 {
    let replies = replies.iter().flatten();
    replies
        .filter_map(|reply| reply.pointer(pointer)?.as_u64())
        .sum()
}

fn differs<T: PartialEq + Debug>(what: &str, expected: Option<T>, found: &T) -> Option<String> {
    let expected = expected.filter(|expected| expected != found)?;
    Some(format!("{what}: expected {expected:?}, found {found:?}"))
}

/// Invokes the function with an event that is not hostile; a message if it does not handle the event.
fn unresponsive(function: &mut FunctionProcess) -> Option<String> {
    let reply = function.invoke(&records([json!({"eventName": "Harmless"})]));
    let is_fine = reply
        .as_ref()
        .is_ok_and(|reply| reply["unmatched"] == json!(1));
    (!is_fine).then(|| format!("the next event fails: {reply:?}"))
}

/// A folder like that of the deployed function, with an `alarms.yaml` that includes all packs.
static TASK_ROOT: LazyLock<PathBuf> = LazyLock::new(|| {
    let packs = PACKS.map(|pack| format!("catalogue/{pack}.yaml"));
    let alarms = format!("Include: [{}]\n{}", packs.join(", "), file("alarms.yaml"));
    let texts = packs.each_ref().map(|pack| file(pack));
    let mut files: Vec<(&str, &str)> = packs
        .iter()
        .zip(&texts)
        .map(|(pack, text)| (pack.as_str(), text.as_str()))
        .collect();
    files.push(("alarms.yaml", &alarms));
    let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join("hostile-inputs");
    for (path, text) in files {
        write(&root, path, text);
    }
    root
});

/// Starts the function with the `alarms.yaml` of this folder.
pub(super) fn start(task_root: &Path) -> FunctionProcess {
    environment(task_root).start()
}

/// The environment of the function with the `alarms.yaml` of this folder.
pub(super) fn environment(task_root: &Path) -> Environment {
    function_environment()
        .with(
            "LAMBDA_TASK_ROOT",
            task_root.to_str().expect("a path is text"),
        )
        .with("ALARMS_FILE", "alarms.yaml")
        .with("FUNCTION_ROLE_ARN", FUNCTION_ROLE)
        .with("SCHEDULER_ROLE_ARN", SCHEDULER_ROLE)
        .with("CLOUDTRAIL_LOG_GROUP_NAME", TRAIL.log_group)
        .with("AWS_LAMBDA_LOG_FORMAT", "JSON")
}

/// Runs all inputs and reports every one that fails.
#[track_caller]
pub(super) fn check(inputs: impl IntoIterator<Item = HostileInput>) {
    let report = |input: &HostileInput, violations: &[String]| {
        format!("{}:\n  {}", input.name, violations.join("\n  "))
    };
    let failed = inputs.into_iter().filter_map(|input| {
        let violations = input.run();
        (!violations.is_empty()).then(|| report(&input, &violations))
    });
    let failed: Vec<String> = failed.collect();
    assert!(
        failed.is_empty(),
        "{} inputs fail\n{}",
        failed.len(),
        failed.join("\n")
    );
}
