//! Times of the tests.

use jiff::Timestamp;

/// This UTC time of day, such as `02:15:00`, on 2026-11-20.
#[track_caller]
pub fn time(clock: &str) -> Timestamp {
    format!("2026-11-20T{clock}Z")
        .parse()
        .expect("a time of day such as 02:15:00")
}
