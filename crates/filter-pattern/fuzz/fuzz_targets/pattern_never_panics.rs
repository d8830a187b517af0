//! Parses arbitrary text as a pattern, and matches it with an arbitrary message.
#![no_main]

use cloudwatch_filter_pattern::FilterPattern;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (&str, &str)| {
    let (source, message) = input;
    match source.parse::<FilterPattern>() {
        Ok(pattern) => {
            let matches = pattern.matches(message);
            assert!(pattern.extracted_values(message).is_empty() || matches);
            assert_eq!(pattern.explain(message).matches, matches);
        }
        Err(error) => {
            assert!(source.get(error.span()).is_some());
            assert!(error.to_string().starts_with(&error.message()));
        }
    }
});
