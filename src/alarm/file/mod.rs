//! Loads the alarms file, YAML with CloudFormation's property names, into checked definitions.
//!
//! The input is the path of a file and two functions, which read files and return the values of parameters. The output is the
//! alarms of the file and of all files that it includes, or all errors, each with its line and carets. Loaded alarms are
//! valid, and no text causes a panic.
//!
//! ```
//! use std::path::Path;
//! use cloudtrail_alarms::alarm::file::load;
//!
//! let text = r#"
//! Parameters:
//!   RoleArn: {Type: CommaDelimitedList, Description: The role of the application}
//! Alarms:
//!   - AlarmName: KmsErrors
//!     FilterPattern: '{ $.errorCode = "*" && $.userIdentity.arn = "${RoleArn}" }'
//!     MetricNamespace: Application
//!     MetricName: KmsErrors
//!     Period: 60
//!     EvaluationPeriods: 1
//!     Threshold: 1
//!     ComparisonOperator: GreaterThanOrEqualToThreshold
//! "#;
//! let read = |_: &Path| Ok(text.to_owned());
//! let file = load(Path::new("alarms.yaml"), &read, &|_| Some("arn:aws:iam::111122223333:role/app".to_owned()))?;
//! assert_eq!(file.alarms[0].name, "KmsErrors");
//!
//! let error = load(Path::new("alarms.yaml"), &read, &|_| None).unwrap_err();
//! assert_eq!(
//!     error.diagnostics()[0].message(),
//!     "alarm `KmsErrors` needs parameter `RoleArn`, which has no value; set the environment variable ROLE_ARN"
//! );
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # The file
//!
//! A mapping with up to five keys:
//!
//! * `Alarms`: a list of alarms; [`AlarmDefinition`] has a field for each property. A name may be used once.
//! * `Parameters`: declares the parameters of `${Name}`, a [`ParameterDeclaration`] each. All files share them.
//! * `AccountNames`: names of accounts by ID, for notifications. All files share them.
//! * `Exclude`: records that must not count in any alarm of this file and of the files that it includes, in the format of an
//!   alarm's `Exclude`. If none of these files has alarms, it applies to the file that includes this one.
//! * `Include`: a list of further files, relative to this one. Each file may be included once.

mod account_section;
mod diagnostic;
mod evaluation_properties;
mod exclusions;
mod first_seen;
mod includes;
mod mapping;
mod metric;
mod parameter_section;
mod parameters;
mod path;
pub mod properties;
mod reader;
mod references;
mod scope;
mod spans;
pub mod vocabulary;

use std::io;
use std::ops::Range;
use std::path::Path;

use crate::alarm::account_names::AccountNames;
use crate::alarm::definition::{AlarmDefinition, Exclusion};
use crate::yaml::Value;
use account_section::NamedAccounts;
use cloudwatch_filter_pattern::excerpt::quoted;
use exclusions::LocatedExclusion;
use includes::{File, load_files};
use parameters::Parameters;
use reader::Reader;

pub use crate::yaml::Quoting;
pub use diagnostic::{AlarmsFileError, Diagnostic, Position, Source};
pub use parameters::{ParameterDeclaration, ParameterType, variable_name};
pub(crate) use path::normalized;
pub use references::References;
pub use spans::{AlarmSpans, ExclusionSpans};

/// The content of an alarms file and of all files that it includes.
#[derive(Clone, Debug, PartialEq)]
pub struct AlarmsFile {
    /// The alarms, at least one: those of the file itself in their order, then those of each file that it includes.
    pub alarms: Vec<AlarmDefinition>,
    /// The positions of the alarms, in the same order.
    pub locations: Vec<AlarmLocation>,
    /// The declared parameters, used or not, in their order.
    pub parameters: Vec<ParameterDeclaration>,
    /// The names of accounts.
    pub account_names: AccountNames,
}

/// The positions of an alarm and its values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlarmLocation {
    /// The value of `AlarmName`.
    pub name: Position,
    /// The first character of the text of `FilterPattern`, or of its quotes if the text has escapes or several lines.
    pub pattern: Position,
    /// The records of its tests, or the paths of the records.
    pub tests: Vec<Position>,
    /// Index of its file in [`Analysis::sources`].
    pub file: usize,
    /// Byte ranges of its values in that file.
    pub spans: AlarmSpans,
    /// Its properties that refer to parameters.
    pub references: References,
}

/// Loads the alarms file at `path`.
///
/// `read` returns the text of `path` and of each file that is included. `values` returns the value of a parameter and is
/// called once for each. If it returns `None` or an empty text, the parameter's `Default` applies. An alarm that refers to a
/// parameter without a value is an error.
pub fn load(
    path: &Path,
    read: &dyn Fn(&Path) -> io::Result<String>,
    values: &dyn Fn(&ParameterDeclaration) -> Option<String>,
) -> Result<AlarmsFile, AlarmsFileError> {
    analyze(path, read, values).into_result()
}

/// The result of [`analyze`]: what an alarms file contains, and its errors.
#[derive(Debug)]
pub struct Analysis {
    /// The content without the invalid parts. A pattern with a parameter that has no value is not replaced, and is among the diagnostics.
    pub file: AlarmsFile,
    /// All filter patterns, valid or not, in the order of the files.
    pub patterns: Vec<WrittenPattern>,
    /// The exclusions of files, with their positions. They are also in the alarms that they apply to.
    pub exclusions: Vec<(Exclusion, ExclusionSpans)>,
    /// The errors, in the order of the files. The file loads if there are none and it has an alarm.
    pub diagnostics: Vec<Diagnostic>,
    /// The files that could be read.
    pub sources: Vec<Source>,
}

/// The text of a filter pattern, valid or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrittenPattern {
    /// The text, its parameters not replaced.
    pub text: String,
    /// Name of the alarm. `None` if that cannot be read, and for `Exclude` of a file.
    pub alarm: Option<String>,
    /// Index of its file in [`Analysis::sources`].
    pub file: usize,
    /// Byte range in that file, including quotes.
    pub span: Range<usize>,
    /// How it is written in that file.
    pub quoting: Quoting,
}

impl Analysis {
    /// The file, if it loads.
    pub fn into_result(self) -> Result<AlarmsFile, AlarmsFileError> {
        let mut diagnostics = self.diagnostics;
        if let Some(root) = self.sources.first()
            && self.file.alarms.is_empty()
            && diagnostics.is_empty()
        {
            diagnostics.push(no_alarm(root));
        }
        if diagnostics.is_empty() {
            Ok(self.file)
        } else {
            Err(AlarmsFileError::new(diagnostics))
        }
    }
}

/// Reads an alarms file like [`load`], and also returns what could be read if there are errors.
///
/// A file that has exclusions and no alarm is valid here: it is meant to be included.
pub fn analyze(
    path: &Path,
    read: &dyn Fn(&Path) -> io::Result<String>,
    values: &dyn Fn(&ParameterDeclaration) -> Option<String>,
) -> Analysis {
    let mut diagnostics = Vec::new();
    let files = load_files(path, read, &mut diagnostics);

    let mut parameters = Parameters::default();
    let mut accounts = NamedAccounts::default();
    for file in &files {
        if let Some(section) = file.section("Parameters") {
            let parameters = &mut parameters;
            parameter_section::declare(parameters, &file.source, section, values, &mut diagnostics);
        }
        if let Some(section) = file.section("AccountNames") {
            accounts.declare(
                section,
                &mut Reader::literal(&file.source, &mut diagnostics),
            );
        }
    }

    let mut patterns = Vec::new();
    let exclusions = file_exclusions(&files, &parameters, &mut patterns, &mut diagnostics);
    let shared = shared_exclusions(&files, &exclusions);

    let mut alarms: Vec<AlarmDefinition> = Vec::new();
    let mut locations: Vec<AlarmLocation> = Vec::new();
    for (index, file) in files.iter().enumerate() {
        for node in file.alarms() {
            let reader = &mut Reader::new(&file.source, &parameters, &mut diagnostics);
            let alarm = properties::alarm(node, reader);
            let name = match (&alarm, node.get("AlarmName").map(|name| &name.value)) {
                (Some(alarm), _) => Some(&alarm.definition.name),
                (None, Some(Value::Scalar(name))) => Some(&name.text),
                (None, _) => None,
            };
            patterns.extend(written(reader, index, name));
            let Some(mut alarm) = alarm else {
                continue;
            };
            let name = &alarm.definition.name;
            if let Some(first) = alarms.iter().position(|other| other.name == *name) {
                let message = format!(
                    "alarm {} is already defined at {}",
                    quoted(name),
                    locations[first].name
                );
                reader.report(alarm.name_at, message);
                continue;
            }
            let name = reader.position(&alarm.name_at);
            shared[index]
                .iter()
                .for_each(|exclusion| alarm.exclude(exclusion));
            locations.push(AlarmLocation {
                name,
                pattern: alarm.pattern_at,
                tests: alarm.tests_at,
                file: index,
                spans: alarm.spans,
                references: references::references(node),
            });
            alarms.push(alarm.definition);
        }
    }

    if let Some(root) = files.first()
        && alarms.is_empty()
        && diagnostics.is_empty()
        && exclusions.iter().all(Vec::is_empty)
    {
        diagnostics.push(no_alarm(&root.source));
    }
    diagnostic::sort(&mut diagnostics);
    Analysis {
        file: AlarmsFile {
            alarms,
            locations,
            parameters: parameters.into_declarations(),
            account_names: accounts.into_names(),
        },
        patterns,
        exclusions: (exclusions.into_iter().flatten())
            .map(|located| (located.exclusion, located.spans))
            .collect(),
        diagnostics,
        sources: files.into_iter().map(|file| file.source).collect(),
    }
}

/// The patterns that `reader` read in the file with this index.
fn written(
    reader: &mut Reader,
    file: usize,
    alarm: Option<&String>,
) -> impl Iterator<Item = WrittenPattern> {
    let patterns = reader.take_patterns().into_iter();
    patterns.map(move |pattern| WrittenPattern {
        text: pattern.text,
        alarm: alarm.cloned(),
        file,
        span: pattern.span,
        quoting: pattern.quoting,
    })
}

fn no_alarm(root: &Source) -> Diagnostic {
    root.diagnostic(0..0, "the file defines no alarms")
}

/// The exclusions of each file.
fn file_exclusions(
    files: &[File],
    parameters: &Parameters,
    patterns: &mut Vec<WrittenPattern>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Vec<LocatedExclusion>> {
    let mut exclusions: Vec<Vec<LocatedExclusion>> = Vec::new();
    for (index, file) in files.iter().enumerate() {
        let reader = &mut Reader::new(&file.source, parameters, diagnostics);
        reader.set_owner("`Exclude`".to_owned());
        let section = file.section("Exclude");
        let read = section.and_then(|node| exclusions::of_file(reader, node));
        exclusions.push(read.unwrap_or_default());
        patterns.extend(written(reader, index, None));
    }
    exclusions
}

/// For each file, the exclusions of files that apply to its alarms.
fn shared_exclusions(
    files: &[File],
    exclusions: &[Vec<LocatedExclusion>],
) -> Vec<Vec<LocatedExclusion>> {
    let inclusions: Vec<_> = files.iter().map(File::scoped).collect();
    let applying = |files: Vec<usize>| files.into_iter().flat_map(|file| exclusions[file].clone());
    (scope::scopes(&inclusions).into_iter())
        .map(|files| applying(files).collect())
        .collect()
}
