//! The email: plain text for the person on call, the most important section first.
//!
//! Each section has a maximum size and reports what it leaves out. So the email never exceeds [`MAX_EMAIL`].

mod alarm;
mod callers;
mod frequency;
mod links;
mod samples;
mod section;

use crate::notification::diagnosis::{Cause, Diagnosis};
use crate::notification::render_input::RenderInput;
use crate::notification::sanitize::sanitize_multiline_within;
use crate::notification::summary::summary;
use section::Section;

/// Maximum length of an email, in bytes.
pub const MAX_EMAIL: usize = 32 << 10;

/// Maximum length of the description, in bytes: 1,024 characters of four bytes each.
const MAX_DESCRIPTION: usize = 4_096;

/// Maximum length of the runbook, in bytes.
const MAX_RUNBOOK: usize = 500;

/// Start of a comment that belongs to the command on the next line.
const ACCOUNT_COMMENT: &str = "# in account ";

/// Renders the email.
pub(super) fn email(input: &RenderInput<'_>, diagnosis: &Diagnosis) -> String {
    let definition = input.definition;
    let mut parts = vec![format!("{}\n", summary(input, diagnosis))];
    if !definition.description.is_empty() {
        let description = sanitize_multiline_within(&definition.description, MAX_DESCRIPTION);
        parts.push(format!("{}\n", description.trim_end()));
    }
    if let Some(runbook) = &definition.runbook {
        // On a line of its own, so that no mail client includes another character in the link.
        parts.push(format!(
            "Runbook:\n{}\n",
            sanitize_multiline_within(runbook, MAX_RUNBOOK)
        ));
    }
    let sections = [
        frequency::section(input, diagnosis),
        callers::section(input),
        samples::section(input, diagnosis),
        causes(diagnosis),
        commands(diagnosis),
        links::section(input, diagnosis),
        alarm::section(input),
    ];
    parts.extend(sections.into_iter().filter_map(Section::into_text));
    parts.join("\n")
}

/// Causes of failed calls, with advice and notes.
fn causes(diagnosis: &Diagnosis) -> Section {
    let mut section = Section::new("Likely cause", 2_200);
    for Cause {
        count,
        reason,
        advice,
    } in &diagnosis.causes
    {
        let times = if diagnosis.causes.len() > 1 {
            format!("{count} x ")
        } else {
            String::new()
        };
        section.line(&format!("  {times}{reason}"));
        section.line(&format!("    {advice}"));
    }
    for note in &diagnosis.notes {
        section.line(&format!("  {note}"));
    }
    section
}

/// Shell commands, without indentation so that they can be copied.
fn commands(diagnosis: &Diagnosis) -> Section {
    let mut section = Section::new("Next commands", 2_500);
    let mut commands = diagnosis.commands.iter().map(String::as_str);
    while let Some(command) = commands.next() {
        if command.starts_with(ACCOUNT_COMMENT) {
            let command_of_account = commands.next().unwrap_or_default();
            section.together(&[command, command_of_account]);
        } else {
            section.line(command);
        }
    }
    section
}
