//! One invocation, top to bottom; the only room that awaits the stages.
//!
//! match -> count -> decide -> publish. The first is pure and done for the whole batch before the first request. Every
//! step after it can be repeated: counting is a union with a set, a state and the notifications it owes are saved
//! together, and a notification is struck off only after it was published. So an invocation that dies anywhere is made
//! good by its own retry, by the next invocation of the same alarm, or by the tick.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::stream::{self, StreamExt as _};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::alarm::AlarmState;
use crate::alarm::advance::{Advance, advance};
use crate::alarm::definition::AlarmDefinition;
use crate::alarm::state::{Lease, Owed, StateChange, Status};
use crate::alarm::window;
use crate::error::Error;
use crate::event::payload::Decoder;
use crate::event::{Event, QueueMessage};
use crate::matching::{Delivery, Matcher, OwnIdentity, Tally};
use crate::metrics::{Books, Measured};
use crate::notification::{self, Place, Publisher};
use crate::series::{Additions, BucketKey, Group, Series, SeriesKey};
use crate::store::{Added, SaveTerms, Saved, Store, Stored};

/// Most requests to the table under way at once.
const CONCURRENCY: usize = 16;

/// How often a status that others keep changing is read again.
const MAX_ATTEMPTS: u32 = 20;

/// How long only the invocation that owes a notification may publish it; then whoever comes next.
const LEASE: SignedDuration = SignedDuration::from_secs(30);

/// How long a record can come again: a day in CloudWatch Logs, six hours in Lambda's queue, an hour to spare.
const REDELIVERY: SignedDuration = SignedDuration::from_hours(31);

/// How long a status is remembered: a dead-letter queue keeps its messages for 14 days.
const STATUS_LIFE: SignedDuration = SignedDuration::from_hours(15 * 24);

/// What Lambda says about the invocation at hand.
#[derive(Clone, Debug, Default)]
pub struct Invocation {
    /// Lambda's id of the request.
    pub request_id: String,
    /// The ARN by which the function was invoked; empty where there is none.
    pub function_arn: String,
}

impl Invocation {
    fn account(&self) -> Option<&str> {
        self.function_arn
            .split(':')
            .nth(4)
            .filter(|account| !account.is_empty())
    }

    fn region(&self) -> Option<&str> {
        self.function_arn
            .split(':')
            .nth(3)
            .filter(|region| !region.is_empty())
    }
}

/// The answer to an invocation.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Outcome {
    /// The books.
    #[serde(flatten)]
    pub books: Books,
    /// What changed its state.
    pub transitions: Vec<Transition>,
    /// What became of the notifications.
    pub notifications: Notifications,
}

/// A change of state, as the answer reports it.
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
    /// Why, in CloudWatch's words.
    pub reason: String,
}

/// What became of the notifications.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Notifications {
    /// Were published.
    pub sent: u64,
    /// Are still to be published, by whoever holds their lease.
    pub owed: u64,
}

/// Handles invocations.
#[derive(Debug)]
pub struct Handler<S, P> {
    alarms: Arc<[AlarmDefinition]>,
    desk: Mutex<Desk>,
    store: S,
    publisher: P,
    own: OwnIdentity,
    place: Place,
    clock: fn() -> Timestamp,
}

/// What is used by one invocation at a time, and kept for the next.
#[derive(Debug)]
struct Desk {
    decoder: Decoder,
    matcher: Matcher,
}

/// What is being reported of the invocation at hand.
#[derive(Debug, Default)]
struct Report {
    measured: Measured,
    transitions: Vec<Transition>,
}

impl<S: Store, P: Publisher> Handler<S, P> {
    /// A handler of these alarms. `clock` tells the present time.
    pub fn new(
        alarms: Vec<AlarmDefinition>,
        store: S,
        publisher: P,
        own: OwnIdentity,
        place: Place,
        clock: fn() -> Timestamp,
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
            clock,
        }
    }

    /// Handles one invocation: `json` is the text of the event. Returns the answer, and what was measured in any case.
    pub async fn handle(
        &self,
        json: &str,
        invocation: &Invocation,
    ) -> (Result<Outcome, Error>, Measured) {
        let started = (self.clock)();
        let mut report = Report::default();
        let result = self.run(json, invocation, &mut report).await;
        let Report {
            mut measured,
            transitions,
        } = report;
        let now = (self.clock)();
        measured.duration = now.as_millisecond() - started.as_millisecond();
        measured.failed = result.is_err();
        let outcome = result.map(|()| Outcome {
            books: measured.books,
            transitions,
            notifications: Notifications {
                sent: measured.sent,
                owed: measured.owed,
            },
        });
        (outcome, measured)
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
        let books = report.measured.books;
        if books.balance(report.measured.occurrences) {
            return Ok(());
        }
        let books = serde_json::to_string(&books).unwrap_or_default();
        Err(Error::Books { books })
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
        let now = (self.clock)();
        match event {
            Event::Tick { time } => self.tick(time.unwrap_or(now), invocation, report).await,
            event => {
                let tally = self.matched(event, invocation, now)?;
                self.count(tally, invocation, now, report).await
            }
        }
    }

    fn matched(
        &self,
        event: Event<'_>,
        invocation: &Invocation,
        now: Timestamp,
    ) -> Result<Tally, Error> {
        let account = self
            .own
            .account
            .clone()
            .or_else(|| invocation.account().map(str::to_owned));
        let own = OwnIdentity {
            account,
            ..self.own.clone()
        };
        let mut tally = Tally::default();
        // A panic in an earlier invocation leaves nothing behind that the next does not clear.
        let mut desk = self.desk.lock().unwrap_or_else(PoisonError::into_inner);
        let Desk { decoder, matcher } = &mut *desk;
        match event {
            Event::Logs { data } => {
                let envelope = decoder.read(&data, |envelope, event| {
                    let delivery = Delivery {
                        log_group: &envelope.log_group,
                        log_stream: &envelope.log_stream,
                        id: &event.id,
                        time: Timestamp::from_millisecond(event.timestamp)
                            .unwrap_or(Timestamp::MAX),
                        message: &event.message,
                    };
                    matcher.tally(delivery, &own, now, &mut tally);
                })?;
                if envelope.is_control_message {
                    tracing::info!("CloudWatch Logs checked that the function can be reached");
                }
            }
            Event::Record { id, time, message } => {
                let delivery = Delivery {
                    log_group: "",
                    log_stream: "EventBridge",
                    id: &id,
                    time,
                    message: &message,
                };
                matcher.tally(delivery, &own, now, &mut tally);
            }
            Event::Tick { .. } | Event::Queue { .. } => {
                unreachable!("ticks and queues hold no records of their own")
            }
        }
        Ok(tally)
    }

    async fn count(
        &self,
        tally: Tally,
        invocation: &Invocation,
        now: Timestamp,
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
        let lateness = newest.map(|newest| now.as_millisecond() - newest.as_millisecond());
        measured.lateness = measured.lateness.max(lateness);

        let mut touched: BTreeMap<SeriesKey, Vec<Timestamp>> = BTreeMap::new();
        for bucket in additions.keys() {
            touched
                .entry(bucket.series.clone())
                .or_default()
                .push(bucket.start);
        }
        let added: Vec<Result<Added, Error>> = stream::iter(&additions)
            .map(|(bucket, additions)| self.add(bucket, additions, now))
            .buffer_unordered(CONCURRENCY)
            .collect()
            .await;
        for added in added {
            measured.books.occurrences.enter(added?);
        }
        let decided = stream::iter(&touched)
            .map(|(series, touched)| self.decide(series, touched, invocation, now))
            .buffer_unordered(CONCURRENCY)
            .collect()
            .await;
        report.enter(decided)
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
    async fn tick(
        &self,
        now: Timestamp,
        invocation: &Invocation,
        report: &mut Report,
    ) -> Result<(), Error> {
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
            .map(|key| self.decide(key, &[], invocation, now))
            .buffer_unordered(CONCURRENCY)
            .collect()
            .await;
        report.enter(decided)?;
        for visit in &visits {
            let rests = match self.definition(&visit.series) {
                None => true,
                Some(_) => self
                    .store
                    .status(&visit.series)
                    .await?
                    .is_none_or(|stored| !stored.visited),
            };
            if rests {
                self.store.strike(visit, now).await?;
            }
        }
        Ok(())
    }

    fn definition(&self, series: &SeriesKey) -> Option<&AlarmDefinition> {
        self.alarms.iter().find(|alarm| alarm.name == series.alarm)
    }

    /// Brings one series up to date, and publishes what it owes.
    async fn decide(
        &self,
        key: &SeriesKey,
        touched: &[Timestamp],
        invocation: &Invocation,
        now: Timestamp,
    ) -> Result<Decided, Error> {
        let definition = self.definition(key).expect("the caller looked it up");
        let mut decided = Decided::default();
        let mut stored = self
            .advance(key, definition, touched, invocation, now, &mut decided)
            .await?;
        let mut failure = Ok(());
        let mine: Vec<_> = stored
            .status
            .owed
            .iter()
            .filter(|owed| invocation.holds(owed))
            .cloned()
            .collect();
        for owed in mine {
            let place = self.place_of(invocation, &owed);
            let notification = notification::render(definition, &key.group, &owed, &place);
            let published = self.publisher.publish(&notification).await;
            if published.is_ok() {
                decided.sent += 1;
            }
            // Published: struck off. Not published: the lease is given back, so that whoever comes next may try.
            let strike = published.is_ok();
            stored = self
                .amend(key, definition, stored, now, |status| {
                    if strike {
                        status.owed.retain(|other| other.id != owed.id);
                    } else {
                        let own = status.owed.iter_mut().filter(|other| other.id == owed.id);
                        own.for_each(|other| other.lease = None);
                    }
                })
                .await?;
            failure = failure.and(published);
        }
        decided.owed = stored.status.owed.len() as u64;
        failure?;
        Ok(decided)
    }

    /// Decides and saves, again and again while others save in between.
    async fn advance(
        &self,
        key: &SeriesKey,
        definition: &AlarmDefinition,
        touched: &[Timestamp],
        invocation: &Invocation,
        now: Timestamp,
        decided: &mut Decided,
    ) -> Result<Stored, Error> {
        for _ in 0..MAX_ATTEMPTS {
            let known = self.store.status(key).await?;
            let before = known.clone().unwrap_or_else(|| {
                let begin = touched.iter().copied().min().unwrap_or(now);
                let begin = window::evaluation_instant_at_or_before(begin, &definition.settings);
                Stored {
                    status: Status::initial(begin),
                    version: 0,
                    visited: false,
                }
            });
            let buckets = self
                .store
                .buckets(key, before.status.span(definition, touched, now))
                .await?;
            let series = Series::new(definition, buckets);
            let Advance {
                mut status,
                changes,
            } = advance(definition, key, &before.status, &series, touched, now);
            for owed in &mut status.owed {
                if owed.lease.as_ref().is_none_or(|lease| lease.until <= now) {
                    let until = now.checked_add(LEASE).unwrap_or(Timestamp::MAX);
                    owed.lease = Some(Lease {
                        holder: invocation.request_id.clone(),
                        until,
                    });
                }
            }
            if known.is_some() && is_unchanged(definition, &before, &status) {
                return Ok(before);
            }
            if let Some(saved) = self.save(key, definition, &before, status, now).await? {
                decided.transitions = changes
                    .into_iter()
                    .map(|change| transition(key, change))
                    .collect();
                return Ok(saved);
            }
        }
        Err(Error::Contended {
            alarm: key.alarm.clone(),
            attempts: MAX_ATTEMPTS,
        })
    }

    /// Applies a change to the status as it is now stored.
    async fn amend(
        &self,
        key: &SeriesKey,
        definition: &AlarmDefinition,
        mut stored: Stored,
        now: Timestamp,
        change: impl Fn(&mut Status),
    ) -> Result<Stored, Error> {
        for _ in 0..MAX_ATTEMPTS {
            let mut status = stored.status.clone();
            change(&mut status);
            if let Some(saved) = self.save(key, definition, &stored, status, now).await? {
                return Ok(saved);
            }
            match self.store.status(key).await? {
                Some(newer) => stored = newer,
                // It expired, and with it what was owed.
                None => return Ok(stored),
            }
        }
        Err(Error::Contended {
            alarm: key.alarm.clone(),
            attempts: MAX_ATTEMPTS,
        })
    }

    async fn save(
        &self,
        key: &SeriesKey,
        definition: &AlarmDefinition,
        before: &Stored,
        status: Status,
        now: Timestamp,
    ) -> Result<Option<Stored>, Error> {
        let visit = !status.is_at_rest(definition);
        let expires = now.checked_add(STATUS_LIFE).unwrap_or(Timestamp::MAX);
        let terms = SaveTerms {
            version: before.version,
            visited: before.visited,
            visit,
            now,
            expires,
        };
        Ok(match self.store.save(key, &status, terms).await? {
            Saved::Saved => Some(Stored {
                status,
                version: before.version + 1,
                visited: visit,
            }),
            Saved::Conflict => None,
        })
    }

    fn place_of(&self, invocation: &Invocation, owed: &Owed) -> Place {
        let mut place = self.place.clone();
        let said = |fact| {
            owed.evidence
                .records
                .iter()
                .find_map(|facts| facts.text(fact))
                .map(str::to_owned)
        };
        if place.account.is_empty() {
            let account = invocation.account().map(str::to_owned);
            place.account = account
                .or_else(|| said(crate::evidence::Fact::RecipientAccountId))
                .unwrap_or_default();
        }
        if place.region.is_empty() {
            let region = invocation.region().map(str::to_owned);
            place.region = region
                .or_else(|| said(crate::evidence::Fact::AwsRegion))
                .unwrap_or_default();
        }
        place
    }
}

/// What was done for one series.
#[derive(Debug, Default)]
struct Decided {
    transitions: Vec<Transition>,
    sent: u64,
    owed: u64,
}

impl Report {
    /// Enters what was done, of all series before the first failure is returned.
    fn enter(&mut self, all: Vec<Result<Decided, Error>>) -> Result<(), Error> {
        let mut result = Ok(());
        for decided in all {
            match decided {
                Ok(decided) => {
                    self.measured.transitions += decided.transitions.len() as u64;
                    self.measured.sent += decided.sent;
                    self.measured.owed += decided.owed;
                    self.transitions.extend(decided.transitions);
                }
                Err(error) => result = result.and(Err(error)),
            }
        }
        self.transitions
            .sort_by(|a, b| (a.at, &a.alarm, &a.group).cmp(&(b.at, &b.alarm, &b.group)));
        result
    }
}

impl Invocation {
    fn holds(&self, owed: &Owed) -> bool {
        owed.lease
            .as_ref()
            .is_some_and(|lease| lease.holder == self.request_id)
    }
}

/// Whether there is nothing to save: time has passed, and nothing came of it.
fn is_unchanged(definition: &AlarmDefinition, before: &Stored, after: &Status) -> bool {
    let same = Status {
        evaluated: before.status.evaluated,
        ..after.clone()
    } == before.status;
    same && before.visited != after.is_at_rest(definition)
}

fn transition(key: &SeriesKey, change: StateChange) -> Transition {
    let StateChange {
        from,
        to,
        at,
        reason,
    } = change;
    let group = key.group.0.iter().cloned().collect();
    Transition {
        alarm: key.alarm.clone(),
        group,
        from,
        to,
        at,
        reason,
    }
}
