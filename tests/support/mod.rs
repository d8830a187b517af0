//! What the function is run against: a stand-in of the Lambda Runtime API, and emulators of the AWS services it calls.
//!
//! Everything listens on a port of its own on loopback, so that tests run side by side, and ends with its test.

#![expect(
    unreachable_pub,
    reason = "`pub` marks what the tests use; a test has nothing to export"
)]

pub mod aws;
mod clock;
pub mod event;
pub mod function;
pub mod gate;
pub mod http;
pub mod relay;
mod runtime_api;
pub mod scene;
