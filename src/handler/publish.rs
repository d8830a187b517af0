//! Pending notifications: published one by one, the most severe first, and not faster than the receiver allows.
//!
//! SNS delivers ten emails a second to a subscription and deactivates a subscription that gets more, without an error to
//! the publisher. So all invocations together reserve a time for each publication in the table. A notification whose time
//! does not come within this invocation stays pending, and the next scheduled run publishes it.

use std::cmp::Reverse;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::first_error::FirstError;
use super::outcome::{Invocation, Report};
use super::pending::{Pending, holds, release_leases, take_lease};
use super::{DEADLINE_MARGIN, Handler};
use crate::alarm::state::{PendingNotification, Status};
use crate::alarm::window;
use crate::error::{Error, chain};
use crate::evidence::Fact;
use crate::notification::{
    self, DeploymentContext, Notification, PublishError, PublishFailure, Publisher,
};
use crate::series::SeriesKey;
use crate::store::{Store, StoreError};

/// How long an invocation with records publishes. A longer time would delay the matching of other records, because the
/// concurrency of the function is limited.
const MAX_PUBLISHING: SignedDuration = SignedDuration::from_secs(5);

/// Time for one publication and the removal of its notification.
const PUBLICATION: SignedDuration = SignedDuration::from_secs(3);

/// Maximum number of retries of a publication that is throttled.
const MAX_THROTTLED: u32 = 4;

/// Maximum pause before the first retry. It doubles with each retry.
const FIRST_PAUSE: Duration = Duration::from_millis(200);

/// Result of an attempt to publish the oldest notification of a series.
enum Step {
    /// It is published, or has been removed.
    Published,
    /// Another invocation has the lease or decides whether it is published singly.
    Leased,
    /// Its time does not come within this invocation.
    NoTimeLeft,
}

impl Step {
    /// The status has expired or was deleted, and its notifications with it.
    fn gone(pending: &mut Pending<'_>) -> Self {
        pending.clear();
        Self::Published
    }
}

/// Why a notification is not published.
enum NotPublished {
    NoTimeLeft,
    Store(StoreError),
    Failed(PublishError),
}

impl NotPublished {
    /// Whether it is certain that the receiver does not have the notification.
    fn is_not_received(&self) -> bool {
        match self {
            Self::NoTimeLeft | Self::Store(_) => true,
            Self::Failed(error) => matches!(
                error.failure,
                PublishFailure::Throttled | PublishFailure::Rejected
            ),
        }
    }
}

impl<S: Store, P: Publisher> Handler<S, P> {
    /// Publishes the notifications that are pending in `report`, those of groups up to the limit of their alarm. A failed publication does not stop the others; the first
    /// failure is returned. A failed request to the table stops all, since each of them needs it.
    pub(super) async fn publish_pending(
        &self,
        invocation: &Invocation,
        report: &mut Report<'_>,
    ) -> Result<(), Error> {
        let latest = latest_turn(invocation, report);
        let mut errors = FirstError::default();
        errors.check(Box::pin(self.admit_notifications(invocation, report)).await);
        for key in order(report) {
            while report.pending[&key].count > 0 {
                match self.publish_next(&key, latest, invocation, report).await {
                    Ok(Step::Published) => {}
                    Ok(Step::Leased) => break,
                    Ok(Step::NoTimeLeft) => {
                        tracing::warn!(
                            pending = report.pending_count(),
                            "notifications stay pending: the limit of publications per second is reached, or the table is slow"
                        );
                        return errors.into_result();
                    }
                    Err(error @ Error::Store(_)) => {
                        errors.push(error);
                        return errors.into_result();
                    }
                    Err(error) => {
                        errors.push(error);
                        break;
                    }
                }
            }
        }
        errors.into_result()
    }

    /// Publishes the oldest notification of a series: takes its lease, waits for its turn, publishes and removes it.
    async fn publish_next(
        &self,
        key: &SeriesKey,
        latest: Timestamp,
        invocation: &Invocation,
        report: &mut Report<'_>,
    ) -> Result<Step, Error> {
        let now = report.now(invocation);
        let holder = report.lease_holder(invocation);
        let pending = report.pending.get_mut(key).expect("it is pending");
        let definition = pending.definition;
        let stored = match pending.stored.take() {
            None => self.store.status(key).await?,
            kept => kept,
        };
        let Some(stored) = stored else {
            return Ok(Step::gone(pending));
        };
        let is_group = key.group.is_group();
        let admitted = &report.admitted;
        let lease = |status: &mut Status| {
            let oldest = status.pending.first();
            if oldest.is_some_and(|oldest| !is_group || admitted.contains(&oldest.id)) {
                take_lease(&holder, status, now);
            }
        };
        let leased = self.amend(key, definition, stored, now, lease).await?;
        let Some(stored) = leased else {
            return Ok(Step::gone(pending));
        };
        pending.update(stored.clone());
        // It is kept again once its notification is removed.
        pending.stored = None;
        let oldest = stored.status.pending.first();
        let Some(oldest) = oldest.filter(|oldest| holds(&holder, oldest)).cloned() else {
            return Ok(Step::Leased);
        };
        let deployment = self.deployment_of(invocation, &oldest);
        let notification = notification::render(definition, &key.group, &oldest, &deployment);
        let attempted = self
            .attempt(&notification, latest, invocation, report)
            .await;
        if let Err(outcome) = attempted {
            // If the receiver may have taken it, it is not published again before the lease ends.
            if outcome.is_not_received() {
                let release = |status: &mut Status| release_leases(&holder, status);
                let now = report.now(invocation);
                if let Err(error) = self.amend(key, definition, stored, now, release).await {
                    tracing::warn!(error = chain(&error), "cannot release a lease");
                }
            }
            return match outcome {
                NotPublished::NoTimeLeft => Ok(Step::NoTimeLeft),
                NotPublished::Store(error) => Err(error.into()),
                NotPublished::Failed(error) => Err(error.into()),
            };
        }
        report.metrics.sent += 1;
        tracing::info!(
            alarm = key.alarm,
            notification = oldest.id,
            subject = notification.subject,
            "published"
        );
        let now = report.now(invocation);
        let remove = |status: &mut Status| {
            if is_group {
                status.remove_pending(&[&oldest.id], false);
            } else {
                status.pending.retain(|other| other.id != oldest.id);
            }
        };
        let removed = self.amend(key, definition, stored, now, remove).await?;
        let pending = report.pending.get_mut(key).expect("it is pending");
        match removed {
            Some(stored) => pending.update(stored),
            None => return Ok(Step::gone(pending)),
        }
        Ok(Step::Published)
    }

    /// Publishes a notification, each time in a turn of its own: up to [`MAX_THROTTLED`] times if the receiver is throttled,
    /// and once more if it gave no answer.
    async fn attempt(
        &self,
        notification: &Notification,
        latest: Timestamp,
        invocation: &Invocation,
        report: &Report<'_>,
    ) -> Result<(), NotPublished> {
        let mut repeats = 0;
        let (mut throttled, mut unanswered) = (None, None);
        loop {
            let refusal = match self.wait_for_turn(latest, invocation, report).await {
                Ok(true) => None,
                Ok(false) => Some(NotPublished::NoTimeLeft),
                Err(error) => Some(NotPublished::Store(error)),
            };
            if let Some(refusal) = refusal {
                // After an attempt without an answer the receiver may have it.
                let failed = unanswered.or(throttled);
                return Err(failed.map_or(refusal, NotPublished::Failed));
            }
            let Err(error) = self.publisher.publish(notification).await else {
                return Ok(());
            };
            match error.failure {
                PublishFailure::Throttled if repeats < MAX_THROTTLED => {
                    let longest = FIRST_PAUSE.saturating_mul(1 << repeats);
                    repeats += 1;
                    throttled = Some(error);
                    tokio::time::sleep(longest.mul_f64(fastrand::f64())).await;
                }
                PublishFailure::Unanswered if unanswered.is_none() => unanswered = Some(error),
                _ => return Err(NotPublished::Failed(unanswered.unwrap_or(error))),
            }
        }
    }

    /// Waits until the next publication may begin. Returns false if that is after `latest`.
    async fn wait_for_turn(
        &self,
        latest: Timestamp,
        invocation: &Invocation,
        report: &Report<'_>,
    ) -> Result<bool, StoreError> {
        let interval = self.publisher.interval();
        if interval.is_zero() {
            return Ok(true);
        }
        // The response time of the table: a turn that has passed by then cannot be used.
        let mut lag = SignedDuration::ZERO;
        loop {
            let requested = report.now(invocation);
            let earliest = window::saturating_add(requested, lag);
            let turn = self.store.reserve_publication(earliest, interval, latest);
            let Some(turn) = turn.await? else {
                return Ok(false);
            };
            lag = report.now(invocation).duration_since(requested);
            let wait = turn.duration_since(report.now(invocation));
            tokio::time::sleep(Duration::try_from(wait).unwrap_or_default()).await;
            // If the table was slow, others have had their turns since. Half an interval is left between two publications.
            let late = report.now(invocation).duration_since(turn);
            if Duration::try_from(late).unwrap_or_default() <= interval / 2 {
                return Ok(true);
            }
        }
    }

    fn deployment_of(
        &self,
        invocation: &Invocation,
        oldest: &PendingNotification,
    ) -> DeploymentContext {
        let mut deployment = self.deployment.clone();
        let sampled = |fact| {
            oldest
                .evidence
                .records
                .iter()
                .find_map(|facts| facts.text(fact))
                .map(str::to_owned)
        };
        if deployment.account.is_empty() {
            let account = invocation.account().map(str::to_owned);
            deployment.account = account
                .or_else(|| sampled(Fact::RecipientAccountId))
                .unwrap_or_default();
        }
        if deployment.region.is_empty() {
            let region = invocation.region().map(str::to_owned);
            deployment.region = region
                .or_else(|| sampled(Fact::AwsRegion))
                .unwrap_or_default();
        }
        deployment
    }
}

/// The series with pending notifications, the most severe first. An alarm without a severity comes last. Of one severity,
/// the notification that is pending longest comes first.
fn order(report: &Report<'_>) -> Vec<SeriesKey> {
    let mut pending: Vec<_> = report.pending.values().collect();
    pending.sort_by_key(|pending| (Reverse(pending.definition.severity), pending.since));
    pending.iter().map(|pending| pending.key.clone()).collect()
}

/// The latest time at which this invocation begins a publication: a scheduled run until its deadline, any other for
/// [`MAX_PUBLISHING`].
fn latest_turn(invocation: &Invocation, report: &Report<'_>) -> Timestamp {
    let now = report.now(invocation);
    let until = window::saturating_add(now, MAX_PUBLISHING);
    let Some(deadline) = invocation.deadline else {
        return until;
    };
    let reserve = PUBLICATION + SignedDuration::try_from(DEADLINE_MARGIN).unwrap_or_default();
    let last = deadline.checked_sub(reserve).unwrap_or(now);
    if report.is_scheduled_run {
        last
    } else {
        last.min(until)
    }
}
