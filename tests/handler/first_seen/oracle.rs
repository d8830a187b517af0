//! The records that count, by comparing each one with all others.

use std::collections::{BTreeMap, BTreeSet};

use cloudtrail_alarms::series::EventId;

use super::{DAY, Record};

/// The properties of the alarm that decide which records count.
#[derive(Clone, Debug)]
pub(super) struct Rules {
    pub(super) history_days: i64,
    pub(super) warm_up: i64,
    pub(super) is_event_time: bool,
    pub(super) is_grouped: bool,
}

impl Rules {
    /// The properties in the alarms file.
    pub(super) fn lines(&self) -> String {
        let mut lines = format!(
            "FirstSeen: {{Fields: [$.eventName], History: {}d, WarmUp: {}s}}\nThreshold: 0\n\
             Exclude: [{{Pattern: '{{ $.userAgent = \"scanner\" }}', Reason: r, Owner: o, Expires: never}}]",
            self.history_days, self.warm_up
        );
        if self.is_event_time {
            lines += "\nTimeSource: EventTime\nAllowedLateness: 2d";
        }
        if self.is_grouped {
            lines += "\nGroupBy: [$.recipientAccountId]";
        }
        lines
    }

    /// When a record counts, in seconds since the begin.
    fn time(&self, record: &Record) -> i64 {
        record.called + if self.is_event_time { 0 } else { record.delay }
    }

    /// The account of a record; empty without groups.
    fn group<'r>(&self, record: &'r Record) -> &'r str {
        if self.is_grouped { record.account } else { "" }
    }

    /// Whether a record makes another one known.
    fn makes_known(&self, earlier: &Record, later: &Record) -> bool {
        let (before, after) = (self.time(earlier), self.time(later));
        let days = after.div_euclid(DAY) - before.div_euclid(DAY);
        earlier.name == later.name
            && self.group(earlier) == self.group(later)
            && (before, earlier.id()) < (after, later.id())
            && days <= self.history_days
    }
}

/// The keys of the records that count, by account and start of the bucket. The alarm learns from the begin on.
pub(super) fn expected(
    rules: &Rules,
    records: &[Record],
) -> BTreeMap<String, BTreeSet<(i64, EventId)>> {
    let seen = || records.iter().filter(|record| !record.is_excluded);
    let mut expected: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    for record in seen() {
        let time = rules.time(record);
        let is_known = seen().any(|other| rules.makes_known(other, record));
        if !is_known && time >= rules.warm_up {
            let group = expected.entry(rules.group(record).to_owned()).or_default();
            group.insert((time.div_euclid(60) * 60, record.id()));
        }
    }
    expected
}
