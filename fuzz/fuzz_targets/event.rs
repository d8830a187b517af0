//! Reads arbitrary text as an invocation.
#![no_main]

use cloudtrail_alarms_testkit::properties::event;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|json: &str| event::check(json));
