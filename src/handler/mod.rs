//! One invocation, top to bottom; the only module that awaits the stages.
//!
//! match -> count -> decide -> publish. Matching is pure and done for the whole batch before the first request. Every
//! step after it can be repeated. Counting is a union with a set. A state and its pending notifications are saved
//! together, and a notification is removed only after it was published. If an invocation dies, its retry, the next
//! invocation of the same alarm or the next scheduled run continues its work.

mod count;
mod decide;
mod health;
mod origin;
mod outcome;
mod payload;
mod pending;
mod publish;
mod scheduled_run;

use std::future::Future;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::SignedDuration;

use crate::alarm::definition::AlarmDefinition;
use crate::error::{Error, chain};
use crate::event::{Event, RecordEvent, SingleEvent, SqsMessage};
use crate::matching::{Delivery, Matcher, OwnIdentity, RecordParser, Tally};
use crate::metrics::InvocationMetrics;
use crate::notification::{DeploymentContext, Publisher};
use crate::store::Store;

use health::Subscriptions;
use origin::ForgedSource;
use outcome::Report;

pub use origin::Origin;
pub use outcome::{Invocation, Notifications, Outcome, Transition};
pub use payload::PayloadMatcher;

/// Most requests to the table under way at once.
const CONCURRENCY: usize = 16;

/// The log stream that records from EventBridge are said to come from.
const EVENTBRIDGE: &str = "EventBridge";

/// What is left of an invocation's time to say that it was not enough.
const DEADLINE_MARGIN: Duration = Duration::from_millis(500);

/// How long a status is remembered: a dead-letter queue keeps its messages for 14 days.
const STATUS_LIFE: SignedDuration = SignedDuration::from_hours(15 * 24);

/// Handles invocations.
#[derive(Debug)]
pub struct Handler<S, P> {
    alarms: Arc<[AlarmDefinition]>,
    payload_matcher: Mutex<PayloadMatcher>,
    store: S,
    publisher: P,
    own: OwnIdentity,
    place: DeploymentContext,
    /// Whether this process has handled a tick.
    has_completed_run: AtomicBool,
    subscriptions: Subscriptions,
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
        place: DeploymentContext,
    ) -> Self {
        let alarms: Arc<[AlarmDefinition]> = alarms.into();
        let matcher = Matcher::new(Arc::clone(&alarms));
        Self {
            alarms,
            payload_matcher: Mutex::new(PayloadMatcher::new(matcher, Origin::of(&place))),
            store,
            publisher,
            own,
            place,
            has_completed_run: AtomicBool::new(false),
            subscriptions: Subscriptions::default(),
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

    /// Where it keeps counts and states.
    pub fn store(&self) -> &S {
        &self.store
    }

    /// What it publishes by.
    pub fn publisher(&self) -> &P {
        &self.publisher
    }

    /// Handles one invocation: `json` is the text of the event. Returns the answer, and what was measured in any case.
    pub async fn handle(
        &self,
        json: &str,
        invocation: &Invocation,
    ) -> (Result<Outcome, Error>, InvocationMetrics) {
        let mut report = Report::begin();
        let work = self.handle_event(json, invocation, &mut report);
        let result = within(invocation, work).await;
        let result = report.settle(result);
        report.close(invocation, result)
    }

    /// Handles log events that are there already, as [`Handler::handle`] does those of a payload.
    pub async fn handle_deliveries(
        &self,
        deliveries: impl Iterator<Item = Delivery<'_>>,
        invocation: &Invocation,
    ) -> (Result<Outcome, Error>, InvocationMetrics) {
        let tally = self.with_matcher(|payload_matcher, own, tally| {
            for delivery in deliveries {
                payload_matcher
                    .matcher()
                    .match_event(delivery, own, invocation.now, tally);
            }
        });
        let mut report = Report::begin();
        let work = async {
            let counted = self.count(tally, invocation, &mut report).await;
            self.finish(counted, invocation, &mut report).await
        };
        let result = within(invocation, work).await;
        report.close(invocation, result)
    }

    async fn handle_event(
        &self,
        json: &str,
        invocation: &Invocation,
        report: &mut Report,
    ) -> Result<(), Error> {
        let event = Event::read(json, invocation.now)?;
        report.is_scheduled_run = matches!(event, Event::Single(SingleEvent::ScheduledRun { .. }));
        let worked = match event {
            Event::SqsBatch { messages } => {
                self.handle_sqs_batch(messages, invocation, report).await
            }
            Event::Single(event) => self.handle_single(event, invocation, report).await,
        };
        let result = self.finish(worked, invocation, report).await;
        if report.has_run {
            // Other messages of a batch are not the scheduled run's.
            let error = match &result {
                Err(error) if report.is_scheduled_run => Some(chain(error)),
                _ => report.run_error.take(),
            };
            Box::pin(self.check_health(error, invocation, report)).await;
        }
        result
    }

    /// Checks the books after the work of an invocation, and publishes what is pending.
    async fn finish(
        &self,
        worked: Result<(), Error>,
        invocation: &Invocation,
        report: &mut Report,
    ) -> Result<(), Error> {
        // What failed is missing from the books.
        let mut result = worked.and_then(|()| report.check());
        if !report.pending.is_empty() {
            let published = Box::pin(self.publish_pending(invocation, report)).await;
            result = result.and(published);
        }
        result
    }

    /// Every message is handled, also behind one that fails; the first failure fails the batch, and it comes again.
    async fn handle_sqs_batch(
        &self,
        messages: Vec<SqsMessage>,
        invocation: &Invocation,
        report: &mut Report,
    ) -> Result<(), Error> {
        let mut result = Ok(());
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
                result = result.and(Err(error));
            }
        }
        result
    }

    async fn handle_single(
        &self,
        event: SingleEvent<'_>,
        invocation: &Invocation,
        report: &mut Report,
    ) -> Result<(), Error> {
        match event {
            SingleEvent::ScheduledRun { time } => {
                let invocation = Invocation {
                    replayed: time,
                    ..invocation.clone()
                };
                report.has_run = true;
                let ran = Box::pin(self.run_schedule(&invocation, report)).await;
                report.run_error = ran.as_ref().err().map(|error| chain(error));
                ran
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
            SingleEvent::Records(source) => {
                let tally = self.match_records(source, invocation)?;
                self.count(tally, invocation, report).await
            }
        }
    }

    fn match_records(
        &self,
        source: RecordEvent<'_>,
        invocation: &Invocation,
    ) -> Result<Tally, Error> {
        let mut envelope = None;
        let tally = self.with_matcher(|payload_matcher, own, tally| match source {
            RecordEvent::Subscription { data } => {
                envelope = Some(payload_matcher.match_payload(&data, own, invocation.now, tally));
            }
            RecordEvent::EventBridge { id, time, message } => {
                let delivery = Delivery {
                    log_group: "",
                    log_stream: EVENTBRIDGE,
                    id: &id,
                    time,
                    message: &message,
                };
                payload_matcher
                    .matcher()
                    .match_event(delivery, own, invocation.now, tally);
                // A canary that arrives through EventBridge does not show that the log group delivers records.
                tally.canary = None;
            }
        });
        if let Some(envelope) = envelope.transpose()?
            && envelope.is_control_message
        {
            tracing::info!("CloudWatch Logs checked that the function can be reached");
        }
        Ok(tally)
    }

    /// What comes of the log events that `fill` matches.
    fn with_matcher(
        &self,
        fill: impl FnOnce(&mut PayloadMatcher, &OwnIdentity, &mut Tally),
    ) -> Tally {
        let mut tally = Tally::default();
        // A panic in an earlier invocation leaves nothing behind that the next does not clear.
        let mut payload_matcher = self
            .payload_matcher
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        fill(&mut payload_matcher, &self.own, &mut tally);
        tally
    }

    fn definition(&self, alarm: &str) -> Option<&AlarmDefinition> {
        self.alarms.iter().find(|known| known.name == alarm)
    }
}

/// What comes of the work, unless Lambda would end the invocation first. Everything is stored as it is decided, so
/// that work can be broken off between any two requests.
async fn within(
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
