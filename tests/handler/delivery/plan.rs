//! Records and their deliveries: in which invocations, with which other records, and how often.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::sample::select;

use super::rules::Rules;

/// Time of the first record, in seconds since 1970. Not a full minute.
pub(super) const BEGIN: i64 = 1_795_140_007;

/// How long a record that came too late, or matches nothing, may be on its way.
const ANY_TIME: i64 = 900;

/// One record of CloudTrail.
#[derive(Clone, Debug)]
pub(super) struct Record {
    /// `eventTime`.
    pub(super) called: i64,
    /// When CloudTrail delivered it into the log group.
    pub(super) delivered: i64,
    /// The field that the alarm may group by.
    pub(super) group: Option<u8>,
    /// The field whose distinct values the alarm may count.
    pub(super) key: Option<u8>,
    /// The error of the call.
    pub(super) kind: u8,
    /// Whether the alarm's pattern matches.
    pub(super) matches: bool,
}

/// One invocation.
#[derive(Clone, Debug)]
pub(super) struct Step {
    pub(super) now: i64,
    /// The indices of the delivered records. `None` for a scheduled run.
    pub(super) batch: Option<Vec<usize>>,
}

/// An alarm, its records, and the invocations that deliver them.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub(super) rules: Rules,
    pub(super) records: Vec<Record>,
    pub(super) steps: Vec<Step>,
}

/// A record as it is drawn; shares are percent of what the rules allow.
#[derive(Clone, Debug)]
struct Draft {
    offset: i64,
    delivery_share: i64,
    is_too_late: bool,
    group: u8,
    key: u8,
    kind: u8,
    matches: bool,
    arrivals: Vec<Arrival>,
}

#[derive(Clone, Debug)]
struct Arrival {
    share: i64,
    /// Records that arrive at the same time with the same number are one batch.
    batch_number: u8,
    /// Positions in a batch, and batches of the same time, are in this order.
    order: u8,
}

/// Generated values other than records.
#[derive(Clone, Debug)]
struct GeneratedSchedule {
    /// Arrivals are at multiples of this number of seconds, so that batches have different sizes.
    grain: i64,
    runs_every_minute: bool,
    /// Thousandths of the time in which records arrive.
    scheduled_runs: Vec<i64>,
    /// Batches that are delivered again: their number, and when.
    again: Vec<(usize, i64)>,
    /// Seconds after the last delivery.
    final_runs: Vec<i64>,
    /// Seconds without records between the first and the second half of the bursts.
    pause: i64,
    /// How much longer than the rules expect a record is on its way to the function.
    delay: Option<i64>,
}

fn drafts() -> impl Strategy<Value = Vec<(i64, Vec<Draft>)>> {
    let share = || select(vec![0_i64, 0, 0, 1, 7, 30, 60, 95, 100]);
    let arrival =
        (share(), 0_u8..3, any::<u8>()).prop_map(|(share, batch_number, order)| Arrival {
            share,
            batch_number,
            order,
        });
    let kind = select(vec![0_u8, 0, 0, 1, 2]);
    let what = (0_u8..5, 0_u8..5, kind, prop::bool::weighted(0.9));
    let draft = (
        0_i64..30,
        share(),
        prop::bool::weighted(0.08),
        what,
        prop::collection::vec(arrival, 1..4),
    )
        .prop_map(
            |(offset, delivery_share, is_too_late, (group, key, kind, matches), arrivals)| Draft {
                offset,
                delivery_share,
                is_too_late,
                group,
                key,
                kind,
                matches,
                arrivals,
            },
        );
    prop::collection::vec((0_i64..1_000, prop::collection::vec(draft, 1..7)), 1..9)
}

fn schedule(delay: impl Strategy<Value = Option<i64>>) -> impl Strategy<Value = GeneratedSchedule> {
    (
        select(vec![1_i64, 1, 10, 45, 200]),
        any::<bool>(),
        prop::collection::vec(0_i64..1_000, 0..12),
        prop::collection::vec((any::<usize>(), 0_i64..=100), 0..4),
        prop::collection::vec(
            select(vec![1_i64, 60, 61, 150, 600, 1_900, 4_000, 9_000]),
            0..6,
        ),
        select(vec![0_i64, 0, 0, 700, 4_000, 80_000]),
        delay,
    )
        .prop_map(
            |(grain, runs_every_minute, scheduled_runs, again, final_runs, pause, delay)| {
                GeneratedSchedule {
                    grain,
                    runs_every_minute,
                    scheduled_runs,
                    again,
                    final_runs,
                    pause,
                    delay,
                }
            },
        )
}

/// Every record arrives while its first window is open.
pub(super) fn in_time(rules: impl Strategy<Value = Rules>) -> impl Strategy<Value = Plan> {
    (rules, drafts(), schedule(Just(None))).prop_map(|(r, d, c)| plan(r, &d, &c))
}

/// Records arrive at any time, even hours later.
pub(super) fn at_any_time(rules: impl Strategy<Value = Rules>) -> impl Strategy<Value = Plan> {
    let delay = select(vec![600_i64, 3_600, 20_000]).prop_map(Some);
    (rules, drafts(), schedule(delay)).prop_map(|(r, d, c)| plan(r, &d, &c))
}

/// A record, and the last moment at which it may arrive.
fn record(draft: &Draft, at: i64, rules: &Rules, delay: Option<i64>) -> (Record, i64) {
    let open_until = |time: i64| (time.div_euclid(rules.width()) + 1) * rules.width() - 1;
    let is_too_late = draft.is_too_late && rules.is_event_time;
    let (called, delivered) = if is_too_late {
        (at, at + rules.lateness + 1 + draft.delivery_share)
    } else if rules.is_event_time {
        (at, at + rules.lateness * draft.delivery_share / 100)
    } else {
        (at - 3 * draft.delivery_share, at)
    };
    let latest = if is_too_late || !draft.matches {
        delivered + ANY_TIME
    } else {
        open_until(at) + rules.lateness
    };
    let record = Record {
        called,
        delivered,
        group: Some(draft.group).filter(|&group| group < 4),
        key: Some(draft.key).filter(|&key| key < 4),
        kind: draft.kind,
        matches: draft.matches,
    };
    (record, latest + delay.unwrap_or_default())
}

fn plan(rules: Rules, drafts: &[(i64, Vec<Draft>)], schedule: &GeneratedSchedule) -> Plan {
    let span = 40
        * if rules.period > 60 {
            120
        } else {
            rules.width()
        };
    let pause = if rules.period < 60 {
        schedule.pause.min(4_000)
    } else {
        schedule.pause
    };
    let mut records = Vec::new();
    let mut latest_of = Vec::new();
    let mut batches: BTreeMap<(i64, u8), Vec<(u8, usize)>> = BTreeMap::new();
    for (burst, of_burst) in drafts {
        for draft in of_burst {
            let paused = if *burst < 500 { 0 } else { pause };
            let at = BEGIN + span * burst / 1_000 + paused + draft.offset;
            let (record, latest) = record(draft, at, &rules, schedule.delay);
            for arrival in &draft.arrivals {
                let on_its_way = (latest - record.delivered) * arrival.share / 100;
                let now = record.delivered + on_its_way;
                let now = (now + schedule.grain - 1).div_euclid(schedule.grain) * schedule.grain;
                let batch = batches
                    .entry((now.min(latest), arrival.batch_number))
                    .or_default();
                batch.push((arrival.order, records.len()));
            }
            records.push(record);
            latest_of.push(latest);
        }
    }
    let mut steps: Vec<(i64, u8, Option<Vec<usize>>)> = Vec::new();
    for ((now, batch_number), mut batch) in batches {
        batch.sort_unstable();
        let order = batch[0].0.wrapping_add(batch_number);
        let indices = batch.into_iter().map(|(_, index)| index).collect();
        steps.push((now, order, Some(indices)));
    }
    for &(which, share) in &schedule.again {
        let (now, order, batch) = steps[which % steps.len()].clone();
        let batch = batch.expect("these are all batches");
        let latest = batch.iter().map(|&index| latest_of[index]).min();
        let later = (latest.expect("a batch holds records") - now) * share / 100;
        steps.push((now + later, order, Some(batch)));
    }
    let first = steps
        .iter()
        .map(|step| step.0)
        .min()
        .expect("there are batches");
    let last = steps
        .iter()
        .map(|step| step.0)
        .max()
        .expect("there are batches");
    let thousandth = |share: i64| first - 60 + (last - first + 120) * share / 1_000;
    steps.extend((schedule.scheduled_runs.iter()).map(|&share| (thousandth(share), 128, None)));
    let settled = last + rules.lateness;
    if schedule.runs_every_minute {
        let minutes = first.div_euclid(60)..=(settled + 900).div_euclid(60);
        steps.extend(minutes.take(300).map(|minute| (minute * 60, 100, None)));
    }
    steps.extend((schedule.final_runs.iter()).map(|&after| (settled + after, 0, None)));
    if rules.renotify_after > Some(3_600) {
        let hours = [21, 25, 44, 46].map(|hour| (settled + hour * 3_600, 0, None));
        steps.extend(hours);
    }
    steps.sort_by_key(|&(now, order, _)| (now, order));
    let steps = steps.into_iter().map(|(now, _, batch)| Step { now, batch });
    Plan {
        rules,
        records,
        steps: steps.collect(),
    }
}
