//! Output of findings with their location, as text or JSON.

use std::io::{self, Write};

use serde::Serialize;

use super::source_pattern::SourcePattern;
use crate::lint::pattern::Finding;
use crate::visible::on_one_line;
use cloudtrail_alarms::alarm::file::{Diagnostic, Position, Source};

/// A finding, or a correction that was applied.
#[derive(Debug, PartialEq, Serialize)]
pub(super) struct FindingReport {
    code: String,
    file: String,
    line: usize,
    column: usize,
    /// The name of the alarm or list entry; empty for a pattern without a file.
    #[serde(skip_serializing_if = "String::is_empty")]
    name: String,
    message: String,
    /// The line of the file and the carets.
    #[serde(skip)]
    excerpt: Vec<String>,
    /// The whole pattern after the correction.
    #[serde(skip_serializing_if = "Option::is_none")]
    corrected_pattern: Option<String>,
    /// Whether the correction was written into the file.
    fixed: bool,
    /// Why `--fix` did not write the correction.
    #[serde(skip_serializing_if = "Option::is_none")]
    not_fixed: Option<&'static str>,
}

/// Reason of a correction that `--fix` did not write.
const NOT_EDITABLE: &str = "cannot rewrite this value automatically";

impl FindingReport {
    /// A finding in a pattern.
    pub(super) fn new(
        source: &Source,
        name: &str,
        pattern: &SourcePattern,
        finding: &Finding,
    ) -> Self {
        let span = pattern.locate(source.text(), &finding.span);
        let is_located = span.is_some();
        let diagnostic = source.diagnostic(span.unwrap_or(pattern.span.clone()), &finding.message);
        let mut report = Self::of_diagnostic(finding.code.as_str(), name, &diagnostic);
        if !is_located {
            let alone = Source::new("".into(), pattern.text.clone(), 0);
            let shown = alone.diagnostic(finding.span.clone(), "");
            report.excerpt.extend_from_slice(shown.excerpt());
        }
        let suggestion = finding.suggestion.as_ref();
        report.corrected_pattern = suggestion.map(|suggestion| suggestion.apply(&pattern.text));
        report
    }

    /// A finding outside of patterns.
    pub(super) fn of_diagnostic(code: &str, name: &str, diagnostic: &Diagnostic) -> Self {
        let Position { path, line, column } = diagnostic.position();
        Self {
            code: code.to_owned(),
            file: path.display().to_string(),
            line: *line,
            column: *column,
            name: name.to_owned(),
            message: diagnostic.message().to_owned(),
            excerpt: diagnostic.excerpt().to_vec(),
            corrected_pattern: None,
            fixed: false,
            not_fixed: None,
        }
    }

    /// Marks the finding as corrected.
    pub(super) fn fixed(self) -> Self {
        Self {
            fixed: true,
            ..self
        }
    }

    /// Marks the finding as not corrected by `--fix`.
    pub(super) fn not_fixed(self) -> Self {
        Self {
            not_fixed: self.corrected_pattern.as_ref().map(|_| NOT_EDITABLE),
            ..self
        }
    }

    /// Sort key.
    pub(super) fn order(&self) -> (&str, usize, usize) {
        (&self.file, self.line, self.column)
    }

    pub(super) fn write_json(reports: &[Self], out: &mut dyn Write) -> io::Result<()> {
        serde_json::to_writer_pretty(&mut *out, reports)?;
        writeln!(out)
    }
}

/// Writes findings as text, separated by empty lines, and a summary. Writes nothing if there are none.
pub(super) fn write_text(reports: &[FindingReport], out: &mut dyn Write) -> io::Result<()> {
    for report in reports {
        let FindingReport {
            code,
            file,
            line,
            column,
            name,
            message,
            ..
        } = report;
        let prefix = if report.fixed { "fixed: " } else { "" };
        writeln!(out, "{file}:{line}:{column}: {prefix}{message} [{code}]")?;
        for line in &report.excerpt {
            writeln!(out, "{line}")?;
        }
        if !name.is_empty() {
            writeln!(out, "in {}", on_one_line(name))?;
        }
        if let Some(pattern) = &report.corrected_pattern {
            let lines: Vec<&str> = pattern.lines().map(str::trim).collect();
            let verb = if report.fixed { "now" } else { "suggested" };
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
        (0, _) => writeln!(out, "{findings}, {fixable} with a suggested fix"),
        (_, _) => writeln!(out, "{fixed} corrected, {findings} left"),
    }
}
