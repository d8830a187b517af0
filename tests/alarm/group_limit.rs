//! The limit of single notifications and the digests, against invocations that overlap and stop anywhere.

use std::collections::{BTreeMap, BTreeSet};

use cloudtrail_alarms::alarm::AlarmState;
use cloudtrail_alarms::alarm::group_limit::Admission;
use cloudtrail_alarms::alarm::state::{PendingNotification, StateChange, Status};
use cloudtrail_alarms::evidence::Evidence;
use cloudtrail_alarms::series::{Group, SeriesKey};
use cloudtrail_alarms_testkit::time::time;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

/// `MaxNotificationsPerHour`.
const MOST: u32 = 3;

/// The work of an invocation before it stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Progress {
    /// It has read the outboxes.
    Read,
    /// It has saved the decision, too.
    Admitted,
    /// It has removed what is in the digest, from every second group only.
    RemovedSome,
    /// It has published single notifications, and not removed them.
    Published,
    /// It has done all of its work.
    Complete,
}

/// A step, some minutes after the one before.
#[derive(Clone, Debug)]
enum Step {
    /// The group changes its state.
    Change(u8),
    /// An invocation decides and publishes.
    Publish(Progress),
    /// A scheduled run closes the digest, and may stop before it publishes it, or before it removes it.
    Close(Progress),
}

fn steps() -> impl Strategy<Value = Vec<(i64, Step)>> {
    let progress = || {
        prop::sample::select(vec![
            Progress::Read,
            Progress::Admitted,
            Progress::RemovedSome,
            Progress::Published,
            Progress::Complete,
            Progress::Complete,
        ])
    };
    let step = prop_oneof![
        5 => (0_u8..12).prop_map(Step::Change),
        3 => progress().prop_map(Step::Publish),
        1 => progress().prop_map(Step::Close),
    ];
    prop::collection::vec((0_i64..3, step), 1..150)
}

/// The groups of an alarm, its digests, and everything that was published.
struct Alarm {
    now: Timestamp,
    groups: BTreeMap<u8, Status>,
    digests: Status,
    /// All notifications: ID, group and state.
    decided: Vec<(String, u8, AlarmState)>,
    /// The ID of each published single notification, and when.
    single: Vec<(String, Timestamp)>,
    /// The ID of each published digest, the number of its notifications, and when it was closed.
    published_digests: BTreeMap<String, (u64, Timestamp)>,
}

impl Alarm {
    fn new() -> Self {
        let now = time("02:00:00");
        Self {
            now,
            groups: BTreeMap::new(),
            digests: Status::of_digests(now),
            decided: Vec::new(),
            single: Vec::new(),
            published_digests: BTreeMap::new(),
        }
    }

    fn change(&mut self, name: u8) {
        let now = self.now;
        let status = (self.groups)
            .entry(name)
            .or_insert_with(|| Status::initial(now));
        let to = match status.state {
            AlarmState::Alarm => AlarmState::Ok,
            _ => AlarmState::Alarm,
        };
        let id = format!("{:032x}", self.decided.len());
        self.decided.push((id.clone(), name, to));
        status.pending.push(pending(id, status.state, to, now));
        status.state = to;
    }

    fn publish(&mut self, progress: Progress) {
        let read = self.groups.clone();
        if progress == Progress::Read {
            return;
        }
        // Twice, as invocations that overlap do: the second one changes nothing.
        self.admit(&read);
        let once = self.digests.clone();
        self.admit(&read);
        assert_eq!(self.digests, once);
        if progress == Progress::Admitted {
            return;
        }
        let limit = self.digests.group_limit.clone().unwrap();
        for (name, status) in &read {
            let in_digest: Vec<&str> = (status.pending.iter())
                .map(|pending| pending.id.as_str())
                .filter(|id| limit.admission(id) == Admission::Digest)
                .collect();
            if progress > Progress::RemovedSome || name % 2 == 0 {
                let group = self.groups.get_mut(name).unwrap();
                group.remove_pending(&in_digest, true);
            }
        }
        if progress == Progress::RemovedSome {
            return;
        }
        for status in self.groups.values_mut() {
            while let Some(oldest) = status.pending.first() {
                if limit.admission(&oldest.id) != Admission::Single {
                    break;
                }
                let id = oldest.id.clone();
                self.single.push((id.clone(), self.now));
                if progress == Progress::Published {
                    break;
                }
                status.remove_pending(&[&id], false);
            }
        }
    }

    fn admit(&mut self, read: &BTreeMap<u8, Status>) {
        let limit = self.digests.group_limit.as_mut().unwrap();
        for (name, status) in read {
            let outlines: Vec<_> = (status.pending.iter())
                .map(PendingNotification::outline)
                .collect();
            limit.admit(
                &group(*name),
                &outlines,
                status.was_in_digest(),
                MOST,
                self.now,
            );
        }
    }

    fn close(&mut self, progress: Progress) {
        let key = SeriesKey {
            alarm: "A".to_owned(),
            group: Group::digest(),
        };
        self.digests.close_digest(&key, self.now);
        let Some(pending) = self.digests.pending.first() else {
            return;
        };
        if progress >= Progress::Published {
            let content = pending.digest.as_ref().unwrap();
            let number = (content.notifications, pending.since);
            let known = (self.published_digests).insert(pending.id.clone(), number);
            assert!(known.is_none_or(|known| known == number), "{}", pending.id);
        }
        if progress == Progress::Complete {
            self.digests.pending.clear();
        }
    }
}

fn group(name: u8) -> Group {
    Group(vec![("$.group".to_owned(), Some(name.to_string()))])
}

fn pending(id: String, from: AlarmState, to: AlarmState, at: Timestamp) -> PendingNotification {
    PendingNotification {
        id,
        change: StateChange {
            from,
            to,
            at,
            reason: String::new(),
        },
        since: at,
        repeat: 0,
        evidence: Evidence {
            count: 1,
            first: Some(at),
            last: Some(at),
            ..Evidence::default()
        },
        totals: None,
        dropped_before: 0,
        already_reported: 0,
        new_kinds: None,
        decided_by_older_windows: false,
        digest: None,
        lease: None,
    }
}

proptest! {
    #[test]
    fn every_notification_is_published_singly_or_in_one_digest(steps in steps()) {
        let mut alarm = Alarm::new();
        for (minutes, step) in steps {
            alarm.now += SignedDuration::from_mins(minutes);
            match step {
                Step::Change(group) => alarm.change(group),
                Step::Publish(progress) => alarm.publish(progress),
                Step::Close(progress) => alarm.close(progress),
            }
        }
        for _ in 0..2 {
            alarm.publish(Progress::Complete);
            alarm.now += SignedDuration::from_mins(10);
            alarm.close(Progress::Complete);
        }
        prop_assert!(alarm.groups.values().all(|status| status.pending.is_empty()));
        prop_assert!(!alarm.digests.group_limit.as_ref().unwrap().has_open_digest());

        // Nothing is lost, and nothing is both in a digest and single.
        let single: BTreeSet<&str> = alarm.single.iter().map(|(id, _)| id.as_str()).collect();
        let in_digest: u64 = alarm.published_digests.values().map(|(count, _)| count).sum();
        prop_assert_eq!(single.len() as u64 + in_digest, alarm.decided.len() as u64);

        // At most so many single notifications in an hour, however often each is published.
        for (_, from) in &alarm.single {
            let hour = *from..*from + SignedDuration::from_hours(1);
            let within = alarm.single.iter().filter(|(_, at)| hour.contains(at));
            let ids: BTreeSet<&str> = within.map(|(id, _)| id.as_str()).collect();
            prop_assert!(ids.len() <= MOST as usize, "{:?}", ids);
        }

        // The digests are ten minutes apart.
        let mut closed: Vec<Timestamp> = alarm.published_digests.values().map(|(_, at)| *at).collect();
        closed.sort();
        for pair in closed.windows(2) {
            prop_assert!(pair[1].duration_since(pair[0]) >= SignedDuration::from_mins(10));
        }

        // No recovery is single if its alarm was not.
        let mut last_alarm: BTreeMap<u8, bool> = BTreeMap::new();
        for (id, group, state) in &alarm.decided {
            let is_single = single.contains(id.as_str());
            match state {
                AlarmState::Alarm => drop(last_alarm.insert(*group, is_single)),
                _ => prop_assert!(!is_single || last_alarm[group], "{}", id),
            }
        }
    }
}

#[test]
fn a_digest_describes_the_loudest_groups_and_counts_the_others() {
    let mut alarm = Alarm::new();
    let limit = alarm.digests.group_limit.as_mut().unwrap();
    for name in 0..30_u8 {
        let mut one = pending(
            format!("{name:032x}"),
            AlarmState::Ok,
            AlarmState::Alarm,
            alarm.now + SignedDuration::from_secs(i64::from(name)),
        );
        one.evidence.count = u64::from(name) + 1;
        limit.admit(&group(name), &[one.outline()], true, 0, alarm.now);
    }
    // The loudest group recovers, and a group that did not alarm meanwhile.
    for name in [29, 40_u8] {
        let one = pending(
            format!("{:032x}", 100 + u32::from(name)),
            AlarmState::Alarm,
            AlarmState::Ok,
            alarm.now + SignedDuration::from_mins(1),
        );
        limit.admit(&group(name), &[one.outline()], true, 0, alarm.now);
    }
    alarm.close(Progress::Admitted);
    let digest = alarm.digests.pending[0].digest.clone().unwrap();
    assert_eq!(
        (digest.alarmed, digest.recovered, digest.notifications),
        (30, 2, 32)
    );
    assert_eq!(digest.count, (1..=30).sum::<u64>());
    assert_eq!(
        (digest.first, digest.to),
        (Some(alarm.now), alarm.now + SignedDuration::from_mins(1))
    );
    let described: Vec<(Group, AlarmState, u64)> = (digest.groups.iter())
        .map(|one| (one.group.clone(), one.state, one.count))
        .collect();
    let expected: Vec<_> = (20..30_u8)
        .rev()
        .map(|name| {
            let state = if name == 29 {
                AlarmState::Ok
            } else {
                AlarmState::Alarm
            };
            (group(name), state, u64::from(name) + 1)
        })
        .collect();
    assert_eq!(described, expected);
}

#[test]
fn a_full_digest_leaves_the_others_pending_until_the_next_one() {
    let mut alarm = Alarm::new();
    let outline = |number: u32| {
        let id = format!("{number:032x}");
        pending(id, AlarmState::Ok, AlarmState::Alarm, time("02:00:00")).outline()
    };
    let limit = alarm.digests.group_limit.as_mut().unwrap();
    for number in 0..2_001 {
        limit.admit(&group(0), &[outline(number)], false, 0, alarm.now);
    }
    let admission = |alarm: &Alarm, number: u32| {
        let limit = alarm.digests.group_limit.as_ref().unwrap();
        limit.admission(&format!("{number:032x}"))
    };
    assert_eq!(admission(&alarm, 1_999), Admission::Digest);
    assert_eq!(admission(&alarm, 2_000), Admission::Deferred);
    alarm.close(Progress::Complete);
    let limit = alarm.digests.group_limit.as_mut().unwrap();
    limit.admit(
        &group(0),
        &[outline(1_999), outline(2_000)],
        false,
        0,
        alarm.now,
    );
    assert_eq!(admission(&alarm, 2_000), Admission::Digest);
    alarm.now += SignedDuration::from_mins(10);
    alarm.close(Progress::Complete);
    let counts: Vec<u64> = alarm
        .published_digests
        .values()
        .map(|(count, _)| *count)
        .collect();
    assert_eq!(counts.iter().sum::<u64>(), 2_001);
}

#[test]
fn times_far_in_the_future_do_not_block_notifications_and_digests() {
    let mut alarm = Alarm::new();
    alarm.now += SignedDuration::from_hours(48);
    for name in 0..6 {
        alarm.change(name);
    }
    alarm.publish(Progress::Complete);
    alarm.close(Progress::Complete);
    alarm.now -= SignedDuration::from_hours(48);
    for name in 6..12 {
        alarm.change(name);
    }
    alarm.publish(Progress::Complete);
    alarm.close(Progress::Complete);
    assert_eq!(alarm.single.len(), 6);
    assert_eq!(alarm.published_digests.len(), 2);
}
