//! Renders notifications of records with arbitrary text in their fields.
#![no_main]

#[path = "../properties/email.rs"]
mod email;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|fields: &str| email::check(fields));
