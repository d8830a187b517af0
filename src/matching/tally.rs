//! Log events, and the result of matching a batch of them.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::candidate::Candidates;
use super::own::OwnIdentity;
use crate::evidence::ExclusionId;
use crate::metrics::Counters;
use crate::series::{Additions, BucketKey};

/// Maximum number of log events of a batch that get a line in the log. A payload can hold millions of empty ones.
const MAX_LOG_LINES: u64 = 1_000;

/// One log event and its source.
#[derive(Clone, Copy, Debug)]
pub struct Delivery<'a> {
    /// The log group; empty if there is none.
    pub log_group: &'a str,
    /// The log stream; empty if there is none.
    pub log_stream: &'a str,
    /// The ID of the log event.
    pub id: &'a str,
    /// When CloudTrail delivered it.
    pub time: Timestamp,
    /// The record.
    pub message: &'a str,
}

/// Context of a batch: what is the same for all its log events, and the result.
#[derive(Debug)]
pub struct Batch<'a> {
    /// The roles of this stack.
    pub own: &'a OwnIdentity,
    /// The present time.
    pub now: Timestamp,
    /// The result.
    pub tally: &'a mut Tally,
}

/// Result of matching a batch.
#[derive(Debug, Default)]
pub struct Tally {
    /// The record accounting. Which matches are new is determined when they are stored.
    pub counters: Counters,
    /// Matches.
    pub occurrences: u64,
    /// Matches that an `Exclude` entry excluded.
    pub excluded: u64,
    /// Matches that were not counted, because the field of `MetricValue` has no number within 1e300 of zero.
    pub invalid_values: u64,
    /// Records that each `Exclude` entry kept from counting in at least one alarm.
    pub exclusions: BTreeMap<ExclusionId, u64>,
    /// Matches of alarms with `FirstSeen`. They are not among `occurrences`: whether they count depends on earlier batches.
    pub candidates: Candidates,
    /// Additions by bucket.
    pub additions: BTreeMap<BucketKey, Additions>,
    /// When CloudTrail delivered the newest record.
    pub newest: Option<Timestamp>,
    /// When CloudTrail delivered the newest record of the canary.
    pub canary: Option<Timestamp>,
    /// Log lines about single log events, including the suppressed ones.
    pub log_lines: u64,
}

/// How a record is counted as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Disposition {
    /// It reports a call of this stack, and is not matched.
    Own,
    /// At least one alarm counts it.
    Matched,
    /// No alarm counts it.
    Unmatched,
}

impl Tally {
    /// Number of log lines beyond the limit.
    pub fn suppressed_log_lines(&self) -> u64 {
        self.log_lines.saturating_sub(MAX_LOG_LINES)
    }

    /// Counts and logs a log event that is not a record. `reason` is the cause; `delivery` is what is known of the log event.
    pub fn reject(&mut self, delivery: &Delivery<'_>, reason: &dyn std::error::Error) {
        self.reject_silently();
        if self.may_log() {
            tracing::warn!(
                log_group = delivery.log_group,
                log_stream = delivery.log_stream,
                log_event_id = delivery.id,
                error = %reason,
                cause = reason.source().map(ToString::to_string),
                "skipped a log event that is not a CloudTrail record"
            );
        }
    }

    /// Counts a rejected log event without a line in the log, because the reason is logged already.
    pub fn reject_silently(&mut self) {
        self.counters.records_in += 1;
        self.counters.invalid += 1;
    }

    /// Counts a record by its disposition.
    pub(super) fn count(&mut self, disposition: Disposition) {
        self.counters.records_in += 1;
        let counter = match disposition {
            Disposition::Own => &mut self.counters.own,
            Disposition::Matched => &mut self.counters.matched,
            Disposition::Unmatched => &mut self.counters.unmatched,
        };
        *counter += 1;
    }

    /// Notes the delivery time of a log event.
    pub(super) fn note_time(&mut self, time: Timestamp) {
        self.newest = self.newest.max(Some(time));
    }

    /// The additions to a bucket.
    pub(super) fn additions_to(&mut self, bucket: BucketKey) -> &mut Additions {
        self.additions.entry(bucket).or_default()
    }

    /// Counts a log line. Returns whether it is within the limit.
    pub(super) fn may_log(&mut self) -> bool {
        self.log_lines += 1;
        self.log_lines <= MAX_LOG_LINES
    }
}
