//! Sightings: the earliest records of each combination of values, for alarms with `FirstSeen`.
//!
//! An alarm with `FirstSeen` counts a record only if its combination of values was not seen in the days before. For each
//! combination and UTC day the store holds a grow-only set of [`Sighting`]s: every record that was earlier than all records
//! known before it. The least one is the earliest record of that day.
//!
//! # Guarantee
//!
//! A record is a *first* if no record of its combination is earlier on the same day, and none is on one of the `History` days
//! before. That is a function of the set of records alone. An invocation adds its sighting to the set before it reads the
//! neighboring days, with strong consistency. So of any two records of a combination, at least one invocation sees the other
//! record. The invocation of the earlier one marks the later one as superseded in its bucket, and a superseded record does not
//! count ([`Bucket::superseded`](super::Bucket::superseded)). When every record has been handled at least once, the counts are
//! the same in any order, with repetitions, and with concurrent invocations. Three limits remain:
//!
//! * Between the arrival of a record and that of an earlier one, the later record counts. A notification about it can have
//!   been sent, and is not withdrawn.
//! * Sightings are kept for `History` and 16 further days. A record that is redriven later can be a first again.
//! * Beyond [`MAX_NEW_COMBINATIONS_PER_HOUR`] and [`MAX_SIGHTINGS_PER_DAY`], the order of arrival decides. The records that do not
//!   count for this reason have a metric and a log line.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use super::member::EventId;

/// Maximum number of new combinations of an alarm in an hour. Records of further ones neither count nor are they remembered:
/// by then the alarm has counted this many firsts.
pub const MAX_NEW_COMBINATIONS_PER_HOUR: usize = 1_000;

/// Maximum number of sightings of a combination on one day. Each after the first one arrived later and is earlier than all
/// others, so there are few.
pub const MAX_SIGHTINGS_PER_DAY: usize = 100;

const SECONDS_PER_DAY: i64 = 24 * 60 * 60;

/// A UTC day, as the number of days since 1970. Days before 1970 are day 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(i64);

impl Day {
    /// The day of an instant.
    pub fn of(instant: Timestamp) -> Self {
        Self(instant.as_second().max(0) / SECONDS_PER_DAY)
    }

    /// The number of days since 1970.
    pub fn number(self) -> i64 {
        self.0
    }

    /// The day with this number.
    pub fn from_number(number: i64) -> Self {
        Self(number.max(0))
    }

    /// The first instant of the day.
    pub fn start(self) -> Timestamp {
        Timestamp::from_second(self.0.saturating_mul(SECONDS_PER_DAY)).unwrap_or(Timestamp::MAX)
    }

    /// The day so many days before.
    #[must_use]
    pub fn minus(self, days: u32) -> Self {
        Self::from_number(self.0 - i64::from(days))
    }

    /// The day so many days after.
    #[must_use]
    pub fn plus(self, days: u32) -> Self {
        Self(self.0 + i64::from(days))
    }
}

/// Key of the sightings of one combination on one day.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SightingKey {
    /// `AlarmName`.
    pub alarm: String,
    /// Hash of the combination: of the group, and of the selectors and values of `Fields`.
    pub combination: EventId,
    /// The day.
    pub day: Day,
}

/// A record of a combination: when it counts, in milliseconds, and its deduplication key. Ordered by both.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sighting {
    time: Timestamp,
    id: EventId,
}

impl Sighting {
    /// The sighting of a record that counts at `time`. Fractions of milliseconds are dropped.
    pub fn new(time: Timestamp, id: EventId) -> Self {
        let time = Timestamp::from_millisecond(time.as_millisecond()).unwrap_or(time);
        Self { time, id }
    }

    /// When the record counts.
    pub fn time(self) -> Timestamp {
        self.time
    }

    /// The deduplication key of the record.
    pub fn id(self) -> EventId {
        self.id
    }

    /// The milliseconds since 1970 in 8 bytes (big-endian), and the 16 bytes of the key.
    pub fn to_bytes(self) -> Vec<u8> {
        let mut bytes = self.time.as_millisecond().to_be_bytes().to_vec();
        bytes.extend(self.id.to_bytes());
        bytes
    }

    /// Inverse of [`Sighting::to_bytes`]; `None` for other bytes.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (time, id) = bytes.split_first_chunk()?;
        Some(Self {
            time: Timestamp::from_millisecond(i64::from_be_bytes(*time)).ok()?,
            id: EventId::from_bytes(id)?,
        })
    }
}

/// The sightings of a combination on a day and near it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sightings {
    /// Whether there is a sighting on one of the days before, within the history.
    pub earlier: bool,
    /// The sightings of the day.
    pub same_day: BTreeSet<Sighting>,
    /// The sightings of the nearest later day that has any, within the history.
    pub later: BTreeSet<Sighting>,
}

/// The result of comparing sightings with a record whose own sighting was added to them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is the earliest record of its combination on its day.
    Earliest {
        /// Whether no record of the combination is on one of the days before, within the history.
        is_first: bool,
        /// The known records that are not firsts because of this one.
        superseded: BTreeSet<Sighting>,
    },
    /// An earlier record of its combination is on its day.
    Known,
    /// The day has no capacity for its sighting.
    Surplus,
}

impl Sightings {
    /// Whether there are no sightings.
    pub fn is_empty(&self) -> bool {
        !self.earlier && self.same_day.is_empty() && self.later.is_empty()
    }

    /// Whether the day has a sighting before this one.
    pub fn has_before(&self, sighting: Sighting) -> bool {
        self.same_day.first().is_some_and(|first| *first < sighting)
    }

    /// The verdict on a record. Its sighting must have been added before these sightings were read.
    pub fn verdict(&self, sighting: Sighting) -> Verdict {
        if self.has_before(sighting) {
            Verdict::Known
        } else if self.same_day.contains(&sighting) {
            let others = self.same_day.iter().chain(&self.later);
            Verdict::Earliest {
                is_first: !self.earlier,
                superseded: others.copied().filter(|other| *other != sighting).collect(),
            }
        } else {
            Verdict::Surplus
        }
    }
}

/// How long the sightings of a day are kept after it, for a history of so many days: a dead-letter queue keeps its messages for
/// 14 days.
pub fn sighting_life(history_days: u32) -> SignedDuration {
    SignedDuration::from_hours(24 * (i64::from(history_days) + 16))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sighting_is_read_back_from_its_bytes() {
        let time: Timestamp = "2026-11-20T02:15:01.123456Z".parse().unwrap();
        let sighting = Sighting::new(time, EventId::of_texts(&["x"]));
        assert_eq!(Sighting::from_bytes(&sighting.to_bytes()), Some(sighting));
        assert_eq!(sighting.time().subsec_nanosecond(), 123_000_000);
        assert_eq!(Sighting::from_bytes(&[0; 23]), None);
    }

    #[test]
    fn days_are_utc_days_from_1970_on() {
        let day = |text: &str| Day::of(text.parse().unwrap());
        assert_eq!(day("1969-01-01T00:00:00Z"), Day(0));
        assert_eq!(day("2026-11-20T23:59:59.9Z"), day("2026-11-20T00:00:00Z"));
        assert_eq!(
            day("2026-11-20T00:00:00Z").plus(1),
            day("2026-11-21T00:00:00Z")
        );
        assert_eq!(
            day("2026-11-20T12:00:00Z").start().to_string(),
            "2026-11-20T00:00:00Z"
        );
        assert_eq!(Day(3).minus(7), Day(0));
    }
}
