//! Loads the alarms file of a command, with the values of its parameters.

use std::path::Path;
use std::str::FromStr;

use clap::Args;

use crate::error::CliError;
use cloudtrail_alarms::alarm::definition::AlarmDefinition;
use cloudtrail_alarms::alarm::file::{
    self, AlarmsFile, Analysis, ParameterDeclaration, variable_name,
};
use cloudtrail_alarms::settings::{COMPILED_IN, compiled_in};

/// Arguments of every command that reads an alarms file. Each command declares the file itself.
#[derive(Clone, Debug, Default, Args)]
pub(super) struct AlarmsArguments {
    /// Value of a parameter of the alarms file, which goes before its environment variable.
    #[arg(long = "param", value_name = "NAME=VALUE")]
    pub(super) parameters: Vec<Parameter>,
}

/// A value of `--param`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Parameter {
    name: String,
    value: String,
}

impl FromStr for Parameter {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once('=') {
            Some((name, value)) if !name.is_empty() => Ok(Self {
                name: name.to_owned(),
                value: value.to_owned(),
            }),
            _ => Err("expected NAME=VALUE"),
        }
    }
}

/// Loads an alarms file: `file`, or `alarms.yaml` in the current folder, or the compiled-in file.
///
/// The value of a parameter is the first of these that is not empty: the last `--param` with its name, its environment
/// variable, its `Default`, its `Example`.
pub(super) fn load(file: Option<&Path>, parameters: &[Parameter]) -> Result<AlarmsFile, CliError> {
    let alarms = analyze(file, parameters).into_result()?;
    check_declared(&alarms, parameters)?;
    Ok(alarms)
}

/// Reads an alarms file as [`load`] does, and keeps what is valid if the file has errors.
pub(super) fn analyze(file: Option<&Path>, parameters: &[Parameter]) -> Analysis {
    let given = |declaration: &ParameterDeclaration| {
        value(&declaration.name, parameters)
            .or_else(|| declaration.default.clone().filter(is_value))
            .or_else(|| declaration.example.clone())
    };
    let read = |path: &Path| std::fs::read_to_string(path);
    let here = Path::new(COMPILED_IN);
    match file {
        Some(path) => file::analyze(path, &read, &given),
        None if here.exists() => file::analyze(here, &read, &given),
        None => file::analyze(here, &compiled_in, &given),
    }
}

/// Checks that the file declares each parameter of the command line.
pub(super) fn check_declared(
    alarms: &AlarmsFile,
    parameters: &[Parameter],
) -> Result<(), CliError> {
    let declared = alarms.parameters.iter();
    check_known(declared.map(|declared| declared.name.as_str()), parameters)
}

/// Checks that each parameter of the command line is known.
pub(super) fn check_known<'a>(
    known: impl Iterator<Item = &'a str> + Clone,
    parameters: &[Parameter],
) -> Result<(), CliError> {
    let is_known = |parameter: &&Parameter| known.clone().any(|name| name == parameter.name);
    match parameters.iter().find(|parameter| !is_known(parameter)) {
        Some(unknown) => Err(CliError::UnknownParameter {
            name: unknown.name.clone(),
            declared: names(known),
        }),
        None => Ok(()),
    }
}

/// The value of a parameter: from the last `--param` with its name, otherwise from its environment variable.
pub(super) fn value(name: &str, parameters: &[Parameter]) -> Option<String> {
    given(name, parameters).or_else(|| std::env::var(variable_name(name)).ok().filter(is_value))
}

/// The value of the last `--param` with this name.
pub(super) fn given(name: &str, parameters: &[Parameter]) -> Option<String> {
    let given = (parameters.iter()).rfind(|parameter| parameter.name == name);
    given
        .map(|parameter| parameter.value.clone())
        .filter(is_value)
}

#[expect(clippy::ptr_arg, reason = "it filters an `Option<String>`")]
fn is_value(text: &String) -> bool {
    !text.trim().is_empty()
}

/// The alarm of this name.
pub(super) fn find<'a>(
    alarms: &'a [AlarmDefinition],
    name: &str,
) -> Result<&'a AlarmDefinition, CliError> {
    let found = alarms.iter().find(|alarm| alarm.name == name);
    found.ok_or_else(|| CliError::UnknownAlarm {
        name: name.to_owned(),
        known: names(alarms.iter().map(|alarm| alarm.name.as_str())),
    })
}

fn names<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let quoted: Vec<String> = names.map(|name| format!("`{name}`")).collect();
    if quoted.is_empty() {
        "none".to_owned()
    } else {
        quoted.join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_is_split_at_its_first_equals_sign() {
        let parameter: Parameter = "RoleArn=arn:x=y".parse().unwrap();
        assert_eq!(
            (parameter.name.as_str(), parameter.value.as_str()),
            ("RoleArn", "arn:x=y")
        );
        assert!("RoleArn".parse::<Parameter>().is_err());
        assert!("=value".parse::<Parameter>().is_err());
    }
}
