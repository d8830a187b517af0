//! Where parentheses and joints stand in the text of a pattern, and edits of that text.
//!
//! The tree does not know its parentheses. They, `&&` and `||` are all that stands between tests, so they can be found.

use std::ops::Range;

use super::{Edit, Subject, Suggestion};
use cloudwatch_filter_pattern::{Expr, FilterPattern, Language, Test};

/// The parentheses and joints of a pattern, in the order of its text.
pub(super) struct Layout {
    marks: Vec<Mark>,
}

struct Mark {
    at: usize,
    kind: MarkKind,
}

#[derive(Clone, Copy, PartialEq)]
enum MarkKind {
    Open,
    Close,
    /// `&&` or `||`
    Joint,
}

impl Layout {
    pub(super) fn new(source: &str, root: &Expr) -> Self {
        let spans: Vec<Range<usize>> = root.tests().into_iter().map(Test::span).collect();
        let starts = spans.iter().map(|span| span.start).chain([source.len()]);
        let ends = [0].into_iter().chain(spans.iter().map(|span| span.end));
        let mut marks = Vec::new();
        for (end, start) in ends.zip(starts) {
            let mut gap = source[end..start].char_indices();
            while let Some((at, c)) = gap.next() {
                let kind = match c {
                    '(' => MarkKind::Open,
                    ')' => MarkKind::Close,
                    '&' | '|' => {
                        // The second of the two.
                        gap.next();
                        MarkKind::Joint
                    }
                    _ => continue,
                };
                marks.push(Mark { at: end + at, kind });
            }
        }
        Self { marks }
    }

    /// Where an operand stands, with all the parentheses that are its own.
    pub(super) fn outer(&self, expr: &Expr) -> Range<usize> {
        let mut span = self.inner(expr);
        while let (Some(open), Some(close)) = (self.before(&span), self.behind(&span)) {
            span = open..close;
        }
        span
    }

    /// Whether an operand has parentheses of its own round it.
    pub(super) fn is_parenthesised(&self, expr: &Expr) -> bool {
        self.inner(expr) != self.outer(expr)
    }

    /// Where `&&` or `||` stands between two neighbours.
    pub(super) fn joint(&self, left: &Expr, right: &Expr) -> Option<Range<usize>> {
        let gap = self.inner(left).end..self.inner(right).start;
        let joint = (self.marks.iter())
            .find(|mark| mark.kind == MarkKind::Joint && gap.contains(&mark.at))?;
        Some(joint.at..joint.at + 2)
    }

    /// Where an operand stands, with as many parentheses as make it whole.
    fn inner(&self, expr: &Expr) -> Range<usize> {
        let (Expr::And(operands) | Expr::Or(operands)) = expr else {
            return match expr {
                Expr::Test(test) => test.span(),
                _ => 0..0,
            };
        };
        let (Some(first), Some(last)) = (operands.first(), operands.last()) else {
            return 0..0;
        };
        let mut span = self.outer(first).start..self.outer(last).end;
        let (mut unclosed, mut unopened) = (0, 0);
        for mark in self.marks.iter().filter(|mark| span.contains(&mark.at)) {
            match mark.kind {
                MarkKind::Open => unclosed += 1,
                MarkKind::Close if unclosed > 0 => unclosed -= 1,
                MarkKind::Close => unopened += 1,
                MarkKind::Joint => {}
            }
        }
        for _ in 0..unclosed {
            span.end = self.behind(&span).unwrap_or(span.end);
        }
        for _ in 0..unopened {
            span.start = self.before(&span).unwrap_or(span.start);
        }
        span
    }

    /// An opening parenthesis right before a span.
    fn before(&self, span: &Range<usize>) -> Option<usize> {
        let last = self.marks.iter().rfind(|mark| mark.at < span.start)?;
        (last.kind == MarkKind::Open).then_some(last.at)
    }

    /// The end of a closing parenthesis right behind a span.
    fn behind(&self, span: &Range<usize>) -> Option<usize> {
        let next = self.marks.iter().find(|mark| mark.at >= span.end)?;
        (next.kind == MarkKind::Close).then_some(next.at + 1)
    }
}

impl Edit {
    pub(super) fn new(span: Range<usize>, replacement: &str) -> Self {
        Self {
            span,
            replacement: replacement.to_owned(),
        }
    }

    pub(super) fn parentheses(span: &Range<usize>) -> [Self; 2] {
        [
            Self::new(span.start..span.start, "("),
            Self::new(span.end..span.end, ")"),
        ]
    }
}

impl Subject<'_> {
    /// The edits; none unless the pattern then says what is meant.
    pub(super) fn rewrite(&self, edits: Vec<Edit>, meant: &Expr) -> Option<Suggestion> {
        let suggestion = self.edit(edits)?;
        let edited: FilterPattern = suggestion.apply(self.source).parse().ok()?;
        matches!(edited.language(), Language::Json(expr) if expr == meant).then_some(suggestion)
    }
}
