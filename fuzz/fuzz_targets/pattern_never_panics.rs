//! No pattern and no message panics, and an error points into the pattern.
#![no_main]

use cloudwatch_filter_pattern::FilterPattern;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (&str, &str)| {
    let (source, message) = input;
    match source.parse::<FilterPattern>() {
        Ok(pattern) => {
            let extracted = pattern.extracted_values(message);
            assert!(extracted.is_empty() || pattern.matches(message));
        }
        Err(error) => {
            assert!(source.get(error.span()).is_some());
            assert!(error.to_string().starts_with(&error.message()));
        }
    }
});
