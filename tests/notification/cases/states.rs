//! Recoveries, reminders and other changes of state.

use cloudtrail_alarms::alarm::AlarmState;
use cloudtrail_alarms::alarm::state::NewKinds;
use cloudtrail_alarms::evidence::Timeline;

use jiff::SignedDuration;

use super::volume::{mixed, overflow, overflow_of_one_kind, storm};
use crate::input::{RenderInput, default_alarm};

pub(super) fn states() -> Vec<(&'static str, RenderInput)> {
    let none = |input: RenderInput| {
        input.evidence(|evidence| {
            *evidence = cloudtrail_alarms::evidence::Evidence {
                timeline: Timeline {
                    counts: vec![0; 10],
                    ..evidence.timeline
                },
                ..Default::default()
            };
        })
    };
    vec![
        ("mixed-causes", mixed()),
        ("storm", storm()),
        ("overflow", overflow()),
        ("overflow-of-one-kind", overflow_of_one_kind()),
        ("recovery", none(mixed().later(AlarmState::Ok, 0))),
        ("ok-and-not-of-an-alarm", {
            let mut input = none(mixed().later(AlarmState::Ok, 0));
            input.pending.change.from = AlarmState::InsufficientData;
            input.pending.totals = None;
            input
        }),
        ("recovery-with-records", mixed().later(AlarmState::Ok, 0)),
        (
            "insufficient-data",
            none(mixed().later(AlarmState::InsufficientData, 0)),
        ),
        (
            "reminder",
            // Thirty-eight were already reported.
            mixed()
                .evidence(|evidence| evidence.timeline.counts[1] = 38)
                .later(AlarmState::Alarm, 2),
        ),
        ("reminder-of-reported-records", {
            let mut input = mixed().later(AlarmState::Alarm, 1);
            input.pending.already_reported = 2;
            input
        }),
        ("reminder-of-a-new-kind", {
            let mut input = mixed().later(AlarmState::Alarm, 1);
            let examples = (input.pending.evidence.tallies.iter()).map(|tally| tally.facts.clone());
            let examples: Vec<_> = examples.take(1).collect();
            input.pending.new_kinds = Some(NewKinds { count: 1, examples });
            input
        }),
        ("reminder-of-many-new-kinds", {
            let mut input = mixed().later(AlarmState::Alarm, 4);
            let examples = input.pending.evidence.records.clone();
            input.pending.new_kinds = Some(NewKinds { count: 9, examples });
            input
        }),
        ("by-older-records", {
            let mut input = mixed();
            input.pending.decided_by_older_windows = true;
            input
        }),
        ("late-breach", {
            let mut input = mixed();
            input.pending.since = input.pending.change.at + SignedDuration::from_mins(22);
            input
        }),
        (
            "reminder-of-expired-records",
            none(mixed().later(AlarmState::Alarm, 3)),
        ),
        ("silence-is-an-alarm", none(default_alarm(&[]))),
    ]
}
