//! The output of the function, and checks that hold for every input.

use std::fs;
use std::ops::Not as _;
use std::process::Command;

use cloudtrail_alarms_testkit::properties::email::COMMANDS_TITLE;
use cloudtrail_alarms_testkit::untrusted_text::{
    has_foreign_link, is_harmful, is_link_to, is_sample_console,
};

/// Longest email, in bytes.
const MAX_EMAIL: usize = 32 << 10;

/// How many emails of an input have their commands run.
const MAX_RUN: usize = 5;

/// Parts of the hosts of the hostile inputs. An email has none of them unchanged, even within a longer word.
const HOST_PARTS: [&str; 6] = [
    "evil.example",
    "xn--80ak6aa92e.",
    "\\\\server",
    "\u{3002}",
    "\u{ff0e}",
    "\u{ff61}",
];

/// Printed emails and log lines.
pub(super) struct Output {
    /// The emails, each with its subject line.
    pub(super) emails: Vec<String>,
    /// The lines of the log; the tests set its format to JSON.
    pub(super) log: Vec<String>,
}

impl Output {
    /// Separates the emails from the log. No email has a line that begins with a brace.
    pub(super) fn read(text: &str) -> Self {
        let (mut emails, mut log) = (Vec::<String>::new(), Vec::new());
        for line in text.split('\n') {
            if line.starts_with('{') {
                log.push(line.to_owned());
            } else if line.starts_with("Subject: ") {
                emails.push(format!("{line}\n"));
            } else if let Some(email) = emails.last_mut() {
                email.push_str(line);
                email.push('\n');
            } else if !line.is_empty() {
                log.push(line.to_owned());
            }
        }
        Self { emails, log }
    }

    /// How many lines of the log are metrics.
    pub(super) fn metrics(&self) -> usize {
        let lines = self.log.iter();
        lines.filter(|line| line.starts_with("{\"_aws\"")).count()
    }

    /// All violations.
    pub(super) fn violations(&self) -> Vec<String> {
        let mut violations: Vec<String> = self
            .log
            .iter()
            .filter_map(|line| log_violation(line))
            .collect();
        violations.extend(self.emails.iter().flat_map(|email| email_violations(email)));
        let emails = self.emails.iter().take(MAX_RUN);
        violations.extend(emails.filter_map(|email| run_commands(email).err()));
        violations
    }
}

/// Reports a log line that is not one JSON object: a record could have forged it.
fn log_violation(line: &str) -> Option<String> {
    let is_object = serde_json::from_str::<serde_json::Map<_, _>>(line).is_ok();
    let is_harmless = !line.contains(|c: char| c.is_control());
    (is_object && is_harmless)
        .not()
        .then(|| format!("a log line is not one JSON object: {line:.300}"))
}

fn email_violations(email: &str) -> Vec<String> {
    let mut violations = Vec::new();
    if email.len() > MAX_EMAIL + 200 {
        violations.push(format!("the email has {} bytes", email.len()));
    }
    for line in email.split('\n') {
        if line.contains(is_harmful) {
            violations.push(format!("a line has control characters: {line:?}"));
        }
        if has_hostile_link(line) {
            violations.push(format!("a line has a foreign link: {line}"));
        }
    }
    let subject = email.lines().next().unwrap_or_default();
    let subject = subject.trim_start_matches("Subject: ");
    if !subject.is_ascii() || subject.len() > 100 {
        violations.push(format!(
            "the subject is not 100 ASCII characters: {subject}"
        ));
    }
    let headings = email.lines().filter(|line| *line == COMMANDS_TITLE);
    if headings.count() > 1 {
        violations.push("the email has two sections with commands".to_owned());
    }
    violations
}

/// Whether an email client would link part of the line, or the line has a part of a hostile host.
fn has_hostile_link(line: &str) -> bool {
    let is_linked = match line.strip_prefix("  Filter pattern:") {
        // A pattern is from the alarms file. Some name hosts of AWS.
        Some(pattern) => pattern.contains("://") || pattern.contains("www."),
        None => has_foreign_link(line, |line| is_link_to(line, is_sample_console)),
    };
    is_linked || HOST_PARTS.iter().any(|part| line.contains(part))
}

/// Runs the commands of the email in a shell with an `aws` that does nothing. The hostile inputs try to create a file.
fn run_commands(email: &str) -> Result<(), String> {
    let is_command = |line: &&str| line.starts_with("aws ") || line.starts_with("for c in ");
    let commands: Vec<&str> = email.lines().filter(is_command).collect();
    let script = format!("aws() {{ :; }}\n{}\n", commands.join("\n"));
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let output = Command::new("sh")
        .args(["-e", "-c", &script])
        .current_dir(folder.path())
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .output()
        .map_err(|error| error.to_string())?;
    let made = fs::read_dir(folder.path()).map_err(|error| error.to_string())?;
    let is_fine = output.status.success() && output.stderr.is_empty() && made.count() == 0;
    is_fine
        .then_some(())
        .ok_or_else(|| format!("the commands do more than call `aws`:\n{script}"))
}
