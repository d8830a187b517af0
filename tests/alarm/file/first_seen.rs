//! `FirstSeen` in the alarms file.

use cloudtrail_alarms::alarm::first_seen::FirstSeen;
use cloudtrail_alarms_testkit::alarms::{alarm, alarm_yaml, load_text};
use jiff::SignedDuration;

#[track_caller]
fn first_seen(lines: &str) -> FirstSeen {
    alarm(lines).first_seen.expect("the alarm has the property")
}

#[test]
fn history_and_warm_up_have_defaults() {
    let day = SignedDuration::from_hours(24);
    let defaults = first_seen("FirstSeen: {Fields: [$.eventName]}");
    assert_eq!(defaults.history, day * 14);
    assert_eq!(defaults.warm_up, day * 7);
    assert_eq!(defaults.history_days(), 14);
    let given = first_seen(
        "FirstSeen:\n  Fields: [$.awsRegion, $.eventName]\n  History: 30d\n  WarmUp: 12h",
    );
    assert_eq!(given.history_days(), 30);
    assert_eq!(given.warm_up, SignedDuration::from_hours(12));
    let names: Vec<String> = given.fields.iter().map(ToString::to_string).collect();
    assert_eq!(names, ["$.awsRegion", "$.eventName"]);
    let none = first_seen("FirstSeen: {Fields: [$.eventName], WarmUp: 0s}");
    assert_eq!(none.warm_up, SignedDuration::ZERO);
}

#[test]
fn a_wrong_value_is_an_error_with_its_position() {
    for (property, position, message) in [
        ("{History: 14d}", "10:16", "`FirstSeen` has no `Fields`"),
        (
            "{Fields: []}",
            "10:25",
            "`Fields`: expected 1 to 10 selectors, found 0",
        ),
        ("{Fields: [eventName]}", "10:26", "selector"),
        (
            "{Fields: [$.a], History: 12h}",
            "10:41",
            "`History`: expected a duration from 24h to 8760h, found `12h`",
        ),
        (
            "{Fields: [$.a], History: 36h}",
            "10:41",
            "`History`: expected whole days, such as 14d, found `36h`",
        ),
        (
            "{Fields: [$.a], WarmUp: 91d}",
            "10:40",
            "`WarmUp`: expected a duration from 0s to 2160h, found `91d`",
        ),
        (
            "{Fields: [$.a], Warmup: 7d}",
            "10:32",
            "unknown property `Warmup`; did you mean `WarmUp`?",
        ),
        (
            "[$.a]",
            "10:16",
            "expected the properties of `FirstSeen`, found",
        ),
    ] {
        let text = alarm_yaml(&format!("FirstSeen: {property}"));
        let error = load_text(&text).unwrap_err();
        let diagnostic = &error.diagnostics()[0];
        assert!(
            diagnostic.message().contains(message),
            "{property}: {}",
            diagnostic.message()
        );
        let at = diagnostic.position();
        assert_eq!(format!("{}:{}", at.line, at.column), position, "{property}");
    }
}

#[test]
fn distinct_values_and_first_records_exclude_each_other() {
    let text = alarm_yaml("CountDistinct: $.eventName\nFirstSeen: {Fields: [$.awsRegion]}");
    let error = load_text(&text).unwrap_err();
    let message = error.diagnostics()[0].message();
    assert!(
        message.contains("`FirstSeen` does not go with `CountDistinct`"),
        "{message}"
    );
}

#[test]
fn the_alarm_learns_again_if_fields_or_groups_change() {
    let identity = |lines: &str| {
        let alarm = alarm(lines);
        let first_seen = alarm.first_seen.unwrap();
        first_seen.identity(&alarm.group_by)
    };
    let before = identity("FirstSeen: {Fields: [$.a, $.b]}");
    assert_eq!(
        before,
        identity("FirstSeen: {Fields: [$.a, $.b], History: 30d}\nThreshold: 5")
    );
    assert_ne!(before, identity("FirstSeen: {Fields: [$.a]}"));
    assert_ne!(
        before,
        identity("FirstSeen: {Fields: [$.a]}\nGroupBy: [$.b]")
    );
}
