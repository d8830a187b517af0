//! Generated patterns and records, and a naive evaluator, for tests of the filter pattern language.

#![allow(
    clippy::missing_panics_doc,
    reason = "test helpers panic if a precondition of the test does not hold"
)]

pub mod generator;
pub mod mutation;
pub mod oracle;
pub mod readers;
