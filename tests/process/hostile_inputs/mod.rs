//! Hostile inputs to the function, each with its expected result.
//!
//! `invocation` tests further events that are not valid.

mod alarms_file;
mod commands;
mod hostile_input;
mod json;
mod log;
mod origin;
mod output;
mod patterns;
mod payloads;
mod records;
mod text;
mod time_and_identity;
mod volume;
