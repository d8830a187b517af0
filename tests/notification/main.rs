//! The content of notifications, for people and for programs.
//!
//! The emails of `emails/` are compared as a whole; `UPDATE_MAILS=1 cargo test --test notification` writes them again.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod cases;
mod cloudwatch;
mod commands;
mod getting_started;
mod golden;
mod hostile;
mod input;
mod ordered;
mod receivers;
mod schema;
