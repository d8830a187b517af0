//! Decides the state changes of an alarm. Evaluates the evaluation instants in order:
//!
//! * An instant is *closed* when no more records are expected for it (`AllowedLateness`). CloudWatch's rules
//!   ([`evaluate`]) then decide it, finally.
//! * An instant that is still open is decided early only if no further record can undo the decision: at least M of the N
//!   newest windows breach, and with this operator and statistic a datapoint that breaches keeps breaching. So an email
//!   need not wait for the end of the window.
//! * If late records cause a breach at an instant that was already decided, the incident and its end are added too.
//!   Breaches that belong to a known incident are an exception. The incident that continues then begins with them.

use jiff::{SignedDuration, Timestamp};

use super::alarm_state::AlarmState;
use super::datapoints::Series;
use super::definition::AlarmDefinition;
use super::evaluation::{Datapoint, breaches, evaluate, evaluation_range};
use super::state::{Incident, IncidentTotals, RunningTotals, StateChange, Status};
use super::window::{self, Window, saturating_add, saturating_sub};

/// How many incidents are stored.
const MAX_INCIDENTS: usize = 256;

/// The result of [`decide`].
pub(super) struct Decided {
    /// Complete except `notified` and `pending`.
    pub(super) status: Status,
    /// Each change with the totals of the incident that it ends.
    pub(super) changes: Vec<(StateChange, Option<IncidentTotals>)>,
    /// How many of the first changes lie before an incident that continues.
    pub(super) retroactive: usize,
}

/// Decides all state changes that can be decided at `now`. The arguments are those of [`advance`](super::advance::advance).
pub(super) fn decide(
    definition: &AlarmDefinition,
    before: &Status,
    series: &Series<'_>,
    touched: &[Timestamp],
    now: Timestamp,
) -> Decided {
    let mut decision = Decision {
        definition,
        series,
        status: before.clone(),
        changes: Vec::new(),
    };
    decision.status.newest = decision.status.newest.max(series.starts().next_back());
    let horizon = window::evaluation_instant_at_or_before(
        saturating_sub(now, definition.allowed_lateness),
        &definition.settings,
    );
    decision.set_begin(touched, horizon);
    let was_in_alarm = decision.status.state == AlarmState::Alarm;
    decision.late_breaches(touched);
    // All incidents that late records reveal lie before the current one.
    let retroactive = if was_in_alarm {
        decision.changes.len()
    } else {
        0
    };
    if let Some(running) = &mut decision.status.running_totals {
        running.count_late(series, touched);
    }
    decision.closed_instants(horizon);
    decision.open_instants();
    decision.update_running_totals(horizon);
    let Decision {
        mut status,
        changes,
        ..
    } = decision;
    let excess = status.incidents.len().saturating_sub(MAX_INCIDENTS);
    status.incidents.drain(..excess);
    Decided {
        status,
        changes,
        retroactive,
    }
}

/// The status while the evaluation instants are decided in order, and the state changes so far.
struct Decision<'a> {
    definition: &'a AlarmDefinition,
    series: &'a Series<'a>,
    status: Status,
    /// Each change with the totals of the incident that it ends.
    changes: Vec<(StateChange, Option<IncidentTotals>)>,
}

impl Decision<'_> {
    /// Sets the begin of a new series to its first record, if later records arrived before that record.
    fn set_begin(&mut self, touched: &[Timestamp], horizon: Timestamp) {
        let settings = &self.definition.settings;
        let first = (touched.iter().min())
            .map(|&first| window::evaluation_instant_at_or_before(first, settings));
        let Status {
            state,
            since,
            evaluated,
            ..
        } = &mut self.status;
        // If anything was decided, `since` is not after the horizon.
        let is_undecided =
            *state == AlarmState::InsufficientData && since == evaluated && *evaluated > horizon;
        if let Some(first) = first.filter(|first| is_undecided && first < evaluated) {
            (*since, *evaluated) = (first, first);
        }
    }

    /// Adds the incidents that late records reveal at instants that were decided without them.
    fn late_breaches(&mut self, touched: &[Timestamp]) {
        for at in instants_of(self.definition, touched) {
            if at > self.status.evaluated || !self.is_breach_for_good(at) {
                continue;
            }
            if self.is_just_before_current_incident(at) {
                self.extend_current_incident(at);
            } else if !self.is_already_reported(at) {
                self.late_incident(at);
            }
        }
    }

    /// Whether the instant is within one evaluation range before the incident that continues, and in no other one.
    fn is_just_before_current_incident(&self, at: Timestamp) -> bool {
        let range = self.definition.evaluation_range_duration();
        let Some((current, others)) = self.status.incidents.split_last() else {
            return false;
        };
        let is_in_range = saturating_sub(current.from, range) <= at && at < current.from;
        let is_after = |other: &Incident| other.to.is_some_and(|to| to < at);
        current.to.is_none() && is_in_range && others.iter().all(is_after)
    }

    /// Lets the incident that continues begin at `at`, because late records breach there. They become records of it.
    fn extend_current_incident(&mut self, at: Timestamp) {
        let length = self.definition.evaluation_periods_duration();
        let before = Window {
            start: saturating_sub(at, length),
            end: saturating_sub(self.status.since, length),
        };
        if let Some(running) = &mut self.status.running_totals {
            running.extend(self.series, before);
        }
        if let Some(current) = self.status.incidents.last_mut() {
            current.from = at;
        }
        self.status.since = at;
    }

    /// Adds an unknown incident that began at `at`, and its end, if that is decided.
    fn late_incident(&mut self, at: Timestamp) {
        let before = match self.status.state {
            AlarmState::Alarm => AlarmState::Ok,
            state => state,
        };
        let following = self
            .status
            .incidents
            .iter()
            .position(|incident| incident.from > at);
        let last = match following {
            Some(next) => self.status.incidents[next].from,
            None => saturating_add(self.status.evaluated, self.step()),
        };
        let end = self.end_of_incident(at, last);
        if let (None, Some(next)) = (end, following) {
            // It continues as an incident that is already known.
            if self.status.incidents[next].to.is_none() {
                self.extend_current_incident(at);
            } else {
                self.status.incidents[next].from = at;
            }
            return;
        }
        self.change(before, AlarmState::Alarm, at, None);
        if let Some((to, state)) = end {
            let index = following.unwrap_or(self.status.incidents.len());
            self.status.incidents.insert(
                index,
                Incident {
                    from: at,
                    to: Some(to),
                },
            );
            let totals = self.started(at).totals(self.series, at, to);
            self.change(AlarmState::Alarm, state, to, Some(totals));
        } else {
            self.status.incidents.push(Incident { from: at, to: None });
            self.status.state = AlarmState::Alarm;
            self.status.since = at;
            self.status.running_totals = Some(self.started(at));
        }
    }

    /// When the incident ends and with which state. `None` if that is not before `last`.
    fn end_of_incident(&self, from: Timestamp, last: Timestamp) -> Option<(Timestamp, AlarmState)> {
        let mut at = saturating_add(from, self.step());
        while at < last {
            let state = self.decided_at(at, AlarmState::Alarm);
            if state != AlarmState::Alarm {
                return Some((at, state));
            }
            if let Some(next) = self.no_data_until(at) {
                at = next.max(at);
            }
            at = saturating_add(at, self.step());
        }
        None
    }

    fn closed_instants(&mut self, horizon: Timestamp) {
        let mut at = saturating_add(self.status.evaluated, self.step());
        while at <= horizon {
            let state = self.decided_at(at, self.status.state);
            if state != self.status.state {
                self.enter(state, at);
            } else if let Some(next) = self.no_data_until(at) {
                // There is no data in range, and missing data does not change the state: skip to the next data.
                at = next.min(horizon).max(at);
            }
            at = saturating_add(at, self.step());
        }
        self.status.evaluated = self.status.evaluated.max(horizon);
    }

    fn open_instants(&mut self) {
        if self.status.state == AlarmState::Alarm {
            return;
        }
        // Not only `touched`: an incident that has just ended may have hidden earlier records.
        let decided = self.status.evaluated;
        let recent = saturating_sub(decided, self.definition.evaluation_periods_duration());
        let mut buckets: Vec<Timestamp> = (self.series.starts().rev())
            .take_while(|start| *start >= recent)
            .collect();
        buckets.reverse();
        let open = instants_of(self.definition, &buckets)
            .into_iter()
            .find(|&at| at > decided && self.is_breach_for_good(at));
        if let Some(at) = open {
            self.enter(AlarmState::Alarm, at);
            self.status.evaluated = at;
        }
    }

    fn step(&self) -> SignedDuration {
        window::evaluation_interval(&self.definition.settings)
    }

    fn decided_at(&self, at: Timestamp, before: AlarmState) -> AlarmState {
        evaluate(&self.datapoints(at), &self.definition.settings, before).state
    }

    fn datapoints(&self, at: Timestamp) -> Vec<Datapoint> {
        let range = evaluation_range(&self.definition.settings);
        self.windows(at, range)
            .into_iter()
            .map(|window| Datapoint {
                start: window.start,
                value: self.series.value(window),
            })
            .collect()
    }

    fn windows(&self, at: Timestamp, count: usize) -> Vec<Window> {
        let AlarmDefinition {
            settings,
            evaluation_window,
            ..
        } = self.definition;
        window::windows_ending_at(at, settings, *evaluation_window, count)
    }

    /// Whether M of the N newest windows breach and no further record can change that.
    fn is_breach_for_good(&self, at: Timestamp) -> bool {
        if !self.definition.only_grows() {
            return false;
        }
        let settings = &self.definition.settings;
        let newest = settings.evaluation_periods as usize;
        let breaching = self
            .windows(at, newest)
            .into_iter()
            .filter_map(|window| self.series.value(window))
            .filter(|&value| breaches(value, settings))
            .count();
        breaching >= settings.datapoints_needed() as usize
    }

    /// Whether the instant belongs to a known incident: within it, or within one evaluation range before it.
    fn is_already_reported(&self, at: Timestamp) -> bool {
        let range = self.definition.evaluation_range_duration();
        let first = self.status.incidents.first();
        if self.status.incidents.len() >= MAX_INCIDENTS
            && first.is_some_and(|first| at < first.from)
        {
            // Its incident may have been dropped from the list.
            return true;
        }
        self.status.incidents.iter().any(|incident| {
            saturating_sub(incident.from, range) <= at && incident.to.is_none_or(|to| at <= to)
        })
    }

    /// Enters another state, at an instant after all decided ones.
    fn enter(&mut self, to: AlarmState, at: Timestamp) {
        let from = self.status.state;
        let ended = self.status.running_totals.take();
        let totals = ended.map(|running| running.totals(self.series, self.status.since, at));
        if to == AlarmState::Alarm {
            self.status.incidents.push(Incident { from: at, to: None });
            self.status.running_totals = Some(self.started(at));
        } else if from == AlarmState::Alarm
            && let Some(open) = self.status.incidents.last_mut()
        {
            open.to = Some(at);
        }
        self.change(from, to, at, totals);
        self.status.state = to;
        self.status.since = at;
    }

    fn change(
        &mut self,
        from: AlarmState,
        to: AlarmState,
        at: Timestamp,
        totals: Option<IncidentTotals>,
    ) {
        let outcome = evaluate(&self.datapoints(at), &self.definition.settings, from);
        let reason = outcome.reason(&self.definition.settings);
        let change = StateChange {
            from,
            to,
            at,
            reason,
        };
        self.changes.push((change, totals));
    }

    /// The totals of an incident that begins at `at`: nothing is counted yet, and counting begins with its windows.
    fn started(&self, at: Timestamp) -> RunningTotals {
        let length = self.definition.evaluation_periods_duration();
        RunningTotals::new(saturating_sub(at, length))
    }

    /// Updates the totals of the current incident up to the last closed instant.
    fn update_running_totals(&mut self, horizon: Timestamp) {
        let until = horizon.min(self.status.evaluated);
        if let Some(running) = &mut self.status.running_totals {
            *running = running.counted_until(self.series, until);
        }
    }

    /// The last instant up to which there is no data. `None` if a bucket is in the evaluation range of `at`.
    fn no_data_until(&self, at: Timestamp) -> Option<Timestamp> {
        let range = self.definition.evaluation_range_duration();
        let from = saturating_sub(at, range);
        match self.series.first_from(from) {
            None => Some(Timestamp::MAX),
            Some(next) if next >= at => Some(window::evaluation_instant_at_or_before(
                next,
                &self.definition.settings,
            )),
            Some(_) => None,
        }
    }
}

/// The evaluation instants, in order, whose N newest windows contain one of the buckets that start at `touched`.
fn instants_of(definition: &AlarmDefinition, touched: &[Timestamp]) -> Vec<Timestamp> {
    let step = window::evaluation_interval(&definition.settings);
    let length = definition.evaluation_periods_duration();
    let mut instants: Vec<Timestamp> = Vec::new();
    let mut starts = touched.to_vec();
    starts.sort_unstable();
    for start in starts {
        let end = saturating_add(start, length);
        let first = saturating_add(start, window::bucket_width(&definition.settings));
        let first = window::evaluation_instant_at_or_after(first, &definition.settings);
        let mut at = match instants.last() {
            Some(&last) => first.max(saturating_add(last, step)),
            None => first,
        };
        while at <= end {
            instants.push(at);
            at = saturating_add(at, step);
        }
    }
    instants
}
