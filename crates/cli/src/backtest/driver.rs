//! Replays records and scheduled runs through the handler, on a virtual clock.

use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

use super::merge::Merge;
use super::outcome::{AlarmCounts, ReplayOutcome};
use super::prefetch::TimedRecord;
use super::progress::Progress;
use super::report::Report;
use crate::error::CliError;
use cloudtrail_alarms::alarm::AlarmState;
use cloudtrail_alarms::alarm::definition::AlarmDefinition;
use cloudtrail_alarms::alarm::window;
use cloudtrail_alarms::error::Error;
use cloudtrail_alarms::event::SCHEDULED_RUN_SOURCE;
use cloudtrail_alarms::handler::{Handler, Invocation, Outcome};
use cloudtrail_alarms::matching::{Delivery, OwnIdentity, RecordParser};
use cloudtrail_alarms::metrics::InvocationMetrics;
use cloudtrail_alarms::notification::{DeploymentContext, Notification, PublishError, Publisher};
use cloudtrail_alarms::store::{MemoryStore, Store as _};

/// Maximum number of records in an invocation: about as many as in a subscription payload. An invocation only gets records
/// that are delivered within the same second.
const MAX_BATCH: usize = 1_000;

/// How long the clock continues after the last record.
const GRACE_PERIOD: SignedDuration = SignedDuration::from_hours(24);

/// A publisher that collects notifications.
#[derive(Debug, Default)]
struct RecordingPublisher(Mutex<Vec<Notification>>);

impl RecordingPublisher {
    fn take(&self) -> Vec<Notification> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Publisher for RecordingPublisher {
    async fn publish(&self, notification: &Notification) -> Result<(), PublishError> {
        let mut published = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        published.push(notification.clone());
        Ok(())
    }
}

/// Drives the handler.
pub(super) struct Driver<'a, 'o> {
    handler: Handler<MemoryStore, RecordingPublisher>,
    report: &'a mut Report<'o>,
    progress: &'a Progress,
    outcome: ReplayOutcome,
    now: Timestamp,
    invocations: u64,
    /// Whether an alarm needs a scheduled run although nothing ever matched, and there was none yet.
    needs_first_run: bool,
}

impl<'a, 'o> Driver<'a, 'o> {
    pub(super) fn new(
        alarms: Vec<AlarmDefinition>,
        context: DeploymentContext,
        record_parser: RecordParser,
        report: &'a mut Report<'o>,
        progress: &'a Progress,
    ) -> Self {
        let counts = |alarm: &AlarmDefinition| (alarm.name.clone(), AlarmCounts::default());
        let outcome = ReplayOutcome {
            alarms: alarms.iter().map(counts).collect(),
            ..ReplayOutcome::default()
        };
        // The warm-up of `FirstSeen` begins with the first run.
        let needs_first_run =
            (alarms.iter()).any(|alarm| alarm.watches_silence() || alarm.first_seen.is_some());
        let (store, publisher) = (MemoryStore::default(), RecordingPublisher::default());
        let handler = Handler::new(alarms, store, publisher, OwnIdentity::default(), context)
            .with_record_parser(record_parser);
        Self {
            handler,
            report,
            progress,
            outcome,
            now: Timestamp::MIN,
            invocations: 0,
            needs_first_run,
        }
    }

    /// Delivers all records, then continues the clock until nothing more happens or the grace period is over.
    pub(super) async fn run(mut self, merge: &mut Merge) -> Result<ReplayOutcome, CliError> {
        let mut next = merge.next();
        while let Some(first) = next {
            let begin = first.time;
            let mut batch = vec![first];
            next = loop {
                match merge.next() {
                    Some(other)
                        if other.time.as_second() == begin.as_second()
                            && batch.len() < MAX_BATCH =>
                    {
                        batch.push(other);
                    }
                    other => break other,
                }
            };
            self.advance_clock(begin).await?;
            self.deliver(&batch).await?;
        }
        if let Some((_, last)) = self.outcome.span {
            let end = window::saturating_add(last, GRACE_PERIOD);
            self.advance_clock(end).await?;
        }
        self.outcome.is_idle = self.outcome.span.is_none() || self.is_idle().await?;
        Ok(self.outcome)
    }

    /// Delivers records that are in order of time, at the time of the last.
    async fn deliver(&mut self, batch: &[TimedRecord]) -> Result<(), CliError> {
        let times = || batch.iter().map(|record| record.time);
        let (Some(first), Some(last)) = (times().next(), times().next_back()) else {
            return Ok(());
        };
        self.now = last;
        let first = self.outcome.span.map_or(first, |(first, _)| first);
        self.outcome.span = Some((first, last));
        let arrivals = batch.iter().filter_map(|record| record.arrival.as_deref());
        // A record that no alarm's pattern matches is only counted.
        let unmatched = (batch.len() - arrivals.clone().count()) as u64;
        self.outcome.counters.records_in += unmatched;
        self.outcome.counters.unmatched += unmatched;
        let deliveries = arrivals.map(|arrival| Delivery {
            log_group: &arrival.log_group,
            log_stream: &arrival.log_stream,
            id: &arrival.id,
            time: arrival.time,
            message: &arrival.message,
        });
        let invocation = self.invocation();
        let response = self
            .handler
            .handle_deliveries(deliveries, &invocation)
            .await;
        self.record(response)?;
        self.progress.replayed(batch.len() as u64, last);
        Ok(())
    }

    /// Advances the clock to `end`, with a scheduled run every minute. Stops early when the passing of time has no more effect.
    async fn advance_clock(&mut self, end: Timestamp) -> Result<(), CliError> {
        while self.outcome.span.is_some() && !self.is_idle().await? {
            let Some(minute) = next_minute(self.now).filter(|minute| *minute <= end) else {
                break;
            };
            self.now = minute;
            self.scheduled_run().await?;
        }
        Ok(())
    }

    async fn scheduled_run(&mut self) -> Result<(), CliError> {
        let invocation = self.invocation();
        let event = format!(r#"{{"source":"{SCHEDULED_RUN_SOURCE}"}}"#);
        let response = self.handler.handle(&event, &invocation).await;
        self.needs_first_run = false;
        self.record(response)?;
        self.progress.replayed(0, self.now);
        Ok(())
    }

    async fn is_idle(&self) -> Result<bool, CliError> {
        let due = self.handler.store().due_series().await;
        Ok(!self.needs_first_run && due.map_err(Error::from)?.is_empty())
    }

    fn invocation(&mut self) -> Invocation {
        self.invocations += 1;
        Invocation {
            request_id: format!("backtest-{}", self.invocations),
            function_arn: String::new(),
            now: self.now,
            replayed: None,
            deadline: None,
        }
    }

    /// Counts and reports the result of an invocation.
    fn record(
        &mut self,
        (outcome, measured): (Result<Outcome, Error>, InvocationMetrics),
    ) -> Result<(), CliError> {
        let Outcome {
            counters,
            transitions,
            ..
        } = outcome?;
        self.outcome.counters.add(counters);
        self.outcome.excluded += measured.excluded;
        self.outcome.invalid_values += measured.invalid_values;
        for (exclusion, records) in measured.exclusions {
            *self.outcome.exclusions.entry(exclusion).or_default() += records;
        }
        self.outcome.learned += measured.combinations.learned;
        let notifications = self.handler.publisher().take();
        if !(transitions.is_empty() && notifications.is_empty()) {
            self.progress.clear();
        }
        for transition in transitions {
            let counts = self
                .outcome
                .alarms
                .entry(transition.alarm.clone())
                .or_default();
            counts.transitions += 1;
            counts.alarms += u64::from(transition.to == AlarmState::Alarm);
            self.report.transition(self.now, &transition)?;
        }
        for notification in notifications {
            if let Some(alarm) = alarm_of(&notification) {
                let counts = self.outcome.alarms.entry(alarm.to_owned()).or_default();
                counts.notifications += 1;
            }
            self.report.notification(self.now, &notification)?;
        }
        Ok(())
    }
}

/// The first full minute after `now`.
fn next_minute(now: Timestamp) -> Option<Timestamp> {
    let minute = now.as_second().div_euclid(60) + 1;
    Timestamp::from_second(minute * 60).ok()
}

/// The name of the alarm that a notification is about.
fn alarm_of(notification: &Notification) -> Option<&str> {
    let mut attributes = notification.attributes.iter();
    attributes.find_map(|(name, value)| (*name == "alarm").then_some(value.as_str()))
}
