//! The handler over a store in memory: counting, deliveries in any order, and the readers of payloads and records.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod counting;
mod delivery;
mod first_seen;
mod fuzz_seeds;
mod log_time;
mod real_records;
mod record_parsers;
mod storm;
