//! Alarms files with few alarms, and those of the repository.

use std::path::Path;

use cloudtrail_alarms::alarm::definition::AlarmDefinition;
use cloudtrail_alarms::alarm::file::{AlarmsFile, AlarmsFileError, ParameterDeclaration, load};

use crate::repository::file;

/// The role of the application's ECS tasks in the sample records.
pub const TASK_ROLE: &str = "arn:aws:iam::111122223333:role/pattern1-application-task";

/// The name of the alarm that `template.yaml` deploys.
pub const DEFAULT_ALARM: &str = "Pattern1ApplicationKMSSecurityAlarm";

/// The required properties of an alarm. It fires on more than one failed call in a minute.
const REQUIRED: [&str; 8] = [
    "AlarmName: A",
    "FilterPattern: '{ $.errorCode = \"*\" }'",
    "MetricNamespace: N",
    "MetricName: M",
    "Period: 60",
    "EvaluationPeriods: 1",
    "Threshold: 1",
    "ComparisonOperator: GreaterThanThreshold",
];

/// An item of `Alarms` with all required properties, changed by `lines`.
///
/// * `Key: value` replaces the property or adds it. Indented lines below it belong to its value.
/// * `-Key` removes the property.
pub fn alarm_item(lines: &str) -> String {
    let key = |line: &str| line.split(':').next().unwrap_or_default().to_owned();
    let mut properties: Vec<String> = REQUIRED.map(str::to_owned).to_vec();
    let mut rest = lines.lines().peekable();
    while let Some(first) = rest.next() {
        let mut property = first.to_owned();
        while let Some(more) =
            rest.next_if(|line| line.starts_with([' ', '-']) && line.contains(' '))
        {
            property = format!("{property}\n    {more}");
        }
        let wanted = key(first.trim_start_matches('-'));
        match properties.iter().position(|line| key(line) == wanted) {
            Some(index) if first.starts_with('-') => drop(properties.remove(index)),
            Some(index) => properties[index] = property,
            None => properties.push(property),
        }
    }
    format!("  - {}\n", properties.join("\n    "))
}

/// An alarms file with one alarm, changed by `lines` as in [`alarm_item`].
pub fn alarm_yaml(lines: &str) -> String {
    format!("Alarms:\n{}", alarm_item(lines))
}

/// The alarm of [`alarm_yaml`].
#[track_caller]
pub fn alarm(lines: &str) -> AlarmDefinition {
    alarms(&alarm_yaml(lines)).remove(0)
}

/// The alarms of an alarms file without parameters.
#[track_caller]
pub fn alarms(yaml: &str) -> Vec<AlarmDefinition> {
    match load_text(yaml) {
        Ok(file) => file.alarms,
        Err(error) => panic!("{error}"),
    }
}

/// Loads the text of an alarms file without parameters.
pub fn load_text(yaml: &str) -> Result<AlarmsFile, AlarmsFileError> {
    load(Path::new("alarms.yaml"), &|_| Ok(yaml.to_owned()), &|_| {
        None
    })
}

/// Loads an alarms file of the repository. The role is the value of `EcsTaskRoleArn`; no other parameter has a value.
#[track_caller]
pub fn load_for_role(path: &str, role: &str) -> AlarmsFile {
    let read = |path: &Path| Ok(file(path));
    let value = |parameter: &ParameterDeclaration| {
        (parameter.name == "EcsTaskRoleArn").then(|| role.to_owned())
    };
    load(Path::new(path), &read, &value).unwrap_or_else(|error| panic!("{error}"))
}

/// The alarm that `template.yaml` deploys, for this role.
#[track_caller]
pub fn default_alarm(role: &str) -> AlarmDefinition {
    let alarms = load_for_role("alarms.yaml", role).alarms;
    let is_default = |alarm: &AlarmDefinition| alarm.name == DEFAULT_ALARM;
    let default = alarms.into_iter().find(is_default);
    default.expect("the alarms file has the default alarm")
}
