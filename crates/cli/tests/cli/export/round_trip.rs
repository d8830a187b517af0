//! Alarms files, exported and imported again.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use cloudtrail_alarms::alarm::definition::{
    AlarmDefinition, DEFAULT_NOTIFICATIONS_PER_HOUR, EvaluationWindow, TimeSource,
};
use cloudtrail_alarms::alarm::file::{AlarmsFile, ParameterDeclaration, load, variable_name};
use jiff::SignedDuration;

use super::FILES;
use crate::{folder, root, run, tool};

/// Alarms with unusual texts.
const ODD: &str = r#"
Parameters:
  Several: {Type: CommaDelimitedList, Default: 'a,b*'}
  Quoted: {Type: String, Default: 'x"y\z'}
  Kept: {Type: String, Default: k}
  Limit: {Type: Number, Default: 7}
Alarms:
  - AlarmName: odd name / ü
    FilterPattern: '{ ($.a = "x${Quoted}" && $.b != "${Several}") || $.c = "no \${parameter}" || $.d = "it''s" }'
    MetricNamespace: N
    MetricName: M
    MetricValue: $.size
    Unit: Bytes
    Period: 300
    EvaluationPeriods: 3
    DatapointsToAlarm: 2
    Threshold: 0.5
    ComparisonOperator: GreaterThanThreshold
    TreatMissingData: breaching
    ActionsEnabled: false
    AlarmActions: []
    OKActions: ['arn:aws:sns:eu-central-1:111122223333:t']
    TimeSource: EventTime
    AllowedLateness: 2h
    EvaluationWindow: WallClock
    RenotifyAfter: 90m
    FirstSeen: {Fields: [$.f, $.g.h], History: 3d, WarmUp: 36h}
    Runbook: https://example.com/${!runbook}
    Exclude:
      - {Pattern: '{ $.e = 1 }', Reason: known, Owner: me, Expires: 2027-01-31}
  - AlarmName: odd-name-u
    FilterPattern: 'ERROR -"a ${!b}"'
    MetricNamespace: N
    MetricName: Terms
    Period: 10
    EvaluationPeriods: 1
    Threshold: 1
    ComparisonOperator: GreaterThanOrEqualToThreshold
  - AlarmName: another alarm on the same metric
    FilterPattern: 'ERROR -"a ${!b}"'
    MetricNamespace: N
    MetricName: Terms
    Period: 60
    EvaluationPeriods: 1
    Threshold: 100
    ComparisonOperator: GreaterThanOrEqualToThreshold
  - AlarmName: parameters
    AlarmDescription: over ${Limit}, not ${!Limit}
    FilterPattern: '{ $.a = "${Kept}*" && $.b = "\${x} %{y}" && $.c != "${Limit}" }'
    MetricNamespace: N
    MetricName: Parameters
    Period: 60
    EvaluationPeriods: 1
    Threshold: ${Limit}
    ComparisonOperator: GreaterThanThreshold
    GroupBy: [$.a]
    MaxNotificationsPerHour: 3
"#;

/// The values of parameters, by the names of their environment variables.
type Values = BTreeMap<String, String>;

/// Loads a file with the default or the example of each parameter, or else with one of the values.
fn loaded(path: &Path, values: &Values) -> AlarmsFile {
    let value = |parameter: &ParameterDeclaration| {
        let own = parameter.default.clone().or(parameter.example.clone());
        own.or_else(|| values.get(&parameter.variable_name()).cloned())
    };
    let file = load(path, &|path| fs::read_to_string(path), &value);
    file.unwrap_or_else(|error| panic!("{error}"))
}

/// The alarms by their names, without their tests.
fn alarms(file: AlarmsFile) -> Vec<AlarmDefinition> {
    let mut alarms = file.alarms;
    for alarm in &mut alarms {
        alarm.tests.clear();
    }
    alarms.sort_by(|a, b| a.name.cmp(&b.name));
    alarms
}

/// The defaults and examples of the parameters of a file.
fn values(file: &AlarmsFile) -> Values {
    let parameters = file.parameters.iter();
    let values = parameters.filter_map(|parameter| {
        let value = parameter.default.clone().or(parameter.example.clone())?;
        Some((variable_name(&parameter.name), value))
    });
    values.collect()
}

/// The alarms files of the repository and [`ODD`].
fn files(scratch: &Path) -> Vec<PathBuf> {
    let files = FILES.iter().map(|path| root().join(path));
    files.chain([scratch.join("odd.yaml")]).collect()
}

/// Exports a file, and imports the output with these arguments. Returns the imported alarms.
fn there_and_back(
    scratch: &Path,
    export: &[&str],
    import: &[&str],
    values: &Values,
) -> Vec<AlarmDefinition> {
    let printed = tool(export);
    assert_eq!(printed.code, 0, "{printed:?}");
    fs::write(scratch.join(import[0]), printed.stdout).expect("it can be written");
    let imported = run(scratch, &[&["import"], import].concat(), &[], "");
    assert_eq!(imported.code, 0, "{imported:?}");
    let back = scratch.join("back.yaml");
    fs::write(&back, imported.stdout).expect("it can be written");
    alarms(loaded(&back, values))
}

#[test]
fn what_goes_to_cloudformation_comes_back_the_same() {
    let scratch = folder(&[("odd.yaml", ODD)]);
    for path in files(scratch.path()) {
        let original = loaded(&path, &Values::new());
        let values = values(&original);
        let original = alarms(original);
        let name = path.to_str().expect("it is UTF-8");
        for output in ["text", "json"] {
            let export = ["export", "cloudformation", name, "--output", output];
            let back = there_and_back(scratch.path(), &export, &["template"], &values);
            assert_eq!(back, original, "{name}");
            let variables: Vec<(&str, &str)> = values
                .iter()
                .map(|(name, value)| (name.as_str(), value.as_str()))
                .collect();
            let linted = run(&scratch, &["lint", "back.yaml"], &variables, "");
            let is_clean = !name.ends_with("odd.yaml");
            assert!(!is_clean || linted.code == 0, "{linted:?}");
        }
    }
}

/// The alarm without the properties for which Terraform's resources have no place.
fn without_extensions(mut alarm: AlarmDefinition) -> AlarmDefinition {
    alarm.severity = None;
    alarm.runbook = None;
    alarm.group_by.clear();
    alarm.max_notifications_per_hour = DEFAULT_NOTIFICATIONS_PER_HOUR;
    alarm.count_distinct = None;
    alarm.first_seen = None;
    alarm.time_source = TimeSource::LogTimestamp;
    alarm.allowed_lateness = SignedDuration::from_mins(5);
    alarm.evaluation_window = EvaluationWindow::Sliding;
    alarm.renotify_after = None;
    alarm.exclude.clear();
    alarm
}

#[test]
fn what_goes_to_terraform_comes_back_without_what_it_says_is_lost() {
    let scratch = folder(&[("odd.yaml", ODD)]);
    for path in files(scratch.path()) {
        let original = loaded(&path, &Values::new());
        let values = values(&original);
        let name = path.to_str().expect("it is UTF-8");
        // `import` needs a value for each variable without a default, and accepts only variables that are declared.
        let exported = tool(&["export", "terraform", name]).stdout;
        let variables = (values.iter())
            .map(|(name, value)| (name.to_lowercase(), value))
            .filter(|(name, _)| exported.contains(&format!("variable \"{name}\"")))
            .map(|(name, value)| format!("{name}={value}"));
        let variables: Vec<String> = variables
            .flat_map(|value| ["--var".to_owned(), value])
            .collect();
        let import = ["main.tf"]
            .into_iter()
            .chain(variables.iter().map(String::as_str));
        let import: Vec<&str> = import.collect();
        let back = there_and_back(
            scratch.path(),
            &["export", "terraform", name],
            &import,
            &values,
        );
        let original: Vec<AlarmDefinition> = alarms(original)
            .into_iter()
            .map(without_extensions)
            .collect();
        assert_eq!(back, original, "{name}");
    }
}
