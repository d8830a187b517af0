//! Locates parentheses and logical operators in the text of a pattern.
//!
//! The syntax tree does not contain them. Only they and white space can appear between tests, so the text there has them.

use std::ops::Range;

use cloudwatch_filter_pattern::{Expr, Test};

/// The parentheses and logical operators of a pattern, in the order of its text.
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
    Operator,
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
                        // Skip the second character.
                        gap.next();
                        MarkKind::Operator
                    }
                    _ => continue,
                };
                marks.push(Mark { at: end + at, kind });
            }
        }
        Self { marks }
    }

    /// The span of an operand, including the parentheses around it.
    pub(super) fn outer(&self, expr: &Expr) -> Range<usize> {
        let mut span = self.inner(expr);
        while let (Some(open), Some(close)) = (self.open_before(&span), self.close_after(&span)) {
            span = open..close;
        }
        span
    }

    /// Whether an operand is in parentheses.
    pub(super) fn is_parenthesized(&self, expr: &Expr) -> bool {
        self.inner(expr) != self.outer(expr)
    }

    /// The span of the `&&` or `||` between two adjacent operands.
    pub(super) fn operator(&self, left: &Expr, right: &Expr) -> Option<Range<usize>> {
        let gap = self.inner(left).end..self.inner(right).start;
        let operator = (self.marks.iter())
            .find(|mark| mark.kind == MarkKind::Operator && gap.contains(&mark.at))?;
        Some(operator.at..operator.at + 2)
    }

    /// The span of an operand without parentheses around it. The parentheses inside are balanced.
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
                MarkKind::Operator => {}
            }
        }
        for _ in 0..unclosed {
            span.end = self.close_after(&span).unwrap_or(span.end);
        }
        for _ in 0..unopened {
            span.start = self.open_before(&span).unwrap_or(span.start);
        }
        span
    }

    /// The opening parenthesis right before a span.
    fn open_before(&self, span: &Range<usize>) -> Option<usize> {
        let last = self.marks.iter().rfind(|mark| mark.at < span.start)?;
        (last.kind == MarkKind::Open).then_some(last.at)
    }

    /// The end of the closing parenthesis right after a span.
    fn close_after(&self, span: &Range<usize>) -> Option<usize> {
        let next = self.marks.iter().find(|mark| mark.at >= span.end)?;
        (next.kind == MarkKind::Close).then_some(next.at + 1)
    }
}
