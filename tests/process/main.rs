//! The built function as a process, with a stand-in for the Lambda Runtime API and emulators of SNS, SQS and DynamoDB.
//!
//! The records of an event have the current time unless a test sets another one. Each process has its own state, so that tests
//! depend neither on each other nor on the time of day.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use cloudtrail_alarms_testkit::function::Environment;

mod crash;
mod crash_in_a_storm;
mod hostile_inputs;
mod invocation;
mod outages;
mod protection;
mod sample_events;

/// The environment of the built function.
fn environment() -> Environment {
    Environment::new(env!("CARGO_BIN_EXE_cloudtrail-alarms-function"))
}
