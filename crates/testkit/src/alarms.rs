//! Alarms files with few alarms.

use std::path::Path;

use cloudtrail_alarms::alarm::definition::AlarmDefinition;
use cloudtrail_alarms::alarm::file::{AlarmsFile, AlarmsFileError, load};

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
