//! The filter pattern language: what it accepts, what it refuses and how it says so, and what each pattern matches.

use cloudwatch_filter_pattern::FilterPattern;

#[path = "pattern/binding.rs"]
mod binding;
#[path = "pattern/explaining.rs"]
mod explaining;
#[path = "pattern/implying.rs"]
mod implying;
#[path = "pattern/matching.rs"]
mod matching;
#[path = "pattern/messages.rs"]
mod messages;
#[path = "pattern/syntax.rs"]
mod syntax;
#[path = "pattern/vectors.rs"]
mod vectors;

#[track_caller]
fn pattern(source: &str) -> FilterPattern {
    source.parse().unwrap_or_else(|error| panic!("{error}"))
}

#[track_caller]
fn pattern_err(source: &str) -> cloudwatch_filter_pattern::PatternError {
    match source.parse::<FilterPattern>() {
        Ok(pattern) => panic!("`{source}` was accepted as `{pattern}`"),
        Err(error) => error,
    }
}
