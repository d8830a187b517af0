//! Notes on the differences between an alarm and its exported form.

use crate::output::Verdict;
use crate::shortened;
use crate::visible::print_stderr;

/// Maximum number of alarms that one line names.
const MAX_SHOWN: usize = 8;

/// Notes for the user, on standard error and in the output.
#[derive(Debug, Default)]
pub(super) struct Notes {
    notes: Vec<Note>,
    has_left_out: bool,
}

#[derive(Debug)]
struct Note {
    /// The names of the alarms that it applies to; empty if it applies to the whole output.
    alarms: Vec<String>,
    text: String,
}

impl Notes {
    /// Adds a note on the whole output.
    pub(super) fn general(&mut self, text: String) {
        if !self.notes.iter().any(|note| note.text == text) {
            let alarms = Vec::new();
            self.notes.push(Note { alarms, text });
        }
    }

    /// Adds a note on an alarm.
    pub(super) fn add(&mut self, alarm: &str, text: impl Into<String>) {
        let text = text.into();
        match self.notes.iter_mut().find(|note| note.text == text) {
            Some(note) => note.alarms.push(alarm.to_owned()),
            None => self.notes.push(Note {
                alarms: vec![alarm.to_owned()],
                text,
            }),
        }
    }

    /// Adds the reason why an alarm is left out.
    pub(super) fn leave_out(&mut self, alarm: &str, reason: &str) {
        self.has_left_out = true;
        self.add(alarm, format!("left out: {reason}"));
    }

    /// All notes, a line each.
    pub(super) fn lines(&self) -> Vec<String> {
        let line = |note: &Note| {
            let line = match note.alarms.as_slice() {
                [] => note.text.clone(),
                names => format!("{}: {}", shortened::names(names, MAX_SHOWN), note.text),
            };
            line.replace(['\n', '\r'], " ")
        };
        self.notes.iter().map(line).collect()
    }

    /// The notes on one alarm, without its name.
    pub(super) fn of(&self, alarm: &str) -> Vec<String> {
        let notes = self.notes.iter();
        let notes = notes.filter(|note| note.alarms.iter().any(|name| name == alarm));
        notes
            .map(|note| note.text.replace(['\n', '\r'], " "))
            .collect()
    }

    /// The notes on the whole output.
    pub(super) fn general_lines(&self) -> Vec<String> {
        let notes = self.notes.iter().filter(|note| note.alarms.is_empty());
        notes
            .map(|note| note.text.replace(['\n', '\r'], " "))
            .collect()
    }

    /// Prints all notes to standard error. An alarm that is left out is a finding.
    pub(super) fn report(&self) -> Verdict {
        for line in self.lines() {
            print_stderr(format_args!("{line}"));
        }
        if self.has_left_out {
            Verdict::Findings
        } else {
            Verdict::Fine
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repeated_note_is_one_line_with_the_names_of_its_alarms() {
        let mut notes = Notes::default();
        notes.add("A", "x\ny");
        notes.general("for all".to_owned());
        notes.add("B", "x\ny");
        notes.leave_out("C", "why");
        for number in 0..10 {
            notes.add(&format!("N{number}"), "many");
        }
        assert_eq!(
            notes.lines(),
            [
                "A, B: x y",
                "for all",
                "C: left out: why",
                "N0, N1, N2, N3, N4, N5, N6, N7 and 2 more: many",
            ]
        );
        assert_eq!(notes.of("B"), ["x y"]);
        assert_eq!(notes.general_lines(), ["for all"]);
    }
}
