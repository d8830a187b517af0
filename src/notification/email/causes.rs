//! The sections of effects and causes.

use crate::notification::diagnosis::{Cause, Diagnosis};
use crate::notification::email::section::Section;
use crate::notification::email::wrap::wrapped;
use crate::notification::render_input::RenderInput;

/// Maximum number of causes, and of commands, in a reminder.
const MAX_IN_SUMMARY: usize = 3;

/// Effects of successful calls, and how to undo them. Commands that change something are comments.
pub(super) fn impacts(diagnosis: &Diagnosis) -> Section {
    let mut section = Section::new("Effect", 3_000);
    for impact in &diagnosis.impacts {
        let several = diagnosis.impacts.len() > 1;
        if several {
            section.paragraph("  ", "    ", &format!("{}:", impact.what));
        }
        let indent = if several { "    " } else { "  " };
        for consequence in &impact.consequences {
            section.paragraph(indent, &format!("{indent}  "), consequence);
        }
        if !impact.undo.is_empty() {
            section.line(&format!("{indent}To undo:"));
        }
        for command in &impact.undo {
            section.line(&format!("{indent}  # {command}"));
        }
    }
    section
}

/// Causes of failed calls, each with its count and what to do, then notes.
pub(super) fn causes(diagnosis: &Diagnosis) -> Section {
    let title = if diagnosis.causes.len() == 1 {
        "Likely cause"
    } else {
        "Likely causes"
    };
    let mut section = Section::new(title, 3_000);
    for (index, cause) in diagnosis.causes.iter().enumerate() {
        let mut lines = wrapped(
            "  ",
            "     ",
            &format!("{}. {}", index + 1, sentence(cause)),
        );
        lines.extend(wrapped("     -> ", "        ", &cause.advice));
        lines.extend(
            cause
                .remedies
                .iter()
                .map(|remedy| format!("        # {remedy}")),
        );
        section.together(&lines);
    }
    for note in &diagnosis.notes {
        section.paragraph("  Note: ", "     ", note);
    }
    section
}

/// The commands that undo the calls, and the causes without advice.
pub(super) fn summary(input: &RenderInput<'_>, diagnosis: &Diagnosis) -> Section {
    let mut section = Section::untitled(2_500);
    let undo = (diagnosis.impacts.iter()).flat_map(|impact| &impact.undo);
    for (index, command) in undo.take(MAX_IN_SUMMARY).enumerate() {
        if index == 0 {
            section.line("  To undo:");
        }
        section.line(&format!("    # {command}"));
    }
    if input.pending.new_kinds.is_some() {
        return section;
    }
    let causes = diagnosis.causes.as_slice();
    for cause in causes.iter().take(MAX_IN_SUMMARY) {
        section.paragraph("  ", "    ", &sentence(cause));
    }
    if let Some(more @ 1..) = causes.len().checked_sub(MAX_IN_SUMMARY) {
        section.line(&format!("  and {more} more causes"));
    }
    section
}

/// `AccessDenied (2x): no identity-based policy allows kms:Decrypt.`
fn sentence(cause: &Cause) -> String {
    let Cause {
        code,
        count,
        reason,
        ..
    } = cause;
    let sentence = if reason.contains(code.as_str()) {
        format!("{reason} ({count}x)")
    } else {
        format!("{code} ({count}x): {reason}")
    };
    // A shortened key ID ends in dots.
    let stop = if sentence.ends_with('.') { "" } else { "." };
    sentence + stop
}
