//! A section of the email.

use crate::notification::email::wrap::wrapped;

/// Maximum number of values of one field.
const MAX_VALUES: usize = 4;

/// A section with a maximum size. It ends with the number of lines that did not fit.
#[derive(Debug)]
pub(super) struct Section {
    title: Option<&'static str>,
    limit: usize,
    text: String,
    left_out: usize,
}

impl Section {
    /// Creates an empty section. `limit` is the maximum size in bytes.
    pub(super) fn new(title: &'static str, limit: usize) -> Self {
        Self {
            title: Some(title),
            ..Self::untitled(limit)
        }
    }

    /// Creates an empty section without a title.
    pub(super) fn untitled(limit: usize) -> Self {
        Self {
            title: None,
            limit,
            text: String::new(),
            left_out: 0,
        }
    }

    /// Adds a sanitized line.
    pub(super) fn line(&mut self, line: &str) {
        self.together(&[line]);
    }

    /// Adds sanitized lines if all of them fit.
    pub(super) fn together<T: AsRef<str>>(&mut self, lines: &[T]) {
        let length: usize = lines.iter().map(|line| line.as_ref().len() + 1).sum();
        if self.text.len() + length > self.limit {
            self.left_out += lines.len();
            return;
        }
        for line in lines {
            self.text.push_str(line.as_ref());
            self.text.push('\n');
        }
    }

    /// Adds a sanitized paragraph, wrapped. `first` and `rest` are the indentations of the first line and of the others.
    pub(super) fn paragraph(&mut self, first: &str, rest: &str, text: &str) {
        self.together(&wrapped(first, rest, text));
    }

    /// Adds a field with sanitized text, wrapped. Does nothing if the text is empty.
    pub(super) fn field(&mut self, name: &str, text: &str) {
        if !text.is_empty() {
            self.paragraph("  ", "    ", &format!("{name}: {text}"));
        }
    }

    /// Adds a field with sanitized values and their counts: `Error: AccessDenied (3), DisabledException (1)`. Does nothing if
    /// there is no value.
    pub(super) fn counts(&mut self, name: &str, counts: &[(String, u64)]) {
        let shown = counts.iter().take(MAX_VALUES);
        let mut values: Vec<String> = shown
            .map(|(value, count)| format!("{value} ({count})"))
            .collect();
        if let Some(more @ 1..) = counts.len().checked_sub(MAX_VALUES) {
            let rest: u64 = counts[MAX_VALUES..].iter().map(|(_, count)| count).sum();
            values.push(format!("and {more} more ({rest})"));
        }
        self.field(name, &values.join(", "));
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
        let title = title.map_or_else(String::new, |title| format!("{title}\n"));
        Some(format!("{title}{text}{note}"))
    }
}
