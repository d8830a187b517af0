//! Shared code of the integration tests: inputs, emulators of AWS services, and the built function as a process.
//!
//! All servers listen on free ports of the loopback interface, so that tests can run in parallel. They end with the test
//! process. Only the package that builds a binary knows the binary's path; tests pass it to [`function::Environment`].

#![allow(
    clippy::missing_panics_doc,
    reason = "test helpers panic if a precondition of the test does not hold"
)]

pub mod alarms;
pub mod benchmark;
pub mod deployment;
pub mod documentation;
pub mod emulators;
pub mod events;
mod fake_clock;
pub mod faulty_alarms_files;
pub mod folder;
pub mod function;
pub mod futures;
pub mod gate;
pub mod http;
pub mod payloads;
pub mod properties;
pub mod proxy;
pub mod publisher;
pub mod records;
pub mod repository;
mod runtime_api;
pub mod time;
pub mod untrusted_text;
pub mod vectors;
