//! Hostile inputs to the function, the tool and the loader of alarms files, each with its expected result.
//!
//! The numbers are those of the list in the security review. `function.rs` tests further events that are not valid.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[expect(dead_code, reason = "shared with the other tests of the function")]
mod support;

mod hostile_inputs {
    mod alarms_file;
    mod commands;
    mod json;
    mod log;
    mod origin;
    mod output;
    mod patterns;
    mod payloads;
    mod records;
    mod row;
    mod text;
    mod time_and_identity;
    mod tool;
    mod volume;
}
