//! The filter pattern of the subscription passes every record that an alarm matches.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod filter;
mod superset;
