//! The filter pattern language: accepted and rejected patterns, error messages, and the messages that each pattern matches.

use cloudwatch_filter_pattern::{FilterPattern, PatternError};

mod binding;
mod explanation;
mod implication;
mod matching;
mod messages;
mod properties;
mod readers;
mod syntax;
mod vectors;

#[track_caller]
fn pattern(source: &str) -> FilterPattern {
    source.parse().unwrap_or_else(|error| panic!("{error}"))
}

#[track_caller]
fn pattern_err(source: &str) -> PatternError {
    match source.parse::<FilterPattern>() {
        Ok(pattern) => panic!("`{source}` was accepted as `{pattern}`"),
        Err(error) => error,
    }
}
