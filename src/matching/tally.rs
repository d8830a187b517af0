//! Log events, and what came of them.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::metrics::Counters;
use crate::series::{Additions, BucketKey};

/// Most log events of a batch that get a line in the log each: a payload can hold millions of empty ones.
const MAX_LOG_LINES: u64 = 1_000;

/// One log event, and where it came from.
#[derive(Clone, Copy, Debug)]
pub struct Delivery<'a> {
    /// The log group; empty where there is none.
    pub log_group: &'a str,
    /// The log stream; empty where there is none.
    pub log_stream: &'a str,
    /// The id of the log event.
    pub id: &'a str,
    /// When CloudTrail delivered it.
    pub time: Timestamp,
    /// The record.
    pub message: &'a str,
}

/// What came of a batch.
#[derive(Debug, Default)]
pub struct Tally {
    /// The books, so far as matching decides them: what is new and what a duplicate, the store will tell.
    pub counters: Counters,
    /// Matches that were found.
    pub occurrences: u64,
    /// Matches that an `Exclude` entry kept from counting.
    pub excluded: u64,
    /// What is to be added, and where.
    pub additions: BTreeMap<BucketKey, Additions>,
    /// When CloudTrail delivered the newest record.
    pub newest: Option<Timestamp>,
    /// When CloudTrail delivered the newest record of the canary.
    pub canary: Option<Timestamp>,
    /// Log events that something was to be said of, in the log.
    pub log_lines: u64,
}

impl Tally {
    /// How many log events nothing was said of, although there was something to say.
    pub fn suppressed_log_lines(&self) -> u64 {
        self.log_lines.saturating_sub(MAX_LOG_LINES)
    }

    pub(super) fn see(&mut self, time: Timestamp) {
        self.newest = self.newest.max(Some(time));
    }

    /// Counts and logs a log event that is not a record; `reason` says why, and `delivery` what is known of it.
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

    pub(super) fn addition(&mut self, key: BucketKey) -> &mut Additions {
        self.additions.entry(key).or_default()
    }

    pub(super) fn may_log(&mut self) -> bool {
        self.log_lines += 1;
        self.log_lines <= MAX_LOG_LINES
    }
}
