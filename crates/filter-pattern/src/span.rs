//! Positions in the text of a pattern.

use std::ops::{Deref, Range};

/// A node of the syntax tree and its position in the pattern.
///
/// Equality ignores the position.
#[derive(Clone, Debug)]
pub struct Spanned<T> {
    /// The node.
    pub node: T,
    /// Byte range in [`FilterPattern::source`](crate::FilterPattern::source).
    pub span: Range<usize>,
}

impl<T> Spanned<T> {
    /// A node at a byte range of the pattern.
    pub fn new(node: T, span: Range<usize>) -> Self {
        Self { node, span }
    }
}

impl<T: PartialEq> PartialEq for Spanned<T> {
    fn eq(&self, other: &Self) -> bool {
        self.node == other.node
    }
}

impl<T> Deref for Spanned<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.node
    }
}
