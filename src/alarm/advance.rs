//! How an alarm's state moves when events arrive or time passes.
//!
//! [`advance`] is a pure function of the definition, what was remembered, the buckets and the time. It walks the
//! evaluation instants in order:
//!
//! * An instant is *closed* when nothing more is expected before it (`AllowedLateness`); it is decided by CloudWatch's
//!   rules ([`super::evaluation`]), for good.
//! * An instant that is still open is decided only where no further record can undo it: at least M of the N newest
//!   windows breach, and the operator and the statistic are such that a count can only grow into a breach. So a mail
//!   need not wait for the window to end.
//! * A breach in an instant that was decided before, brought by records that came later, is announced as well, and its
//!   end, unless it belongs to an episode that was announced.

use jiff::{SignedDuration, Timestamp};

use super::definition::AlarmDefinition;
use super::evaluation::{Datapoint, breaches, evaluate, evaluation_range};
use super::outbox;
use super::state::{Incident, IncidentTotals, RunningTotals, StateChange, Status};
use super::window::{self, Window, saturating_add, saturating_sub};
use super::{AlarmState, Series};
use crate::series::SeriesKey;

/// How many episodes are remembered.
const MAX_INCIDENTS: usize = 256;

/// The state after, and the changes on the way.
#[derive(Clone, Debug, PartialEq)]
pub struct Advance {
    /// What to remember.
    pub status: Status,
    /// The changes, oldest first.
    pub changes: Vec<StateChange>,
    /// What the notifications tell of that are owed since; none where there are none. Without the buckets' facts they
    /// tell little.
    pub reported: Option<Window>,
}

/// Decides everything that can be decided at `now`.
///
/// `touched` says where the buckets begin that the batch at hand added to, or tried to; `series` must cover
/// [`Status::span`].
pub fn advance(
    definition: &AlarmDefinition,
    key: &SeriesKey,
    before: &Status,
    series: &Series<'_>,
    touched: &[Timestamp],
    now: Timestamp,
) -> Advance {
    let mut walk = Walk {
        definition,
        series,
        status: before.clone(),
        changes: Vec::new(),
    };
    walk.status.newest = walk.status.newest.max(series.starts().next_back());
    let horizon = window::evaluation_instant_at_or_before(
        saturating_sub(now, definition.allowed_lateness),
        &definition.settings,
    );
    walk.begin_with(touched, horizon);
    let lasted = walk.status.state == AlarmState::Alarm;
    walk.late_breaches(touched);
    // All that late records bring to light lies before an alarm that lasts.
    let retroactive = if lasted { walk.changes.len() } else { 0 };
    walk.closed_instants(horizon);
    walk.open_instants();
    walk.run_through(horizon);
    let Walk {
        mut status,
        changes,
        ..
    } = walk;
    let mut outbox = outbox::Outbox {
        definition,
        key,
        series,
        now,
        status: &mut status,
        reported: None,
    };
    for (place, (change, totals)) in changes.iter().enumerate() {
        if place >= retroactive {
            outbox.change(change, *totals);
        } else if change.to == AlarmState::Alarm {
            // Its end is not the last word while a later one lasts.
            outbox.retroactive_alarm(change);
        }
    }
    outbox.reminder();
    outbox.bound();
    let reported = outbox.reported;
    let excess = status.incidents.len().saturating_sub(MAX_INCIDENTS);
    status.incidents.drain(..excess);
    let changes = changes.into_iter().map(|(change, _)| change).collect();
    Advance {
        status,
        changes,
        reported,
    }
}

struct Walk<'a> {
    definition: &'a AlarmDefinition,
    series: &'a Series<'a>,
    status: Status,
    /// With what the episode came to that they end.
    changes: Vec<(StateChange, Option<IncidentTotals>)>,
}

impl Walk<'_> {
    /// Goes back to the first record where it came behind others and nothing is decided yet.
    fn begin_with(&mut self, touched: &[Timestamp], horizon: Timestamp) {
        let settings = &self.definition.settings;
        let first = (touched.iter().min())
            .map(|&first| window::evaluation_instant_at_or_before(first, settings));
        let Status {
            state,
            since,
            evaluated,
            ..
        } = &mut self.status;
        // Where something was decided, a state that holds since then was entered at the horizon or before.
        let is_undecided =
            *state == AlarmState::InsufficientData && since == evaluated && *evaluated > horizon;
        if let Some(first) = first.filter(|first| is_undecided && first < evaluated) {
            (*since, *evaluated) = (first, first);
        }
    }

    /// Tells of the episodes that late records bring to light in instants which were decided without them.
    fn late_breaches(&mut self, touched: &[Timestamp]) {
        for at in instants_of(self.definition, touched) {
            if at <= self.status.evaluated
                && !self.is_already_reported(at)
                && self.is_breach_for_good(at)
            {
                self.late_episode(at);
            }
        }
    }

    /// An episode that began at `at` and nobody was told of, and its end, if that lies before what is decided.
    fn late_episode(&mut self, at: Timestamp) {
        let before = match self.status.state {
            AlarmState::Alarm => AlarmState::Ok,
            state => state,
        };
        let following = self
            .status
            .incidents
            .iter()
            .position(|episode| episode.from > at);
        let last = match following {
            Some(next) => self.status.incidents[next].from,
            None => saturating_add(self.status.evaluated, self.step()),
        };
        let end = self.end_of_episode(at, last);
        if let (None, Some(next)) = (end, following) {
            // It goes on into one that was told of.
            self.status.incidents[next].from = at;
            return;
        }
        self.change(before, AlarmState::Alarm, at, None);
        if let Some((to, state)) = end {
            let place = following.unwrap_or(self.status.incidents.len());
            self.status.incidents.insert(
                place,
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

    /// When an episode ends and in which state, if that is before `last`.
    fn end_of_episode(&self, from: Timestamp, last: Timestamp) -> Option<(Timestamp, AlarmState)> {
        let mut at = saturating_add(from, self.step());
        while at < last {
            let state = self.decided_at(at, AlarmState::Alarm);
            if state != AlarmState::Alarm {
                return Some((at, state));
            }
            if let Some(next) = self.quiet_until(at) {
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
            } else if let Some(next) = self.quiet_until(at) {
                // Nothing in range, and silence leaves the state as it is: go to where there is something.
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
        // Not only what came now: an alarm that has just ended may have hidden what came before.
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

    /// Whether the instant lies in an episode, or so shortly before one that it is the same.
    fn is_already_reported(&self, at: Timestamp) -> bool {
        let reach = self.definition.evaluation_range_duration();
        let first = self.status.incidents.first();
        if self.status.incidents.len() >= MAX_INCIDENTS
            && first.is_some_and(|first| at < first.from)
        {
            // Forgotten; it may well have been told of.
            return true;
        }
        self.status.incidents.iter().any(|episode| {
            saturating_sub(episode.from, reach) <= at && episode.to.is_none_or(|to| at <= to)
        })
    }

    /// Goes over to another state, at an instant behind all that are decided.
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

    /// An episode that begins: nothing is counted yet of the windows that began it and of what follows.
    fn started(&self, at: Timestamp) -> RunningTotals {
        RunningTotals {
            count: 0,
            at_least: false,
            through: saturating_sub(at, self.definition.evaluation_periods_duration()),
        }
    }

    /// Counts what is closed of the episode that lasts.
    fn run_through(&mut self, horizon: Timestamp) {
        let until = horizon.min(self.status.evaluated);
        if let Some(running) = &mut self.status.running_totals {
            *running = running.counted_until(self.series, until);
        }
    }

    /// The last instant before which nothing can happen, where no bucket is in the range of `at`.
    fn quiet_until(&self, at: Timestamp) -> Option<Timestamp> {
        let reach = self.definition.evaluation_range_duration();
        let from = saturating_sub(at, reach);
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

/// The instants whose N newest windows hold one of these buckets, in order.
fn instants_of(definition: &AlarmDefinition, touched: &[Timestamp]) -> Vec<Timestamp> {
    let step = window::evaluation_interval(&definition.settings);
    let reach = definition.evaluation_periods_duration();
    let mut instants: Vec<Timestamp> = Vec::new();
    let mut starts = touched.to_vec();
    starts.sort_unstable();
    for start in starts {
        let end = saturating_add(start, reach);
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
