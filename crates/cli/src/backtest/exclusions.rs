//! How many records each exclusion kept from counting.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use jiff::civil::Date;
use serde::Serialize;

use crate::visible::on_one_line;
use cloudtrail_alarms::alarm::definition::{AlarmDefinition, Exclusion};
use cloudtrail_alarms::evidence::ExclusionId;

/// An exclusion and the number of records that it kept from counting in at least one alarm. Repeated records count again.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct ExclusionCount {
    reason: String,
    owner: String,
    /// `null` if it has no end.
    expires: Option<Date>,
    records: u64,
}

/// The exclusions of these alarms with a record, those with the most records first.
pub(super) fn exclusion_counts(
    alarms: &[AlarmDefinition],
    records: &BTreeMap<ExclusionId, u64>,
) -> Vec<ExclusionCount> {
    let mut seen = BTreeSet::new();
    let mut counts = Vec::new();
    for alarm in alarms {
        for id in alarm.exclude.iter().map(Exclusion::id) {
            let (Some(exclusion), Some(&records)) = (alarm.exclusion(id), records.get(&id)) else {
                continue;
            };
            // All alarms of a file have its exclusions.
            if seen.insert(id) {
                counts.push(ExclusionCount {
                    reason: exclusion.reason.clone(),
                    owner: exclusion.owner.clone(),
                    expires: exclusion.expires,
                    records,
                });
            }
        }
    }
    counts.sort_by_key(|count| Reverse(count.records));
    counts
}

impl ExclusionCount {
    /// Writes a line: `excluded: 12 records: a scanner (Ann, until 2027-01-31)`.
    pub(super) fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let plural = if self.records == 1 { "" } else { "s" };
        let (reason, owner) = (on_one_line(&self.reason), on_one_line(&self.owner));
        let end = self.expires.map(|last| format!(", until {last}"));
        writeln!(
            out,
            "excluded: {} record{plural}: {reason} ({owner}{})",
            self.records,
            end.unwrap_or_default()
        )
    }
}
