//! The email of a digest.

use crate::alarm::AlarmState;
use crate::alarm::digest::Digest;
use crate::notification::diagnosis::Diagnosis;
use crate::notification::digest;
use crate::notification::email::section::Section;
use crate::notification::email::{header, links};
use crate::notification::first_line::first_line;
use crate::notification::render_input::RenderInput;
use crate::notification::threshold::threshold;

/// Maximum number of groups that are listed if none of them went to `ALARM`.
const MAX_LISTED: usize = 3;

/// Renders the email.
pub(in crate::notification) fn email(
    input: &RenderInput<'_>,
    content: &Digest,
    diagnosis: &Diagnosis,
) -> String {
    let sections = match content.state() {
        AlarmState::Alarm => vec![
            header(input, content, diagnosis),
            groups(input, content),
            links::of_digest(input, diagnosis),
            log_query(input),
        ],
        AlarmState::Ok | AlarmState::InsufficientData => vec![
            header(input, content, diagnosis),
            some_groups(input, content),
            links::of_digest(input, diagnosis),
        ],
    };
    let texts: Vec<String> = sections
        .into_iter()
        .filter_map(Section::into_text)
        .collect();
    texts.join("\n")
}

/// The numbers of groups, and why there is a digest.
fn header(input: &RenderInput<'_>, content: &Digest, diagnosis: &Diagnosis) -> Section {
    let mut section = Section::untitled(4_000);
    section.line(&first_line(input, diagnosis));
    let place = header::place(input);
    let threshold = threshold(input.definition);
    let scope = match content.state() {
        AlarmState::Alarm => format!("{place} Threshold: {threshold}."),
        AlarmState::Ok | AlarmState::InsufficientData => place,
    };
    for line in [scope, digest::totals(input, content)] {
        if !line.is_empty() {
            section.paragraph("", "  ", line.trim_start());
        }
    }
    section.paragraph("", "  ", &digest::explanation(input));
    section
}

/// The groups with the most records.
fn groups(input: &RenderInput<'_>, content: &Digest) -> Section {
    let mut section = Section::new("Groups with the most records:", 7_000);
    for (one, number) in content.groups.iter().zip(1..) {
        let activity = digest::activity_phrase(input, one);
        let group = digest::group_phrase(input, &one.group);
        let first = format!("  {number:>2}. ");
        section.paragraph(&first, "      ", &format!("{activity}: {group}"));
    }
    if let Some(more) = digest::more_phrase(content, content.groups.len()) {
        section.line(&format!("  {more}"));
    }
    if let Some(note) = digest::overflow_note(content) {
        section.paragraph("  ", "  ", &note);
    }
    section
}

/// A few of the groups. None of them went to `ALARM`.
fn some_groups(input: &RenderInput<'_>, content: &Digest) -> Section {
    let mut section = Section::untitled(2_000);
    let listed = content.groups.iter().take(MAX_LISTED);
    let mut groups: Vec<String> = listed
        .map(|one| digest::group_phrase(input, &one.group))
        .collect();
    groups.extend(digest::more_phrase(content, MAX_LISTED));
    section.paragraph("", "  ", &format!("Groups: {}.", groups.join("; ")));
    section
}

/// The query that lists the changes of state of all groups.
fn log_query(input: &RenderInput<'_>) -> Section {
    let mut section = Section::new(
        "State changes of all groups, a Logs Insights query of the function's log:",
        1_500,
    );
    for line in digest::log_query(input).lines() {
        section.line(line);
    }
    section
}
