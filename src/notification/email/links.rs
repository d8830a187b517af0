//! The section of links.

use crate::notification::diagnosis::Diagnosis;
use crate::notification::email::section::Section;
use crate::notification::log_links::{LogLink, log_link_results, log_links};
use crate::notification::render_input::RenderInput;

/// Each link is on a line of its own, because mail clients include the text that follows a link.
pub(super) fn section(input: &RenderInput<'_>, diagnosis: &Diagnosis) -> Section {
    let mut section = Section::new("Links", 5_500);
    for (label, link) in diagnosis.links.iter().chain(&log_links(input)) {
        section.together(&[&format!("  {label}:"), link]);
    }
    for LogLink { label, link } in log_link_results(input) {
        if let Err(reason) = link {
            section.line(&format!("  ({label}: no link, {reason})"));
        }
    }
    section
}
