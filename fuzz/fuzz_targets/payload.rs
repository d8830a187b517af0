//! Reads arbitrary bytes as a subscription payload.
#![no_main]

use cloudtrail_alarms_testkit::properties::payload;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| payload::check(bytes));
