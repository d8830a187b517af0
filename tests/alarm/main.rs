//! Alarms: their files, their evaluation and their state.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod file;
mod group_limit;
mod inclusion;
mod one_alarm;
mod recorded;
mod reminders;
mod state;
