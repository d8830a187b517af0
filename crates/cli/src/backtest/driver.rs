//! The virtual clock: records and ticks through the handler, each at its time.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

use super::ahead::Due;
use super::merge::Merge;
use super::progress::Progress;
use super::report::Report;
use crate::CliError;
use cloudtrail_alarms::alarm::AlarmState;
use cloudtrail_alarms::alarm::definition::AlarmDefinition;
use cloudtrail_alarms::alarm::window;
use cloudtrail_alarms::error::Error;
use cloudtrail_alarms::event::SCHEDULED_RUN_SOURCE;
use cloudtrail_alarms::handler::{Handler, Invocation, Outcome};
use cloudtrail_alarms::matching::{Delivery, OwnIdentity, RecordParser};
use cloudtrail_alarms::metrics::{Counters, InvocationMetrics};
use cloudtrail_alarms::notification::{DeploymentContext, Notification, PublishError, Publisher};
use cloudtrail_alarms::store::{MemoryStore, Store as _};

/// Most records of one invocation: about what a subscription payload holds. Only records that are delivered within one
/// second share an invocation.
const BATCH: usize = 1_000;

/// How long the clock goes on behind the last record.
const AFTERMATH: SignedDuration = SignedDuration::from_hours(24);

/// What became of the records.
#[derive(Debug, Default)]
pub(super) struct Run {
    pub(super) counters: Counters,
    /// Matches that an `Exclude` entry kept from counting.
    pub(super) excluded: u64,
    /// By name.
    pub(super) alarms: BTreeMap<String, AlarmCounts>,
    /// The first and the last delivery.
    pub(super) span: Option<(Timestamp, Timestamp)>,
    /// Whether nothing further would happen if no further record came.
    pub(super) is_at_rest: bool,
}

/// What one alarm did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct AlarmCounts {
    /// Changes to `ALARM`.
    pub(super) alarms: u64,
    /// Changes of state, all of them.
    pub(super) transitions: u64,
    /// Notifications, reminders among them.
    pub(super) notifications: u64,
}

/// Keeps what is published.
#[derive(Debug, Default)]
struct Recorder(Mutex<Vec<Notification>>);

impl Recorder {
    fn take(&self) -> Vec<Notification> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Publisher for Recorder {
    async fn publish(&self, notification: &Notification) -> Result<(), PublishError> {
        let mut published = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        published.push(notification.clone());
        Ok(())
    }
}

/// Drives the handler.
pub(super) struct Driver<'a, 'o> {
    handler: Handler<MemoryStore, Recorder>,
    report: &'a mut Report<'o>,
    progress: &'a mut Progress,
    run: Run,
    now: Timestamp,
    invocations: u64,
    /// Whether some alarm watches silence and has not been told yet that time passes.
    is_silence_unwatched: bool,
}

impl<'a, 'o> Driver<'a, 'o> {
    pub(super) fn new(
        alarms: Vec<AlarmDefinition>,
        place: DeploymentContext,
        record_parser: RecordParser,
        report: &'a mut Report<'o>,
        progress: &'a mut Progress,
    ) -> Self {
        let counts = |alarm: &AlarmDefinition| (alarm.name.clone(), AlarmCounts::default());
        let run = Run {
            alarms: alarms.iter().map(counts).collect(),
            ..Run::default()
        };
        let is_silence_unwatched = alarms.iter().any(AlarmDefinition::watches_silence);
        let (store, recorder) = (MemoryStore::default(), Recorder::default());
        let handler = Handler::new(alarms, store, recorder, OwnIdentity::default(), place)
            .with_record_parser(record_parser);
        Self {
            handler,
            report,
            progress,
            run,
            now: Timestamp::MIN,
            invocations: 0,
            is_silence_unwatched,
        }
    }

    /// Delivers everything, and lets time pass until nothing more happens.
    pub(super) async fn run(mut self, merge: &mut Merge) -> Result<Run, CliError> {
        let mut next = merge.next();
        while let Some(first) = next {
            let begin = first.time;
            let mut batch = vec![first];
            next = loop {
                match merge.next() {
                    Some(other)
                        if other.time.as_second() == begin.as_second() && batch.len() < BATCH =>
                    {
                        batch.push(other);
                    }
                    other => break other,
                }
            };
            self.pass_until(begin).await?;
            self.deliver(&batch).await?;
        }
        if let Some((_, last)) = self.run.span {
            let end = window::saturating_add(last, AFTERMATH);
            self.pass_until(end).await?;
        }
        self.run.is_at_rest = self.run.span.is_none() || self.is_at_rest().await?;
        Ok(self.run)
    }

    /// Delivers records that are in order, at the time of the last.
    async fn deliver(&mut self, batch: &[Due]) -> Result<(), CliError> {
        let times = || batch.iter().map(|due| due.time);
        let (Some(first), Some(last)) = (times().next(), times().next_back()) else {
            return Ok(());
        };
        self.now = last;
        let first = self.run.span.map_or(first, |(first, _)| first);
        self.run.span = Some((first, last));
        let arrivals = batch.iter().filter_map(|due| due.arrival.as_deref());
        // Those that no alarm's pattern matches are booked, and nothing else comes of them.
        let unmatched = (batch.len() - arrivals.clone().count()) as u64;
        self.run.counters.records_in += unmatched;
        self.run.counters.unmatched += unmatched;
        let deliveries = arrivals.map(|arrival| Delivery {
            log_group: &arrival.log_group,
            log_stream: &arrival.log_stream,
            id: &arrival.id,
            time: arrival.time,
            message: &arrival.message,
        });
        let invocation = self.invocation();
        let answer = self
            .handler
            .handle_deliveries(deliveries, &invocation)
            .await;
        self.enter(answer)?;
        self.progress.delivered(batch.len() as u64, last);
        Ok(())
    }

    /// A tick each minute up to `end`, so long as time can change anything.
    async fn pass_until(&mut self, end: Timestamp) -> Result<(), CliError> {
        while self.run.span.is_some() && !self.is_at_rest().await? {
            let Some(minute) = next_minute(self.now).filter(|minute| *minute <= end) else {
                break;
            };
            self.now = minute;
            self.tick().await?;
        }
        Ok(())
    }

    async fn tick(&mut self) -> Result<(), CliError> {
        let invocation = self.invocation();
        let tick = format!(r#"{{"source":"{SCHEDULED_RUN_SOURCE}"}}"#);
        let answer = self.handler.handle(&tick, &invocation).await;
        self.is_silence_unwatched = false;
        self.enter(answer)?;
        self.progress.delivered(0, self.now);
        Ok(())
    }

    async fn is_at_rest(&self) -> Result<bool, CliError> {
        let visits = self.handler.store().due_series().await;
        Ok(!self.is_silence_unwatched && visits.map_err(Error::from)?.is_empty())
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

    /// Counts and reports what an invocation did.
    fn enter(
        &mut self,
        (outcome, measured): (Result<Outcome, Error>, InvocationMetrics),
    ) -> Result<(), CliError> {
        let Outcome {
            counters,
            transitions,
            ..
        } = outcome?;
        self.run.counters.add(counters);
        self.run.excluded += measured.excluded;
        let notifications = self.handler.publisher().take();
        if !(transitions.is_empty() && notifications.is_empty()) {
            self.progress.clear();
        }
        for transition in transitions {
            let counts = self.run.alarms.entry(transition.alarm.clone()).or_default();
            counts.transitions += 1;
            counts.alarms += u64::from(transition.to == AlarmState::Alarm);
            self.report.transition(self.now, &transition)?;
        }
        for notification in notifications {
            if let Some(alarm) = alarm_of(&notification) {
                let counts = self.run.alarms.entry(alarm.to_owned()).or_default();
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
