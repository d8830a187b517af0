//! One invocation, top to bottom; the only room that awaits the stages.
//!
//! match -> count -> decide -> publish. The first is pure and done for the whole batch before the first request. Every
//! step after it can be repeated: counting is a union with a set, a state and the notifications it owes are saved
//! together, and a notification is struck off only after it was published. So an invocation that dies anywhere is made
//! good by its own retry, by the next invocation of the same alarm, or by the tick.

mod decide;
mod outcome;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::stream::{self, StreamExt as _};
use jiff::{SignedDuration, Timestamp};

use crate::alarm::definition::AlarmDefinition;
use crate::error::Error;
use crate::event::payload::Decoder;
use crate::event::{Event, QueueMessage};
use crate::matching::{Delivery, Matcher, OwnIdentity, Tally};
use crate::metrics::Measured;
use crate::notification::{Place, Publisher};
use crate::series::{Additions, BucketKey, Group, SeriesKey};
use crate::store::{Added, Store};

use outcome::Report;
pub use outcome::{Invocation, Notifications, Outcome, Transition};

/// Most requests to the table under way at once.
const CONCURRENCY: usize = 16;

/// How long a record can come again: a day in CloudWatch Logs, six hours in Lambda's queue, an hour to spare.
const REDELIVERY: SignedDuration = SignedDuration::from_hours(31);

/// How long a status is remembered: a dead-letter queue keeps its messages for 14 days.
const STATUS_LIFE: SignedDuration = SignedDuration::from_hours(15 * 24);

/// Handles invocations.
#[derive(Debug)]
pub struct Handler<S, P> {
    alarms: Arc<[AlarmDefinition]>,
    desk: Mutex<Desk>,
    store: S,
    publisher: P,
    own: OwnIdentity,
    place: Place,
}

/// What is used by one invocation at a time, and kept for the next.
#[derive(Debug)]
struct Desk {
    decoder: Decoder,
    matcher: Matcher,
}

impl Desk {
    fn payload(
        &mut self,
        data: &str,
        own: &OwnIdentity,
        now: Timestamp,
        tally: &mut Tally,
    ) -> Result<(), Error> {
        let Self { decoder, matcher } = self;
        let envelope = decoder.read(data, |envelope, event| {
            let delivery = Delivery {
                log_group: &envelope.log_group,
                log_stream: &envelope.log_stream,
                id: &event.id,
                time: Timestamp::from_millisecond(event.timestamp).unwrap_or(Timestamp::MAX),
                message: &event.message,
            };
            matcher.tally(delivery, own, now, tally);
        })?;
        if envelope.is_control_message {
            tracing::info!("CloudWatch Logs checked that the function can be reached");
        }
        Ok(())
    }
}

impl<S: Store, P: Publisher> Handler<S, P> {
    /// A handler of these alarms.
    pub fn new(
        alarms: Vec<AlarmDefinition>,
        store: S,
        publisher: P,
        own: OwnIdentity,
        place: Place,
    ) -> Self {
        let alarms: Arc<[AlarmDefinition]> = alarms.into();
        let matcher = Matcher::new(Arc::clone(&alarms));
        let desk = Mutex::new(Desk {
            decoder: Decoder::default(),
            matcher,
        });
        Self {
            alarms,
            desk,
            store,
            publisher,
            own,
            place,
        }
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
    ) -> (Result<Outcome, Error>, Measured) {
        let mut report = Report::default();
        let result = self.run(json, invocation, &mut report).await;
        report.close(result)
    }

    /// Handles log events that are there already, as [`Handler::handle`] does those of a payload.
    pub async fn deliver(
        &self,
        deliveries: impl Iterator<Item = Delivery<'_>>,
        invocation: &Invocation,
    ) -> (Result<Outcome, Error>, Measured) {
        let tally = self.tallied(invocation, |desk, own, tally| {
            for delivery in deliveries {
                desk.matcher.tally(delivery, own, invocation.now, tally);
            }
        });
        let mut report = Report::default();
        let counted = self.count(tally, invocation, &mut report).await;
        let result = counted.and_then(|()| report.check());
        report.close(result)
    }

    async fn run(
        &self,
        json: &str,
        invocation: &Invocation,
        report: &mut Report,
    ) -> Result<(), Error> {
        match Event::read(json)? {
            Event::Queue { messages } => self.queue(messages, invocation, report).await?,
            event => self.one(event, invocation, report).await?,
        }
        report.check()
    }

    /// Every message is handled, also behind one that fails; the first failure fails the batch, and it comes again.
    async fn queue(
        &self,
        messages: Vec<QueueMessage>,
        invocation: &Invocation,
        report: &mut Report,
    ) -> Result<(), Error> {
        let mut result = Ok(());
        for QueueMessage { id, body } in messages {
            let handled = match Event::read(&body) {
                Ok(Event::Queue { .. }) => Err(Error::NestedQueue {
                    message_id: id.clone(),
                }),
                Ok(event) => self.one(event, invocation, report).await,
                Err(error) => Err(error.into()),
            };
            if let Err(error) = handled {
                tracing::error!(
                    message_id = id,
                    error = crate::error::chain(&error),
                    "a message of the queue failed"
                );
                result = result.and(Err(error));
            }
        }
        result
    }

    async fn one(
        &self,
        event: Event<'_>,
        invocation: &Invocation,
        report: &mut Report,
    ) -> Result<(), Error> {
        match event {
            Event::Tick { time } => {
                let invocation = Invocation {
                    now: time.unwrap_or(invocation.now),
                    ..invocation.clone()
                };
                self.tick(&invocation, report).await
            }
            event => {
                let tally = self.matched(event, invocation)?;
                self.count(tally, invocation, report).await
            }
        }
    }

    fn matched(&self, event: Event<'_>, invocation: &Invocation) -> Result<Tally, Error> {
        let mut failure = Ok(());
        let tally = self.tallied(invocation, |desk, own, tally| match event {
            Event::Logs { data } => failure = desk.payload(&data, own, invocation.now, tally),
            Event::Record { id, time, message } => {
                let delivery = Delivery {
                    log_group: "",
                    log_stream: "EventBridge",
                    id: &id,
                    time,
                    message: &message,
                };
                desk.matcher.tally(delivery, own, invocation.now, tally);
            }
            Event::Tick { .. } | Event::Queue { .. } => {
                unreachable!("ticks and queues hold no records of their own")
            }
        });
        failure?;
        Ok(tally)
    }

    /// What comes of the log events that `fill` matches.
    fn tallied(
        &self,
        invocation: &Invocation,
        fill: impl FnOnce(&mut Desk, &OwnIdentity, &mut Tally),
    ) -> Tally {
        let account = self.own.account.as_deref().or(invocation.account());
        let own = OwnIdentity {
            account: account.map(str::to_owned),
            ..self.own.clone()
        };
        let mut tally = Tally::default();
        // A panic in an earlier invocation leaves nothing behind that the next does not clear.
        let mut desk = self.desk.lock().unwrap_or_else(PoisonError::into_inner);
        fill(&mut desk, &own, &mut tally);
        tally
    }

    async fn count(
        &self,
        tally: Tally,
        invocation: &Invocation,
        report: &mut Report,
    ) -> Result<(), Error> {
        let Tally {
            books,
            occurrences,
            excluded,
            additions,
            newest,
        } = tally;
        let measured = &mut report.measured;
        measured.books.enter(books);
        measured.occurrences += occurrences;
        measured.excluded += excluded;
        let now = invocation.now;
        let lateness = newest.map(|newest| now.as_millisecond() - newest.as_millisecond());
        measured.lateness = measured.lateness.max(lateness);

        let mut touched: BTreeMap<SeriesKey, Vec<Timestamp>> = BTreeMap::new();
        for bucket in additions.keys() {
            touched
                .entry(bucket.series.clone())
                .or_default()
                .push(bucket.start);
        }
        let added: Vec<(&SeriesKey, Result<Added, Error>)> = stream::iter(&additions)
            .map(async |(bucket, additions)| {
                (&bucket.series, self.add(bucket, additions, now).await)
            })
            .buffer_unordered(CONCURRENCY)
            .collect()
            .await;
        // One series that cannot be counted keeps no other from its alarm; its failure fails the invocation afterwards.
        let mut counted = Ok(());
        for (series, added) in added {
            match added {
                Ok(added) => measured.books.occurrences.enter(added),
                Err(error) => {
                    touched.remove(series);
                    counted = counted.and(Err(error));
                }
            }
        }
        let decided = stream::iter(&touched)
            .map(|(series, touched)| self.decide(series, touched, invocation))
            .buffer_unordered(CONCURRENCY)
            .collect()
            .await;
        let decided = report.enter(decided);
        counted.and(decided)
    }

    async fn add(
        &self,
        bucket: &BucketKey,
        additions: &Additions,
        now: Timestamp,
    ) -> Result<Added, Error> {
        let definition = self
            .definition(&bucket.series)
            .expect("only known alarms match");
        let life = definition.reach() + definition.allowed_lateness + REDELIVERY;
        let expires = bucket
            .start
            .max(now)
            .checked_add(life)
            .unwrap_or(Timestamp::MAX);
        Ok(self.store.add(bucket, additions, expires).await?)
    }

    /// Visits what is not at rest, and the alarms whose silence is an alarm.
    async fn tick(&self, invocation: &Invocation, report: &mut Report) -> Result<(), Error> {
        let visits = self.store.to_visit().await?;
        let mut series: Vec<SeriesKey> = visits.iter().map(|visit| visit.series.clone()).collect();
        for alarm in self.alarms.iter().filter(|alarm| alarm.watches_silence()) {
            let key = SeriesKey {
                alarm: alarm.name.clone(),
                group: Group::default(),
            };
            if !series.contains(&key) {
                series.push(key);
            }
        }
        let decided = stream::iter(series.iter().filter(|key| self.definition(key).is_some()))
            .map(|key| self.decide(key, &[], invocation))
            .buffer_unordered(CONCURRENCY)
            .collect()
            .await;
        report.enter(decided)?;
        for visit in &visits {
            let rests = match self.definition(&visit.series) {
                // It may come back with the next deployment, and what it owes with it.
                None => invocation.now.duration_since(visit.asked) > STATUS_LIFE,
                Some(_) => self
                    .store
                    .status(&visit.series)
                    .await?
                    .is_none_or(|stored| !stored.visited),
            };
            if rests {
                self.store.strike(visit, invocation.now).await?;
            }
        }
        Ok(())
    }

    fn definition(&self, series: &SeriesKey) -> Option<&AlarmDefinition> {
        self.alarms.iter().find(|alarm| alarm.name == series.alarm)
    }
}
