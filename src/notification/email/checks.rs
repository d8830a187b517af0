//! The section of commands to copy into a shell.

use super::section::Section;
use crate::notification::diagnosis::Diagnosis;

/// The title says that the commands change nothing.
const TITLE: &str = "Check (read-only commands)";

/// Shell commands, each after a comment with the question that it answers. They are not indented, so that they can be copied.
pub(super) fn section(diagnosis: &Diagnosis) -> Section {
    let mut section = Section::new(TITLE, 4_000);
    for check in &diagnosis.checks {
        section.together(&check.lines());
    }
    section
}
