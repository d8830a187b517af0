//! Hostile inputs to the function, each with its expected result.
//!
//! The numbers are those of the list in the security review. `invocation` tests further events that are not valid.

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
mod volume;
