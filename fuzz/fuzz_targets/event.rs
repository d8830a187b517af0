//! Reads arbitrary text as an invocation.
#![no_main]

#[path = "../properties/event.rs"]
mod event;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|json: &str| event::check(json));
