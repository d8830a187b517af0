//! What a notification says, to people and to programs.
//!
//! The mails of `tests/mails/` are asserted whole; `UPDATE_MAILS=1 cargo test --test notification` writes them anew.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod notification {
    mod cloudwatch;
    mod commands;
    mod hostile;
    mod mails;
    mod ordered;
    mod readme;
    mod receivers;
    mod scene;
    mod schema;
    mod shapes;
}
