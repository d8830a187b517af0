//! Reads arbitrary bytes as a subscription payload.
#![no_main]

#[path = "../properties/payload.rs"]
mod payload;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| payload::check(bytes));
