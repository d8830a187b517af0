//! The summary of an import: the alarms that it moved, the others, and the reasons.

use std::collections::{HashMap, HashSet};
use std::io::{self, Write};

use crate::shortened;

/// How many names a line shows.
const SHOWN: usize = 3;

/// How many characters of a name a line shows.
const MAX_NAME: usize = 100;

/// The fate of each resource, for the end of the output.
#[derive(Debug, Default)]
pub(super) struct Summary {
    moved: usize,
    with_note: usize,
    notes: Lines,
    not_moved: Lines,
    /// Resources that are not alarms on CloudTrail records.
    other: Lines,
    /// Lines about an input as a whole.
    inputs: Vec<String>,
}

/// Texts, each with the names of the resources that it is about.
#[derive(Debug, Default)]
struct Lines {
    lines: Vec<Line>,
    /// The indexes of the lines, by noun and text.
    known: HashMap<(&'static str, String), usize>,
}

#[derive(Debug)]
struct Line {
    noun: &'static str,
    names: Vec<String>,
    text: String,
}

impl Summary {
    /// A summary that begins with lines about the inputs.
    pub(super) fn new(inputs: Vec<String>) -> Self {
        Self {
            inputs,
            ..Self::default()
        }
    }

    /// Adds a line about the inputs, if there is one.
    pub(super) fn add_input(&mut self, line: Option<String>) {
        self.inputs.extend(line);
    }

    /// Counts an alarm that is moved.
    pub(super) fn moved(&mut self, name: &str, notes: &[String]) {
        self.moved += 1;
        self.with_note += usize::from(!notes.is_empty());
        let mut known = HashSet::new();
        for note in notes.iter().filter(|note| known.insert(*note)) {
            self.notes.add("alarm", name, note.clone());
        }
    }

    /// Counts an alarm that is not moved.
    pub(super) fn not_moved(&mut self, name: &str, reason: &str) {
        let text = format!("not imported: {reason}");
        self.not_moved.add("alarm", name, text);
    }

    /// Counts a resource that is not an alarm on CloudTrail records.
    pub(super) fn other(&mut self, noun: &'static str, name: &str, reason: String) {
        self.other.add(noun, name, reason);
    }

    /// Whether all alarms on CloudTrail records were moved, and there is one.
    pub(super) fn is_complete(&self) -> bool {
        self.moved > 0 && self.not_moved.lines.is_empty()
    }

    /// Writes the lines. Each text is written once.
    pub(super) fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        for line in &self.inputs {
            writeln!(out, "{line}")?;
        }
        for lines in [&self.notes, &self.other, &self.not_moved] {
            lines.write(out)?;
        }
        let failed: usize = self
            .not_moved
            .lines
            .iter()
            .map(|line| line.names.len())
            .sum();
        match (self.moved, failed) {
            (0, _) => writeln!(out, "nothing was imported"),
            (moved, failed) => {
                let notes = match self.with_note {
                    0 => String::new(),
                    with_note => format!(", {with_note} with a note"),
                };
                writeln!(out, "imported {moved} of {} alarms{notes}", moved + failed)
            }
        }
    }
}

impl Lines {
    fn add(&mut self, noun: &'static str, name: &str, text: String) {
        let next = self.lines.len();
        let index = *self.known.entry((noun, text.clone())).or_insert(next);
        if index == next {
            self.lines.push(Line {
                noun,
                names: Vec::new(),
                text,
            });
        }
        self.lines[index].names.push(shortened_name(name));
    }

    fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        for Line { noun, names, text } in &self.lines {
            match names.as_slice() {
                [name] => writeln!(out, "{name}: {text}")?,
                names => {
                    let count = names.len();
                    let shown = shortened::names(names, SHOWN);
                    writeln!(out, "{count} {noun}s ({shown}): {text}")?;
                }
            }
        }
        Ok(())
    }
}

/// The name, without what exceeds the maximum.
fn shortened_name(name: &str) -> String {
    match name.char_indices().nth(MAX_NAME) {
        Some((end, _)) => format!("{}...", &name[..end]),
        None => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_name_is_cut() {
        assert_eq!(shortened_name(&"\u{e9}".repeat(100)), "\u{e9}".repeat(100));
        let cut = format!("{}...", "\u{e9}".repeat(100));
        assert_eq!(shortened_name(&"\u{e9}".repeat(101)), cut);
    }

    #[test]
    fn each_text_is_written_once_with_its_names() {
        let mut summary = Summary::new(vec!["a.yaml: its parameter".to_owned()]);
        for name in ["a", "b", "c", "d"] {
            summary.moved(name, &["same".to_owned()]);
        }
        summary.moved(
            "e",
            &["other".to_owned(), "same".to_owned(), "same".to_owned()],
        );
        summary.moved("f", &[]);
        summary.other("composite alarm", "g", "of others".to_owned());
        assert!(summary.is_complete());
        summary.not_moved("h", "why");
        summary.not_moved("i", "why");
        assert!(!summary.is_complete());
        let mut out = Vec::new();
        summary.write(&mut out).expect("it can be written");
        assert_eq!(
            String::from_utf8_lossy(&out),
            "a.yaml: its parameter\n\
             5 alarms (a, b, c and 2 more): same\n\
             e: other\n\
             g: of others\n\
             2 alarms (h, i): not imported: why\n\
             imported 6 of 8 alarms, 5 with a note\n"
        );
    }
}
