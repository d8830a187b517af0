//! What a notification is written from.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::DeploymentContext;
use super::caller::Caller;
use super::harmless::is_harmful;
use super::region;
use crate::alarm::definition::AlarmDefinition;
use crate::alarm::state::PendingNotification;
use crate::alarm::window;
use crate::evidence::{DenialReason, Evidence, Fact, Facts};
use crate::series::Group;
use cloudwatch_filter_pattern::record::Selector;

/// How far before the first and behind the last record a link looks: log events are stamped when they are delivered.
const MARGIN: SignedDuration = SignedDuration::from_mins(5);

/// Longest value of a group that a link asks for, in bytes.
const MAX_GROUP_VALUE: usize = 256;

/// What a notification is written from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scene<'a> {
    pub(super) definition: &'a AlarmDefinition,
    pub(super) group: &'a Group,
    pub(super) owed: &'a PendingNotification,
    pub(super) place: &'a DeploymentContext,
    /// The Region's display name.
    pub(super) region: &'a str,
}

impl<'a> Scene<'a> {
    pub(super) fn evidence(&self) -> &'a Evidence {
        &self.owed.evidence
    }

    /// The facts of what was counted, and how often each combination was. Where none were tallied it is the samples
    /// that are known.
    pub(super) fn counted(&self) -> Vec<(&'a Facts, u64)> {
        let evidence = self.evidence();
        if evidence.tallies.is_empty() {
            evidence.records.iter().map(|facts| (facts, 1)).collect()
        } else {
            evidence
                .tallies
                .iter()
                .map(|tally| (&tally.facts, tally.count))
                .collect()
        }
    }

    /// How often each value was counted that `of` finds; the most frequent first, then by value.
    pub(super) fn tally<T: Ord>(&self, of: impl Fn(&'a Facts) -> Option<T>) -> Vec<(T, u64)> {
        let mut counts = BTreeMap::new();
        for (facts, count) in self.counted() {
            if let Some(value) = of(facts) {
                *counts.entry(value).or_insert(0) += count;
            }
        }
        let mut counts: Vec<(T, u64)> = counts.into_iter().collect();
        counts.sort_by_key(|(_, count)| Reverse(*count));
        counts
    }

    /// How many records [`Scene::counted`] is of.
    pub(super) fn known(&self) -> u64 {
        self.counted().iter().map(|(_, count)| count).sum()
    }

    /// Whether what [`Scene::counted`] says is true of all that was counted.
    pub(super) fn is_complete(&self) -> bool {
        self.definition.count_distinct.is_none() && self.known() == self.evidence().count
    }

    /// The values that the samples have of a fact, in their order and each once.
    pub(super) fn sampled(&self, fact: Fact) -> Vec<&'a str> {
        let mut values = Vec::new();
        for facts in &self.evidence().records {
            if let Some(text) = facts.text(fact).filter(|text| !text.is_empty())
                && !values.contains(&text)
            {
                values.push(text);
            }
        }
        values
    }

    /// Who made the calls, and how many each.
    pub(super) fn callers(&self) -> Vec<(Caller<'a>, u64)> {
        self.tally(|facts| Some(Caller::of(facts)))
    }

    /// The Region in which the calls were made: that of the first sample, else the function's.
    pub(super) fn call_region(&self) -> &'a str {
        let said = self.sampled(Fact::AwsRegion);
        self.known_region(said.first().copied().unwrap_or(&self.place.region))
    }

    /// The Region if it is a known one or the function's own, otherwise an empty text. An email has no command and no link
    /// for an empty Region, because a record can name any Region.
    pub(super) fn known_region<'r>(&self, region: &'r str) -> &'r str {
        let is_known = region == self.place.region || region::is_known(region);
        if is_known { region } else { "" }
    }

    /// The account that the calls are logged in.
    pub(super) fn account(&self) -> &'a str {
        let said = self.sampled(Fact::RecipientAccountId);
        said.first().copied().unwrap_or(&self.place.account)
    }

    /// The values of the group by the selectors of `GroupBy`, those that a query can name.
    pub(super) fn group_values(&self) -> Vec<(&'a Selector, &'a str)> {
        if !self.group.is_specific() {
            return Vec::new();
        }
        let selectors = self.definition.group_by.iter();
        let values = selectors
            .zip(&self.group.0)
            .filter_map(|(selector, (_, value))| {
                let value = value.as_deref()?;
                let is_plain = !value.contains(|c: char| c == '"' || c == '\\' || is_harmful(c));
                (is_plain && value.len() <= MAX_GROUP_VALUE).then_some((selector, value))
            });
        values.collect()
    }

    /// What is counted: `3 records`, `1 value of $.sourceIPAddress`.
    pub(super) fn amount(&self, count: u64, at_least: bool) -> String {
        let least = if at_least { "at least " } else { "" };
        let plural = if count == 1 { "" } else { "s" };
        match &self.definition.count_distinct {
            Some(selector) => format!("{least}{count} distinct value{plural} of {selector}"),
            None => format!("{least}{count} record{plural}"),
        }
    }

    /// The span that links into logs show.
    pub(super) fn span(&self) -> (Timestamp, Timestamp) {
        let evidence = self.evidence();
        let slots = (!evidence.timeline.counts.is_empty()).then_some(evidence.timeline.start);
        let start = evidence
            .first
            .into_iter()
            .chain(slots)
            .min()
            .unwrap_or(self.owed.change.at);
        let end = evidence
            .last
            .into_iter()
            .chain([self.owed.change.at])
            .max()
            .unwrap_or(start);
        (
            window::saturating_sub(start, MARGIN),
            window::saturating_add(end, MARGIN),
        )
    }
}

/// Codes of a denial.
const DENIED: [&str; 4] = [
    "AccessDenied",
    "AccessDeniedException",
    "UnauthorizedOperation",
    "Client.UnauthorizedOperation",
];

/// The policy that a denied call's message blames, in the words of [`DenialReason`]; none of a call that was not denied.
pub(super) fn layer(facts: &Facts) -> Option<&str> {
    let is_denied = || {
        facts
            .text(Fact::ErrorCode)
            .is_some_and(|code| DENIED.contains(&code))
    };
    let layer = facts.text(Fact::DenialReason);
    layer.or_else(|| is_denied().then_some(DenialReason::Unknown.as_str()))
}

/// `kms:Decrypt`: the call as policies name it.
pub(super) fn call(facts: &Facts) -> Option<Cow<'_, str>> {
    let name = facts.text(Fact::EventName)?;
    let Some(source) = facts.text(Fact::EventSource) else {
        return Some(Cow::Borrowed(name));
    };
    let service = source.split('.').next().unwrap_or(source);
    Some(Cow::Owned(format!("{service}:{name}")))
}
