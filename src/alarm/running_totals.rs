//! The counts of an incident.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::datapoints::Series;
use super::window::Window;

/// How many closed buckets keep their counts. They take about 30 bytes each in the item of the table.
const MAX_BUCKETS: usize = 32;

/// The counts of the current incident, over the time for which no more records are expected.
///
/// Counts are those of [`Series::elements`]: a sum over buckets, so that the parts of an incident can be added up.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunningTotals {
    /// How many records.
    pub count: u64,
    /// Whether there were more than could be stored.
    pub at_least: bool,
    /// End of the time that is counted.
    pub through: Timestamp,
    /// The part of `count` in each of the newest buckets. A record that arrives even later can be recognized by it.
    #[serde(default)]
    pub buckets: BTreeMap<Timestamp, u64>,
    /// All buckets from here to `through` that have a count are in `buckets`. `None`: an earlier version stored these totals.
    #[serde(default)]
    pub known_from: Option<Timestamp>,
}

impl RunningTotals {
    /// The totals of an incident that has records from `begin` on. Nothing is counted yet.
    pub(super) fn new(begin: Timestamp) -> Self {
        Self {
            count: 0,
            at_least: false,
            through: begin,
            buckets: BTreeMap::new(),
            known_from: Some(begin),
        }
    }

    /// The totals at `until`. `series` must cover the time from [`through`](Self::through) to `until`.
    pub(super) fn counted_until(&self, series: &Series<'_>, until: Timestamp) -> Self {
        let mut totals = self.clone();
        let end = until.max(self.through);
        totals.known_from.get_or_insert(self.through);
        totals.add(
            series,
            Window {
                start: self.through,
                end,
            },
        );
        totals.through = end;
        totals
    }

    /// Adds the records that arrived in the buckets at `touched` after these were counted.
    ///
    /// Buckets that were counted long ago, so that their part of the count is not known any more, are left as they are.
    pub(super) fn count_late(&mut self, series: &Series<'_>, touched: &[Timestamp]) {
        let Some(known_from) = self.known_from else {
            return;
        };
        let counted = Window {
            start: known_from,
            end: self.through,
        };
        let late: Vec<(Timestamp, u64)> = (series.elements_by_bucket(counted))
            .filter(|(start, _)| touched.contains(start))
            .collect();
        for (start, elements) in late {
            let known = self.buckets.entry(start).or_default();
            self.count += elements.saturating_sub(*known);
            *known = elements.max(*known);
        }
        self.at_least |= series.at_least(counted);
        self.forget_oldest();
    }

    /// Adds the records of the time before the incident, which late records have made part of it.
    pub(super) fn extend(&mut self, series: &Series<'_>, before: Window) {
        if self.known_from == Some(before.end) {
            self.known_from = Some(before.start);
            self.add(series, before);
        } else {
            self.count += series.elements(before);
            self.at_least |= series.at_least(before);
        }
    }

    /// The totals at `until` of the incident that began at `since`.
    pub(super) fn totals(
        &self,
        series: &Series<'_>,
        since: Timestamp,
        until: Timestamp,
    ) -> IncidentTotals {
        let Self {
            count, at_least, ..
        } = self.counted_until(series, until);
        IncidentTotals {
            since,
            count,
            at_least,
            notifications: 0,
        }
    }

    fn add(&mut self, series: &Series<'_>, window: Window) {
        self.count += series.elements(window);
        self.at_least |= series.at_least(window);
        self.buckets.extend(series.elements_by_bucket(window));
        self.forget_oldest();
    }

    fn forget_oldest(&mut self) {
        while self.buckets.len() > MAX_BUCKETS {
            self.buckets.pop_first();
            self.known_from = self.buckets.keys().next().copied();
        }
    }
}

/// The counts of an incident, for a notification.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct IncidentTotals {
    /// The evaluation instant that began it.
    pub since: Timestamp,
    /// How many records (or distinct values) were counted, including those of the windows that began it.
    pub count: u64,
    /// Whether there were more than could be stored.
    pub at_least: bool,
    /// How many notifications it caused before this one.
    pub notifications: u32,
}
