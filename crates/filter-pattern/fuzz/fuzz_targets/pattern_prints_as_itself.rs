//! Parses arbitrary text as a pattern, prints the pattern, and parses it again.
#![no_main]

use cloudwatch_filter_pattern::{FilterPattern, MAX_LENGTH};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|source: &str| {
    if let Ok(pattern) = source.parse::<FilterPattern>() {
        let printed = pattern.to_string();
        if printed.chars().count() <= MAX_LENGTH {
            assert_eq!(printed.parse::<FilterPattern>().as_ref(), Ok(&pattern));
        }
    }
});
