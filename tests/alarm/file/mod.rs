//! Alarms files: the values that they define, and the error messages for invalid files.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use cloudtrail_alarms::alarm::definition::AlarmDefinition;
use cloudtrail_alarms::alarm::file::{
    AlarmsFile, AlarmsFileError, ParameterDeclaration, Position, load,
};
use cloudtrail_alarms_testkit::alarms::alarm_yaml;

mod account_names;
mod arbitrary_text;
mod errors;
mod exclusions;
mod first_seen;
mod includes;
mod limits;
mod parameters;
mod pasted_properties;
mod unsupported;
mod values;
mod vocabulary;

/// A file with one alarm, changed by `lines` as in [`alarm_yaml`].
fn alarm(lines: &str) -> String {
    alarm_yaml(&format!(
        "AlarmName: Errors\nMetricNamespace: App\nMetricName: Errors\n{lines}"
    ))
}

/// The values of the parameters that the tests declare. `None` if a parameter has no value.
fn value(parameter: &ParameterDeclaration) -> Option<String> {
    let values = BTreeMap::from([
        (
            "RoleArn",
            "arn:aws:iam::111122223333:role/a, arn:aws:iam::111122223333:role/b",
        ),
        ("Seconds", "30"),
        ("Team", "payments"),
        ("Nothing", " "),
        ("Wrong", "ten"),
    ]);
    values
        .get(parameter.name.as_str())
        .map(|value| (*value).to_owned())
}

fn load_all(files: &[(&str, &str)]) -> Result<AlarmsFile, AlarmsFileError> {
    let read = |path: &Path| {
        let file = files.iter().find(|(name, _)| Path::new(name) == path);
        file.map(|(_, text)| (*text).to_owned())
            .ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))
    };
    load(Path::new(files[0].0), &read, &value)
}

fn load_text(text: &str) -> Result<AlarmsFile, AlarmsFileError> {
    load_all(&[("alarms.yaml", text)])
}

/// The alarm of a file that [`alarm`] returns.
#[track_caller]
fn definition(lines: &str) -> AlarmDefinition {
    match load_text(&alarm(lines)) {
        Ok(mut file) => file.alarms.remove(0),
        Err(error) => panic!("{error}"),
    }
}

#[track_caller]
fn errors(text: &str) -> String {
    load_text(text)
        .expect_err("the file is invalid")
        .to_string()
}

/// The error messages of alarms with these properties, separated by empty lines.
#[track_caller]
fn property_errors(cases: &[&str]) -> String {
    let errors: Vec<String> = cases.iter().map(|lines| errors(&alarm(lines))).collect();
    errors.join("\n\n")
}

fn position(path: &str, line: usize, column: usize) -> Position {
    Position {
        path: path.into(),
        line,
        column,
    }
}

const PARAMETERS: &str = "Parameters:
  RoleArn: {Type: CommaDelimitedList, Description: Roles, Example: 'arn:aws:iam::444455556666:role/x'}
  Seconds: {Type: Number, Default: 10}
  Team: {Type: String}
  Limit: {Type: Number, Default: 3}
  Nothing: {Type: String, Default: fallback}
  NotGiven: {Type: CommaDelimitedList}
";

fn with_parameters(lines: &str) -> String {
    PARAMETERS.to_owned() + &alarm(lines)
}
