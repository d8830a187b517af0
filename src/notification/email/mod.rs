//! The email: plain text for the person on call, the deciding facts first.
//!
//! The email of a change to ALARM has all sections. A reminder, a recovery and other states have what is new, and links.
//! Each section has a maximum size and reports what it leaves out. So the email never exceeds [`MAX_EMAIL`].

mod callers;
mod calls;
mod causes;
mod checks;
mod details;
pub(super) mod digest;
mod excluded;
mod header;
mod links;
mod section;
mod wrap;

use crate::alarm::AlarmState;
use crate::notification::diagnosis::Diagnosis;
use crate::notification::render_input::RenderInput;
use section::Section;

/// Maximum length of an email, in bytes.
pub const MAX_EMAIL: usize = 32 << 10;

/// Renders the email.
pub(super) fn email(input: &RenderInput<'_>, diagnosis: &Diagnosis) -> String {
    let pending = input.pending;
    let sections = match (pending.change.to, pending.repeat) {
        (AlarmState::Alarm, 0) => vec![
            header::of_alarm(input, diagnosis),
            causes::impacts(diagnosis),
            causes::causes(diagnosis),
            calls::section(input),
            callers::section(input),
            checks::section(diagnosis),
            links::section(input, diagnosis),
            details::section(input, diagnosis),
        ],
        (AlarmState::Alarm, _) => vec![
            header::of_reminder(input, diagnosis),
            causes::summary(input, diagnosis),
            links::of_new_records(input, diagnosis),
        ],
        _ => vec![
            header::of_recovery(input, diagnosis),
            links::of_recovery(input),
        ],
    };
    let texts: Vec<String> = sections
        .into_iter()
        .filter_map(Section::into_text)
        .collect();
    texts.join("\n")
}
