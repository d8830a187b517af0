//! How an alarm's state moves when events arrive and when time passes.

use std::collections::BTreeMap;

use cloudtrail_alarms::alarm::AlarmState;
use cloudtrail_alarms::alarm::state::{
    Incident, LastAlarm, Notified, PendingNotification, RunningTotals, Status,
};
use cloudtrail_alarms::series::{EventId, Member};
use cloudtrail_alarms_testkit::time::time;
use jiff::{SignedDuration, Timestamp};

use crate::one_alarm::{Alarm, alarm};

const NOTHING: [&str; 0] = [];

#[test]
fn a_breach_is_announced_while_its_window_is_still_open() {
    let mut alarm = alarm("Period: 10, TreatMissingData: ignore");
    assert_eq!(alarm.events("02:15:01", 1, "02:15:02"), NOTHING);
    assert_eq!(
        alarm.events("02:15:03", 1, "02:15:04"),
        ["INSUFFICIENT_DATA -> ALARM at 02:15:10"]
    );
    assert_eq!(alarm.take_pending(), ["ALARM 0 2"]);
    assert_eq!(alarm.events("02:15:04", 5, "02:15:05"), NOTHING);
    assert_eq!(alarm.take_pending(), NOTHING);
}

#[test]
fn recovery_waits_until_nothing_more_is_expected() {
    let mut alarm = alarm("Period: 10, TreatMissingData: ignore");
    assert_eq!(alarm.events("02:15:01", 1, "02:15:02"), NOTHING);
    assert_eq!(alarm.scheduled_run("02:16:09"), NOTHING);
    assert_eq!(
        alarm.scheduled_run("02:16:10"),
        ["INSUFFICIENT_DATA -> OK at 02:15:10"]
    );
    assert_eq!(alarm.take_pending(), ["OK 0 1"]);
}

#[test]
fn a_late_event_still_counts_into_an_open_window() {
    let mut alarm = alarm("");
    assert_eq!(alarm.events("02:15:01", 1, "02:15:05"), NOTHING);
    assert_eq!(
        alarm.events("02:15:59", 1, "02:16:50"),
        ["INSUFFICIENT_DATA -> ALARM at 02:16:00"]
    );
}

#[test]
fn an_alarm_begins_with_its_first_event_and_not_with_the_one_that_came_first() {
    let mut alarm = alarm("Period: 10");
    assert_eq!(alarm.events("02:15:21", 1, "02:15:22"), NOTHING);
    assert_eq!(alarm.events("02:15:01", 1, "02:15:23"), NOTHING);
    assert_eq!(
        alarm.scheduled_run("02:16:30"),
        ["INSUFFICIENT_DATA -> OK at 02:15:10"]
    );
    // Not again, once it is decided.
    assert_eq!(alarm.events("02:10:01", 1, "02:16:31"), NOTHING);
}

#[test]
fn windows_slide_by_the_minute() {
    // Two events on both sides of 02:20, in no window that is aligned to five minutes.
    let mut alarm = alarm("Period: 300");
    assert_eq!(alarm.events("02:19:30", 1, "02:19:31"), NOTHING);
    assert_eq!(
        alarm.events("02:20:30", 1, "02:20:31"),
        ["INSUFFICIENT_DATA -> ALARM at 02:21:00"]
    );
}

#[test]
fn windows_of_the_clock_do_not_slide() {
    let mut alarm = alarm("Period: 300, EvaluationWindow: WallClock");
    assert_eq!(alarm.events("02:19:30", 1, "02:19:31"), NOTHING);
    assert_eq!(alarm.events("02:20:30", 1, "02:20:31"), NOTHING);
    let changes = alarm.events("02:24:59", 1, "02:25:00");
    assert_eq!(
        changes,
        [
            "INSUFFICIENT_DATA -> OK at 02:20:00",
            "OK -> ALARM at 02:25:00"
        ]
    );
}

#[test]
fn missing_data_that_is_ignored_keeps_the_alarm() {
    let mut alarm = alarm("Period: 10, TreatMissingData: ignore");
    alarm.events("02:15:01", 2, "02:15:02");
    assert_eq!(alarm.scheduled_run("23:00:00"), NOTHING);
}

#[test]
fn missing_data_that_does_not_breach_ends_the_alarm_when_the_breach_leaves_the_range() {
    let mut alarm = alarm("TreatMissingData: notBreaching");
    alarm.events("02:15:01", 2, "02:15:02");
    // Range: one window, and five more minutes (spec: six minutes seen for period 60).
    assert_eq!(alarm.scheduled_run("02:22:00"), NOTHING);
    assert_eq!(alarm.scheduled_run("02:23:00"), ["ALARM -> OK at 02:22:00"]);
}

#[test]
fn m_of_n_counts_windows() {
    let mut alarm =
        alarm("EvaluationPeriods: 3, DatapointsToAlarm: 2, TreatMissingData: notBreaching");
    assert_eq!(alarm.events("02:15:01", 2, "02:15:02"), NOTHING);
    let changes = alarm.events("02:17:01", 1, "02:17:02");
    assert_eq!(changes, ["INSUFFICIENT_DATA -> OK at 02:16:00"]);
    assert_eq!(
        alarm.events("02:17:02", 1, "02:17:03"),
        ["OK -> ALARM at 02:18:00"]
    );
}

#[test]
fn a_less_operator_waits_for_its_window_to_close() {
    let mut alarm = alarm("Threshold: 3, ComparisonOperator: LessThanThreshold");
    assert_eq!(alarm.events("02:15:01", 1, "02:15:02"), NOTHING);
    assert_eq!(alarm.scheduled_run("02:16:59"), NOTHING);
    assert_eq!(
        alarm.scheduled_run("02:17:00"),
        ["INSUFFICIENT_DATA -> ALARM at 02:16:00"]
    );
}

#[test]
fn missing_data_that_breaches_is_an_alarm() {
    let mut alarm =
        alarm("Threshold: 1, ComparisonOperator: LessThanThreshold, TreatMissingData: breaching");
    assert!(alarm.definition.watches_silence());
    assert_eq!(alarm.scheduled_run("02:15:00"), NOTHING);
    assert_eq!(
        alarm.scheduled_run("02:17:00"),
        ["INSUFFICIENT_DATA -> ALARM at 02:16:00"]
    );
}

#[test]
fn a_breach_that_comes_late_is_announced_and_so_is_its_end() {
    let mut alarm = alarm("TreatMissingData: notBreaching");
    alarm.events("02:15:01", 1, "02:15:02");
    assert_eq!(
        alarm.scheduled_run("04:00:00"),
        ["INSUFFICIENT_DATA -> OK at 02:16:00"]
    );
    let changes = alarm.events("03:00:30", 2, "04:00:01");
    assert_eq!(
        changes,
        ["OK -> ALARM at 03:01:00", "ALARM -> OK at 03:07:00"]
    );
}

#[test]
fn the_end_of_an_old_incident_is_not_notified_while_a_later_one_lasts() {
    let mut alarm = alarm("TreatMissingData: notBreaching, RenotifyAfter: 1m");
    alarm.events("04:00:01", 2, "04:00:02");
    assert_eq!(alarm.take_pending(), ["ALARM 0 2"]);
    let changes = alarm.events("03:00:30", 2, "04:00:30");
    assert_eq!(
        changes,
        ["OK -> ALARM at 03:01:00", "ALARM -> OK at 03:07:00"]
    );
    assert_eq!(alarm.take_pending(), ["ALARM 0 2"]);
    // Its records are reported, and belong to no later incident.
    alarm.scheduled_run("04:02:00");
    assert_eq!(alarm.take_pending(), NOTHING);
}

#[test]
fn old_incidents_do_not_change_the_reminders_of_the_one_that_lasts() {
    let mut alarm = alarm("TreatMissingData: notBreaching, RenotifyAfter: 1m");
    alarm.events("04:00:01", 2, "04:00:02");
    alarm.events("04:01:01", 2, "04:01:02");
    assert_eq!(alarm.take_pending(), ["ALARM 0 2", "ALARM 1 2"]);
    // Two at once have the same result as one after the other.
    for at in ["02:00:00", "03:00:00"] {
        let bucket = alarm.buckets.entry(time(at)).or_default();
        for event in [1, 2] {
            let id = EventId::of_texts(&[at, &event.to_string()]);
            bucket.members.insert(Member::new(id, None, None));
        }
    }
    let changes = alarm.advance(&[time("02:00:00"), time("03:00:00")], "04:01:30");
    assert_eq!(changes.len(), 4);
    assert_eq!(alarm.take_pending(), ["ALARM 0 2", "ALARM 0 2"]);
    alarm.events("04:02:01", 3, "04:03:01");
    assert_eq!(alarm.take_pending(), NOTHING);
    alarm.scheduled_run("04:03:02");
    assert_eq!(alarm.take_pending(), ["ALARM 2 3"]);
}

#[test]
fn the_end_of_an_old_incident_is_notified_if_no_later_one_lasts() {
    let mut alarm = alarm("TreatMissingData: missing");
    alarm.events("02:15:01", 1, "02:15:02");
    alarm.scheduled_run("04:00:00");
    assert_eq!(alarm.take_pending(), ["OK 0 1"]);
    alarm.events("03:01:30", 1, "04:00:01");
    assert_eq!(
        alarm.events("03:00:30", 2, "04:00:02"),
        [
            "INSUFFICIENT_DATA -> ALARM at 03:01:00",
            "ALARM -> OK at 03:02:00"
        ]
    );
    assert_eq!(alarm.take_pending(), ["ALARM 0 2", "OK 0 3"]);
}

#[test]
fn a_breach_that_continues_into_a_reported_incident_is_part_of_it() {
    let mut alarm = alarm("TreatMissingData: ignore");
    alarm.events("04:00:01", 2, "04:00:02");
    assert_eq!(alarm.events("03:00:30", 2, "04:00:30"), NOTHING);
}

#[test]
fn a_breach_that_comes_again_is_not_announced_again() {
    let mut alarm = alarm("TreatMissingData: notBreaching");
    alarm.events("02:15:01", 2, "02:15:02");
    alarm.scheduled_run("02:30:00");
    alarm.take_pending();
    assert_eq!(alarm.again("02:15:01", "02:31:00"), NOTHING);
    assert_eq!(alarm.events("02:15:30", 1, "02:32:00"), NOTHING);
    assert_eq!(alarm.take_pending(), NOTHING);
}

#[test]
fn a_long_time_without_records_is_skipped_and_the_next_breach_is_found() {
    let mut alarm = alarm("Period: 10, TreatMissingData: notBreaching");
    alarm.events("00:00:01", 2, "00:00:02");
    let changes = alarm.events("23:00:01", 2, "23:00:02");
    assert_eq!(
        changes,
        ["ALARM -> OK at 00:01:20", "OK -> ALARM at 23:00:10"]
    );
}

#[test]
fn an_alarm_that_older_records_decide_is_marked() {
    let burst = |properties: &str, hours: &[&str]| {
        let of_hours = "Period: 3600, TreatMissingData: notBreaching, Threshold: 3";
        let mut alarm = alarm(&format!("{of_hours}, {properties}"));
        for hour in hours {
            for minute in ["00:10", "50:10"] {
                let at = format!("{hour}:{minute}");
                alarm.events(&at, 2, &at);
            }
        }
        alarm.scheduled_run("14:00:00");
        let pending = alarm.status.unwrap().pending;
        let alarms = pending
            .iter()
            .filter(|notification| notification.change.to == AlarmState::Alarm);
        let said = |notification: &PendingNotification| {
            let at = notification.change.at.strftime("%R");
            format!(
                "{at} {} {}",
                notification.evidence.count, notification.decided_by_older_windows
            )
        };
        alarms.map(said).collect::<Vec<_>>()
    };
    let again = ["10:51 4 false", "11:51 0 true", "12:51 0 true"];
    assert_eq!(burst("", &["10"]), again);
    assert_eq!(
        burst("EvaluationWindow: WallClock", &["10"]),
        ["11:00 4 false"]
    );
    assert_eq!(burst("DefaultValue: 0", &["10"]), ["10:51 4 false"]);
    let two = burst("EvaluationPeriods: 2", &["10", "11"]);
    assert_eq!(two, ["11:51 8 false", "12:51 4 true", "13:51 0 true"]);
}

#[test]
fn an_alarm_that_time_cannot_change_is_at_rest() {
    let mut alarm = alarm("TreatMissingData: notBreaching");
    alarm.events("02:15:01", 2, "02:15:02");
    alarm.take_pending();
    let at_rest = |alarm: &Alarm| alarm.status.as_ref().unwrap().is_at_rest(&alarm.definition);
    assert!(!at_rest(&alarm));
    alarm.scheduled_run("02:23:00");
    alarm.take_pending();
    assert!(!at_rest(&alarm));
    alarm.scheduled_run("02:30:00");
    assert!(at_rest(&alarm));
}

#[test]
fn pending_notifications_keep_an_alarm_from_rest() {
    let mut alarm = alarm("TreatMissingData: notBreaching");
    alarm.events("02:15:01", 2, "02:15:02");
    alarm.scheduled_run("02:40:00");
    let status = alarm.status.clone().unwrap();
    assert!(!status.is_at_rest(&alarm.definition));
    let settled = SignedDuration::from_mins(20);
    assert!(status.evaluated >= time("02:15:00").checked_add(settled).unwrap());
}

#[test]
fn pending_notifications_are_limited_and_dropped_ones_are_counted() {
    let mut alarm = alarm("Period: 10, TreatMissingData: notBreaching");
    let mut decided = 0;
    for hour in 0..24 {
        for minute in [0, 20, 40] {
            let at = format!("{hour:02}:{minute:02}:01");
            decided += alarm.events(&at, 2, &at).len();
            decided += alarm
                .scheduled_run(&format!("{hour:02}:{:02}:00", minute + 10))
                .len();
        }
    }
    let pending = &alarm.status.as_ref().unwrap().pending;
    assert_eq!(pending.len(), 64);
    let dropped_before: u64 = pending
        .iter()
        .map(|notification| 1 + notification.dropped_before)
        .sum();
    assert_eq!(dropped_before, decided as u64);
    assert!(
        pending[1..]
            .iter()
            .all(|notification| notification.dropped_before == 0)
    );
}

#[test]
fn the_end_of_an_alarm_has_the_totals_of_its_incident() {
    let mut alarm = alarm("Period: 10, TreatMissingData: notBreaching, RenotifyAfter: 1m");
    alarm.events("02:15:01", 3, "02:15:05");
    alarm.events("02:15:21", 4, "02:15:25");
    // Into a bucket that was counted already, but is not closed.
    alarm.events("02:15:05", 1, "02:15:26");
    alarm.scheduled_run("02:16:10");
    alarm.scheduled_run("02:20:00");
    let pending = &alarm.status.as_ref().unwrap().pending;
    let totals: Vec<_> = pending
        .iter()
        .map(|notification| {
            let totals = notification
                .totals
                .map(|totals| (totals.count, totals.notifications));
            (notification.change.to.as_str(), notification.repeat, totals)
        })
        .collect();
    assert_eq!(
        totals,
        [
            ("ALARM", 0, None),
            ("ALARM", 1, Some((8, 1))),
            ("OK", 0, Some((8, 2))),
        ]
    );
    assert_eq!(pending[2].totals.unwrap().since, time("02:15:10"));
    assert_eq!(alarm.status.unwrap().running_totals, None);
}

#[test]
fn no_stored_time_of_the_far_future_is_left() {
    let definition = alarm("AllowedLateness: 5m").definition;
    let now = time("02:15:00");
    let far: Timestamp = "2099-01-01T00:00:00Z".parse().unwrap();
    let horizon = time("02:10:00");
    let poisoned = Status {
        state: AlarmState::Alarm,
        since: time("02:00:00"),
        evaluated: far,
        newest: Some(far),
        incidents: vec![
            Incident {
                from: time("02:00:00"),
                to: Some(far),
            },
            Incident {
                from: far,
                to: None,
            },
        ],
        notified: Some(Notified {
            at: far,
            count: 1,
            through: Some(far),
            already_reported: 0,
            reported: Some(2),
            unreported_from: Some(far),
            has_new_kind: false,
            kinds: None,
            for_new_kinds: 0,
        }),
        running_totals: Some(RunningTotals {
            count: 2,
            at_least: false,
            through: far,
            buckets: BTreeMap::new(),
            known_from: None,
        }),
        pending: Vec::new(),
        last_alarm: Some(LastAlarm {
            at: far,
            was_in_digest: true,
        }),
        group_limit: None,
    };
    let healed = poisoned.clone().without_future_times(&definition, now);
    let expected = Status {
        evaluated: horizon,
        newest: Some(horizon),
        incidents: vec![
            Incident {
                from: time("02:00:00"),
                to: Some(horizon),
            },
            Incident {
                from: horizon,
                to: None,
            },
        ],
        notified: Some(Notified {
            at: now,
            count: 1,
            through: Some(horizon),
            already_reported: 0,
            reported: Some(2),
            unreported_from: Some(horizon),
            has_new_kind: false,
            kinds: None,
            for_new_kinds: 0,
        }),
        running_totals: Some(RunningTotals {
            count: 2,
            at_least: false,
            through: horizon,
            buckets: BTreeMap::new(),
            known_from: None,
        }),
        last_alarm: Some(LastAlarm {
            at: horizon,
            was_in_digest: true,
        }),
        ..poisoned.clone()
    };
    assert_eq!(healed, expected);
    assert_eq!(
        expected.clone().without_future_times(&definition, now),
        expected
    );
    let since_far = Status {
        since: far,
        ..poisoned
    };
    let healed = since_far.without_future_times(&definition, now);
    assert_eq!((healed.since, healed.evaluated), (horizon, horizon));
}

#[test]
fn a_time_that_an_early_alarm_can_have_is_left_as_it_is() {
    for (properties, ahead) in [
        ("Period: 10", 5 * 60 + 30),
        ("Period: 300, EvaluationPeriods: 3", 5 * 60 + 3 * 300 + 120),
        (
            "Period: 86400, EvaluationWindow: WallClock",
            5 * 60 + 2 * 86400 + 120,
        ),
    ] {
        let definition = alarm(properties).definition;
        let now = time("02:15:00");
        let status = |seconds| {
            let evaluated = now + SignedDuration::from_secs(seconds);
            Status::initial(evaluated)
        };
        let kept = status(ahead);
        assert_eq!(
            kept.clone().without_future_times(&definition, now),
            kept,
            "{properties}"
        );
        let poisoned = status(ahead + 1);
        assert_ne!(
            poisoned.clone().without_future_times(&definition, now),
            poisoned,
            "{properties}"
        );
    }
}
