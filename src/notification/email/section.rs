//! A section of the email.

use crate::notification::sanitize::sanitize;

/// Width of the column of field names.
const NAME_WIDTH: usize = 17;

/// Maximum number of values of one field.
const MAX_VALUES: usize = 4;

/// A section with a title and a maximum size. It ends with the number of lines that did not fit.
#[derive(Debug)]
pub(super) struct Section {
    title: &'static str,
    limit: usize,
    text: String,
    left_out: usize,
}

impl Section {
    /// Creates an empty section. `limit` is the maximum size in bytes.
    pub(super) fn new(title: &'static str, limit: usize) -> Self {
        Self {
            title,
            limit,
            text: String::new(),
            left_out: 0,
        }
    }

    /// Adds a sanitized line.
    pub(super) fn line(&mut self, line: &str) {
        if self.text.len() + line.len() + 1 > self.limit {
            self.left_out += 1;
            return;
        }
        self.text.push_str(line);
        self.text.push('\n');
    }

    /// Adds lines if all of them fit.
    pub(super) fn together(&mut self, lines: &[&str]) {
        let length: usize = lines.iter().map(|line| line.len() + 1).sum();
        if self.text.len() + length > self.limit {
            self.left_out += lines.len();
            return;
        }
        for line in lines {
            self.line(line);
        }
    }

    /// Adds a field with sanitized text. Does nothing if the text is empty.
    pub(super) fn field(&mut self, name: &str, text: &str) {
        if !text.is_empty() {
            let name = format!("{name}:");
            self.line(&format!("  {name:NAME_WIDTH$}{text}"));
        }
    }

    /// Adds a field with values from records, one per line.
    pub(super) fn values(&mut self, name: &str, values: &[&str]) {
        self.sanitized_values(name, values.iter().map(|value| sanitize(value)));
    }

    /// Adds a field with sanitized values, one per line.
    pub(super) fn sanitized_values(
        &mut self,
        name: &str,
        values: impl ExactSizeIterator<Item = String>,
    ) {
        let count = values.len();
        self.rows(name, values);
        if let Some(more @ 1..) = count.checked_sub(MAX_VALUES) {
            self.row("", &format!("and {more} more"));
        }
    }

    /// Adds a field with values from records and their counts.
    pub(super) fn counts<T: AsRef<str>>(&mut self, name: &str, counts: &[(T, u64)]) {
        let sanitized: Vec<(String, u64)> = (counts.iter())
            .map(|(value, count)| (sanitize(value.as_ref()), *count))
            .collect();
        self.sanitized_counts(name, &sanitized);
    }

    /// [`Section::counts`] of sanitized values.
    pub(super) fn sanitized_counts(&mut self, name: &str, counts: &[(String, u64)]) {
        self.rows(
            name,
            counts
                .iter()
                .map(|(value, count)| format!("{value} ({count})")),
        );
        if let Some(more @ 1..) = counts.len().checked_sub(MAX_VALUES) {
            let rest: u64 = counts[MAX_VALUES..].iter().map(|(_, count)| count).sum();
            self.row("", &format!("and {more} more ({rest})"));
        }
    }

    fn rows(&mut self, name: &str, rows: impl Iterator<Item = String>) {
        let mut name = name;
        for row in rows.take(MAX_VALUES) {
            self.row(name, &row);
            name = "";
        }
    }

    fn row(&mut self, name: &str, text: &str) {
        let name = if name.is_empty() {
            String::new()
        } else {
            format!("{name}:")
        };
        self.line(&format!("  {name:NAME_WIDTH$}{text}"));
    }

    /// Title and lines. `None` if there are no lines.
    pub(super) fn into_text(self) -> Option<String> {
        let Self {
            title,
            text,
            left_out,
            ..
        } = self;
        let note = match left_out {
            0 if text.is_empty() => return None,
            0 => String::new(),
            1 => "  [1 line left out]\n".to_owned(),
            lines => format!("  [{lines} lines left out]\n"),
        };
        Some(format!("{title}\n{text}{note}"))
    }
}
