//! The input of rendering, and questions about its evidence.

use jiff::{SignedDuration, Timestamp};

use crate::alarm::definition::AlarmDefinition;
use crate::alarm::state::PendingNotification;
use crate::alarm::window;
use crate::evidence::{Evidence, Fact, Facts, tally};
use crate::notification::account::Account;
use crate::notification::caller::Caller;
use crate::notification::deployment::DeploymentContext;
use crate::notification::region;
use crate::series::Group;
use crate::unsafe_char::is_unsafe_char;
use cloudwatch_filter_pattern::record::Selector;

/// Margin of the time range of log links, before the first and after the last record. Log events have the time of their
/// delivery.
const LOG_MARGIN: SignedDuration = SignedDuration::from_mins(5);

/// Maximum length of a group value in a log query, in bytes.
const MAX_GROUP_VALUE: usize = 256;

/// Everything that a notification is rendered from.
#[derive(Clone, Copy, Debug)]
pub(super) struct RenderInput<'a> {
    pub(super) definition: &'a AlarmDefinition,
    pub(super) group: &'a Group,
    pub(super) pending: &'a PendingNotification,
    pub(super) deployment: &'a DeploymentContext,
    /// Display name of the function's Region.
    pub(super) region: &'a str,
}

impl<'a> RenderInput<'a> {
    pub(super) fn evidence(&self) -> &'a Evidence {
        &self.pending.evidence
    }

    /// The combinations of facts with their counts. If there are no tallies, the sampled records with a count of 1.
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

    /// Count of each value that `value` returns, see [`tally`](crate::evidence::tally).
    pub(super) fn tally<T: Ord>(&self, value: impl Fn(&'a Facts) -> Option<T>) -> Vec<(T, u64)> {
        tally(self.counted(), value)
    }

    /// Number of records in [`RenderInput::counted`].
    pub(super) fn known(&self) -> u64 {
        self.counted().iter().map(|(_, count)| count).sum()
    }

    /// Whether [`RenderInput::counted`] includes all counted records.
    pub(super) fn is_complete(&self) -> bool {
        self.definition.count_distinct.is_none() && self.known() == self.evidence().count
    }

    /// The distinct values of a fact in the sampled records, in the order of the records.
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

    /// The callers, with the number of calls of each.
    pub(super) fn callers(&self) -> Vec<(Caller<'a>, u64)> {
        self.tally(|facts| Some(self.caller(facts)))
    }

    /// The caller of one record.
    pub(super) fn caller(&self, facts: &'a Facts) -> Caller<'a> {
        Caller::of(facts, &self.deployment.account_names)
    }

    /// An account with its name in the alarms file.
    pub(super) fn named(&self, id: &'a str) -> Account<'a> {
        Account::of(id, &self.deployment.account_names)
    }

    /// The Region of the calls: that of the first sampled record, otherwise the function's.
    pub(super) fn call_region(&self) -> &'a str {
        let regions = self.sampled(Fact::AwsRegion);
        self.known_region(regions.first().copied().unwrap_or(&self.deployment.region))
    }

    /// The Region if it is known or the function's own, otherwise an empty text.
    ///
    /// A record can contain any text as Region. Commands and links are left out for an empty one.
    pub(super) fn known_region<'r>(&self, region: &'r str) -> &'r str {
        let is_known = region == self.deployment.region || region::is_known(region);
        if is_known { region } else { "" }
    }

    /// The account whose trail contains the calls: that of the first sampled record, otherwise the function's.
    pub(super) fn account(&self) -> &'a str {
        let accounts = self.sampled(Fact::RecipientAccountId);
        accounts
            .first()
            .copied()
            .unwrap_or(&self.deployment.account)
    }

    /// The accounts whose trails contain the calls: those of the sampled records, otherwise the function's. The accounts with
    /// a name are first.
    pub(super) fn accounts(&self) -> Vec<Account<'a>> {
        let sampled = self.sampled(Fact::RecipientAccountId);
        let own = sampled
            .is_empty()
            .then_some(self.deployment.account.as_str());
        let mut accounts: Vec<_> = (sampled.into_iter().chain(own))
            .map(|id| self.named(id))
            .collect();
        accounts.sort_by_key(|account| account.name().is_none());
        accounts
    }

    /// The selectors of `GroupBy` with the values of the group, as far as a log query can contain them.
    pub(super) fn group_values(&self) -> Vec<(&'a Selector, &'a str)> {
        if !self.group.is_specific() {
            return Vec::new();
        }
        let selectors = self.definition.group_by.iter();
        let values = selectors
            .zip(&self.group.0)
            .filter_map(|(selector, (_, value))| {
                let value = value.as_deref()?;
                let is_plain =
                    !value.contains(|c: char| c == '"' || c == '\\' || is_unsafe_char(c));
                (is_plain && value.len() <= MAX_GROUP_VALUE).then_some((selector, value))
            });
        values.collect()
    }

    /// A count with its unit: `3 records`, `1 distinct value of $.sourceIPAddress`.
    pub(super) fn amount(&self, count: u64, at_least: bool) -> String {
        let prefix = if at_least { "at least " } else { "" };
        let plural = if count == 1 { "" } else { "s" };
        match &self.definition.count_distinct {
            Some(selector) => format!("{prefix}{count} distinct value{plural} of {selector}"),
            None => format!("{prefix}{count} record{plural}"),
        }
    }

    /// The time range of log links.
    pub(super) fn log_range(&self) -> (Timestamp, Timestamp) {
        let evidence = self.evidence();
        let slots = (!evidence.timeline.counts.is_empty()).then_some(evidence.timeline.start);
        let start = evidence
            .first
            .into_iter()
            .chain(slots)
            .min()
            .unwrap_or(self.pending.change.at);
        let end = evidence
            .last
            .into_iter()
            .chain([self.pending.change.at])
            .max()
            .unwrap_or(start);
        (
            window::saturating_sub(start, LOG_MARGIN),
            window::saturating_add(end, LOG_MARGIN),
        )
    }
}
