//! Health check of a scheduled run.
//!
//! The function reports the metric `Healthy` only if it has found no problem. So an alarm on missing data of this metric also
//! detects what the function cannot report itself: no schedule, no permission to run, no log.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};

use super::Handler;
use super::outcome::{Invocation, Report};
use super::subscriptions::SubscriptionCount;
use crate::error::chain;
use crate::metrics::InvocationMetrics;
use crate::notification::Publisher;
use crate::store::{HealthEvent, Store, StoreError};

/// Maximum time that a notification may be pending.
const LONGEST_PENDING: SignedDuration = SignedDuration::from_mins(5);

/// Maximum age of the newest canary. One is sent every 15 minutes, and CloudTrail delivers it about five minutes later.
const OLDEST_CANARY: SignedDuration = SignedDuration::from_hours(1);

/// How long a health event is reported. The alarm on `Healthy` needs up to four whole periods of five minutes without it.
const EVENT_LIFE: SignedDuration = SignedDuration::from_mins(25);

/// Minimum time between two writes of the same health event by one process.
const EVENT_INTERVAL: SignedDuration = SignedDuration::from_mins(1);

/// How long the cached number of subscriptions is used.
const SUBSCRIPTIONS_LIFE: SignedDuration = SignedDuration::from_mins(5);

/// A problem that can keep an alarm from firing or an email from arriving.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Problem {
    /// The run failed.
    RunFailed { error: String },
    /// A notification has been pending for too long.
    PendingNotification { since: Timestamp },
    /// No recent canary has arrived through CloudTrail, the log group and its subscription.
    CanaryMissing { newest: Timestamp },
    /// The topic has no confirmed subscription.
    NoConfirmedSubscription,
    /// SNS did not return the subscriptions of the topic.
    SubscriptionsUnknown { error: String },
    /// An earlier invocation had this problem.
    Event { event: HealthEvent, at: Timestamp },
    /// A problem of the configuration that was found at the start: it keeps records from alarms.
    Configuration { text: String },
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RunFailed { error } => write!(f, "the scheduled run failed: {error}"),
            Self::PendingNotification { since } => {
                write!(f, "a notification has been pending since {since}")
            }
            Self::CanaryMissing { newest } => write!(
                f,
                "no canary has come through the log group since {newest}: check the trail, the log group and its \
                 subscription filter"
            ),
            Self::NoConfirmedSubscription => f.write_str(
                "the topic has no confirmed subscription: nobody receives the notifications",
            ),
            Self::SubscriptionsUnknown { error } => {
                write!(f, "cannot read the subscriptions of the topic: {error}")
            }
            Self::Event { event, at } => {
                let text = match event {
                    HealthEvent::AccountingError => {
                        "the counters of an invocation did not add up, which is a bug"
                    }
                    HealthEvent::InvalidRecords => {
                        "log events were not CloudTrail records of the monitored log group"
                    }
                    HealthEvent::LateRecords => {
                        "matching records were not counted because they arrived too late"
                    }
                };
                write!(
                    f,
                    "{text}, last at {at}; the log of that time has the details"
                )
            }
            Self::Configuration { text } => f.write_str(text),
        }
    }
}

impl<S: Store, P: Publisher> Handler<S, P> {
    /// Checks the health after a scheduled run and reports it. `error` is the error of a failed run.
    pub(super) async fn check_health(
        &self,
        error: Option<String>,
        invocation: &Invocation,
        report: &mut Report<'_>,
    ) {
        let now = invocation.now;
        let mut problems: Vec<Problem> = (self.configuration_problems.iter())
            .map(|text| Problem::Configuration { text: text.clone() })
            .collect();
        problems.extend(error.map(|error| Problem::RunFailed { error }));
        let since = report.pending_since();
        let overdue = since.filter(|&since| now.duration_since(since) > LONGEST_PENDING);
        problems.extend(overdue.map(|since| Problem::PendingNotification { since }));
        problems.extend(self.canary_problem(now).await);
        problems.extend(self.event_problems(now).await);
        problems.extend(self.subscriptions_problem(now).await);
        for problem in &problems {
            tracing::error!(%problem, "the function is not healthy");
        }
        let texts = problems.iter().map(ToString::to_string).collect();
        report.metrics.health = Some(texts);
    }

    async fn canary_problem(&self, now: Timestamp) -> Option<Problem> {
        self.own.scheduler_role_arn.as_ref()?;
        match self.store.newest_canary(now).await {
            Ok(newest) if now.duration_since(newest) <= OLDEST_CANARY => None,
            Ok(newest) => Some(Problem::CanaryMissing { newest }),
            Err(error) => Some(Problem::RunFailed {
                error: chain(&error),
            }),
        }
    }

    /// The health events that happened a short time before `now`.
    async fn event_problems(&self, now: Timestamp) -> Vec<Problem> {
        match self.store.health_events().await {
            Ok(events) => (events.into_iter())
                .filter(|(_, at)| now.duration_since(*at).abs() <= EVENT_LIFE)
                .map(|(event, at)| Problem::Event { event, at })
                .collect(),
            Err(error) => vec![Problem::RunFailed {
                error: chain(&error),
            }],
        }
    }

    /// The health events of this invocation that this process has not stored within the last minute.
    pub(super) fn new_health_events(
        &self,
        invocation: &Invocation,
        metrics: &InvocationMetrics,
    ) -> BTreeSet<HealthEvent> {
        let mut events = health_events(metrics);
        if !events.is_empty() {
            let recorded = self.lock_recorded_health_events();
            events.retain(|event| {
                let at = recorded.get(event);
                at.is_none_or(|at| invocation.now.duration_since(*at).abs() >= EVENT_INTERVAL)
            });
        }
        events
    }

    /// Stores health events for the next scheduled runs.
    pub(super) async fn record_health_events(
        &self,
        events: BTreeSet<HealthEvent>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.store.record_health_events(&events, now).await?;
        let recorded = events.into_iter().map(|event| (event, now));
        self.lock_recorded_health_events().extend(recorded);
        Ok(())
    }

    fn lock_recorded_health_events(&self) -> MutexGuard<'_, BTreeMap<HealthEvent, Timestamp>> {
        let recorded = self.recorded_health_events.lock();
        recorded.unwrap_or_else(PoisonError::into_inner)
    }

    async fn subscriptions_problem(&self, now: Timestamp) -> Option<Problem> {
        let cached = || {
            let cached = self.subscriptions.0.lock();
            cached.unwrap_or_else(PoisonError::into_inner)
        };
        let known = cached().filter(|known| now.duration_since(known.at) < SUBSCRIPTIONS_LIFE);
        let confirmed = match known {
            Some(known) => known.confirmed,
            None => match self.publisher.confirmed_subscriptions().await {
                Ok(confirmed) => {
                    let at = now;
                    *cached() = Some(SubscriptionCount { at, confirmed });
                    confirmed
                }
                Err(error) => {
                    let error = chain(&*error);
                    return Some(Problem::SubscriptionsUnknown { error });
                }
            },
        };
        (confirmed == Some(0)).then_some(Problem::NoConfirmedSubscription)
    }
}

/// The health events of an invocation with these metrics.
fn health_events(metrics: &InvocationMetrics) -> BTreeSet<HealthEvent> {
    let found = [
        (HealthEvent::AccountingError, metrics.is_unaccounted),
        (HealthEvent::InvalidRecords, metrics.counters.invalid > 0),
        (
            HealthEvent::LateRecords,
            metrics.counters.occurrences.too_late > 0,
        ),
    ];
    let found = found.into_iter().filter(|(_, happened)| *happened);
    found.map(|(event, _)| event).collect()
}
