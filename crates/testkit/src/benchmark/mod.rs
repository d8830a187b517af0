//! Payloads, alarms, measured code and a baseline for the benchmarks.

pub mod alarm_sets;
pub mod baseline;
mod generator;
pub mod measured;
pub mod payload;
