//! The alarms of a command: the arguments that name the alarms file, its parameters and its alarms, and the loaded file.

use std::io;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use clap::Args;

use crate::error::CliError;
use crate::shortened;
use crate::visible::print_stderr;
use cloudtrail_alarms::alarm::definition::AlarmDefinition;
use cloudtrail_alarms::alarm::file::{
    self, AlarmsFile, Analysis, Diagnostic, ParameterDeclaration, variable_name,
};
use cloudtrail_alarms::settings::{COMPILED_IN, compiled_in};
use cloudtrail_alarms::spelling::nearest;

/// The alarms file of a command that has no argument for it.
const DEFAULT_FILE: &str = "alarms.yaml";

/// Maximum number of known names in the message about an unknown one.
const MAX_ALTERNATIVES: usize = 20;

/// Arguments of every command that reads an alarms file.
#[derive(Clone, Debug, Default, Args)]
pub(super) struct AlarmsArguments {
    /// Alarms file [default: alarms.yaml]
    #[arg(long, value_name = "FILE")]
    pub(super) alarms_file: Option<PathBuf>,
    /// Set a parameter of the alarms file (overrides its environment variable)
    #[arg(long = "param", value_name = "NAME=VALUE")]
    pub(super) parameters: Vec<Parameter>,
}

impl AlarmsArguments {
    /// Loads the alarms file. If it does not exist, loads the built-in alarms and reports this on standard error.
    pub(super) fn load(&self) -> Result<AlarmsFile, CliError> {
        if let Some(file) = self.existing_file() {
            return load(file, &self.parameters);
        }
        print_stderr(format_args!(
            "note: {DEFAULT_FILE} not found in the current folder; using the built-in alarms; pass others with --alarms-file FILE"
        ));
        let analysis = analyze_with(Path::new(COMPILED_IN), &compiled_in, &self.parameters);
        checked(analysis, &self.parameters)
    }

    /// The alarms file: the argument, or the default if it exists.
    fn existing_file(&self) -> Option<&Path> {
        let default = Path::new(DEFAULT_FILE);
        let file = self.alarms_file.as_deref();
        file.or_else(|| default.exists().then_some(default))
    }

    /// The alarms file, for a command that has no other alarms.
    pub(super) fn required_file(&self) -> Result<&Path, CliError> {
        let no_file = CliError::NoAlarmsFile {
            default: DEFAULT_FILE,
        };
        self.existing_file().ok_or(no_file)
    }
}

/// Arguments of the commands that accept the alarms file as a positional argument too, and need one.
#[derive(Clone, Debug, Default, Args)]
pub(super) struct AlarmsFileArguments {
    /// Alarms file, the same as --alarms-file
    #[arg(conflicts_with = "alarms_file")]
    file: Option<PathBuf>,
    #[command(flatten)]
    alarms: AlarmsArguments,
}

impl AlarmsFileArguments {
    /// Loads the alarms file.
    pub(super) fn load(&self) -> Result<AlarmsFile, CliError> {
        let file = match &self.file {
            Some(file) => file,
            None => self.alarms.required_file()?,
        };
        load(file, &self.alarms.parameters)
    }

    pub(super) fn parameters(&self) -> &[Parameter] {
        &self.alarms.parameters
    }
}

/// Arguments of the commands that can be limited to some alarms of the file.
#[derive(Clone, Debug, Default, Args)]
pub(super) struct AlarmSelection {
    /// Use only this alarm; can be repeated [default: all alarms]
    #[arg(long = "alarm", value_name = "NAME")]
    names: Vec<String>,
}

impl AlarmSelection {
    /// The file with the selected alarms, in the order of the file.
    pub(super) fn select(&self, mut file: AlarmsFile) -> Result<AlarmsFile, CliError> {
        if self.names.is_empty() {
            return Ok(file);
        }
        self.check_known(file.alarms.iter().map(|alarm| alarm.name.as_str()))?;
        let alarms = file.alarms.into_iter().zip(file.locations);
        let selected = alarms.filter(|(alarm, _)| self.includes(&alarm.name));
        (file.alarms, file.locations) = selected.unzip();
        Ok(file)
    }

    /// Whether an alarm is selected.
    pub(super) fn includes(&self, name: &str) -> bool {
        self.names.is_empty() || self.names.iter().any(|selected| selected == name)
    }

    /// Checks that each selected name is that of an alarm.
    pub(super) fn check_known<'a>(
        &self,
        known: impl Iterator<Item = &'a str> + Clone,
    ) -> Result<(), CliError> {
        let is_known = |name: &&String| known.clone().any(|known| known == name.as_str());
        match self.names.iter().find(|name| !is_known(name)) {
            Some(unknown) => Err(unknown_alarm(unknown, known)),
            None => Ok(()),
        }
    }
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

/// Loads an alarms file. It must declare each parameter of the command line.
///
/// The value of a parameter is the first of these that is not empty: the last `--param` with its name, its environment
/// variable, its `Default`, its `Example`.
fn load(file: &Path, parameters: &[Parameter]) -> Result<AlarmsFile, CliError> {
    checked(analyze(file, parameters), parameters)
}

fn checked(analysis: Analysis, parameters: &[Parameter]) -> Result<AlarmsFile, CliError> {
    let alarms = analysis.into_result()?;
    check_declared(&alarms, parameters)?;
    Ok(alarms)
}

/// Reads an alarms file as [`load`] does, and keeps what is valid if the file has errors.
pub(super) fn analyze(file: &Path, parameters: &[Parameter]) -> Analysis {
    analyze_with(file, &|path| std::fs::read_to_string(path), parameters)
}

fn analyze_with(
    file: &Path,
    read: &dyn Fn(&Path) -> io::Result<String>,
    parameters: &[Parameter],
) -> Analysis {
    let given = |declaration: &ParameterDeclaration| {
        value(&declaration.name, parameters)
            .or_else(|| declaration.default.clone().filter(is_value))
            .or_else(|| declaration.example.clone())
    };
    let mut analysis = file::analyze(file, read, &given);
    analysis.diagnostics = (analysis.diagnostics.into_iter())
        .map(with_argument)
        .collect();
    analysis
}

/// Adds the argument that sets a missing parameter.
fn with_argument(diagnostic: Diagnostic) -> Diagnostic {
    match diagnostic.missing_parameter() {
        Some(name) => {
            let advice = format!(", or pass --param {name}=VALUE");
            diagnostic.with_advice(&advice)
        }
        None => diagnostic,
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
            advice: alternatives(&unknown.name, known),
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
    found.ok_or_else(|| unknown_alarm(name, alarms.iter().map(|alarm| alarm.name.as_str())))
}

fn unknown_alarm<'a>(name: &str, known: impl Iterator<Item = &'a str> + Clone) -> CliError {
    CliError::UnknownAlarm {
        name: name.to_owned(),
        advice: alternatives(name, known),
    }
}

/// For an unknown name: the known one with a similar spelling, otherwise all known ones.
pub(super) fn alternatives<'a>(name: &str, known: impl Iterator<Item = &'a str> + Clone) -> String {
    if let Some(near) = nearest(name, known.clone()) {
        return format!("did you mean `{near}`?");
    }
    let quoted: Vec<String> = known.map(|name| format!("`{name}`")).collect();
    if quoted.is_empty() {
        return "available: none".to_owned();
    }
    format!("available: {}", shortened::names(&quoted, MAX_ALTERNATIVES))
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
