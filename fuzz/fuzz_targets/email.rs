//! Renders notifications of records with arbitrary text in their fields.
#![no_main]

use cloudtrail_alarms_testkit::properties::email;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|fields: &str| email::check(fields));
