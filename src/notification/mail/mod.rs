//! The mail: plain text for the person who is on call. What matters most comes first.
//!
//! Each section has a number of bytes that it may fill, and says what it leaves out; so the whole stays below
//! [`MAX_EMAIL`] whatever the records hold.

mod alarm;
mod headline;
mod often;
mod section;
mod what;
mod who;

use super::diagnosis::{Cause, Diagnosis};
use super::harmless::plain_within;
use super::scene::Scene;
use section::Section;

pub(super) use alarm::of_logs as links_to_logs;
pub(super) use headline::headline;

/// Longest mail, in bytes.
pub const MAX_EMAIL: usize = 32 << 10;

/// Longest description, in bytes: the 1,024 characters that it may have, at four bytes each.
const MAX_DESCRIPTION: usize = 4_096;

/// Longest runbook, in bytes.
const MAX_RUNBOOK: usize = 500;

/// Begins a comment that is of no use without the line below it.
const ACCOUNT_COMMENT: &str = "# in account ";

/// Writes the mail.
pub(super) fn mail(scene: &Scene<'_>, diagnosis: &Diagnosis) -> String {
    let definition = scene.definition;
    let mut parts = vec![format!("{}\n", headline(scene, diagnosis))];
    if !definition.description.is_empty() {
        let description = plain_within(&definition.description, MAX_DESCRIPTION);
        parts.push(format!("{}\n", description.trim_end()));
    }
    if let Some(runbook) = &definition.runbook {
        // On a line of its own, so that no client takes a character too much for the link.
        parts.push(format!(
            "Runbook:\n{}\n",
            plain_within(runbook, MAX_RUNBOOK)
        ));
    }
    let sections = [
        often::section(scene, diagnosis),
        who::section(scene),
        what::section(scene, diagnosis),
        causes(diagnosis),
        commands(diagnosis),
        alarm::links(scene, diagnosis),
        alarm::section(scene),
    ];
    parts.extend(sections.into_iter().filter_map(Section::into_text));
    parts.join("\n")
}

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

/// From the left margin, so that a line is copied as it is.
fn commands(diagnosis: &Diagnosis) -> Section {
    let mut section = Section::new("Next commands", 2_500);
    let mut commands = diagnosis.commands.iter().map(String::as_str);
    while let Some(command) = commands.next() {
        if command.starts_with(ACCOUNT_COMMENT) {
            let of_account = commands.next().unwrap_or_default();
            section.together(&[command, of_account]);
        } else {
            section.line(command);
        }
    }
    section
}
