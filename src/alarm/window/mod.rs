//! When an alarm is evaluated, over which time windows, and in which buckets its counts are stored.
//!
//! Windows slide as in CloudWatch: for an evaluation at instant q with period P, they are `[q-P, q)`, `[q-2P, q-P)` and so
//! on, for any q. Counts are therefore stored in buckets as wide as the evaluation interval allows, and a window is a sum of
//! whole buckets. All intervals are half-open and aligned to the Unix epoch, that is to UTC.

use jiff::{SignedDuration, Timestamp};

use crate::alarm::rule::{EvaluationWindow, Settings};

/// How far in the future the time of a record may be; a later record is not counted.
///
/// CloudTrail delivers no record with a future time, so this only allows for clocks that differ. `PutLogEvents` accepts two
/// hours: after a forged record, the alarm would be evaluated up to that time and ignore real records.
pub const MAX_AHEAD: SignedDuration = SignedDuration::from_mins(5);

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// A time interval, `start <= instant < end`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Window {
    /// The first instant in it.
    pub start: Timestamp,
    /// The first instant after it.
    pub end: Timestamp,
}

impl Window {
    /// Whether the instant is in it.
    pub fn contains(&self, instant: Timestamp) -> bool {
        (self.start..self.end).contains(&instant)
    }

    /// The smallest interval that includes both.
    #[must_use]
    pub fn around(self, other: Self) -> Self {
        Self {
            start: self.start.min(other.start),
            end: self.end.max(other.end),
        }
    }
}

/// Width of the buckets that counts are stored in: 10 s if `Period` is below a minute, otherwise a minute.
///
/// Divides `Period`, and every distance between two evaluations.
pub fn bucket_width(settings: &Settings) -> SignedDuration {
    SignedDuration::from_secs(bucket_seconds(settings))
}

/// The bucket that contains an instant.
pub fn bucket_at(instant: Timestamp, settings: &Settings) -> Window {
    let width = bucket_seconds(settings);
    let start = floor(instant, width);
    Window {
        start: at(start),
        end: at(start + width),
    }
}

/// The first start of a bucket that is not before the instant.
pub fn bucket_start_at_or_after(instant: Timestamp, settings: &Settings) -> Timestamp {
    let bucket = bucket_at(instant, settings);
    if bucket.start == instant {
        instant
    } else {
        bucket.end
    }
}

/// Start of the hour that contains an instant.
pub fn hour_of(instant: Timestamp) -> Timestamp {
    at(floor(instant, HOUR))
}

/// How often CloudWatch evaluates: every minute; every 10 s if `Period` is below a minute; every hour if
/// `Period` x `EvaluationPeriods` exceeds a day.
pub fn evaluation_interval(settings: &Settings) -> SignedDuration {
    SignedDuration::from_secs(interval_seconds(settings))
}

/// The last instant, not after `instant`, at which the alarm is evaluated.
pub fn evaluation_instant_at_or_before(instant: Timestamp, settings: &Settings) -> Timestamp {
    at(floor(instant, interval_seconds(settings)))
}

/// The first instant, not before `instant`, at which the alarm is evaluated.
pub fn evaluation_instant_at_or_after(instant: Timestamp, settings: &Settings) -> Timestamp {
    let interval = interval_seconds(settings);
    let before = floor(instant, interval);
    if at(before) == instant {
        instant
    } else {
        at(before + interval)
    }
}

/// The `count` newest windows of an evaluation at `instant`, oldest first. Each is one `Period` long and begins at the end of
/// the one before.
///
/// [`Sliding`](EvaluationWindow::Sliding) windows end at `instant`, or at the last evaluation instant before it.
/// [`WallClock`](EvaluationWindow::WallClock) windows are the whole periods of the UTC clock that are over at
/// `instant`: a five-minute one begins at :00, :05 and so on, a day at midnight, seven days on a Thursday, as the
/// Unix epoch does.
pub fn windows_ending_at(
    instant: Timestamp,
    settings: &Settings,
    evaluation_window: EvaluationWindow,
    count: usize,
) -> Vec<Window> {
    let period = i64::from(settings.period);
    let end = match evaluation_window {
        EvaluationWindow::Sliding => floor(instant, interval_seconds(settings)),
        EvaluationWindow::WallClock => floor(instant, period),
    };
    let newest_first = std::iter::successors(Some(end), |end| Some(end - period));
    let mut windows: Vec<_> = newest_first
        .map(|end| Window {
            start: at(end - period),
            end: at(end),
        })
        .take(count)
        .collect();
    windows.reverse();
    windows
}

/// How many slots a timeline has.
const SLOTS: i64 = 10;

/// Ten equal slots of whole buckets, oldest first. The last ends with the bucket in which the span ends; the first
/// begins where the span does or before.
pub fn slots_of(span: Window, settings: &Settings) -> Vec<Window> {
    let width = bucket_seconds(settings);
    let last = floor(span.end, width);
    let end = if at(last) == span.end {
        last
    } else {
        last + width
    };
    let length = (end - floor(span.start, width)).max(width);
    let buckets = length.div_euclid(width);
    // The next whole number of buckets.
    let slot = (buckets + SLOTS - 1).div_euclid(SLOTS) * width;
    (1..=SLOTS)
        .rev()
        .map(|before| Window {
            start: at(end - before * slot),
            end: at(end - (before - 1) * slot),
        })
        .collect()
}

/// How much earlier than a span its [`slots_of`] can begin.
pub fn slots_before(settings: &Settings) -> SignedDuration {
    SignedDuration::from_secs(SLOTS * bucket_seconds(settings))
}

fn bucket_seconds(settings: &Settings) -> i64 {
    if i64::from(settings.period) < MINUTE {
        10
    } else {
        MINUTE
    }
}

fn interval_seconds(settings: &Settings) -> i64 {
    let range = i64::from(settings.period).saturating_mul(settings.evaluation_periods.into());
    if range > DAY {
        HOUR
    } else {
        bucket_seconds(settings)
    }
}

/// The last multiple of `width` that is not after the instant, both in seconds since the Unix epoch.
fn floor(instant: Timestamp, width: i64) -> i64 {
    // jiff rounds towards the epoch.
    let second = instant.as_second() - i64::from(instant.subsec_nanosecond() < 0);
    second - second.rem_euclid(width)
}

/// The instant that many seconds after the Unix epoch, or the one nearest to it that can be written (years -9999 to
/// 9999).
fn at(second: i64) -> Timestamp {
    let second = second.clamp(Timestamp::MIN.as_second(), Timestamp::MAX.as_second());
    Timestamp::from_second(second).expect("between the first and the last second")
}

/// `time + by`, or the greatest timestamp if that is out of range.
pub fn saturating_add(time: Timestamp, by: SignedDuration) -> Timestamp {
    time.checked_add(by).unwrap_or(Timestamp::MAX)
}

/// `time - by`, or the least timestamp if that is out of range.
pub fn saturating_sub(time: Timestamp, by: SignedDuration) -> Timestamp {
    time.checked_sub(by).unwrap_or(Timestamp::MIN)
}

#[cfg(test)]
mod tests;
