//! Reads and matches arbitrary lines as records.
#![no_main]

use cloudtrail_alarms_testkit::properties::record;
use cloudwatch_filter_pattern_testkit::mutation::mutation;
use libfuzzer_sys::{fuzz_mutator, fuzz_target, fuzzer_mutate};
use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

fuzz_target!(|lines: &str| record::check(lines));

// Half of the new inputs get a copy of a line that is changed as JSON, the others a change of libFuzzer's own.
fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    if seed.is_multiple_of(2) {
        return fuzzer_mutate(data, size, max_size);
    }
    match with_changed_line(&data[..size], seed) {
        Some(lines) if lines.len() <= max_size => {
            data[..lines.len()].copy_from_slice(lines.as_bytes());
            lines.len()
        }
        _ => fuzzer_mutate(data, size, max_size),
    }
});

/// The lines with a changed one: in place of its original or after it.
fn with_changed_line(lines: &[u8], seed: u32) -> Option<String> {
    let text = std::str::from_utf8(lines).ok()?;
    let mut lines: Vec<&str> = text.split('\n').collect();
    let number = seed as usize / 4;
    let place = number % lines.len();
    let mut random = [0; 16];
    random[..4].copy_from_slice(&seed.to_le_bytes());
    let random = TestRng::from_seed(RngAlgorithm::XorShift, &random);
    let mut runner = TestRunner::new_with_rng(Config::default(), random);
    let mut changed = lines[place].to_owned();
    for _ in 0..=number / lines.len() % 3 {
        let mutation = mutation().new_tree(&mut runner).ok()?.current();
        changed = mutation.apply(&changed);
    }
    if seed % 4 == 1 {
        lines[place] = &changed;
    } else {
        lines.insert(place + 1, &changed);
    }
    Some(lines.join("\n"))
}
