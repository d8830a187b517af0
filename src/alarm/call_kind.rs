//! Kinds of calls, by which an alarm in `ALARM` recognizes another attack or another fault.

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::evidence::{Fact, Facts};
use crate::series::EventId;

/// How many kinds of calls an incident remembers. They take about 20 bytes each in the item of the table, 1.3 KB in all.
///
/// If there are more, no kind is new any more: only the interval counts.
pub(super) const MAX_KINDS: usize = 64;

/// How many new kinds of calls a notification describes.
const MAX_EXAMPLES: usize = 3;

/// The kind of a call: a hash of its error code, event name, KMS key, and role or else user.
///
/// It is derived from the facts that buckets keep. So a kind is not seen if
///
/// * the bucket was full, or had more kinds of facts than it keeps ([`MAX_FINGERPRINTS_PER_SHARD`]),
/// * the alarm counts distinct values, and the record is not among the sampled ones ([`MAX_FACTS_PER_SHARD`]),
/// * more buckets have records than are read with their facts, or
/// * only a part of a text differs that was truncated.
///
/// [`MAX_FINGERPRINTS_PER_SHARD`]: crate::series::MAX_FINGERPRINTS_PER_SHARD
/// [`MAX_FACTS_PER_SHARD`]: crate::series::MAX_FACTS_PER_SHARD
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct CallKind(u64);

impl CallKind {
    /// The kind of a call with these facts ([`Facts::tallied`]).
    pub(super) fn of(facts: &Facts) -> Self {
        let text = |fact| facts.text(fact).unwrap_or_default();
        let mut parts = vec![
            text(Fact::ErrorCode),
            text(Fact::EventSource),
            text(Fact::EventName),
            key(facts),
        ];
        match text(Fact::IdentityArn) {
            "" => parts.extend(identity(facts)),
            arn => parts.push(without_session(arn)),
        }
        let hash = EventId::of_texts(&parts).to_bytes();
        let first = hash.first_chunk().copied().unwrap_or_default();
        Self(u64::from_be_bytes(first))
    }
}

/// The KMS key of a call. Empty if there is none: other resources are too many to be kinds.
fn key(facts: &Facts) -> &str {
    let is_kms = facts.text(Fact::EventSource) == Some("kms.amazonaws.com");
    let is_key = |text: &&str| is_kms || text.split(':').nth(2) == Some("kms");
    [Fact::ResourceArn, Fact::DeniedResource, Fact::KeyId]
        .into_iter()
        .filter_map(|fact| facts.text(fact))
        .find(is_key)
        .unwrap_or_default()
}

/// The ARN of a role's session without the session name, which the caller chooses. Another ARN is unchanged.
fn without_session(arn: &str) -> &str {
    match arn.rsplit_once('/') {
        Some((role, _)) if role.contains(":assumed-role/") => role,
        _ => arn,
    }
}

/// The facts that identify a caller without an ARN.
fn identity(facts: &Facts) -> impl Iterator<Item = &str> {
    [
        Fact::IdentityType,
        Fact::PrincipalId,
        Fact::UserName,
        Fact::AccountId,
        Fact::InvokedBy,
        Fact::SourceIpAddress,
    ]
    .into_iter()
    .map(|fact| {
        let text = facts.text(fact).unwrap_or_default();
        // A principal ID is `ID:session` if it is a session.
        text.split(':').next().unwrap_or_default()
    })
}

/// The kinds of calls that the notifications of an incident have reported, at most 64.
///
/// It is a set that only grows, so it does not depend on the order or the repetition of records.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ReportedKinds(BTreeSet<CallKind>);

impl ReportedKinds {
    /// Whether another kind can still be recognized as new.
    pub(super) fn has_capacity(&self) -> bool {
        self.0.len() < MAX_KINDS
    }

    /// Adds the kinds of these calls.
    pub(super) fn add<'f>(&mut self, calls: impl IntoIterator<Item = Cow<'f, Facts>>) {
        let kinds = calls.into_iter().map(|facts| CallKind::of(&facts));
        self.0.extend(kinds);
        while self.0.len() > MAX_KINDS {
            self.0.pop_last();
        }
    }

    /// The kinds of these calls that are not reported.
    pub(super) fn new_among<'f>(
        &self,
        calls: impl IntoIterator<Item = Cow<'f, Facts>>,
    ) -> NewKinds {
        let mut kinds = NewKinds::default();
        if !self.has_capacity() {
            return kinds;
        }
        let mut known = self.0.clone();
        for facts in calls {
            if known.insert(CallKind::of(&facts)) {
                kinds.count += 1;
                if kinds.examples.len() < MAX_EXAMPLES {
                    kinds.examples.push(facts.into_owned());
                }
            }
        }
        kinds
    }
}

/// Kinds of calls that no earlier notification of the incident has reported.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct NewKinds {
    /// How many. 0 if the facts of these calls were not read.
    pub count: u64,
    /// The facts of a call of each of the first kinds.
    pub examples: Vec<Facts>,
}
