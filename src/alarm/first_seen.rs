//! `FirstSeen`: counts only records whose combination of values was not seen before.

use cloudwatch_filter_pattern::record::Selector;
use jiff::{SignedDuration, Timestamp};

use super::window::saturating_add;
use crate::series::{Day, EventId};

/// Hours of a day.
const HOURS_PER_DAY: i64 = 24;

/// `FirstSeen` of an alarm.
#[derive(Clone, Debug, PartialEq)]
pub struct FirstSeen {
    /// `Fields`: the selectors whose values are the combination, at least one. A record without one of the fields has the
    /// combination in which that value is absent.
    pub fields: Vec<Selector>,
    /// `History`: a combination that was seen in this time before a record is known. Whole days.
    pub history: SignedDuration,
    /// `WarmUp`: after the alarm first ran with these fields, combinations are learned for this time, and no record counts.
    pub warm_up: SignedDuration,
}

impl FirstSeen {
    /// The history in days. A combination is known if it was seen earlier on the same UTC day, or on one of so many days before.
    pub fn history_days(&self) -> u32 {
        u32::try_from(self.history.as_hours() / HOURS_PER_DAY).unwrap_or(u32::MAX)
    }

    /// Hash of the fields and of the alarm's `GroupBy`. If it changes, all combinations are new, so the alarm learns again.
    pub fn identity(&self, group_by: &[Selector]) -> EventId {
        let selectors = self.fields.iter().map(|selector| ("field", selector));
        let groups = group_by.iter().map(|selector| ("group", selector));
        let texts: Vec<String> = (selectors.chain(groups))
            .flat_map(|(kind, selector)| [kind.to_owned(), selector.to_string()])
            .collect();
        EventId::of_texts(&texts.iter().map(String::as_str).collect::<Vec<_>>())
    }

    /// From when on records count, if the alarm began to learn at `since`. Without a warm-up, records from before `since` count
    /// too.
    pub fn counts_from(&self, since: Timestamp) -> Timestamp {
        if self.warm_up.is_zero() {
            return Timestamp::MIN;
        }
        saturating_add(since, self.warm_up)
    }

    /// Since when no record of a first at `time` was seen, if the alarm began to learn at `since`.
    pub fn remembers_from(&self, time: Timestamp, since: Timestamp) -> Timestamp {
        let first_day = Day::of(time).minus(self.history_days());
        first_day.start().max(since)
    }
}
