//! The alarms that a command is about: which file, and what its parameters stand for.

use std::path::Path;
use std::str::FromStr;

use clap::Args;

use super::CliError;
use cloudtrail_alarms::alarm::definition::AlarmDefinition;
use cloudtrail_alarms::alarm::file::{
    self, AlarmsFile, Analysis, ParameterDeclaration, variable_name,
};
use cloudtrail_alarms::settings::{COMPILED_IN, compiled_in};

/// Arguments of every command that reads an alarms file. The file itself is the command's own argument.
#[derive(Clone, Debug, Default, Args)]
pub(super) struct AlarmsArguments {
    /// Value of a parameter of the alarms file, which goes before its environment variable.
    #[arg(long = "param", value_name = "NAME=VALUE")]
    pub(super) parameters: Vec<Parameter>,
}

/// A parameter and its value, as `--param` gives them.
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

/// Loads an alarms file: `file`, or `alarms.yaml` in the current folder, or else the one that is compiled in.
///
/// A parameter's value is that of the last `--param` of its name, else of its environment variable, else its `Default`,
/// else its `Example`. An empty value is none.
pub(super) fn load(file: Option<&Path>, parameters: &[Parameter]) -> Result<AlarmsFile, CliError> {
    let alarms = analyze(file, parameters).into_result()?;
    check_declared(&alarms, parameters)?;
    Ok(alarms)
}

/// Reads an alarms file as [`load`] does, whether it loads or not.
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

/// Checks that each parameter that is given is one of the file's.
pub(super) fn check_declared(
    alarms: &AlarmsFile,
    parameters: &[Parameter],
) -> Result<(), CliError> {
    let declared = alarms.parameters.iter();
    check_known(declared.map(|declared| declared.name.as_str()), parameters)
}

/// Checks that each parameter that is given is one of these.
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

/// The value of a parameter: that of the last `--param` of its name, else of its environment variable.
pub(super) fn value(name: &str, parameters: &[Parameter]) -> Option<String> {
    given(name, parameters).or_else(|| std::env::var(variable_name(name)).ok().filter(is_value))
}

/// The value that the last `--param` of this name gives.
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
