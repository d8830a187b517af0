//! Description, runbook and links.

use crate::alarm::AlarmState;
use crate::notification::diagnosis::Diagnosis;
use crate::notification::email::section::Section;
use crate::notification::log_links::{LogLink, log_link_results};
use crate::notification::render_input::RenderInput;
use crate::notification::sanitize::sanitize_multiline_within;

/// Maximum length of the description, in bytes: 1,024 characters of four bytes each.
const MAX_DESCRIPTION: usize = 4_096;

/// Maximum length of the runbook, in bytes.
const MAX_RUNBOOK: usize = 500;

/// Maximum size of the section, in bytes.
const LIMIT: usize = 11_000;

/// The alarm's description and runbook, one CloudTrail link and one link to the log group.
///
/// Each link is on a line of its own, because mail clients include the text that follows a link.
pub(super) fn section(input: &RenderInput<'_>, diagnosis: &Diagnosis) -> Section {
    let mut section = Section::untitled(LIMIT);
    about(&mut section, input);
    event(&mut section, diagnosis);
    logs(&mut section, input);
    section
}

/// The link to all groups and the ID of the notification. In state `ALARM` also the alarm's description and runbook.
pub(super) fn of_digest(input: &RenderInput<'_>, diagnosis: &Diagnosis) -> Section {
    let mut section = Section::untitled(LIMIT);
    if input.pending.change.to == AlarmState::Alarm {
        about(&mut section, input);
    }
    match diagnosis.links.first() {
        Some((label, link)) => section.together(&[&format!("{label}:"), link]),
        None => logs(&mut section, input),
    }
    id(&mut section, input);
    section
}

/// The alarm's description and runbook.
fn about(section: &mut Section, input: &RenderInput<'_>) {
    let definition = input.definition;
    let description = sanitize_multiline_within(&definition.description, MAX_DESCRIPTION);
    describe(section, description.trim_end());
    if let Some(runbook) = &definition.runbook {
        section.together(&["Runbook:", &sanitize_multiline_within(runbook, MAX_RUNBOOK)]);
    }
}

/// The description on the line of its label, or indented if it has several lines.
fn describe(section: &mut Section, description: &str) {
    if !description.contains('\n') {
        if !description.is_empty() {
            section.paragraph("", "  ", &format!("Alarm description: {description}"));
        }
        return;
    }
    section.line("Alarm description:");
    for line in description.lines() {
        let text = line.trim_start();
        let indent = format!("  {}", &line[..line.len() - text.len()]);
        if text.is_empty() {
            section.line("");
        } else {
            section.paragraph(&indent, &indent, text);
        }
    }
}

/// The links of a reminder, and the ID of the notification.
pub(super) fn of_new_records(input: &RenderInput<'_>, diagnosis: &Diagnosis) -> Section {
    let mut section = Section::untitled(LIMIT);
    event(&mut section, diagnosis);
    logs(&mut section, input);
    id(&mut section, input);
    section
}

/// The link to the log group, and the ID of the notification.
pub(super) fn of_recovery(input: &RenderInput<'_>) -> Section {
    let mut section = Section::untitled(LIMIT);
    logs(&mut section, input);
    id(&mut section, input);
    section
}

/// The link to the first event that has one.
fn event(section: &mut Section, diagnosis: &Diagnosis) {
    if let Some((_, link)) = diagnosis.event_link() {
        section.together(&["CloudTrail event:", link]);
    }
}

/// The Logs Insights query. If it has no link, the filtered log events.
fn logs(section: &mut Section, input: &RenderInput<'_>) {
    let mut results = log_link_results(input);
    results.reverse();
    let link = |result: &LogLink| result.link.as_ref().ok().cloned();
    if let Some((label, link)) = results
        .iter()
        .find_map(|result| Some((result.label, link(result)?)))
    {
        section.together(&[&format!("{label}:"), &link]);
    } else if let Some(LogLink {
        label,
        link: Err(reason),
    }) = results.first()
    {
        section.line(&format!("{label}: no link, because {reason}."));
    }
}

fn id(section: &mut Section, input: &RenderInput<'_>) {
    section.line(&format!("Notification ID: {}", input.pending.id));
}
