//! Times of the tests.

use jiff::Timestamp;

/// When CloudTrail delivered the records of the tests: 2026-11-20T02:15:00Z.
pub const DELIVERED: Timestamp = Timestamp::constant(1_795_140_900, 0);

/// This UTC time of day, such as `02:15:00`, on 2026-11-20.
#[track_caller]
pub fn time(clock: &str) -> Timestamp {
    format!("2026-11-20T{clock}Z")
        .parse()
        .expect("a time of day such as 02:15:00")
}
