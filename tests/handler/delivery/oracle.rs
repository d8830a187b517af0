//! The expected result, computed from all records at once.
//!
//! The states are those of CloudWatch's rules, instant after instant, on all records, regardless of their time of
//! arrival. The time of arrival matters for three things only:
//!
//! * An instant is decided by the first invocation that evaluates the alarm at least `AllowedLateness` after it.
//! * *Early notification.* An alarm with a greater-than operator goes to `ALARM` earlier: at the first undecided instant at
//!   which M of the N newest windows breach by the arrived records. Later records cannot undo that. The instants before it
//!   are settled: they are no longer decided, and the state continues from `ALARM`.
//! * *Late breach.* A record that arrives later can make M of N breach at a settled instant. If that instant is further before
//!   the alarm than the range of an evaluation, it is reported as a separate incident. Its end is not reported while the later
//!   incident lasts. If it does not end before the later one, both are one incident.
//!
//! So the state after each instant that was decided is the same in any order of arrival.

mod reminders;

use std::collections::{BTreeMap, BTreeSet};

use reminders::Notified;

use super::plan::{Plan, Record, Step};
use super::rules::Rules;
use super::run::{Change, Count, GroupHistory, Notice, Seen, group_name};

const ALARM: &str = "ALARM";
const OK: &str = "OK";
const INSUFFICIENT_DATA: &str = "INSUFFICIENT_DATA";

/// The expected counts, state changes and notifications if every record arrives in time.
pub(super) fn expected_result(plan: &Plan) -> Seen {
    let mut seen = Seen {
        groups: BTreeMap::new(),
        occurrences: occurrences(plan),
    };
    for (name, records) in groups(plan) {
        let history = Series::new(plan, records).history();
        if history != GroupHistory::default() {
            seen.groups.insert(name, history);
        }
    }
    seen
}

/// The counts of every bucket, however late its records arrive.
pub(super) fn counts(plan: &Plan) -> BTreeMap<String, BTreeMap<i64, Count>> {
    groups(plan)
        .into_iter()
        .map(|(name, records)| (name, Series::new(plan, records).counts()))
        .filter(|(_, counts)| !counts.is_empty())
        .collect()
}

/// The instants of each group at which, with all records there, M of the N newest windows breach.
pub(super) fn breaches(plan: &Plan) -> BTreeMap<String, Vec<i64>> {
    groups(plan)
        .into_iter()
        .map(|(name, records)| {
            let series = Series::new(plan, records);
            let breaches = series.instants_of_records();
            let breaches = breaches.filter(|&at| series.is_breach_for_good(at, usize::MAX));
            (name, breaches.collect())
        })
        .collect()
}

/// How far back an evaluation reaches, in seconds.
pub(super) fn reach(rules: &Rules) -> i64 {
    seconds(rules, range(rules) + usize::from(rules.is_wall_clock))
}

/// The number of windows of an evaluation.
fn range(rules: &Rules) -> usize {
    let period = usize::try_from(rules.period).unwrap();
    let extra = if period < 60 {
        60 / period
    } else {
        300_usize.div_ceil(period).max(2)
    };
    rules.periods + extra
}

/// The time at which a record counts. `None` if it came too late.
fn time_of(record: &Record, rules: &Rules) -> Option<i64> {
    if !rules.is_event_time {
        return Some(record.delivered);
    }
    (record.delivered - record.called <= rules.lateness).then_some(record.called)
}

/// Whether the alarm counts the record.
fn is_counted(record: &Record, rules: &Rules) -> bool {
    record.matches && (!rules.is_distinct || record.key.is_some())
}

/// The identity of an element.
fn element(index: usize, record: &Record, rules: &Rules) -> usize {
    match record.key {
        Some(key) if rules.is_distinct => usize::from(key),
        _ => index,
    }
}

fn name_of(record: &Record, rules: &Rules) -> String {
    if rules.is_grouped {
        group_name(record.group)
    } else {
        String::new()
    }
}

/// The indices of the records of each group.
fn groups(plan: &Plan) -> BTreeMap<String, Vec<usize>> {
    let mut groups: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    if !plan.rules.is_grouped {
        groups.insert(String::new(), Vec::new());
    }
    for (index, record) in plan.records.iter().enumerate() {
        if is_counted(record, &plan.rules) {
            groups
                .entry(name_of(record, &plan.rules))
                .or_default()
                .push(index);
        }
    }
    groups
}

/// In each invocation: new, duplicate, too late.
fn occurrences(plan: &Plan) -> Vec<[u64; 3]> {
    let rules = &plan.rules;
    let mut known = BTreeSet::new();
    let mut all = Vec::new();
    for step in &plan.steps {
        let [mut new, mut duplicate, mut too_late] = [0, 0, 0];
        for &index in step.batch.iter().flatten() {
            let record = &plan.records[index];
            if !is_counted(record, rules) {
                continue;
            }
            let Some(time) = time_of(record, rules) else {
                too_late += 1;
                continue;
            };
            let bucket = time.div_euclid(rules.width());
            let element = element(index, record, rules);
            if known.insert((name_of(record, rules), bucket, element)) {
                new += 1;
            } else {
                duplicate += 1;
            }
        }
        all.push([new, duplicate, too_late]);
    }
    all
}

/// A record that the alarm counts.
struct Fact {
    /// `None` if it came too late.
    time: Option<i64>,
    called: i64,
    delivered: i64,
    kind: u8,
    element: usize,
    /// The invocations that brought it, one for each time.
    arrivals: Vec<usize>,
}

impl Fact {
    fn is_known(&self, step: usize) -> bool {
        self.arrivals.first().is_some_and(|&first| first <= step)
    }
}

/// One group of the alarm.
struct Series<'p> {
    plan: &'p Plan,
    rules: &'p Rules,
    facts: Vec<Fact>,
}

/// Status between two invocations.
struct Status {
    state: &'static str,
    since: i64,
    /// Up to here instants are decided or settled.
    decided: i64,
    /// Reported times in `ALARM`, in order.
    reported: Vec<(i64, Option<i64>)>,
    /// The last notification of the alarm that lasts.
    notified: Option<Notified>,
}

impl<'p> Series<'p> {
    fn new(plan: &'p Plan, indices: Vec<usize>) -> Self {
        let rules = &plan.rules;
        let fact = |index: usize| {
            let record = &plan.records[index];
            let times = |batch: &Vec<usize>| batch.iter().filter(|&&other| other == index).count();
            let arrivals = plan
                .steps
                .iter()
                .enumerate()
                .flat_map(|(step, Step { batch, .. })| {
                    std::iter::repeat_n(step, batch.as_ref().map_or(0, times))
                });
            Fact {
                time: time_of(record, rules),
                called: record.called,
                delivered: record.delivered,
                kind: record.kind,
                element: element(index, record, rules),
                arrivals: arrivals.collect(),
            }
        };
        Self {
            plan,
            rules,
            facts: indices.into_iter().map(fact).collect(),
        }
    }

    fn counts(&self) -> BTreeMap<i64, Count> {
        let width = self.rules.width();
        let mut elements = BTreeSet::new();
        let mut counts: BTreeMap<i64, Count> = BTreeMap::new();
        for fact in &self.facts {
            let start = fact.time.unwrap_or(fact.delivered).div_euclid(width) * width;
            let count = counts.entry(start).or_default();
            if fact.time.is_none() {
                count.too_late += 1;
                continue;
            }
            count.elements += usize::from(elements.insert((start, fact.element)));
            count.deliveries += fact.arrivals.len() as u64;
        }
        counts
    }

    /// The elements that count in `[start, end)` and have arrived by a step, each once.
    fn count(&self, start: i64, end: i64, step: usize) -> u64 {
        let inside = self.facts.iter().filter(|fact| {
            fact.time.is_some_and(|time| start <= time && time < end) && fact.is_known(step)
        });
        inside
            .map(|fact| fact.element)
            .collect::<BTreeSet<_>>()
            .len() as u64
    }

    /// The values of the newest windows at an instant, newest first.
    #[expect(clippy::cast_precision_loss, reason = "there are few")]
    fn values(&self, at: i64, windows: usize, step: usize) -> Vec<Option<f64>> {
        let period = self.rules.period;
        let end = if self.rules.is_wall_clock {
            at.div_euclid(period) * period
        } else {
            at
        };
        (0..windows)
            .map(|back| {
                let end = end - seconds(self.rules, back);
                match self.count(end - period, end, step) {
                    0 => self.rules.default_is_zero.then_some(0.0),
                    count => Some(count as f64),
                }
            })
            .collect()
    }

    fn breaches(&self, value: f64) -> bool {
        let threshold = f64::from(self.rules.threshold);
        match self.rules.operator {
            "GreaterThanThreshold" => value > threshold,
            "GreaterThanOrEqualToThreshold" => value >= threshold,
            "LessThanThreshold" => value < threshold,
            "LessThanOrEqualToThreshold" => value <= threshold,
            other => panic!("{other}"),
        }
    }

    /// CloudWatch's rules, on what has arrived by a step.
    fn decide(&self, at: i64, before: &'static str, step: usize) -> &'static str {
        let Rules {
            periods,
            needed,
            missing,
            ..
        } = *self.rules;
        let values = self.values(at, range(self.rules), step);
        // Age and verdict of the real datapoints, newest first.
        let real: Vec<(usize, bool)> = (1..)
            .zip(values)
            .filter_map(|(age, value)| Some((age, self.breaches(value?))))
            .take(periods)
            .collect();
        let breaching = real.iter().filter(|(_, breaches)| *breaches).count();
        let fill = periods - real.len();
        let alarm_if = |is: bool| if is { ALARM } else { OK };
        if fill == 0 {
            return alarm_if(breaching >= needed);
        }
        match missing {
            "breaching" => alarm_if(breaching + fill >= needed),
            "notBreaching" => alarm_if(breaching >= needed),
            _ if breaching < real.len() => alarm_if(breaching >= needed),
            "missing" => match real.last() {
                None => INSUFFICIENT_DATA,
                Some((oldest, _)) if *oldest >= needed => ALARM,
                Some(_) => before,
            },
            "ignore" if !real.is_empty() && breaching >= needed => ALARM,
            _ => before,
        }
    }

    fn is_breach_for_good(&self, at: i64, step: usize) -> bool {
        if !self.rules.is_greater() {
            return false;
        }
        let values = self.values(at, self.rules.periods, step);
        let breaching = values
            .into_iter()
            .flatten()
            .filter(|&value| self.breaches(value));
        breaching.count() >= self.rules.needed
    }

    /// How far back the N newest windows reach.
    fn newest_reach(&self) -> i64 {
        let windows = self.rules.periods + usize::from(self.rules.is_wall_clock);
        seconds(self.rules, windows)
    }

    /// All instants from the first to the last that a record can touch.
    fn instants_of_records(&self) -> impl Iterator<Item = i64> {
        let width = self.rules.width();
        let times = || self.facts.iter().filter_map(|fact| fact.time);
        let first = times().min().unwrap_or(0).div_euclid(width) + 1;
        let last = (times().max().unwrap_or(-1) + self.newest_reach() + width).div_euclid(width);
        (first..=last).map(move |index| index * width)
    }

    /// Whether missing data raises the alarm, so that it is evaluated before any record matches.
    fn is_raised_by_missing_data(&self) -> bool {
        let rules = self.rules;
        let default_breaches = rules.default_is_zero && self.breaches(0.0);
        !rules.is_grouped && (rules.missing == "breaching" || default_breaches)
    }

    fn history(&self) -> GroupHistory {
        let mut history = GroupHistory {
            counts: self.counts(),
            ..GroupHistory::default()
        };
        let mut state: Option<Status> = None;
        for (index, step) in self.plan.steps.iter().enumerate() {
            let brings = |fact: &Fact| fact.time.is_some() && fact.arrivals.contains(&index);
            let is_evaluated = match &step.batch {
                Some(_) => self.facts.iter().any(brings),
                None => state.is_some() || self.is_raised_by_missing_data(),
            };
            if is_evaluated {
                let state = state.get_or_insert_with(|| self.initial_state(step.now));
                self.evaluate(index, step.now, state, &mut history);
            }
        }
        history
    }

    /// The initial state: at the first record, or at the first evaluation if missing data raises the alarm.
    fn initial_state(&self, now: i64) -> Status {
        let width = self.rules.width();
        let times = self.facts.iter().filter_map(|fact| fact.time);
        let first = times.chain([now]).min().unwrap();
        let begin = first.div_euclid(width) * width;
        Status {
            state: INSUFFICIENT_DATA,
            since: begin,
            decided: begin,
            reported: Vec::new(),
            notified: None,
        }
    }

    /// The decisions and notifications of one invocation.
    fn evaluate(&self, step: usize, now: i64, state: &mut Status, history: &mut GroupHistory) {
        let width = self.rules.width();
        let horizon = (now - self.rules.lateness).div_euclid(width) * width;
        let first_change = history.changes.len();
        self.report_late_breaches(step, horizon, state, history);
        while state.decided < horizon {
            let at = state.decided + width;
            state.decided = at;
            self.enter(
                self.decide(at, state.state, usize::MAX),
                at,
                step,
                now,
                state,
                history,
            );
        }
        if state.state != ALARM {
            let early = self
                .instants_of_records()
                .find(|&at| at > state.decided && self.is_breach_for_good(at, step));
            if let Some(at) = early {
                state.decided = at;
                self.enter(ALARM, at, step, now, state, history);
            }
        }
        self.remind(step, now, state, history);
        // An answer lists its changes by their instants.
        history.changes[first_change..].sort_by_key(|change| change.at);
    }

    /// Reports breaches at instants that an early notification settled.
    fn report_late_breaches(
        &self,
        step: usize,
        horizon: i64,
        state: &mut Status,
        history: &mut GroupHistory,
    ) {
        let width = self.rules.width();
        let settled = (horizon.div_euclid(width) + 1..=state.decided.div_euclid(width))
            .map(|index| index * width)
            .collect::<Vec<_>>();
        for at in settled {
            let reach = reach(self.rules);
            let is_reported = |(from, to): &(i64, Option<i64>)| {
                from - reach <= at && to.is_none_or(|to| at <= to)
            };
            if !self.is_breach_for_good(at, step) {
                continue;
            }
            let (current, others) = state.reported.split_last_mut().expect("an alarm lasts");
            let is_over = |(_, to): &(i64, Option<i64>)| to.is_some_and(|to| to < at);
            let is_right_before = current.0 - reach <= at && at < current.0;
            if is_right_before && others.iter().all(is_over) {
                // The alarm that lasts began earlier than known so far.
                (current.0, state.since) = (at, at);
                continue;
            }
            if state.reported.iter().any(is_reported) {
                continue;
            }
            let next = state.reported.iter().position(|(from, _)| *from > at);
            let next = next.expect("only an alarm settles what is open, and it lasts");
            let until = state.reported[next].0;
            let mut end = at + width;
            while end < until && self.decide(end, ALARM, step) == ALARM {
                end += width;
            }
            if end >= until {
                state.reported[next].0 = at;
                if state.reported[next].1.is_none() {
                    state.since = at;
                }
                continue;
            }
            let next_state = self.decide(end, ALARM, step);
            state.reported.insert(next, (at, Some(end)));
            history.changes.push(change(step, OK, ALARM, at));
            history.changes.push(change(step, ALARM, next_state, end));
            let mut notice = self.notice(step, at - self.newest_reach(), at);
            (notice.from, notice.to, notice.at) = (OK.to_owned(), ALARM.to_owned(), at);
            history.notices.push(notice);
        }
    }

    fn enter(
        &self,
        to: &'static str,
        at: i64,
        step: usize,
        now: i64,
        state: &mut Status,
        history: &mut GroupHistory,
    ) {
        let from = state.state;
        if from == to {
            return;
        }
        history.changes.push(change(step, from, to, at));
        let since = state.since;
        (state.state, state.since) = (to, at);
        let (wanted, start) = match to {
            ALARM => (true, at - self.newest_reach()),
            OK => (self.rules.notifies_ok, at - reach(self.rules)),
            _ => (
                self.rules.notifies_insufficient_data,
                at - reach(self.rules),
            ),
        };
        let mut notice = self.notice(step, start, at);
        (notice.from, notice.to, notice.at) = (from.to_owned(), to.to_owned(), at);
        if to == ALARM {
            state.reported.push((at, None));
            let reported = self.elements(start, at, step);
            state.notified = Some(self.notified(now, 1, (start, at), reported, step));
        } else if from == ALARM {
            state.reported.last_mut().unwrap().1 = Some(at);
            let before = (state.notified.take()).map_or(0, |notified| notified.number);
            let count = self.count(since - self.newest_reach(), at, step);
            notice.totals = (!self.rules.is_distinct).then_some((since, count, before));
        }
        if wanted {
            history.notices.push(notice);
        }
    }

    /// The elements of the buckets that begin in `[start, end)`, as far as they have arrived by a step.
    fn notice(&self, step: usize, start: i64, end: i64) -> Notice {
        let width = self.rules.width();
        let up = |time: i64| (time + width - 1).div_euclid(width) * width;
        let (first, last) = (up(start), up(end));
        let arrived = |fact: &&Fact| fact.is_known(step);
        let inside = |time: i64| first <= time && time < last;
        let counted = || {
            let known = self.facts.iter().filter(arrived);
            known.filter(|fact| fact.time.is_some_and(inside))
        };
        let deliveries = counted().flat_map(|fact| &fact.arrivals);
        let deliveries = deliveries.filter(|&&arrival| arrival <= step).count();
        let late = self.facts.iter().filter(arrived);
        let late = late.filter(|fact| fact.time.is_none() && inside(fact.delivered));
        let calls = || counted().map(|fact| fact.called);
        // Ten slots of whole buckets. The last slot ends with the last bucket.
        let buckets = ((last - start.div_euclid(width) * width) / width).max(1);
        let slot = (buckets + 9).div_euclid(10) * width;
        let slots = (1..=10).rev();
        let slots = slots.map(|back| {
            let end = last - (back - 1) * slot;
            self.count(end - slot, end, step)
        });
        let is_distinct = self.rules.is_distinct;
        Notice {
            step,
            from: String::new(),
            to: String::new(),
            at: 0,
            repeat: 0,
            already_reported: 0,
            new_kinds: 0,
            count: self.count(first, last, step),
            duplicates: if is_distinct {
                0
            } else {
                (deliveries - counted().count()) as u64
            },
            too_late: late.count() as u64,
            calls: calls().min().zip(calls().max()),
            timeline: (last - 10 * slot, slot, slots.collect()),
            totals: None,
        }
    }
}

fn change(step: usize, from: &str, to: &str, at: i64) -> Change {
    Change {
        step,
        from: from.to_owned(),
        to: to.to_owned(),
        at,
    }
}

/// The length of so many windows.
fn seconds(rules: &Rules, windows: usize) -> i64 {
    rules.period * i64::try_from(windows).unwrap()
}
