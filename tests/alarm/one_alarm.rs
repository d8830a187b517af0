//! One alarm that is advanced step by step.

use std::collections::BTreeMap;

use cloudtrail_alarms::alarm::Series;
use cloudtrail_alarms::alarm::advance::{Advance, advance};
use cloudtrail_alarms::alarm::definition::AlarmDefinition;
use cloudtrail_alarms::alarm::state::Status;
use cloudtrail_alarms::alarm::window;
use cloudtrail_alarms::evidence::Facts;
use cloudtrail_alarms::series::{Bucket, EventId, Fingerprint, Group, Member, SeriesKey};
use cloudtrail_alarms_testkit::alarms;
use cloudtrail_alarms_testkit::time::time;
use jiff::{SignedDuration, Timestamp};

/// One alarm without a group, the buckets it has, and what is remembered of it.
pub(super) struct Alarm {
    pub(super) definition: AlarmDefinition,
    pub(super) key: SeriesKey,
    pub(super) status: Option<Status>,
    pub(super) buckets: BTreeMap<Timestamp, Bucket>,
    pub(super) events: u32,
}

/// An alarm on `Sum > 1` for one period of 60 seconds, with these other properties.
#[track_caller]
pub(super) fn alarm(properties: &str) -> Alarm {
    let lines = format!(
        "FilterPattern: ''\nAllowedLateness: 1m\nOKActions: [arn:aws:sns:ap-southeast-2:111122223333:t]\n{}",
        properties.replace(", ", "\n")
    );
    Alarm {
        definition: alarms::alarm(&lines),
        key: SeriesKey {
            alarm: "A".to_owned(),
            group: Group::default(),
        },
        status: None,
        buckets: BTreeMap::new(),
        events: 0,
    }
}

impl Alarm {
    /// `count` new events of the time `at` arrive at `now`; returns the changes, `FROM -> TO at TIME`.
    #[track_caller]
    pub(super) fn events(&mut self, at: &str, count: u32, now: &str) -> Vec<String> {
        let start = window::bucket_at(instant(at), &self.definition.settings).start;
        for _ in 0..count {
            self.events += 1;
            let member = Member::new(EventId::of_texts(&[&self.events.to_string()]), None, None);
            self.buckets
                .entry(start)
                .or_default()
                .members
                .insert(member);
        }
        self.advance(&[start], now)
    }

    /// A call with these facts and this time arrives at `now`.
    #[track_caller]
    pub(super) fn call(&mut self, facts: &Facts, at: &str, now: &str) {
        let start = window::bucket_at(instant(at), &self.definition.settings).start;
        self.events += 1;
        let fingerprint = Fingerprint::of(facts);
        let id = EventId::of_texts(&[&self.events.to_string()]);
        let bucket = self.buckets.entry(start).or_default();
        let member = Member::new(id, None, Some(&fingerprint));
        bucket.members.insert(member);
        bucket.fingerprints.insert(fingerprint);
        self.advance(&[start], now);
    }

    /// The events of the time `at` arrive again at `now`.
    #[track_caller]
    pub(super) fn again(&mut self, at: &str, now: &str) -> Vec<String> {
        let start = window::bucket_at(instant(at), &self.definition.settings).start;
        self.advance(&[start], now)
    }

    #[track_caller]
    pub(super) fn scheduled_run(&mut self, now: &str) -> Vec<String> {
        self.advance(&[], now)
    }

    #[track_caller]
    pub(super) fn advance(&mut self, touched: &[Timestamp], now: &str) -> Vec<String> {
        let now = instant(now);
        let begin = touched.iter().copied().min().unwrap_or(now);
        let before = self
            .status
            .clone()
            .unwrap_or_else(|| Status::initial(begin));
        let span = before.span(&self.definition, touched, now);
        let seen = self
            .buckets
            .range(span.start..span.end)
            .map(|(at, bucket)| (*at, bucket.clone()));
        let series = Series::new(&self.definition, seen.collect());
        let Advance {
            status, changes, ..
        } = advance(&self.definition, &self.key, &before, &series, touched, now);
        self.status = Some(status);
        changes
            .iter()
            .map(|change| {
                format!(
                    "{} -> {} at {}",
                    change.from,
                    change.to,
                    change.at.strftime("%T")
                )
            })
            .collect()
    }

    /// The notifications that became pending since the last call: state, repeat, count.
    pub(super) fn take_pending(&mut self) -> Vec<String> {
        let pending = std::mem::take(&mut self.status.as_mut().unwrap().pending);
        pending
            .iter()
            .map(|notification| {
                format!(
                    "{} {} {}",
                    notification.change.to, notification.repeat, notification.evidence.count
                )
            })
            .collect()
    }
}

/// A time of day, such as `02:15:01`, or of a later day, such as `2d 02:15:01`.
#[track_caller]
fn instant(text: &str) -> Timestamp {
    let (days, clock) = text.split_once("d ").unwrap_or(("0", text));
    let days: i64 = days.parse().expect("a number of days");
    time(clock) + SignedDuration::from_hours(24 * days)
}
