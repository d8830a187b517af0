//! Reads an alarms file and the files that it includes.

use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};

use super::diagnostic::{Diagnostic, Source};
use super::mapping::Properties;
use super::path::normalized;
use super::reader::{Reader, collect};
use super::scope::ScopedFile;
use super::vocabulary;
use crate::yaml::{self, Node, Schema, Value};

/// One file.
pub(super) struct File {
    pub(super) source: Source,
    /// Its normalized path.
    identity: PathBuf,
    /// `None` if the file is empty or not YAML.
    pub(super) root: Option<Node>,
    included: Option<Inclusion>,
}

impl File {
    /// The value of a key of the file.
    pub(super) fn section(&self, key: &str) -> Option<&Node> {
        self.root.as_ref()?.get(key)
    }

    pub(super) fn scoped(&self) -> ScopedFile {
        ScopedFile {
            included_by: self.included.as_ref().map(|inclusion| inclusion.by),
            has_alarms: !self.alarms().is_empty(),
        }
    }

    pub(super) fn alarms(&self) -> &[Node] {
        match self.section("Alarms").map(|alarms| &alarms.value) {
            Some(Value::List(alarms)) => alarms,
            _ => &[],
        }
    }
}

/// The position of an inclusion.
#[derive(Clone)]
struct Inclusion {
    /// Index of the including file.
    by: usize,
    /// Byte range of the path in that file.
    at: Range<usize>,
}

/// Reads the file and all files that it includes, depth first, each once.
pub(super) fn load_files(
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
        let index = files.len();
        let source = Source::new(path, text, index);
        let root = parse(&source, diagnostics);
        let reader = &mut Reader::literal(&source, diagnostics);
        let includes = root
            .as_ref()
            .map(|root| sections(root, reader))
            .unwrap_or_default();
        // In reverse, because the first one must be on top of the stack.
        let includes = includes
            .into_iter()
            .map(|(path, at)| (path, Some(Inclusion { by: index, at })));
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

/// Checks the sections of a file, and returns the paths that it includes.
fn sections(root: &Node, reader: &mut Reader) -> Vec<(PathBuf, Range<usize>)> {
    let Some(mut properties) = Properties::open(root, "an alarms file", vocabulary::FILE, reader)
    else {
        return Vec::new();
    };
    properties.get(reader, "Parameters");
    properties.get(reader, "AccountNames");
    properties.get(reader, "Exclude");
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
        matches!(key, "AWSTemplateFormatVersion" | "Resources").then_some(
            "this is a CloudFormation template; convert it with `cloudtrail-alarms import`",
        )
    });
    includes.unwrap_or_default()
}

/// Why the file `known` cannot be included by `by`: it is that file, includes it, or was included elsewhere.
fn twice(files: &[File], known: usize, by: usize) -> String {
    let path = files[known].source.path().display();
    let mut above = Some(by);
    while let Some(file) = above {
        if file == known {
            return format!("circular include of {path}");
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

/// The content of a file. `None` if it is empty or not YAML.
fn parse(source: &Source, diagnostics: &mut Vec<Diagnostic>) -> Option<Node> {
    let document = yaml::parse(source.text(), Schema::AlarmsFile);
    let problems = document.problems.into_iter();
    diagnostics.extend(problems.map(|problem| source.diagnostic(problem.span, problem.message)));
    let syntax_error = document.syntax_error.into_iter();
    diagnostics.extend(
        syntax_error.map(|error| source.diagnostic(error.offset..error.offset, error.message)),
    );
    document.root
}
