//! YAML as a tree of nodes with their positions.
//!
//! Serde reports only the first error of a file. This module keeps the position of each value, so that a reader of the tree can
//! report all errors with line and column. [`Schema`] selects between the YAML of an alarms file and that of a
//! CloudFormation template.

mod anchors;
mod builder;
mod node;
mod syntax_error;

pub use builder::{Document, Problem, parse};
pub use node::{Entry, Node, Quoting, Scalar, Schema, Value};
pub use syntax_error::SyntaxError;
