//! The expected result, computed from all records at once.
//!
//! The states are those of CloudWatch's rules, instant after instant, on all records, regardless of their time of
//! arrival. The time of arrival matters for three things only:
//!
//! * An instant is decided by the first invocation that looks at the alarm when nothing more is expected of it:
//!   `AllowedLateness` before the present.
//! * *Early notification.* If the alarm is not in `ALARM` then, it goes to `ALARM` at the first instant after the decided
//!   ones at which M of the N newest windows breach by the records that have arrived, if it counts upwards: later records
//!   cannot undo that. The instants before it are settled: they are not decided any more, and the state continues from `ALARM`.
//! * *Late breach.* A record that arrives later can make M of N breach at a settled instant. If that instant is further before
//!   the alarm than the range of an evaluation, it is reported as a separate incident. Its end is not reported while the later
//!   incident lasts. If it does not end before the later one, both are one incident.
//!
//! So the state after each instant that was decided is the same in any order of arrival.

use std::collections::{BTreeMap, BTreeSet};

use super::plan::{Plan, Record, Step};
use super::rules::Rules;
use super::run::{Change, Count, Course, Notice, Seen, group_name};

const ALARM: &str = "ALARM";
const OK: &str = "OK";
const INSUFFICIENT_DATA: &str = "INSUFFICIENT_DATA";

const DAY: i64 = 24 * 3_600;

/// What a function must be seen to do that carries out a plan in which every record arrives in time.
pub(super) fn foretell(plan: &Plan) -> Seen {
    let mut seen = Seen {
        groups: BTreeMap::new(),
        occurrences: occurrences(plan),
    };
    for (name, records) in groups(plan) {
        let course = Series::new(plan, records).course();
        if course != Course::default() {
            seen.groups.insert(name, course);
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

/// How far an evaluation looks back.
pub(super) fn reach(rules: &Rules) -> i64 {
    seconds(rules, range(rules) + usize::from(rules.is_wall_clock))
}

/// How many windows an evaluation looks at.
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

/// Whether the alarm counts anything of it.
fn is_counted(record: &Record, rules: &Rules) -> bool {
    record.matches && (!rules.is_distinct || record.key.is_some())
}

/// The identity of an element.
fn element(place: usize, record: &Record, rules: &Rules) -> usize {
    match record.key {
        Some(key) if rules.is_distinct => usize::from(key),
        _ => place,
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
    for (place, record) in plan.records.iter().enumerate() {
        if is_counted(record, &plan.rules) {
            groups
                .entry(name_of(record, &plan.rules))
                .or_default()
                .push(place);
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
        for &place in step.batch.iter().flatten() {
            let record = &plan.records[place];
            if !is_counted(record, rules) {
                continue;
            }
            let Some(time) = time_of(record, rules) else {
                too_late += 1;
                continue;
            };
            let bucket = time.div_euclid(rules.width());
            let element = element(place, record, rules);
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

/// One record that an alarm is concerned with.
struct Fact {
    /// `None` if it came too late.
    time: Option<i64>,
    called: i64,
    delivered: i64,
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

/// What is remembered from one invocation to the next.
struct Memory {
    state: &'static str,
    since: i64,
    /// Up to here instants are decided or settled.
    decided: i64,
    /// Reported times in `ALARM`, in order.
    told: Vec<(i64, Option<i64>)>,
    /// The last notification of the alarm that lasts.
    notified: Option<Notified>,
}

/// A notification of an alarm that lasts.
struct Notified {
    /// When it was decided.
    at: i64,
    /// How many there are with it.
    number: u64,
    /// It included all records before this time.
    through: i64,
    /// The next one includes new records since this time,
    from: i64,
    /// and this number of them was already reported.
    told: u64,
}

impl<'p> Series<'p> {
    fn new(plan: &'p Plan, places: Vec<usize>) -> Self {
        let rules = &plan.rules;
        let fact = |place: usize| {
            let record = &plan.records[place];
            let times = |batch: &Vec<usize>| batch.iter().filter(|&&other| other == place).count();
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
                element: element(place, record, rules),
                arrivals: arrivals.collect(),
            }
        };
        Self {
            plan,
            rules,
            facts: places.into_iter().map(fact).collect(),
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

    /// What counts in `[start, end)` and has arrived by a step, each element once.
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
        (first..=last).map(move |place| place * width)
    }

    /// Whether silence is an alarm, so that it must be looked at before anything matches.
    fn watches_silence(&self) -> bool {
        let rules = self.rules;
        let default_breaches = rules.default_is_zero && self.breaches(0.0);
        !rules.is_grouped && (rules.missing == "breaching" || default_breaches)
    }

    fn course(&self) -> Course {
        let mut course = Course {
            counts: self.counts(),
            ..Course::default()
        };
        let mut memory: Option<Memory> = None;
        for (place, step) in self.plan.steps.iter().enumerate() {
            let brings = |fact: &Fact| fact.time.is_some() && fact.arrivals.contains(&place);
            let looks = match &step.batch {
                Some(_) => self.facts.iter().any(brings),
                None => memory.is_some() || self.watches_silence(),
            };
            if looks {
                let memory = memory.get_or_insert_with(|| self.beginning(step.now));
                self.look(place, step.now, memory, &mut course);
            }
        }
        course
    }

    /// Nothing is known before the first record, or before the first look at an alarm whose silence is one.
    fn beginning(&self, now: i64) -> Memory {
        let width = self.rules.width();
        let times = self.facts.iter().filter_map(|fact| fact.time);
        let first = times.chain([now]).min().unwrap();
        let begin = first.div_euclid(width) * width;
        Memory {
            state: INSUFFICIENT_DATA,
            since: begin,
            decided: begin,
            told: Vec::new(),
            notified: None,
        }
    }

    /// The decisions and notifications of one invocation.
    fn look(&self, step: usize, now: i64, memory: &mut Memory, course: &mut Course) {
        let width = self.rules.width();
        let horizon = (now - self.rules.lateness).div_euclid(width) * width;
        let first_change = course.changes.len();
        self.news(step, horizon, memory, course);
        while memory.decided < horizon {
            let at = memory.decided + width;
            memory.decided = at;
            self.enter(
                self.decide(at, memory.state, usize::MAX),
                at,
                step,
                now,
                memory,
                course,
            );
        }
        if memory.state != ALARM {
            let early = self
                .instants_of_records()
                .find(|&at| at > memory.decided && self.is_breach_for_good(at, step));
            if let Some(at) = early {
                memory.decided = at;
                self.enter(ALARM, at, step, now, memory, course);
            }
        }
        self.remind(step, now, memory, course);
        // An answer lists its changes by their instants.
        course.changes[first_change..].sort_by_key(|change| change.at);
    }

    /// Reports breaches at instants that an early notification settled.
    fn news(&self, step: usize, horizon: i64, memory: &mut Memory, course: &mut Course) {
        let width = self.rules.width();
        let settled = (horizon.div_euclid(width) + 1..=memory.decided.div_euclid(width))
            .map(|place| place * width)
            .collect::<Vec<_>>();
        for at in settled {
            let reach = reach(self.rules);
            let is_told = |(from, to): &(i64, Option<i64>)| {
                from - reach <= at && to.is_none_or(|to| at <= to)
            };
            if memory.told.iter().any(is_told) || !self.is_breach_for_good(at, step) {
                continue;
            }
            let next = memory.told.iter().position(|(from, _)| *from > at);
            let next = next.expect("only an alarm settles what is open, and it lasts");
            let until = memory.told[next].0;
            let mut end = at + width;
            while end < until && self.decide(end, ALARM, step) == ALARM {
                end += width;
            }
            if end >= until {
                memory.told[next].0 = at;
                continue;
            }
            let state = self.decide(end, ALARM, step);
            memory.told.insert(next, (at, Some(end)));
            course.changes.push(change(step, OK, ALARM, at));
            course.changes.push(change(step, ALARM, state, end));
            let mut notice = self.notice(step, at - self.newest_reach(), at);
            (notice.from, notice.to, notice.at) = (OK.to_owned(), ALARM.to_owned(), at);
            course.notices.push(notice);
        }
    }

    fn enter(
        &self,
        to: &'static str,
        at: i64,
        step: usize,
        now: i64,
        memory: &mut Memory,
        course: &mut Course,
    ) {
        let from = memory.state;
        if from == to {
            return;
        }
        course.changes.push(change(step, from, to, at));
        let since = memory.since;
        (memory.state, memory.since) = (to, at);
        let (wanted, start) = match to {
            ALARM => (true, at - self.newest_reach()),
            OK => (self.rules.tells_ok, at - reach(self.rules)),
            _ => (self.rules.tells_insufficient_data, at - reach(self.rules)),
        };
        let mut notice = self.notice(step, start, at);
        (notice.from, notice.to, notice.at) = (from.to_owned(), to.to_owned(), at);
        if to == ALARM {
            memory.told.push((at, None));
            memory.notified = Some(self.notified(now, 1, at, step));
        } else if from == ALARM {
            memory.told.last_mut().unwrap().1 = Some(at);
            let before = (memory.notified.take()).map_or(0, |notified| notified.number);
            let count = self.count(since - self.newest_reach(), at, step);
            notice.totals = (!self.rules.is_distinct).then_some((since, count, before));
        }
        if wanted {
            course.notices.push(notice);
        }
    }

    /// Reminds of an alarm that lasts: after a pause that doubles up to a day, or as long as the first one is.
    fn remind(&self, step: usize, now: i64, memory: &mut Memory, course: &mut Course) {
        let (Some(first), Some(notified), ALARM) =
            (self.rules.renotify_after, &memory.notified, memory.state)
        else {
            return;
        };
        let mut pause = first;
        for _ in 1..notified.number {
            pause = (pause * 2).min(DAY.max(first));
        }
        if now < notified.at + pause {
            return;
        }
        let width = self.rules.width();
        let end = now + width;
        let up = |time: i64| (time + width - 1).div_euclid(width) * width;
        // Reported records are included again only with new ones of their last bucket.
        let is_news = self.count(notified.from, up(end), step) > notified.told;
        let start = if is_news {
            notified.from
        } else {
            notified.through.max(notified.from).min(end)
        };
        let number = notified.number;
        let mut notice = self.notice(step, start, end);
        (notice.from, notice.to, notice.at) = (ALARM.to_owned(), ALARM.to_owned(), now);
        notice.repeat = number;
        let count = self.count(memory.since - self.newest_reach(), end, step);
        notice.totals = (!self.rules.is_distinct).then_some((memory.since, count, number));
        course.notices.push(notice);
        memory.notified = Some(self.notified(now, number + 1, end, step));
    }

    /// The state after a notification that includes all records before `through`.
    fn notified(&self, at: i64, number: u64, through: i64, step: usize) -> Notified {
        let width = self.rules.width();
        let from = through.clamp(at - self.rules.lateness, at);
        let from = from.div_euclid(width) * width;
        let end = (through + width - 1).div_euclid(width) * width;
        Notified {
            at,
            number,
            through,
            from,
            told: self.count(from, end, step),
        }
    }

    /// What has arrived by a step of the buckets that begin in `[start, end)`.
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
