//! A finding with its place in a file, for people and for programs.

use std::io::{self, Write};

use serde::Serialize;

use super::written::Written;
use crate::lint::pattern::Finding;
use crate::visible::on_one_line;
use cloudtrail_alarms::alarm::file::{Diagnostic, Position, Source};

/// A finding, or a correction that was written.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    code: String,
    file: String,
    line: usize,
    column: usize,
    /// The alarm, or the entry of a list; none for a pattern by itself.
    #[serde(skip_serializing_if = "String::is_empty")]
    name: String,
    message: String,
    /// The line of the file and the carets.
    #[serde(skip)]
    excerpt: Vec<String>,
    /// The whole pattern as it should be.
    #[serde(skip_serializing_if = "Option::is_none")]
    corrected_pattern: Option<String>,
    /// Whether that was written into the file.
    fixed: bool,
    /// Why it was not, where that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    not_fixed: Option<&'static str>,
}

/// Why a correction was not written.
const NOT_EDITABLE: &str = "the text cannot be edited in the form in which the file has it";

impl Report {
    /// What is wrong with a pattern of this source.
    pub(super) fn new(source: &Source, owner: &str, written: &Written, finding: &Finding) -> Self {
        let place = written.locate(source.text(), &finding.span);
        let is_located = place.is_some();
        let diagnostic = source.diagnostic(place.unwrap_or(written.span.clone()), &finding.message);
        let mut report = Self::of_diagnostic(finding.code.as_str(), owner, &diagnostic);
        if !is_located {
            let alone = Source::new("".into(), written.text.clone(), 0);
            let shown = alone.diagnostic(finding.span.clone(), "");
            report.excerpt.extend_from_slice(shown.excerpt());
        }
        let suggestion = finding.suggestion.as_ref();
        report.corrected_pattern = suggestion.map(|suggestion| suggestion.apply(&written.text));
        report
    }

    /// What is wrong with something else.
    pub(super) fn of_diagnostic(code: &str, owner: &str, diagnostic: &Diagnostic) -> Self {
        let Position { path, line, column } = diagnostic.position();
        Self {
            code: code.to_owned(),
            file: path.display().to_string(),
            line: *line,
            column: *column,
            name: owner.to_owned(),
            message: diagnostic.message().to_owned(),
            excerpt: diagnostic.excerpt().to_vec(),
            corrected_pattern: None,
            fixed: false,
            not_fixed: None,
        }
    }

    /// The same after it was corrected.
    pub(super) fn corrected(self) -> Self {
        Self {
            fixed: true,
            ..self
        }
    }

    /// The same after all that can be corrected was.
    pub(super) fn left(self) -> Self {
        Self {
            not_fixed: self.corrected_pattern.as_ref().map(|_| NOT_EDITABLE),
            ..self
        }
    }

    /// What reports are sorted by.
    pub(super) fn order(&self) -> (&str, usize, usize) {
        (&self.file, self.line, self.column)
    }

    pub(super) fn write_json(reports: &[Self], out: &mut dyn Write) -> io::Result<()> {
        serde_json::to_writer_pretty(&mut *out, reports)?;
        writeln!(out)
    }
}

/// Writes reports for a person, with a blank line between two; nothing if there is none.
pub(super) fn write_text(reports: &[Report], out: &mut dyn Write) -> io::Result<()> {
    for report in reports {
        let Report {
            code,
            file,
            line,
            column,
            name,
            message,
            ..
        } = report;
        let what = if report.fixed { "fixed: " } else { "" };
        writeln!(out, "{file}:{line}:{column}: {what}{message} [{code}]")?;
        for line in &report.excerpt {
            writeln!(out, "{line}")?;
        }
        if !name.is_empty() {
            writeln!(out, "in {}", on_one_line(name))?;
        }
        if let Some(pattern) = &report.corrected_pattern {
            let lines: Vec<&str> = pattern.lines().map(str::trim).collect();
            let verb = if report.fixed { "now" } else { "write" };
            if let Some(reason) = report.not_fixed {
                writeln!(out, "not written: {reason}")?;
            }
            writeln!(out, "{verb}: {}", lines.join(" ").trim())?;
        }
        writeln!(out)?;
    }
    let fixed = reports.iter().filter(|report| report.fixed).count();
    let left = &reports.iter().filter(|report| !report.fixed);
    let count = left.clone().count();
    let fixable = left
        .clone()
        .filter(|report| report.corrected_pattern.is_some())
        .count();
    let findings = match count {
        1 => "1 finding".to_owned(),
        count => format!("{count} findings"),
    };
    match (fixed, fixable) {
        _ if reports.is_empty() => Ok(()),
        (0, 0) => writeln!(out, "{findings}"),
        (0, _) => writeln!(out, "{findings}, {fixable} with a correction"),
        (_, _) => writeln!(out, "{fixed} corrected, {findings} left"),
    }
}
