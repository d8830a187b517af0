//! Pending notifications: published one by one, the most severe first, and not faster than the receiver allows.
//!
//! SNS delivers ten emails a second to a subscription and deactivates one that gets more, without a word. So all
//! invocations together reserve a time for each publication in the table. What has no time left in this invocation stays
//! pending, and the next scheduled run publishes it.

use std::cmp::Reverse;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::outcome::{Invocation, Report};
use super::{FAREWELL, Handler};
use crate::alarm::definition::{AlarmDefinition, Severity};
use crate::alarm::state::{Lease, Owed, Status};
use crate::error::Error;
use crate::evidence::Fact;
use crate::notification::{self, Place, Publisher};
use crate::series::SeriesKey;
use crate::store::{Store, Stored};

/// How long only one invocation may publish a notification. Longer than the function's `Timeout` in `template.yaml`.
const LEASE: SignedDuration = SignedDuration::from_secs(90);

/// How long an invocation with records waits for its turn to publish. Longer, it would keep others from being matched:
/// the function's concurrency is limited.
const PATIENCE: SignedDuration = SignedDuration::from_secs(10);

/// The time that a publication needs, with its lease before and its removal after it.
const PUBLICATION: SignedDuration = SignedDuration::from_secs(3);

/// Of how many series at most the statuses are kept in memory until their notifications are published. Of the others they
/// are read again: a status can be as large as an item of the table.
const MAX_KEPT: usize = 16;

/// The pending notifications of a series.
#[derive(Debug)]
pub(super) struct Pending {
    key: SeriesKey,
    severity: Option<Severity>,
    /// Since when the oldest of them is pending.
    pub(super) since: Timestamp,
    /// How many there are.
    pub(super) count: u64,
    /// The status; `None` if it has to be read again.
    stored: Option<Stored>,
}

impl Pending {
    /// The pending notifications of a status, if there are any.
    pub(super) fn of(
        key: &SeriesKey,
        definition: &AlarmDefinition,
        stored: Stored,
    ) -> Option<Self> {
        let since = stored.status.owed.iter().map(|owed| owed.since).min()?;
        Some(Self {
            key: key.clone(),
            severity: definition.severity,
            since,
            count: stored.status.owed.len() as u64,
            stored: Some(stored),
        })
    }

    /// The same without the status, if `kept` statuses are in memory already.
    pub(super) fn after(self, kept: usize) -> Self {
        let stored = self.stored.filter(|_| kept < MAX_KEPT);
        Self { stored, ..self }
    }

    fn count_in(&mut self, stored: &Stored) {
        let owed = &stored.status.owed;
        self.count = owed.len() as u64;
        self.since = (owed.iter().map(|owed| owed.since).min()).unwrap_or(self.since);
    }
}

impl<S: Store, P: Publisher> Handler<S, P> {
    /// Publishes what is pending in `report`, from place `first` on. One that cannot be published keeps no other back;
    /// the first failure is returned.
    pub(super) async fn publish_pending(
        &self,
        first: usize,
        invocation: &Invocation,
        report: &mut Report,
    ) -> Result<(), Error> {
        // An alarm without a severity comes last. Of one severity, the notification that waits longest comes first.
        report.pending[first..].sort_by(|a, b| {
            let rank = |pending: &Pending| (Reverse(pending.severity), pending.since);
            (rank(a), &a.key).cmp(&(rank(b), &b.key))
        });
        let latest = self.latest_turn(invocation, report);
        let mut result = Ok(());
        for place in first..report.pending.len() {
            while report.pending[place].count > 0 {
                match self.publish_next(place, latest, invocation, report).await {
                    Ok(Step::Published) => {}
                    Ok(Step::HeldByAnother) => break,
                    Ok(Step::NoTimeLeft) => {
                        tracing::warn!(
                            pending = report.pending[place..]
                                .iter()
                                .map(|one| one.count)
                                .sum::<u64>(),
                            "notifications wait for the next scheduled run: SNS accepts only so many a second"
                        );
                        return result;
                    }
                    Err(error) => {
                        result = result.and(Err(error));
                        break;
                    }
                }
            }
        }
        result
    }

    /// Publishes the oldest notification of a series.
    async fn publish_next(
        &self,
        place: usize,
        latest: Timestamp,
        invocation: &Invocation,
        report: &mut Report,
    ) -> Result<Step, Error> {
        if !self.is_turn(latest, invocation, report).await? {
            return Ok(Step::NoTimeLeft);
        }
        let now = report.now(invocation);
        let Report {
            pending, measured, ..
        } = report;
        let pending = &mut pending[place];
        let key = pending.key.clone();
        let definition = (self.definition(&key.alarm)).expect("the caller looked it up");
        let stored = match pending.stored.take() {
            None => self.store.status(&key).await?,
            kept => kept,
        };
        let Some(stored) = stored else {
            // It has expired, and its notifications with it.
            pending.count = 0;
            return Ok(Step::Published);
        };
        let stored = self
            .amend(&key, definition, stored, now, |status| {
                invocation.take_lease(status, now);
            })
            .await?;
        pending.count_in(&stored);
        let Some(owed) = stored
            .status
            .owed
            .first()
            .filter(|owed| invocation.holds(owed))
        else {
            return Ok(Step::HeldByAnother);
        };
        let owed = owed.clone();
        let place = self.place_of(invocation, &owed);
        let notification = notification::render(definition, &key.group, &owed, &place);
        if let Err(error) = self.publisher.publish(&notification).await {
            // If the receiver may have taken it, nobody publishes it again before the lease ends.
            if error.was_refused {
                let give_back = |status: &mut Status| {
                    let own = status.owed.iter_mut().filter(|owed| invocation.holds(owed));
                    own.for_each(|owed| owed.lease = None);
                };
                self.amend(&key, definition, stored, now, give_back).await?;
            }
            return Err(error.into());
        }
        measured.sent += 1;
        tracing::info!(
            alarm = key.alarm,
            notification = owed.id,
            subject = notification.subject,
            "published"
        );
        let remove = |status: &mut Status| status.owed.retain(|other| other.id != owed.id);
        let stored = self.amend(&key, definition, stored, now, remove).await?;
        pending.count_in(&stored);
        pending.stored = Some(stored);
        Ok(Step::Published)
    }

    /// Waits until the next publication may begin. Returns false if that is after `latest`.
    async fn is_turn(
        &self,
        latest: Timestamp,
        invocation: &Invocation,
        report: &Report,
    ) -> Result<bool, Error> {
        let interval = self.publisher.interval();
        if interval.is_zero() {
            return Ok(true);
        }
        let now = report.now(invocation);
        let turn = self.store.reserve_publication(now, interval, latest);
        let Some(turn) = turn.await? else {
            return Ok(false);
        };
        let wait = turn.duration_since(report.now(invocation));
        tokio::time::sleep(Duration::try_from(wait).unwrap_or_default()).await;
        Ok(true)
    }

    /// The latest time at which this invocation begins a publication: a scheduled run waits until its deadline, any other
    /// for [`PATIENCE`].
    fn latest_turn(&self, invocation: &Invocation, report: &Report) -> Timestamp {
        let now = report.now(invocation);
        let patient = now.checked_add(PATIENCE).unwrap_or(Timestamp::MAX);
        let Some(deadline) = invocation.deadline else {
            return patient;
        };
        let reserve = PUBLICATION + SignedDuration::try_from(FAREWELL).unwrap_or_default();
        let last = deadline.checked_sub(reserve).unwrap_or(now);
        if report.is_tick {
            last
        } else {
            last.min(patient)
        }
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
                .or_else(|| said(Fact::RecipientAccountId))
                .unwrap_or_default();
        }
        if place.region.is_empty() {
            let region = invocation.region().map(str::to_owned);
            place.region = region.or_else(|| said(Fact::AwsRegion)).unwrap_or_default();
        }
        place
    }
}

/// What came of an attempt to publish the oldest notification of a series.
enum Step {
    /// It is published, or there is none any more.
    Published,
    /// Another invocation publishes it.
    HeldByAnother,
    /// Its turn is later than this invocation can wait.
    NoTimeLeft,
}

impl Invocation {
    fn holds(&self, owed: &Owed) -> bool {
        owed.lease
            .as_ref()
            .is_some_and(|lease| lease.holder == self.request_id)
    }

    /// Takes the lease of the oldest notification, unless another invocation holds it. Notifications of a series are
    /// published in order.
    fn take_lease(&self, status: &mut Status, now: Timestamp) {
        let until = now.checked_add(LEASE).unwrap_or(Timestamp::MAX);
        let Some(owed) = status.owed.first_mut() else {
            return;
        };
        // A lease that ends later than one taken now was not given by a right clock.
        let is_anothers = |lease: &Lease| {
            lease.until > now && lease.until <= until + LEASE && lease.holder != self.request_id
        };
        if !owed.lease.as_ref().is_some_and(is_anothers) {
            owed.lease = Some(Lease {
                holder: self.request_id.clone(),
                until,
            });
        }
    }
}
