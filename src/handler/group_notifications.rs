//! Pending notifications of groups: decides which are published singly, and moves the others to the digest of their alarm.
//!
//! The decision is saved in the status of the alarm's digests, together with the content of the digest. Only then are the
//! notifications removed from the outboxes of their groups. If the invocation dies in between, the next one finds them
//! pending, gets the same decision for them, and removes them.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::pin::pin;

use futures_util::stream::{self, StreamExt as _};

use super::first_error::FirstError;
use super::outcome::{Decided, Invocation, Report};
use super::pending::Pending;
use super::{CONCURRENCY, Handler};
use crate::alarm::definition::AlarmDefinition;
use crate::alarm::digest::GroupNotification;
use crate::alarm::group_limit::{Admission, GroupLimit};
use crate::alarm::state::Status;
use crate::error::Error;
use crate::notification::Publisher;
use crate::series::{Group, SeriesKey};
use crate::store::{Schedule, Store, StoredStatus};

/// Notifications of a group that are in the digest, and not yet removed from its outbox.
struct InDigest<'h> {
    key: SeriesKey,
    definition: &'h AlarmDefinition,
    /// The status of the group; `None` if it has to be read.
    stored: Option<StoredStatus>,
    ids: Vec<String>,
}

impl<S: Store, P: Publisher> Handler<S, P> {
    /// Decides how the pending notifications of groups are published. Adds those that are published singly to
    /// [`Report::admitted`], and moves others to the digest of their alarm.
    pub(super) async fn admit_notifications(
        &self,
        invocation: &Invocation,
        report: &mut Report<'_>,
    ) -> Result<(), Error> {
        let mut alarms: BTreeMap<String, Vec<&Pending<'_>>> = BTreeMap::new();
        for pending in report.pending.values() {
            if pending.key.group.is_group() && pending.count > 0 {
                let groups = alarms.entry(pending.key.alarm.clone()).or_default();
                groups.push(pending);
            }
        }
        let mut errors = FirstError::default();
        let mut decided = Vec::new();
        for (alarm, mut groups) in alarms {
            // Of those that wait equally long, the loudest are published singly.
            groups.sort_by_key(|pending| {
                let loudest = pending.notifications.iter().map(|one| one.count).max();
                (pending.since, Reverse(loudest))
            });
            let limit = self.admit_groups(&alarm, &groups, invocation).await;
            if let Some(Some(limit)) = errors.check(limit) {
                decided.push((alarm, limit));
            }
        }
        let mut in_digest = Vec::new();
        for (alarm, limit) in decided {
            let groups = (report.pending.values_mut())
                .filter(|pending| pending.key.alarm == alarm && pending.key.group.is_group());
            for pending in groups {
                let mut ids = Vec::new();
                for GroupNotification { id, .. } in &pending.notifications {
                    match limit.admission(id) {
                        Admission::Single => drop(report.admitted.insert(id.clone())),
                        Admission::Digest => ids.push(id.clone()),
                        Admission::Deferred => {}
                    }
                }
                if !ids.is_empty() {
                    in_digest.push(InDigest {
                        key: pending.key.clone(),
                        definition: pending.definition,
                        stored: pending.stored.take(),
                        ids,
                    });
                }
            }
        }
        errors.check(self.remove_in_digest(in_digest, invocation, report).await);
        errors.into_result()
    }

    /// Decides the pending notifications of groups of one alarm, and saves the decision. `None` if the status of the alarm's
    /// digests was deleted meanwhile.
    async fn admit_groups(
        &self,
        alarm: &str,
        groups: &[&Pending<'_>],
        invocation: &Invocation,
    ) -> Result<Option<GroupLimit>, Error> {
        let Some(definition) = self.definition(alarm) else {
            return Ok(None);
        };
        let key = digest_key(alarm);
        let now = invocation.now;
        let stored = self.store.status(&key).await?;
        let stored = stored.unwrap_or_else(|| StoredStatus {
            status: Status::of_digests(now),
            version: 0,
            schedule: Schedule::Idle,
        });
        let admit = |status: &mut Status| {
            let limit = status.group_limit.get_or_insert_default();
            for pending in groups {
                limit.admit(
                    &pending.key.group,
                    &pending.notifications,
                    pending.was_in_digest,
                    definition.max_notifications_per_hour,
                    now,
                );
            }
        };
        let admitted = self.amend(&key, definition, stored, now, admit).await?;
        Ok(admitted.and_then(|stored| stored.status.group_limit))
    }

    /// Removes notifications that are in a digest from the outboxes of their groups.
    async fn remove_in_digest(
        &self,
        in_digest: Vec<InDigest<'_>>,
        invocation: &Invocation,
        report: &mut Report<'_>,
    ) -> Result<(), Error> {
        let now = invocation.now;
        let removing = stream::iter(in_digest).map(async |moved: InDigest<'_>| {
            let InDigest {
                key,
                definition,
                stored,
                ids,
            } = moved;
            let stored = match stored {
                None => self.store.status(&key).await?,
                kept => kept,
            };
            let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
            let remaining = match stored {
                Some(stored) => {
                    let remove = |status: &mut Status| status.remove_pending(&ids, true);
                    self.amend(&key, definition, stored, now, remove).await?
                }
                None => None,
            };
            Ok::<_, Error>((key, ids.len(), remaining))
        });
        let mut errors = FirstError::default();
        let mut removing = pin!(removing.buffer_unordered(CONCURRENCY));
        while let Some(result) = removing.next().await {
            let Some((key, count, remaining)) = errors.check(result) else {
                continue;
            };
            report.metrics.in_digest += count as u64;
            let pending = report.pending.get_mut(&key).expect("it is pending");
            match remaining {
                Some(stored) => pending.update(stored),
                None => pending.clear(),
            }
        }
        errors.into_result()
    }

    /// Closes the digest of an alarm if it is due. It is then pending.
    pub(super) async fn close_digest<'h>(
        &'h self,
        key: &SeriesKey,
        definition: &'h AlarmDefinition,
        invocation: &Invocation,
    ) -> Result<Decided<'h>, Error> {
        let now = invocation.now;
        let stored = match self.store.status(key).await? {
            Some(stored) => {
                let close = |status: &mut Status| status.close_digest(key, now);
                self.amend(key, definition, stored, now, close).await?
            }
            None => None,
        };
        Ok(Decided {
            transitions: Vec::new(),
            is_idle: (stored.as_ref()).is_none_or(|stored| stored.schedule == Schedule::Idle),
            pending: stored.and_then(|stored| Pending::of(key, definition, stored)),
        })
    }
}

/// The key of the status of an alarm's digests.
fn digest_key(alarm: &str) -> SeriesKey {
    SeriesKey {
        alarm: alarm.to_owned(),
        group: Group::digest(),
    }
}
