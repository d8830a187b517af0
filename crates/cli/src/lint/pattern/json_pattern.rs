//! A JSON pattern and what the rules need to check it.

use std::ops::Range;

use super::finding::{Edit, Suggestion};
use super::layout::Layout;
use cloudwatch_filter_pattern::{Comparison, Expr, FilterPattern, Language, Test};

/// A JSON pattern that is linted.
pub(super) struct JsonPattern<'p> {
    pub(super) source: &'p str,
    pub(super) root: &'p Expr,
    pub(super) matches_kms_events_only: bool,
    pub(super) layout: Layout,
}

impl JsonPattern<'_> {
    pub(super) fn text(&self, span: Range<usize>) -> &str {
        &self.source[span]
    }

    /// The selector of a test, as it is written.
    pub(super) fn selector(&self, test: &Test) -> &str {
        self.text(test.selector.span.clone())
    }

    /// Suggests a replacement. `None` if the pattern would not parse with it or would not change.
    pub(super) fn replace(
        &self,
        span: Range<usize>,
        replacement: impl Into<String>,
    ) -> Option<Suggestion> {
        self.edit(vec![Edit {
            span,
            replacement: replacement.into(),
        }])
    }

    /// Suggests edits. `None` if the pattern would not parse with them or would not change.
    pub(super) fn edit(&self, mut edits: Vec<Edit>) -> Option<Suggestion> {
        edits.sort_by_key(|edit| (edit.span.start, edit.span.end));
        let suggestion = Suggestion { edits };
        let text = suggestion.apply(self.source);
        let parses = text.parse::<FilterPattern>().is_ok();
        (parses && text != self.source).then_some(suggestion)
    }

    /// Suggests edits. `None` unless the edited pattern is parsed as the expression `meant`.
    pub(super) fn rewrite(&self, edits: Vec<Edit>, meant: &Expr) -> Option<Suggestion> {
        let suggestion = self.edit(edits)?;
        let edited: FilterPattern = suggestion.apply(self.source).parse().ok()?;
        matches!(edited.language(), Language::Json(expr) if expr == meant).then_some(suggestion)
    }

    /// Suggests another value for an operand, in quotes if the operand has them or the value needs them.
    pub(super) fn replace_operand(
        &self,
        comparison: &Comparison,
        value: &str,
    ) -> Option<Suggestion> {
        let span = comparison.operand.span.clone();
        let is_bare = !self.text(span.clone()).starts_with('"')
            && value.chars().all(|c| c.is_ascii_alphanumeric() || c == '.');
        self.replace(
            span,
            if is_bare {
                value.to_owned()
            } else {
                format!("\"{value}\"")
            },
        )
    }
}
