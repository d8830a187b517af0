//! Findings in patterns, and the edits that correct them.

use std::ops::Range;

use super::code::Code;

/// A problem in a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The kind of problem.
    pub code: Code,
    /// Byte offsets into the pattern's text.
    pub span: Range<usize>,
    /// The problem and its reason, on one line.
    pub message: String,
    /// The correction, if it is certain enough to be applied without asking.
    pub suggestion: Option<Suggestion>,
}

/// A correction: edits in the order of the pattern's text, which do not overlap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suggestion {
    pub(super) edits: Vec<Edit>,
}

/// The replacement of a part of a pattern, or an insertion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// Byte offsets of the replaced part in the pattern's text; empty for an insertion.
    pub span: Range<usize>,
    /// The new text, on one line.
    pub replacement: String,
}

impl Suggestion {
    /// The edits, from left to right.
    pub fn edits(&self) -> &[Edit] {
        &self.edits
    }

    /// The pattern after the edits.
    ///
    /// # Panics
    /// If the suggestion was made for another pattern than `source`.
    pub fn apply(&self, source: &str) -> String {
        let mut text = source.to_owned();
        for Edit { span, replacement } in self.edits.iter().rev() {
            text.replace_range(span.clone(), replacement);
        }
        text
    }
}

impl Edit {
    pub(super) fn new(span: Range<usize>, replacement: &str) -> Self {
        Self {
            span,
            replacement: replacement.to_owned(),
        }
    }

    /// Inserts parentheses around a span.
    pub(super) fn parentheses(span: &Range<usize>) -> [Self; 2] {
        [
            Self::new(span.start..span.start, "("),
            Self::new(span.end..span.end, ")"),
        ]
    }
}
