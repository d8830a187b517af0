//! The tables of properties against the loader, and the reference page against the tables.

use std::io;
use std::path::Path;

use cloudtrail_alarms::alarm::definition::AlarmDefinition;
use cloudtrail_alarms::alarm::file::load;
use cloudtrail_alarms::alarm::file::vocabulary::{
    ALARM, EXCLUSION, FILE, FIRST_SEEN, Kind, PARAMETER, Presence, Property, TEST,
};

mod page;
mod values;

use values::{accepted, refused};

type Properties = &'static [&'static [Property]];

/// The mappings of an alarms file.
const MAPPINGS: [(Mapping, Properties); 6] = [
    (Mapping::File, FILE),
    (Mapping::Alarm, ALARM),
    (Mapping::FirstSeen, FIRST_SEEN),
    (Mapping::Exclusion, EXCLUSION),
    (Mapping::Test, TEST),
    (Mapping::Parameter, PARAMETER),
];

#[derive(Clone, Copy, Debug, PartialEq)]
enum Mapping {
    File,
    Alarm,
    FirstSeen,
    Exclusion,
    Test,
    Parameter,
}

/// A mapping with its required properties, changed by `change`: a property and its value, or `None` to leave it out.
fn mapping(properties: Properties, change: Option<(&Property, Option<&str>)>) -> String {
    let changed = |name: &str| change.is_some_and(|(property, _)| property.name == name);
    // `Namespace` replaces `MetricNamespace`.
    let has_namespace = changed("Namespace") && change.is_some_and(|(_, value)| value.is_some());
    let is_replaced = |name: &str| name == "MetricNamespace" && has_namespace;
    let required = (properties.iter().copied().flatten())
        .filter(|property| property.presence == Presence::Required)
        .filter(|property| !changed(property.name) && !is_replaced(property.name))
        .map(|property| (property.name, property.example));
    let groups = changed("MaxNotificationsPerHour").then_some(("GroupBy", "[$.eventName]"));
    let change = change.and_then(|(property, value)| Some((property.name, value?)));
    let entries: Vec<String> = (required.chain(groups).chain(change))
        .map(|(name, value)| format!("{name}: {value}"))
        .collect();
    format!("{{{}}}", entries.join(", "))
}

/// A file with such a mapping.
fn file_with(
    kind: Mapping,
    properties: Properties,
    change: Option<(&Property, Option<&str>)>,
) -> String {
    let changed = mapping(properties, change);
    let alarm = mapping(ALARM, None);
    let with = |section: &str| format!("{}, {section}: [{changed}]}}", alarm.trim_end_matches('}'));
    match (kind, change) {
        (Mapping::File, Some((property, _))) if property.name == "Alarms" => {
            // A file without alarms is valid if it includes one with alarms.
            format!("{}, Include: [other.yaml]}}", changed.trim_end_matches('}'))
                .replace("{, ", "{")
        }
        (Mapping::File, _) => {
            let rest = changed.strip_prefix('{').expect("it is a mapping");
            format!("{{Alarms: [{alarm}], {rest}")
        }
        (Mapping::Alarm, _) => format!("Alarms: [{changed}]"),
        (Mapping::FirstSeen, _) => {
            let alarm = alarm.trim_end_matches('}');
            format!("Alarms: [{alarm}, FirstSeen: {changed}}}]")
        }
        (Mapping::Exclusion, _) => format!("Alarms: [{}]", with("Exclude")),
        (Mapping::Test, _) => format!("Alarms: [{}]", with("Tests")),
        (Mapping::Parameter, _) => format!("{{Parameters: {{P: {changed}}}, Alarms: [{alarm}]}}"),
    }
}

/// Loads a file. Every other file has one alarm.
fn loaded(text: &str) -> Result<Vec<AlarmDefinition>, String> {
    let other = mapping(ALARM, None).replacen("FailedCalls", "Other", 2);
    let other = format!("Alarms: [{other}]");
    let read = |path: &Path| -> io::Result<String> {
        let is_root = path == Path::new("alarms.yaml");
        Ok(if is_root {
            text.to_owned()
        } else {
            other.clone()
        })
    };
    let file = load(Path::new("alarms.yaml"), &read, &|_| None);
    file.map(|file| file.alarms)
        .map_err(|error| format!("{text}\n{error}"))
}

/// Calls `check` for each property of each mapping, with a function that loads a file with a value of this property.
fn for_each_property(
    check: impl Fn(&Property, &dyn Fn(Option<&str>) -> Result<Vec<AlarmDefinition>, String>),
) {
    for (kind, properties) in MAPPINGS {
        for property in properties.iter().copied().flatten() {
            check(property, &|value| {
                loaded(&file_with(kind, properties, Some((property, value))))
            });
        }
    }
}

#[test]
fn each_example_and_each_accepted_value_loads() {
    for_each_property(|property, load| {
        for value in accepted(&property.kind)
            .iter()
            .chain([&property.example.to_owned()])
        {
            if let Err(error) = load(Some(value)) {
                panic!("{}: {error}", property.name);
            }
        }
    });
}

#[test]
fn values_outside_the_limits_are_refused() {
    for_each_property(|property, load| {
        for value in refused(&property.kind) {
            let error = load(Some(&value)).expect_err(property.name);
            let reported = error.contains(property.name)
                || matches!(property.kind, Kind::Pattern | Kind::Selector);
            assert!(reported, "{}: {value}: {error}", property.name);
        }
    });
}

#[test]
fn each_property_is_read() {
    for_each_property(|property, load| {
        let read = load(Some("~"));
        let as_empty = format!("`{}` is empty", property.name);
        let is_reported = read.is_err_and(|error| error.contains(&as_empty));
        let is_ignored = matches!(property.kind, Kind::Ignored);
        assert_ne!(is_reported, is_ignored, "{}", property.name);
    });
}

#[test]
fn a_default_is_what_applies_without_the_property() {
    for_each_property(|property, load| match property.presence {
        Presence::Required => {
            let error = load(None).expect_err(property.name);
            assert!(
                error.contains(&format!("has no `{}`", property.name)),
                "{error}"
            );
        }
        Presence::Optional => assert!(load(None).is_ok(), "{}", property.name),
        Presence::Default(value) => {
            assert_eq!(load(None), load(Some(value)), "{}", property.name);
            let example = load(Some(property.example));
            let shows_in_an_alarm = !["Alarms", "Exclude", "Tests"].contains(&property.name);
            assert!(
                !shows_in_an_alarm || load(None) != example,
                "{}",
                property.name
            );
        }
    });
}

#[test]
fn limits_that_depend_on_other_properties_are_those_of_the_page() {
    let load = |lines: &str| super::load_text(&super::alarm(lines)).is_ok();
    for (accepted, refused) in [
        ("Period: 30", "Period: 40"),
        (
            "Period: 30\nEvaluationPeriods: 2880",
            "Period: 30\nEvaluationPeriods: 2881",
        ),
        (
            "Period: 3600\nEvaluationPeriods: 168",
            "Period: 3600\nEvaluationPeriods: 169",
        ),
        (
            "EvaluationPeriods: 2\nDatapointsToAlarm: 2",
            "DatapointsToAlarm: 2",
        ),
        ("Threshold: 23999", "Threshold: 24000"),
        (
            "EvaluationWindow: WallClock\nPeriod: 604800",
            "EvaluationWindow: WallClock\nPeriod: 120",
        ),
        ("DefaultValue: 0", "DefaultValue: 0\nStatistic: Maximum"),
        (
            "CountDistinct: $.a",
            "CountDistinct: $.a\nStatistic: Maximum",
        ),
        ("CountDistinct: $.a", "CountDistinct: $.a\nMetricValue: 2"),
        (
            "FirstSeen: {Fields: [$.a], History: 48h}",
            "FirstSeen: {Fields: [$.a], History: 49h}",
        ),
        (
            "FirstSeen: {Fields: [$.a]}",
            "FirstSeen: {Fields: [$.a]}\nCountDistinct: $.a",
        ),
        ("MetricNamespace: App", "MetricNamespace: ':App'"),
        ("Namespace: App", "Namespace: Other"),
    ] {
        assert!(load(accepted), "{accepted}");
        assert!(!load(refused), "{refused}");
    }
    let lateness = super::definition("TimeSource: EventTime").allowed_lateness;
    assert_eq!(lateness, jiff::SignedDuration::from_mins(30));
}
