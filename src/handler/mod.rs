//! Handling of one invocation; the only module that awaits the stages.
//!
//! match -> count -> decide -> publish. Matching is pure and done for the whole batch before the first request. Every
//! step after it can be repeated. Counting is a union with a set. A state and its pending notifications are saved
//! together, and a notification is removed only after it was published. If an invocation dies, its retry, the next
//! invocation of the same alarm or the next scheduled run continues its work.
//!
//! The methods of [`Handler`] are in one file for each stage:
//!
//! | file | methods |
//! |---|---|
//! | `mod.rs` | `handle`, `handle_deliveries`, `handle_event`, `handle_sqs_batch`, `handle_single`, `match_records`, `finish` |
//! | `count.rs` | `count`: adds the matches of a batch to their buckets, then decides each series that changed |
//! | `first_seen.rs` | `count_firsts`: selects the records of `FirstSeen` alarms that are the first ones of their combination |
//! | `scheduled_run.rs` | `run_schedule`: decides each due series |
//! | `decide.rs` | `decide`: evaluates one series and saves its status; `amend`: changes a stored status |
//! | `publish.rs` | `publish_pending`: publishes pending notifications in the order of their severity |
//! | `group_notifications.rs` | `admit_notifications`: decides which notifications of groups are published singly, and moves the others to a digest; `close_digest` |
//! | `health.rs` | `check_health`: finds problems after a scheduled run; `record_health_events`: stores problems for it |
//!
//! Types without methods of the handler: `payload.rs` decodes and matches, `origin.rs` checks the source of a payload,
//! `pending.rs` has pending notifications and leases, `outcome.rs` the report and the result. `first_error.rs` collects errors, `known_combinations.rs`
//! caches combinations, `subscriptions.rs` caches a number.

mod count;
mod decide;
mod evaluate;
mod first_error;
mod first_seen;
mod group_notifications;
mod health;
mod known_combinations;
mod origin;
mod outcome;
mod payload;
mod pending;
mod publish;
mod scheduled_run;
mod subscriptions;

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::alarm::definition::AlarmDefinition;
use crate::error::{Error, chain};
use crate::event::{Event, RecordEvent, SingleEvent, SqsMessage};
use crate::matching::{Batch, Delivery, Matcher, OwnIdentity, RecordParser, Tally};
use crate::metrics::InvocationMetrics;
use crate::notification::{DeploymentContext, Publisher};
use crate::store::{HealthEvent, Store};

use first_error::FirstError;
use known_combinations::KnownCombinations;
use origin::ForgedSource;
use outcome::Report;
use subscriptions::Subscriptions;

pub use origin::Origin;
pub use outcome::{Invocation, Notifications, Outcome, Transition};
pub use payload::PayloadMatcher;

/// Maximum number of concurrent requests to the table.
const CONCURRENCY: usize = 16;

/// Log stream in the log lines about records from EventBridge.
const EVENTBRIDGE: &str = "EventBridge";

/// Time before the deadline at which work is stopped, to report that the time was too short.
const DEADLINE_MARGIN: Duration = Duration::from_millis(500);

/// How long a status is kept: a dead-letter queue keeps its messages for 14 days.
const STATUS_LIFE: SignedDuration = SignedDuration::from_hours(15 * 24);

/// Handles invocations.
#[derive(Debug)]
pub struct Handler<S, P> {
    alarms: Arc<[AlarmDefinition]>,
    payload_matcher: Mutex<PayloadMatcher>,
    store: S,
    publisher: P,
    own: OwnIdentity,
    deployment: DeploymentContext,
    /// Whether this process has completed a scheduled run.
    has_completed_run: AtomicBool,
    subscriptions: Subscriptions,
    /// When this process last stored each health event.
    recorded_health_events: Mutex<BTreeMap<HealthEvent, Timestamp>>,
    known_combinations: KnownCombinations,
    /// Problems of the configuration that do not keep the function from starting: one line each.
    configuration_problems: Vec<String>,
}

impl<S: Store, P: Publisher> Handler<S, P> {
    /// A handler of these alarms.
    pub fn new(
        alarms: Vec<AlarmDefinition>,
        store: S,
        publisher: P,
        own: OwnIdentity,
        deployment: DeploymentContext,
    ) -> Self {
        let alarms: Arc<[AlarmDefinition]> = alarms.into();
        let matcher = Matcher::new(Arc::clone(&alarms));
        Self {
            alarms,
            payload_matcher: Mutex::new(PayloadMatcher::new(matcher, Origin::of(&deployment))),
            store,
            publisher,
            own,
            deployment,
            has_completed_run: AtomicBool::new(false),
            subscriptions: Subscriptions::default(),
            recorded_health_events: Mutex::default(),
            known_combinations: KnownCombinations::default(),
            configuration_problems: Vec::new(),
        }
    }

    /// Sets the problems of the configuration, one line each. Every scheduled run reports them.
    #[must_use]
    pub fn with_configuration_problems(self, configuration_problems: Vec<String>) -> Self {
        Self {
            configuration_problems,
            ..self
        }
    }

    /// Sets the record parser.
    #[must_use]
    pub fn with_record_parser(mut self, record_parser: RecordParser) -> Self {
        let payload_matcher = self.payload_matcher.get_mut();
        let payload_matcher = payload_matcher.unwrap_or_else(PoisonError::into_inner);
        payload_matcher.matcher().set_record_parser(record_parser);
        self
    }

    /// The store of counts and states.
    pub fn store(&self) -> &S {
        &self.store
    }

    /// The publisher of notifications.
    pub fn publisher(&self) -> &P {
        &self.publisher
    }

    /// Handles one invocation. `json` is the text of the event. Also returns the metrics of an invocation that failed.
    pub async fn handle(
        &self,
        json: &str,
        invocation: &Invocation,
    ) -> (Result<Outcome, Error>, InvocationMetrics) {
        let mut report = Report::begin();
        let work = self.handle_event(json, invocation, &mut report);
        let result = before_deadline(invocation, work).await;
        let result = report.settle(result);
        report.close(invocation, result)
    }

    /// Handles decoded log events, like [`Handler::handle`] those of a payload.
    pub async fn handle_deliveries(
        &self,
        deliveries: impl Iterator<Item = Delivery<'_>>,
        invocation: &Invocation,
    ) -> (Result<Outcome, Error>, InvocationMetrics) {
        let tally = self.with_matcher(invocation, |payload_matcher, batch| {
            for delivery in deliveries {
                payload_matcher.matcher().match_event(delivery, batch);
            }
        });
        let mut report = Report::begin();
        let work = async {
            let counted = self.count(tally, invocation, &mut report).await;
            self.finish(counted, invocation, &mut report).await
        };
        let result = before_deadline(invocation, work).await;
        report.close(invocation, result)
    }

    async fn handle_event<'h>(
        &'h self,
        json: &str,
        invocation: &Invocation,
        report: &mut Report<'h>,
    ) -> Result<(), Error> {
        let event = Event::read(json, invocation.now)?;
        report.is_scheduled_run = matches!(event, Event::Single(SingleEvent::ScheduledRun { .. }));
        let handled = match event {
            Event::SqsBatch { messages } => {
                self.handle_sqs_batch(messages, invocation, report).await
            }
            Event::Single(event) => self.handle_single(event, invocation, report).await,
        };
        let mut result = self.finish(handled, invocation, report).await;
        let events = self.new_health_events(invocation, &report.metrics);
        if !events.is_empty() {
            let recorded = Box::pin(self.record_health_events(events, invocation.now)).await;
            result = result.and(recorded.map_err(Error::from));
        }
        if report.has_run {
            // The errors of other messages of a batch are not those of the scheduled run.
            let error = match &result {
                Err(error) if report.is_scheduled_run => Some(chain(error)),
                _ => report.run_error.take(),
            };
            Box::pin(self.check_health(error, invocation, report)).await;
        }
        result
    }

    /// Handles all messages of a batch, including those after a failed one. The first error fails the batch, and SQS delivers
    /// it again.
    async fn handle_sqs_batch<'h>(
        &'h self,
        messages: Vec<SqsMessage>,
        invocation: &Invocation,
        report: &mut Report<'h>,
    ) -> Result<(), Error> {
        let mut errors = FirstError::default();
        for SqsMessage { id, body } in messages {
            let handled = match Event::read(&body, invocation.now) {
                Ok(Event::SqsBatch { .. }) => Err(Error::NestedSqsBatch {
                    message_id: id.clone(),
                }),
                Ok(Event::Single(event)) => self.handle_single(event, invocation, report).await,
                Err(error) => Err(error.into()),
            };
            if let Err(error) = handled {
                tracing::error!(
                    message_id = id,
                    error = chain(&error),
                    "a message of the queue failed"
                );
                errors.push(error);
            }
        }
        errors.into_result()
    }

    async fn handle_single<'h>(
        &'h self,
        event: SingleEvent<'_>,
        invocation: &Invocation,
        report: &mut Report<'h>,
    ) -> Result<(), Error> {
        match event {
            SingleEvent::ScheduledRun { time } => {
                let invocation = Invocation {
                    replayed: time,
                    ..invocation.clone()
                };
                report.has_run = true;
                let result = Box::pin(self.run_schedule(&invocation, report)).await;
                report.run_error = result.as_ref().err().map(|error| chain(error));
                result
            }
            SingleEvent::Forged { id, source } => {
                let mut tally = Tally::default();
                let delivery = Delivery {
                    log_group: "",
                    log_stream: EVENTBRIDGE,
                    id: &id,
                    time: invocation.now,
                    message: "",
                };
                tally.reject(&delivery, &ForgedSource { found: source });
                self.count(tally, invocation, report).await
            }
            SingleEvent::Records(event) => {
                let tally = self.match_records(event, invocation)?;
                self.count(tally, invocation, report).await
            }
        }
    }

    fn match_records(
        &self,
        event: RecordEvent<'_>,
        invocation: &Invocation,
    ) -> Result<Tally, Error> {
        let mut envelope = None;
        let tally = self.with_matcher(invocation, |payload_matcher, batch| match event {
            RecordEvent::Subscription { data } => {
                envelope = Some(payload_matcher.match_payload(&data, batch));
            }
            RecordEvent::EventBridge { id, time, message } => {
                let delivery = Delivery {
                    log_group: "",
                    log_stream: EVENTBRIDGE,
                    id: &id,
                    time,
                    message: &message,
                };
                payload_matcher.matcher().match_event(delivery, batch);
                // A canary that arrives through EventBridge does not show that the log group delivers records.
                batch.tally.canary = None;
            }
        });
        if let Some(envelope) = envelope.transpose()?
            && envelope.is_control_message
        {
            tracing::info!("CloudWatch Logs checked that the function can be reached");
        }
        Ok(tally)
    }

    /// Returns the result of matching one batch. `match_batch` matches its log events.
    fn with_matcher(
        &self,
        invocation: &Invocation,
        match_batch: impl FnOnce(&mut PayloadMatcher, &mut Batch<'_>),
    ) -> Tally {
        let mut tally = Tally::default();
        // A panic in an earlier invocation leaves nothing that the next one does not clear.
        let mut payload_matcher = self
            .payload_matcher
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let mut batch = Batch {
            own: &self.own,
            now: invocation.now,
            tally: &mut tally,
        };
        match_batch(&mut payload_matcher, &mut batch);
        tally
    }

    /// Ends the work of an invocation: checks the record accounting, and publishes pending notifications.
    async fn finish<'h>(
        &'h self,
        result: Result<(), Error>,
        invocation: &Invocation,
        report: &mut Report<'h>,
    ) -> Result<(), Error> {
        let mut errors = FirstError::default();
        // The records of failed work are not accounted for.
        errors.check(result.and_then(|()| report.check()));
        if !report.pending.is_empty() {
            errors.check(Box::pin(self.publish_pending(invocation, report)).await);
        }
        errors.into_result()
    }

    /// The alarm with this name; `None` if it is not in the alarms file.
    fn definition(&self, alarm: &str) -> Option<&AlarmDefinition> {
        self.alarms.iter().find(|known| known.name == alarm)
    }
}

/// Returns the result of the work, or an error shortly before the deadline of the invocation. Everything is stored as it is
/// decided, so that work can be stopped between any two requests.
async fn before_deadline(
    invocation: &Invocation,
    work: impl Future<Output = Result<(), Error>>,
) -> Result<(), Error> {
    let Some(deadline) = invocation.deadline else {
        return work.await;
    };
    let left = Duration::try_from(deadline.duration_since(invocation.now)).unwrap_or_default();
    let left = left.saturating_sub(DEADLINE_MARGIN);
    tokio::time::timeout(left, work)
        .await
        .unwrap_or(Err(Error::Deadline { after: left }))
}
