//! Input and result of an invocation, and the report that collects the result.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use tokio::time::Instant;

use super::pending::Pending;
use crate::alarm::{AlarmState, window};
use crate::error::{Error, chain};
use crate::metrics::{Counters, InvocationMetrics};
use crate::series::SeriesKey;

/// Lambda's data about an invocation.
#[derive(Clone, Debug, Default)]
pub struct Invocation {
    /// Lambda's ID of the request.
    pub request_id: String,
    /// The ARN by which the function was invoked; empty if there is none.
    pub function_arn: String,
    /// The present time.
    pub now: Timestamp,
    /// If a scheduled run is replayed, the time to evaluate the alarms for. Never after `now`.
    pub replayed: Option<Timestamp>,
    /// When Lambda ends the invocation; `None` without a deadline.
    pub deadline: Option<Timestamp>,
}

impl Invocation {
    /// The time to evaluate the alarms for. Leases and expiry use `now` instead.
    pub(super) fn decision_time(&self) -> Timestamp {
        self.replayed.unwrap_or(self.now)
    }

    /// The time from the beginning of the invocation until its deadline.
    pub(super) fn time_left(&self) -> Option<Duration> {
        let left = self.deadline?.duration_since(self.now);
        Some(Duration::try_from(left).unwrap_or_default())
    }

    pub(super) fn account(&self) -> Option<&str> {
        self.function_arn
            .split(':')
            .nth(4)
            .filter(|account| !account.is_empty())
    }

    pub(super) fn region(&self) -> Option<&str> {
        self.function_arn
            .split(':')
            .nth(3)
            .filter(|region| !region.is_empty())
    }
}

/// The result of an invocation.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Outcome {
    /// The record accounting.
    #[serde(flatten)]
    pub counters: Counters,
    /// Changes of state, oldest first.
    pub transitions: Vec<Transition>,
    /// The notifications.
    pub notifications: Notifications,
}

/// A change of state in the result.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Transition {
    /// `AlarmName`.
    pub alarm: String,
    /// The group's values by selector; empty for an alarm without `GroupBy`.
    pub group: BTreeMap<String, Option<String>>,
    /// The state before.
    pub from: AlarmState,
    /// The state after.
    pub to: AlarmState,
    /// The evaluation instant.
    pub at: Timestamp,
    /// The reason in CloudWatch's format.
    pub reason: String,
}

/// Numbers of notifications.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Notifications {
    /// Published.
    pub sent: u64,
    /// Still pending; the holder of their lease publishes them.
    #[serde(rename = "owed")]
    pub pending: u64,
    /// Moved to a digest, which a scheduled run publishes.
    #[serde(rename = "inDigest", skip_serializing_if = "is_zero")]
    pub in_digest: u64,
}

/// Only storms have digests, and other results stay as they were.
#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes a reference"
)]
fn is_zero(count: &u64) -> bool {
    *count == 0
}

/// Collects the result of an invocation.
#[derive(Debug)]
pub(super) struct Report<'h> {
    pub(super) begun: Instant,
    /// Distinguishes the leases of this invocation from those of another one with the same request ID: Lambda's repetition
    /// of an event has the ID of the first try.
    lease: u64,
    /// The notifications that are pending, by series.
    pub(super) pending: BTreeMap<SeriesKey, Pending<'h>>,
    /// IDs of the notifications of groups that are published singly.
    pub(super) admitted: BTreeSet<String>,
    pub(super) metrics: InvocationMetrics,
    /// Whether the event of the invocation is a scheduled run, and not a batch.
    pub(super) is_scheduled_run: bool,
    /// Whether a scheduled run was part of the invocation.
    pub(super) has_run: bool,
    /// The error of a failed scheduled run.
    pub(super) run_error: Option<String>,
    pub(super) transitions: Vec<Transition>,
}

/// The decision about one series.
#[derive(Debug)]
pub(super) struct Decided<'h> {
    pub(super) transitions: Vec<Transition>,
    /// Its pending notifications.
    pub(super) pending: Option<Pending<'h>>,
    /// Whether its state cannot change as time passes.
    pub(super) is_idle: bool,
}

impl<'h> Report<'h> {
    /// The report of an invocation that begins now.
    pub(super) fn begin() -> Self {
        Self {
            begun: Instant::now(),
            pending: BTreeMap::new(),
            admitted: BTreeSet::new(),
            metrics: InvocationMetrics::default(),
            is_scheduled_run: false,
            has_run: false,
            run_error: None,
            lease: fastrand::u64(..),
            transitions: Vec::new(),
        }
    }

    /// The present time.
    pub(super) fn now(&self, invocation: &Invocation) -> Timestamp {
        let elapsed = SignedDuration::try_from(self.begun.elapsed()).unwrap_or_default();
        window::saturating_add(invocation.now, elapsed)
    }

    /// The holder of the leases that this invocation takes.
    pub(super) fn lease_holder(&self, invocation: &Invocation) -> String {
        format!("{}/{:x}", invocation.request_id, self.lease)
    }

    /// Checks that the counters add up.
    pub(super) fn check(&mut self) -> Result<(), Error> {
        let counters = self.metrics.counters;
        if counters.add_up(self.metrics.occurrences) {
            return Ok(());
        }
        self.metrics.is_unaccounted = true;
        let counters = serde_json::to_string(&counters).unwrap_or_default();
        Err(Error::Unaccounted { counters })
    }

    /// The result of the invocation. A failed scheduled run is logged and does not fail the invocation: Lambda would repeat
    /// it late and then send it to the dead-letter queue, but the next run continues its work anyway.
    pub(super) fn settle(&mut self, result: Result<(), Error>) -> Result<(), Error> {
        let Err(error) = result else {
            return Ok(());
        };
        if self.has_run || self.is_scheduled_run {
            // A run that the deadline ended has not checked its health.
            let was_checked = self.metrics.health.is_some();
            let problems = self.metrics.health.get_or_insert_default();
            if problems.is_empty() && (self.is_scheduled_run || !was_checked) {
                problems.push(format!("the scheduled run failed: {}", chain(&error)));
            }
        }
        if !self.is_scheduled_run {
            return Err(error);
        }
        self.metrics.failed = true;
        tracing::error!(
            error_type = error.error_type(),
            error = chain(&error),
            "the scheduled run failed; the next one continues its work"
        );
        Ok(())
    }

    /// The result and the metrics of the invocation.
    pub(super) fn close(
        self,
        invocation: &Invocation,
        result: Result<(), Error>,
    ) -> (Result<Outcome, Error>, InvocationMetrics) {
        let now = invocation.now;
        let pending = self.pending_count();
        let age = (self.pending_since())
            .map(|since| now.duration_since(since).as_millis())
            .map(|age| i64::try_from(age).unwrap_or(i64::MAX));
        let Self {
            mut metrics,
            mut transitions,
            ..
        } = self;
        metrics.pending = pending;
        metrics.oldest_pending_age = age;
        transitions.sort_by(|a, b| (a.at, &a.alarm, &a.group).cmp(&(b.at, &b.alarm, &b.group)));
        metrics.failed |= result.is_err();
        let outcome = result.map(|()| Outcome {
            counters: metrics.counters,
            transitions,
            notifications: Notifications {
                sent: metrics.sent,
                pending: metrics.pending,
                in_digest: metrics.in_digest,
            },
        });
        (outcome, metrics)
    }

    /// When the oldest pending notification was added; `None` if none is pending.
    pub(super) fn pending_since(&self) -> Option<Timestamp> {
        let pending = self.pending.values().filter(|pending| pending.count > 0);
        pending.map(|pending| pending.since).min()
    }

    /// Number of pending notifications.
    pub(super) fn pending_count(&self) -> u64 {
        self.pending.values().map(|pending| pending.count).sum()
    }

    /// Adds the decision about one series.
    pub(super) fn enter(&mut self, decided: Decided<'h>) {
        let kept = self.pending.len();
        if let Some(pending) = decided.pending {
            self.pending
                .insert(pending.key.clone(), pending.within_memory(kept));
        }
        self.metrics.transitions += decided.transitions.len() as u64;
        self.transitions.extend(decided.transitions);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scheduled_run_that_fails_before_its_health_check_is_not_healthy() {
        for (is_scheduled_run, health) in [(true, None), (true, Some(Vec::new())), (false, None)] {
            let mut report = Report::begin();
            // Without `is_scheduled_run`, the run is a message of a batch.
            (report.is_scheduled_run, report.has_run) = (is_scheduled_run, true);
            report.metrics.health = health;
            let after = Duration::from_secs(59);
            let settled = report.settle(Err(Error::Deadline { after }));
            assert_eq!(
                settled.is_ok(),
                is_scheduled_run,
                "Lambda must not repeat a scheduled run"
            );
            let problems = report.metrics.health.expect("it reports its health");
            let [problem] = problems.as_slice() else {
                panic!("{problems:?}")
            };
            assert!(
                problem.starts_with("the scheduled run failed: "),
                "{problem}"
            );
        }
    }
}
