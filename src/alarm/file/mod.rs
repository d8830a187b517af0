//! The alarms file: YAML in CloudFormation's words, into checked definitions.
//!
//! In comes the path of a file, and functions that read files and know the values of parameters; out come the alarms of
//! that file and of all that it includes, or everything that is wrong with them, each diagnostic with its line and a caret.
//! What is promised: after loading nothing can be invalid, and no text makes loading panic.
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
//! A mapping with up to three keys:
//!
//! * `Alarms`: a list of alarms; [`AlarmDefinition`] has a field for each property. A name may be used once.
//! * `Parameters`: what `${Name}` in a value stands for, a [`ParameterDeclaration`] each. All files share them.
//! * `Include`: a list of further files, relative to this one. Each file may be included once.

mod diagnostic;
mod mapping;
mod metric;
mod parameters;
mod path;
pub mod properties;
mod reader;
mod settings;
mod spans;
mod yaml;

use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};

use crate::alarm::definition::AlarmDefinition;
use cloudwatch_filter_pattern::excerpt::quoted;
use mapping::Properties;
use parameters::Parameters;
use reader::{Reader, collect};
use yaml::{Node, Value};

pub use diagnostic::{AlarmsFileError, Diagnostic, Position, Source};
pub use parameters::{ParameterDeclaration, ParameterType, variable_name};
pub(crate) use path::normalized;
pub use spans::{AlarmSpans, ExclusionSpans};
pub use yaml::Quoting;

/// What an alarms file, with all that it includes, says.
#[derive(Clone, Debug, PartialEq)]
pub struct AlarmsFile {
    /// The alarms, at least one: those of the file itself in their order, then those of each file that it includes.
    pub alarms: Vec<AlarmDefinition>,
    /// Where the alarms stand, in the same order.
    pub locations: Vec<AlarmLocation>,
    /// The parameters that are declared, used or not, in their order.
    pub parameters: Vec<ParameterDeclaration>,
}

/// Where an alarm stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlarmLocation {
    /// The value of `AlarmName`.
    pub name: Position,
    /// The first character of the text of `FilterPattern`; if the text has escapes or several lines, its value as a whole.
    pub pattern: Position,
    /// The records of its tests, or their paths.
    pub tests: Vec<Position>,
    /// The place of its file among those that were opened.
    pub file: usize,
    /// Where its values stand in that file.
    pub spans: AlarmSpans,
}

/// Loads the alarms file at `path`.
///
/// `read` gives the text of a file: of `path` and, with the paths that `Include` makes, of others. `values` gives the
/// text of a parameter's value; it is asked once for each parameter. Where it has none, or an empty one, the parameter's
/// `Default` counts. A parameter that has no value at all is a diagnostic where an alarm refers to it.
pub fn load(
    path: &Path,
    read: &dyn Fn(&Path) -> io::Result<String>,
    values: &dyn Fn(&ParameterDeclaration) -> Option<String>,
) -> Result<AlarmsFile, AlarmsFileError> {
    analyze(path, read, values).into_result()
}

/// All that can be told of an alarms file, whether it loads or not.
#[derive(Debug)]
pub struct Analysis {
    /// What could be read. A pattern of which a parameter has no value is as it is written; that is among the diagnostics.
    pub file: AlarmsFile,
    /// Every text that is to be a filter pattern, in the order of the files: whether it is one, and its alarm loads, or not.
    pub patterns: Vec<WrittenPattern>,
    /// What is wrong, in the order of the files. If there is anything, the file does not load.
    pub diagnostics: Vec<Diagnostic>,
    /// The files that could be opened.
    pub sources: Vec<Source>,
}

/// A text that is to be a filter pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrittenPattern {
    /// The text, its parameters as they are written.
    pub text: String,
    /// The alarm, by its name; none if that cannot be read.
    pub alarm: Option<String>,
    /// The place of its file among those that were opened.
    pub file: usize,
    /// Where it stands there: bytes of the file's text, the quotes round it included.
    pub span: Range<usize>,
    /// How it is written there.
    pub quoting: Quoting,
}

impl Analysis {
    /// The file, if it loads.
    pub fn into_result(self) -> Result<AlarmsFile, AlarmsFileError> {
        if self.diagnostics.is_empty() {
            Ok(self.file)
        } else {
            Err(AlarmsFileError::new(self.diagnostics))
        }
    }
}

/// Reads an alarms file as [`load`] does, and goes on where that would give up.
pub fn analyze(
    path: &Path,
    read: &dyn Fn(&Path) -> io::Result<String>,
    values: &dyn Fn(&ParameterDeclaration) -> Option<String>,
) -> Analysis {
    let mut diagnostics = Vec::new();
    let files = gather(path, read, &mut diagnostics);

    let mut parameters = Parameters::default();
    for file in &files {
        if let Some(section) = file.root.as_ref().and_then(|root| root.get("Parameters")) {
            parameters.declare(&file.source, section, values, &mut diagnostics);
        }
    }

    let mut alarms: Vec<AlarmDefinition> = Vec::new();
    let mut locations: Vec<AlarmLocation> = Vec::new();
    let mut patterns = Vec::new();
    for (place, file) in files.iter().enumerate() {
        for node in file.alarms() {
            let reader = &mut Reader::new(&file.source, &parameters, &mut diagnostics);
            let alarm = properties::alarm(node, reader);
            let name = match (&alarm, node.get("AlarmName").map(|name| &name.value)) {
                (Some(alarm), _) => Some(&alarm.definition.name),
                (None, Some(Value::Scalar(name))) => Some(&name.text),
                (None, _) => None,
            };
            patterns.extend(
                reader
                    .take_patterns()
                    .into_iter()
                    .map(|pattern| WrittenPattern {
                        text: pattern.text,
                        alarm: name.cloned(),
                        file: place,
                        span: pattern.span,
                        quoting: pattern.quoting,
                    }),
            );
            let Some(alarm) = alarm else {
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
            locations.push(AlarmLocation {
                name,
                pattern: alarm.pattern_at,
                tests: alarm.tests_at,
                file: place,
                spans: alarm.spans,
            });
            alarms.push(alarm.definition);
        }
    }

    if let Some(root) = files.first()
        && alarms.is_empty()
        && diagnostics.is_empty()
    {
        diagnostics.push(
            root.source
                .diagnostic(0..0, "there is no alarm in the file"),
        );
    }
    diagnostic::sort(&mut diagnostics);
    Analysis {
        file: AlarmsFile {
            alarms,
            locations,
            parameters: parameters.into_declarations(),
        },
        patterns,
        diagnostics,
        sources: files.into_iter().map(|file| file.source).collect(),
    }
}

/// One file.
struct File {
    source: Source,
    /// Its path without detours, by which a file is recognised.
    identity: PathBuf,
    /// Nothing if the file is empty or not YAML.
    root: Option<Node>,
    included: Option<Inclusion>,
}

impl File {
    fn alarms(&self) -> &[Node] {
        match self
            .root
            .as_ref()
            .and_then(|root| root.get("Alarms"))
            .map(|alarms| &alarms.value)
        {
            Some(Value::List(alarms)) => alarms,
            _ => &[],
        }
    }
}

/// Where a file is included.
#[derive(Clone)]
struct Inclusion {
    /// The including file, by its place.
    by: usize,
    at: Range<usize>,
}

/// Reads the file and all that it includes, depth first, each once.
fn gather(
    path: &Path,
    read: &dyn Fn(&Path) -> io::Result<String>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<File> {
    let mut files: Vec<File> = Vec::new();
    let mut pending: Vec<(PathBuf, Option<Inclusion>)> = vec![(path.to_owned(), None)];
    while let Some((path, included)) = pending.pop() {
        let identity = normalized(&path);
        let known = files.iter().position(|file| file.identity == identity);
        if let (Some(known), Some(Inclusion { by, at })) = (known, &included) {
            let message = twice(&files, known, *by);
            diagnostics.push(files[*by].source.diagnostic(at.clone(), message));
            continue;
        }
        let text = match (read(&path), &included) {
            (Ok(text), _) => text,
            (Err(error), None) => {
                diagnostics.push(Diagnostic::unreadable(&path, &error));
                continue;
            }
            (Err(error), Some(Inclusion { by, at })) => {
                let message = format!("cannot read {}: {error}", path.display());
                diagnostics.push(files[*by].source.diagnostic(at.clone(), message));
                continue;
            }
        };
        let place = files.len();
        let source = Source::new(path, text, place);
        let root = yaml::parse(&source, diagnostics);
        let reader = &mut Reader::literal(&source, diagnostics);
        let includes = root
            .as_ref()
            .map(|root| sections(root, reader))
            .unwrap_or_default();
        // The first of them is to come off the stack next.
        let includes = includes
            .into_iter()
            .map(|(path, at)| (path, Some(Inclusion { by: place, at })));
        pending.extend(includes.rev());
        files.push(File {
            source,
            identity,
            root,
            included,
        });
    }
    files
}

/// Checks that a file has the sections that it may have, and gives what it includes.
fn sections(root: &Node, reader: &mut Reader) -> Vec<(PathBuf, Range<usize>)> {
    let Some(mut properties) = Properties::open(root, "an alarms file", reader) else {
        return Vec::new();
    };
    properties.get(reader, "Parameters");
    properties.optional(reader, "Alarms", |reader, label, node| {
        reader.list(label, node)
    });
    let includes = properties.optional(reader, "Include", |reader, label, node| {
        let items = reader.list(label, node)?.iter();
        collect(items.map(|item| {
            let text = reader.text_of(label, item, 1..=1024)?;
            Some((reader.source().relative(&text.value), text.span))
        }))
    });
    properties.finish(reader, |key| {
        matches!(key, "AWSTemplateFormatVersion" | "Resources")
            .then_some("this is a template; `cloudtrail-alarms import` makes an alarms file of it")
    });
    includes.unwrap_or_default()
}

/// Why the file `known` cannot be included by `by`: it is that file, includes it, or was included elsewhere.
fn twice(files: &[File], known: usize, by: usize) -> String {
    let path = files[known].source.path().display();
    let mut above = Some(by);
    while let Some(file) = above {
        if file == known {
            return format!("{path} would include itself");
        }
        above = files[file].included.as_ref().map(|inclusion| inclusion.by);
    }
    match &files[known].included {
        Some(first) => format!(
            "{path} is already included at {}",
            files[first.by].source.position(first.at.start)
        ),
        None => format!("{path} is already loaded"),
    }
}
