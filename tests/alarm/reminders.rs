//! Emails of an alarm that stays in `ALARM`: only if records arrived that no email has reported.

use cloudtrail_alarms::evidence::{Fact, Facts};

use crate::one_alarm::{Alarm, alarm};

/// An alarm on any record, which missing data does not end.
const LASTING: &str = "Threshold: 0, Period: 10, TreatMissingData: ignore, RenotifyAfter: 1h";

/// A step of a table.
enum Step {
    /// Records of this time arrive at this time.
    Records(u32, &'static str, &'static str),
    /// The records of this time arrive again at this time.
    Again(&'static str, &'static str),
    /// A scheduled run.
    Run(&'static str),
    /// Scheduled runs, one each minute from and to these days.
    Days(u32, u32),
}
use Step::{Again, Days, Records, Run};

/// Emails: when, the number of the reminder, the records, and how many of them an earlier email reported.
#[track_caller]
fn emails(alarm: &mut Alarm, steps: &[Step]) -> Vec<String> {
    let mut emails = Vec::new();
    for step in steps {
        match *step {
            Records(count, at, now) => drop(alarm.events(at, count, now)),
            Again(at, now) => drop(alarm.again(at, now)),
            Run(now) => drop(alarm.scheduled_run(now)),
            Days(first, last) => {
                for minute in first * 1_440..last * 1_440 {
                    let (day, hour) = (minute / 1_440, minute / 60 % 24);
                    let now = format!("{day}d {hour:02}:{:02}:00", minute % 60);
                    alarm.scheduled_run(&now);
                    emails.extend(taken(alarm));
                }
            }
        }
        emails.extend(taken(alarm));
    }
    emails
}

fn taken(alarm: &mut Alarm) -> Vec<String> {
    let pending = std::mem::take(&mut alarm.status.as_mut().unwrap().pending);
    pending
        .iter()
        .map(|notification| {
            let count = notification.evidence.count;
            let told = match notification.already_reported {
                0 => String::new(),
                told => format!(" ({told} again)"),
            };
            let at = notification.since.strftime("%dT%T");
            format!("{at} #{} {count}{told}", notification.repeat)
        })
        .collect()
}

/// The emails of an alarm with these properties, and whether it is idle after them.
#[track_caller]
fn history(properties: &str, steps: &[Step]) -> (Vec<String>, bool) {
    let mut alarm = alarm(properties);
    let emails = emails(&mut alarm, steps);
    let status = alarm.status.as_ref().unwrap();
    (emails, status.is_at_rest(&alarm.definition))
}

#[test]
fn a_burst_and_then_silence_for_a_week_is_one_email() {
    let burst = Records(2, "02:15:01", "02:15:02");
    let (emails, is_at_rest) = history(LASTING, &[burst, Days(1, 8)]);
    assert_eq!(emails, ["20T02:15:02 #0 2"]);
    assert!(is_at_rest, "it costs nothing");
}

#[test]
fn a_second_burst_two_days_later_is_one_more_email_at_once() {
    let steps = [
        Records(2, "02:15:01", "02:15:02"),
        Days(1, 2),
        Records(3, "2d 02:15:01", "2d 02:15:02"),
        Days(3, 10),
    ];
    let (emails, is_at_rest) = history(LASTING, &steps);
    assert_eq!(emails, ["20T02:15:02 #0 2", "22T02:15:02 #1 3"]);
    assert!(is_at_rest);
}

#[test]
fn a_record_an_hour_is_reported_at_intervals_that_double_up_to_a_day() {
    let mut alarm = alarm(LASTING);
    let mut seen = emails(&mut alarm, &[Records(2, "00:00:01", "00:00:02")]);
    for hour in 1..96 {
        let at = format!("{}d {:02}:00:01", hour / 24, hour % 24);
        alarm.events(&at, 1, &at);
        alarm.scheduled_run(&at.replace(":01", ":30"));
        seen.extend(taken(&mut alarm));
    }
    let expected = [
        "20T00:00:02 #0 2",
        "20T01:00:30 #1 1",
        "20T03:00:30 #2 2",
        "20T07:00:30 #3 4",
        "20T15:00:30 #4 8",
        "21T07:00:30 #5 16",
        "22T07:00:30 #6 24",
        "23T07:00:30 #7 24",
    ];
    assert_eq!(seen, expected);
}

#[test]
fn a_record_within_the_interval_is_reported_when_the_interval_ends() {
    for (at, again) in [("02:15:20", ""), ("03:15:00", "")] {
        let mut alarm = alarm(LASTING);
        let burst = [Records(2, "02:15:01", "02:15:02"), Records(1, at, at)];
        assert_eq!(emails(&mut alarm, &burst), ["20T02:15:02 #0 2"]);
        let status = alarm.status.as_ref().unwrap();
        assert!(!status.is_at_rest(&alarm.definition), "{at}");
        let ends = [
            Run("03:15:01"),
            Run("03:15:02"),
            Run("03:15:03"),
            Days(1, 2),
        ];
        let expected = format!("20T03:15:02 #1 1{again}");
        assert_eq!(emails(&mut alarm, &ends), [expected], "{at}");
        let status = alarm.status.as_ref().unwrap();
        assert!(status.is_at_rest(&alarm.definition), "{at}");
    }
}

#[test]
fn a_record_of_the_last_reported_bucket_is_reported_with_the_others_of_open_buckets() {
    let steps = [
        Records(2, "02:15:01", "02:15:02"),
        Records(1, "02:15:05", "02:15:06"),
        Records(4, "02:40:00", "02:40:01"),
        Run("03:15:02"),
        Days(1, 2),
    ];
    let (emails, is_at_rest) = history(LASTING, &steps);
    assert_eq!(emails, ["20T02:15:02 #0 2", "20T03:15:02 #1 7 (2 again)"]);
    assert!(is_at_rest);
}

#[test]
fn a_record_that_is_delivered_again_is_not_new() {
    let steps = [
        Records(2, "02:15:01", "02:15:02"),
        Again("02:15:01", "02:15:03"),
        Run("03:15:02"),
        Again("02:15:01", "03:15:03"),
        Days(1, 2),
    ];
    let (emails, is_at_rest) = history(LASTING, &steps);
    assert_eq!(emails, ["20T02:15:02 #0 2"]);
    assert!(is_at_rest);
}

#[test]
fn a_late_record_is_new_also_in_a_bucket_that_is_closed() {
    let minutes = |late: &'static str| {
        vec![
            Records(2, "02:15:01", "02:15:02"),
            Records(1, "02:15:31", "02:15:32"),
            Run("02:30:00"),
            Run("03:15:02"),
            Records(2, "02:15:35", late),
            Again("02:15:35", "05:15:00"),
            Days(1, 2),
        ]
    };
    let lines = |last: &str| {
        let first = ["20T02:15:02 #0 2", "20T03:15:02 #1 1"].map(str::to_owned);
        first
            .into_iter()
            .chain([last.to_owned()])
            .collect::<Vec<_>>()
    };
    // Within AllowedLateness of the email, and hours after it.
    for late in ["03:15:03", "04:59:59"] {
        let (emails, is_at_rest) = history(LASTING, &minutes(late));
        assert_eq!(emails, lines("21T00:00:00 #2 3 (1 again)"), "{late}");
        assert!(is_at_rest, "{late}");
    }
}

#[test]
fn an_earlier_burst_that_arrives_late_is_part_of_the_incident_and_reported() {
    let by_event_time = format!("{LASTING}, TimeSource: EventTime, AllowedLateness: 30m");
    // Within an evaluation range before the incident, and longer before.
    for earlier in ["02:14:31", "02:00:01"] {
        let steps = [
            Records(2, "02:15:01", "02:15:02"),
            Records(3, earlier, "02:20:00"),
            Run("03:15:02"),
            Days(1, 2),
        ];
        let (emails, is_at_rest) = history(&by_event_time, &steps);
        let expected = ["20T02:15:02 #0 2", "20T03:15:02 #1 5 (2 again)"];
        assert_eq!(emails, expected, "{earlier}");
        assert!(is_at_rest, "{earlier}");
    }
}

#[test]
fn records_before_the_incident_are_not_reported() {
    let steps = [
        Records(1, "02:10:01", "02:10:02"),
        Records(2, "02:15:01", "02:15:02"),
        Again("02:10:01", "02:15:30"),
        Days(1, 2),
    ];
    let on_two = LASTING.replace("Threshold: 0", "Threshold: 1");
    // The first email is that of OK.
    let expected = ["20T02:15:02 #0 1", "20T02:15:02 #0 2"];
    assert_eq!(history(&on_two, &steps).0, expected);
}

#[test]
fn without_renotify_after_there_is_one_email_of_an_incident() {
    let steps = [
        Records(2, "02:15:01", "02:15:02"),
        Records(5, "2d 02:15:01", "2d 02:15:02"),
        Days(3, 4),
    ];
    let (emails, is_at_rest) = history("Period: 10, TreatMissingData: ignore", &steps);
    assert_eq!(emails, ["20T02:15:02 #0 2"]);
    assert!(is_at_rest);
}

#[test]
fn a_full_bucket_is_new_once() {
    let mut alarm = alarm(LASTING);
    let first = [Records(2, "02:15:01", "02:15:02"), Run("02:30:00")];
    assert_eq!(emails(&mut alarm, &first), ["20T02:15:02 #0 2"]);
    for bucket in alarm.buckets.values_mut() {
        bucket.overflow = true;
    }
    let next = [
        Again("02:15:01", "02:31:00"),
        Run("03:15:02"),
        Again("02:15:01", "03:16:00"),
        Days(1, 2),
    ];
    // At least one more record than it can hold.
    assert_eq!(emails(&mut alarm, &next), ["20T03:15:02 #1 2 (2 again)"]);
}

#[test]
fn expired_records_are_counted() {
    let week = "Period: 60, TreatMissingData: ignore, RenotifyAfter: 7d";
    let mut alarm = alarm(week);
    let steps = [
        Records(2, "02:15:01", "02:15:02"),
        Records(3, "06:00:00", "06:00:01"),
    ];
    assert_eq!(emails(&mut alarm, &steps), ["20T02:15:02 #0 2"]);
    alarm.scheduled_run("1d 06:00:00");
    alarm.buckets.clear();
    assert_eq!(emails(&mut alarm, &[Days(6, 15)]), ["27T02:16:00 #1 3"]);
}

#[test]
fn a_state_of_an_earlier_version_is_continued() {
    let stored = r#"{"state":"ALARM","since":"2026-11-20T02:15:10Z","evaluated":"2026-11-20T02:30:00Z",
        "newest":"2026-11-20T02:15:00Z","incidents":[{"from":"2026-11-20T02:15:10Z","to":null}],
        "notified":{"at":"2026-11-20T02:15:02Z","count":1,"through":"2026-11-20T02:15:10Z","already_reported":2},
        "running_totals":{"count":2,"at_least":false,"through":"2026-11-20T02:30:00Z"},"pending":[]}"#;
    let mut alarm = alarm(LASTING);
    alarm.status = Some(serde_json::from_str(stored).unwrap());
    assert_eq!(emails(&mut alarm, &[Days(1, 2)]), [""; 0]);
    let new = [Records(3, "2d 02:15:01", "2d 02:15:02"), Days(3, 5)];
    assert_eq!(emails(&mut alarm, &new), ["22T02:15:02 #1 3"]);
}

/// A failed call of a session of a role.
fn call(code: &str, name: &str, key: &str, role: &str) -> Facts {
    let arn = format!("arn:aws:sts::111122223333:assumed-role/{role}");
    Facts::from([
        (Fact::EventSource, "kms.amazonaws.com"),
        (Fact::EventName, name),
        (Fact::ErrorCode, code),
        (Fact::ResourceArn, key),
        (Fact::IdentityArn, arn.as_str()),
    ])
}

/// The emails with the number of new kinds of calls, as far as there are any.
fn new_kinds(alarm: &mut Alarm) -> Vec<String> {
    let status = alarm.status.as_mut().unwrap();
    let pending = std::mem::take(&mut status.pending).into_iter();
    let email = |notification: cloudtrail_alarms::alarm::state::PendingNotification| {
        let at = notification.since.strftime("%T");
        let count = notification.evidence.count;
        match notification.new_kinds {
            None => format!("{at} {count}"),
            Some(kinds) => format!("{at} {count}, {} new", kinds.count),
        }
    };
    pending.map(email).collect()
}

#[test]
fn a_new_kind_of_call_is_reported_at_once_if_the_last_email_is_ten_minutes_old() {
    let known = call("AccessDenied", "Decrypt", "k1", "app/s1");
    let cases = [
        (call("AccessDenied", "Decrypt", "k1", "app/s2"), false),
        (call("DisabledException", "Decrypt", "k1", "app/s1"), true),
        (call("AccessDenied", "Encrypt", "k1", "app/s1"), true),
        (call("AccessDenied", "Decrypt", "k2", "app/s1"), true),
        (call("AccessDenied", "Decrypt", "k1", "other/s1"), true),
    ];
    for (other, is_new) in cases {
        let mut alarm = alarm(LASTING);
        alarm.call(&known, "02:15:01", "02:15:02");
        assert_eq!(new_kinds(&mut alarm), ["02:15:02 1"]);
        alarm.call(&known, "02:26:01", "02:26:02");
        alarm.call(&other, "02:26:03", "02:26:04");
        let at_once: &[&str] = if is_new { &["02:26:04 2, 1 new"] } else { &[] };
        assert_eq!(new_kinds(&mut alarm), at_once, "{other:?}");
        // It is known then.
        alarm.call(&other, "02:40:01", "02:40:02");
        assert_eq!(new_kinds(&mut alarm), [""; 0], "{other:?}");
        alarm.scheduled_run("03:26:04");
        let later = if is_new { "03:26:04 1" } else { "03:26:04 3" };
        assert_eq!(new_kinds(&mut alarm), [later], "{other:?}");
    }
}

#[test]
fn new_kinds_of_calls_are_reported_every_ten_minutes_and_do_not_double_the_interval() {
    let mut alarm = alarm(LASTING);
    let mut emails = Vec::new();
    for minute in 0..30 {
        let at = format!("02:{minute:02}:01");
        let key = format!("k{minute}");
        alarm.call(&call("AccessDenied", "Decrypt", &key, "app/s"), &at, &at);
        emails.extend(new_kinds(&mut alarm));
    }
    // Also without a further record.
    for now in ["02:30:00", "02:30:01"] {
        alarm.scheduled_run(now);
        emails.extend(new_kinds(&mut alarm));
    }
    let known = call("AccessDenied", "Decrypt", "k1", "app/s");
    alarm.call(&known, "02:35:01", "02:35:01");
    for now in ["03:30:00", "03:30:01", "23:00:00"] {
        alarm.scheduled_run(now);
        emails.extend(new_kinds(&mut alarm));
    }
    let expected = [
        "02:00:01 1",
        "02:10:01 10, 10 new",
        "02:20:01 10, 10 new",
        "02:30:01 9, 9 new",
        "03:30:01 1",
    ];
    assert_eq!(emails, expected);
}

#[test]
fn after_64_kinds_of_calls_only_the_interval_counts() {
    let mut alarm = alarm(LASTING);
    let key = |number: u32| call("AccessDenied", "Decrypt", &format!("k{number}"), "app/s");
    for number in 0..63 {
        alarm.call(&key(number), "02:00:01", "02:00:02");
    }
    alarm.scheduled_run("02:10:02");
    assert_eq!(new_kinds(&mut alarm), ["02:00:02 1", "02:10:02 63, 62 new"]);
    alarm.call(&key(63), "02:20:10", "02:20:11");
    assert_eq!(new_kinds(&mut alarm), ["02:20:11 1, 1 new"]);
    let full = serde_json::to_string(&alarm.status).unwrap();
    assert!(full.len() < 2_500, "{} bytes in the item", full.len());
    alarm.call(&key(64), "02:40:10", "02:40:11");
    assert_eq!(new_kinds(&mut alarm), [""; 0]);
    alarm.scheduled_run("03:20:11");
    assert_eq!(new_kinds(&mut alarm), ["03:20:11 1"]);
}
