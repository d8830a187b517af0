//! What is remembered of an alarm, and how it moves when events arrive or time passes.
//!
//! [`advance`] is a pure function of the definition, what was remembered, the buckets and the time. It walks the
//! evaluation instants in order:
//!
//! * An instant is *closed* when nothing more is expected before it (`AllowedLateness`); it is decided by CloudWatch's
//!   rules ([`super::evaluation`]), for good.
//! * An instant that is still open is decided only where no further record can undo it: at least M of the N newest
//!   windows breach, and the operator and the statistic are such that a count can only grow into a breach. So a mail
//!   need not wait for the window to end.
//! * A breach in an instant that was decided before, brought by records that came later, is announced as well, unless
//!   it belongs to an episode that was.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::AlarmState;
use super::definition::{
    AlarmDefinition, ComparisonOperator, EvaluationWindow, MetricValue, Statistic, TreatMissingData,
};
use super::evaluation::{Datapoint, breaches, evaluate, evaluation_range};
use super::window::{self, Window};
use crate::evidence::Evidence;
use crate::series::{EventId, Series, SeriesKey};

/// How many episodes are remembered.
const MAX_EPISODES: usize = 32;

/// Longest pause between two notifications of an alarm that stays in `ALARM`.
const MAX_RENOTIFICATION: SignedDuration = SignedDuration::from_hours(24);

/// What is remembered of one series.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Status {
    /// The state.
    pub state: AlarmState,
    /// The instant at which it was entered.
    pub since: Timestamp,
    /// All instants up to here are decided.
    pub evaluated: Timestamp,
    /// Where the newest bucket begins that was seen.
    pub newest: Option<Timestamp>,
    /// When the alarm was in `ALARM`, oldest first.
    pub episodes: Vec<Episode>,
    /// What was last notified while in `ALARM`.
    pub notified: Option<Notified>,
    /// Notifications that are decided and not yet known to be published.
    pub owed: Vec<Owed>,
}

/// A time in `ALARM`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Episode {
    /// The instant that began it.
    pub from: Timestamp,
    /// The instant that ended it.
    pub to: Option<Timestamp>,
}

/// The last notification of an episode.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Notified {
    /// When it was decided.
    pub at: Timestamp,
    /// How many have gone out in this episode.
    pub count: u32,
}

/// A change of state.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StateChange {
    /// The state before.
    pub from: AlarmState,
    /// The state after; equal to `from` in a renotification.
    pub to: AlarmState,
    /// The evaluation instant.
    pub at: Timestamp,
    /// Why, in CloudWatch's words.
    pub reason: String,
}

/// A notification that must be published.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Owed {
    /// Tells this notification from all others; the same however often it is published.
    pub id: String,
    /// What happened.
    pub change: StateChange,
    /// 0 for the change itself, else which renotification of the episode.
    pub repeat: u32,
    /// What the records behind it say.
    pub evidence: Evidence,
    /// Who publishes it, and until when nobody else may.
    pub lease: Option<Lease>,
}

/// The right to publish.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Lease {
    /// The request id of the invocation that holds it.
    pub holder: String,
    /// When it ends.
    pub until: Timestamp,
}

impl Status {
    /// What is remembered of a series that was never seen, whose first instant comes after `begin`.
    pub fn initial(begin: Timestamp) -> Self {
        Self {
            state: AlarmState::InsufficientData,
            since: begin,
            evaluated: begin,
            newest: None,
            episodes: Vec::new(),
            notified: None,
            owed: Vec::new(),
        }
    }

    /// Whether time alone can neither change the state nor cause a notification.
    pub fn is_at_rest(&self, definition: &AlarmDefinition) -> bool {
        let silence = [Datapoint {
            start: self.evaluated,
            value: definition.default_value,
        }];
        let settled = self
            .newest
            .is_none_or(|newest| last_instant(definition, newest) <= self.evaluated);
        let renotifies = self.state == AlarmState::Alarm && definition.renotify_after.is_some();
        self.owed.is_empty()
            && settled
            && !renotifies
            && (evaluate(&silence, &definition.settings, self.state).state == self.state)
    }

    /// Whether an alarm that is still in `ALARM` must be notified of again.
    fn renotification_due(&self, definition: &AlarmDefinition, now: Timestamp) -> bool {
        let (AlarmState::Alarm, Some(notified), Some(first)) =
            (self.state, self.notified, definition.renotify_after)
        else {
            return false;
        };
        let doubled = 1_i32.checked_shl(notified.count - 1).unwrap_or(i32::MAX);
        let pause = first.checked_mul(doubled).unwrap_or(SignedDuration::MAX);
        now >= ahead(notified.at, pause.min(MAX_RENOTIFICATION.max(first)))
    }

    /// The span of buckets that [`advance`] needs, when buckets that begin at `touched` were added to.
    pub fn span(
        &self,
        definition: &AlarmDefinition,
        touched: &[Timestamp],
        now: Timestamp,
    ) -> Window {
        let told = self
            .renotification_due(definition, now)
            .then_some(self.notified)
            .flatten();
        let earliest = [self.evaluated]
            .into_iter()
            .chain(told.map(|notified| notified.at));
        let first = touched.iter().copied().chain(earliest).min().unwrap_or(now);
        let last = touched.iter().copied().chain([now]).max().unwrap_or(now);
        let reach = range_length(definition);
        Window {
            start: back(first, reach + definition.allowed_lateness),
            end: ahead(last, bucket_width(definition)),
        }
    }
}

/// The state after, and the changes on the way.
#[derive(Clone, Debug, PartialEq)]
pub struct Advance {
    /// What to remember.
    pub status: Status,
    /// The changes, oldest first.
    pub changes: Vec<StateChange>,
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
        decided: before.evaluated,
        announces_end: true,
    };
    walk.status.newest = walk.status.newest.max(series.starts().next_back());
    let horizon = window::evaluation_instant_at_or_before(
        back(now, definition.allowed_lateness),
        &definition.settings,
    );
    walk.late_breach(touched);
    walk.closed_instants(horizon);
    walk.open_instants(touched);
    let Walk {
        mut status,
        changes,
        ..
    } = walk;
    for change in &changes {
        note_change(definition, key, series, &mut status, change, now);
    }
    renotify(definition, key, series, &mut status, now);
    let excess = status.episodes.len().saturating_sub(MAX_EPISODES);
    status.episodes.drain(..excess);
    Advance { status, changes }
}

struct Walk<'a> {
    definition: &'a AlarmDefinition,
    series: &'a Series<'a>,
    status: Status,
    changes: Vec<StateChange>,
    /// Instants up to here were decided before.
    decided: Timestamp,
    /// Whether the end of the present episode is news.
    announces_end: bool,
}

impl Walk<'_> {
    /// Goes back to the first decided instant that new records turn into a breach nobody was told of.
    fn late_breach(&mut self, touched: &[Timestamp]) {
        if self.status.state == AlarmState::Alarm {
            return;
        }
        let late = instants_of(self.definition, touched)
            .into_iter()
            .find(|&at| at <= self.decided && self.is_breach_for_good(at) && !self.is_told(at));
        if let Some(at) = late {
            self.enter(AlarmState::Alarm, at);
            self.status.evaluated = at;
        }
    }

    fn closed_instants(&mut self, horizon: Timestamp) {
        let step = window::evaluation_interval(&self.definition.settings);
        let mut at = ahead(self.status.evaluated, step);
        while at <= horizon {
            let outcome = evaluate(
                &self.datapoints(at),
                &self.definition.settings,
                self.status.state,
            );
            if outcome.state != self.status.state {
                self.enter(outcome.state, at);
            } else if let Some(next) = self.quiet_until(at) {
                // Nothing in range, and silence leaves the state as it is: go to where there is something.
                at = next.min(horizon).max(at);
            }
            self.status.evaluated = at;
            at = ahead(at, step);
        }
        self.status.evaluated = self.status.evaluated.max(horizon);
    }

    fn open_instants(&mut self, touched: &[Timestamp]) {
        if self.status.state == AlarmState::Alarm {
            return;
        }
        let open = instants_of(self.definition, touched)
            .into_iter()
            .find(|&at| at > self.status.evaluated && self.is_breach_for_good(at));
        if let Some(at) = open {
            self.enter(AlarmState::Alarm, at);
            self.status.evaluated = at;
        }
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
        let settings = &self.definition.settings;
        let newest = settings.evaluation_periods as usize;
        let breaching = self
            .windows(at, newest)
            .into_iter()
            .filter_map(|window| self.series.value(window))
            .filter(|&value| breaches(value, settings))
            .count();
        only_grows(self.definition) && breaching >= settings.datapoints_needed() as usize
    }

    /// Whether the instant lies in an episode, or so shortly before one that it is the same.
    fn is_told(&self, at: Timestamp) -> bool {
        let reach = range_length(self.definition);
        self.status
            .episodes
            .iter()
            .any(|episode| back(episode.from, reach) <= at && episode.to.is_none_or(|to| at <= to))
    }

    fn enter(&mut self, to: AlarmState, at: Timestamp) {
        let from = self.status.state;
        let is_news = at > self.decided
            || match to {
                AlarmState::Alarm => !self.is_told(at),
                _ => self.announces_end,
            };
        if to == AlarmState::Alarm {
            self.announces_end = is_news;
            if is_news {
                self.status.episodes.push(Episode { from: at, to: None });
            }
        } else if from == AlarmState::Alarm
            && is_news
            && let Some(open) = self
                .status
                .episodes
                .iter_mut()
                .rfind(|episode| episode.to.is_none())
        {
            open.to = Some(at);
        }
        if is_news {
            let outcome = evaluate(&self.datapoints(at), &self.definition.settings, from);
            let reason = outcome.reason(&self.definition.settings);
            self.changes.push(StateChange {
                from,
                to,
                at,
                reason,
            });
        }
        self.status.state = to;
        self.status.since = at;
    }

    /// The last instant before which nothing can happen, where no bucket is in the range of `at`.
    fn quiet_until(&self, at: Timestamp) -> Option<Timestamp> {
        let reach = range_length(self.definition);
        let from = back(at, reach);
        match self.series.starts().find(|&start| start >= from) {
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
    let reach = newest_length(definition);
    let mut instants = Vec::new();
    for &start in touched {
        let end = ahead(start, reach);
        let first = ahead(start, bucket_width(definition));
        let mut at = window::evaluation_instant_at_or_after(first, &definition.settings);
        while at <= end {
            instants.push(at);
            at = ahead(at, step);
        }
    }
    instants.sort_unstable();
    instants.dedup();
    instants
}

/// Whether a breach stays one whatever else is counted.
fn only_grows(definition: &AlarmDefinition) -> bool {
    let greater = matches!(
        definition.settings.comparison_operator,
        ComparisonOperator::GreaterThanThreshold
            | ComparisonOperator::GreaterThanOrEqualToThreshold
    );
    greater
        && match (definition.statistic, &definition.metric_value) {
            (Statistic::SampleCount | Statistic::Maximum, _) => true,
            (Statistic::Sum, MetricValue::Constant(value)) => *value >= 0.0,
            (Statistic::Sum, MetricValue::Field(_))
            | (Statistic::Average | Statistic::Minimum, _) => false,
        }
}

/// Remembers a change, and owes its notification where one is wanted.
fn note_change(
    definition: &AlarmDefinition,
    key: &SeriesKey,
    series: &Series<'_>,
    status: &mut Status,
    change: &StateChange,
    now: Timestamp,
) {
    if change.to != AlarmState::Alarm {
        status.notified = None;
    }
    if !definition.notifies(change.to) {
        return;
    }
    let length = match change.to {
        AlarmState::Alarm => newest_length(definition),
        AlarmState::Ok | AlarmState::InsufficientData => range_length(definition),
    };
    let span = Window {
        start: back(change.at, length),
        end: change.at,
    };
    status.owed.push(Owed {
        id: notification_id(key, change, 0),
        change: change.clone(),
        repeat: 0,
        evidence: series.evidence(span),
        lease: None,
    });
    if change.to == AlarmState::Alarm {
        status.notified = Some(Notified { at: now, count: 1 });
    }
}

/// Owes a further notification of an alarm that is still in `ALARM`, when it is time.
fn renotify(
    definition: &AlarmDefinition,
    key: &SeriesKey,
    series: &Series<'_>,
    status: &mut Status,
    now: Timestamp,
) {
    let Some(notified) = status
        .notified
        .filter(|_| status.renotification_due(definition, now))
    else {
        return;
    };
    let change = StateChange {
        from: AlarmState::Alarm,
        to: AlarmState::Alarm,
        at: now,
        reason: format!(
            "The alarm has been in the ALARM state since {}.",
            status.since
        ),
    };
    let span = Window {
        start: notified.at,
        end: ahead(now, bucket_width(definition)),
    };
    status.owed.push(Owed {
        id: notification_id(key, &change, notified.count),
        change,
        repeat: notified.count,
        evidence: series.evidence(span),
        lease: None,
    });
    status.notified = Some(Notified {
        at: now,
        count: notified.count + 1,
    });
}

fn notification_id(key: &SeriesKey, change: &StateChange, repeat: u32) -> String {
    let texts = [
        key.alarm.as_str(),
        &key.group.to_text(),
        change.to.as_str(),
        &change.at.to_string(),
        &repeat.to_string(),
    ];
    EventId::of_texts(&texts).to_hex()
}

impl AlarmDefinition {
    /// Whether entering this state notifies.
    pub fn notifies(&self, state: AlarmState) -> bool {
        self.actions_enabled
            && match state {
                // Whoever writes an alarm here wants its mail; CloudWatch would ask for a topic.
                AlarmState::Alarm => self
                    .alarm_actions
                    .as_ref()
                    .is_none_or(|actions| !actions.is_empty()),
                AlarmState::Ok => !self.ok_actions.is_empty(),
                AlarmState::InsufficientData => !self.insufficient_data_actions.is_empty(),
            }
    }

    /// How far back an evaluation looks.
    pub fn reach(&self) -> SignedDuration {
        range_length(self)
    }

    /// Whether the alarm must be looked at although nothing ever matched: its silence is an alarm.
    pub fn watches_silence(&self) -> bool {
        let breaching = self.settings.treat_missing_data == TreatMissingData::Breaching;
        let default_breaches = self
            .default_value
            .is_some_and(|value| breaches(value, &self.settings));
        self.group_by.is_empty() && (breaching || default_breaches)
    }
}

/// Width of the alarm's buckets.
pub fn bucket_width(definition: &AlarmDefinition) -> SignedDuration {
    window::bucket_width(&definition.settings)
}

/// Length of the N newest windows.
fn newest_length(definition: &AlarmDefinition) -> SignedDuration {
    length_of(definition, definition.settings.evaluation_periods as usize)
}

/// Length of the evaluation range.
fn range_length(definition: &AlarmDefinition) -> SignedDuration {
    length_of(definition, evaluation_range(&definition.settings))
}

fn length_of(definition: &AlarmDefinition, windows: usize) -> SignedDuration {
    // The newest whole period of the clock can have ended up to a period ago.
    let slack = usize::from(definition.evaluation_window == EvaluationWindow::WallClock);
    let periods = i64::try_from(windows + slack).unwrap_or(i64::MAX);
    SignedDuration::from_secs(i64::from(definition.settings.period).saturating_mul(periods))
}

/// The last instant that a bucket can influence.
fn last_instant(definition: &AlarmDefinition, bucket: Timestamp) -> Timestamp {
    let width = bucket_width(definition) + window::evaluation_interval(&definition.settings);
    ahead(bucket, range_length(definition) + width)
}

fn ahead(time: Timestamp, by: SignedDuration) -> Timestamp {
    time.checked_add(by).unwrap_or(Timestamp::MAX)
}

fn back(time: Timestamp, by: SignedDuration) -> Timestamp {
    time.checked_sub(by).unwrap_or(Timestamp::MIN)
}
