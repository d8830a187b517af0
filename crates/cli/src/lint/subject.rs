//! What is linted: an alarms file with all that it includes, a list of patterns, or one pattern.

use std::path::Path;

use jiff::civil::Date;
use serde::de::IgnoredAny;

use super::LintArguments;
use super::list::List;
use super::replacement::Replacement;
use super::report::Report;
use super::written::Written;
use crate::lint::alarm::{self as alarm_lint, Place};
use crate::lint::pattern::{corrections, lint_source};
use crate::{CliError, alarms};
use cloudtrail_alarms::alarm::file::{AlarmsFile, Analysis, Diagnostic, Source};
use cloudtrail_alarms::settings::COMPILED_IN;

/// What a finding without a code of its own is: something that keeps the alarms file from loading.
const INVALID: &str = "invalid";

/// What is linted.
pub(super) struct Subject {
    sources: Vec<Source>,
    patterns: Vec<Owned>,
    /// What is wrong besides the patterns, and in which entry of a list.
    diagnostics: Vec<(String, Diagnostic)>,
    /// What could be read; nothing unless it is an alarms file.
    alarms: Option<AlarmsFile>,
}

/// A pattern and whose it is.
pub(super) struct Owned {
    pub(super) owner: String,
    pub(super) source: usize,
    pub(super) written: Written,
}

impl Subject {
    pub(super) fn read(arguments: &LintArguments) -> Result<Self, CliError> {
        if let Some(pattern) = &arguments.filter_pattern {
            return Ok(Self::of_pattern(pattern));
        }
        let file = arguments.file.as_deref();
        if let Some(path) = file {
            let text = std::fs::read_to_string(path).map_err(|source| CliError::Read {
                path: path.display().to_string(),
                source,
            })?;
            let source = Source::new(path.to_owned(), text, 0);
            if is_list(&source) {
                return Ok(Self::of_list(source));
            }
        } else if arguments.fix && !Path::new(COMPILED_IN).exists() {
            return Err(CliError::Argument {
                argument: "--fix",
                reason: format!("there is no {COMPILED_IN} here to write to"),
            });
        }
        let parameters = &arguments.alarms.parameters;
        let analysis = alarms::analyze(file, parameters);
        if analysis.diagnostics.is_empty() {
            alarms::check_declared(&analysis.file, parameters)?;
        }
        Ok(Self::of_alarms(analysis))
    }

    fn of_pattern(pattern: &str) -> Self {
        let written = Written {
            text: pattern.to_owned(),
            span: 0..pattern.len(),
            quoting: None,
        };
        Self {
            sources: vec![Source::new(
                "--filter-pattern".into(),
                pattern.to_owned(),
                0,
            )],
            patterns: vec![Owned {
                owner: String::new(),
                source: 0,
                written,
            }],
            diagnostics: Vec::new(),
            alarms: None,
        }
    }

    fn of_list(source: Source) -> Self {
        let List {
            patterns,
            diagnostics,
        } = List::read(&source);
        Self {
            sources: vec![source],
            patterns,
            diagnostics,
            alarms: None,
        }
    }

    fn of_alarms(analysis: Analysis) -> Self {
        let patterns = analysis.patterns.into_iter().map(|pattern| Owned {
            owner: pattern.alarm.unwrap_or_default(),
            source: pattern.file,
            written: Written {
                text: pattern.text,
                span: pattern.span,
                quoting: Some(pattern.quoting),
            },
        });
        // What is wrong with a pattern is told with its own code.
        let diagnostics = analysis.diagnostics.into_iter();
        let diagnostics = diagnostics.filter(|diagnostic| !diagnostic.rejects_pattern());
        Self {
            sources: analysis.sources,
            patterns: patterns.collect(),
            diagnostics: diagnostics
                .map(|diagnostic| (String::new(), diagnostic))
                .collect(),
            alarms: Some(analysis.file),
        }
    }

    /// All findings, in the order of the files.
    pub(super) fn findings(&self, today: Date) -> Vec<Report> {
        let mut reports = Vec::new();
        for pattern in &self.patterns {
            let source = &self.sources[pattern.source];
            let findings = lint_source(&pattern.written.text);
            reports.extend(
                findings
                    .iter()
                    .map(|finding| Report::new(source, &pattern.owner, &pattern.written, finding)),
            );
        }
        let diagnostics = self.diagnostics.iter();
        reports.extend(
            diagnostics
                .map(|(owner, diagnostic)| Report::of_diagnostic(INVALID, owner, diagnostic)),
        );
        if let Some(alarms) = &self.alarms {
            reports.extend(self.of_definitions(alarms, today));
        }
        reports.sort_by(|a, b| a.order().cmp(&b.order()));
        reports
    }

    fn of_definitions(&self, alarms: &AlarmsFile, today: Date) -> Vec<Report> {
        let mut reports = Vec::new();
        for (alarm, location) in alarms.alarms.iter().zip(&alarms.locations) {
            let spans = &location.spans;
            for finding in alarm_lint::lint(alarm, today) {
                let span = match finding.at {
                    Place::Threshold => Some(&spans.threshold),
                    Place::MetricValue => spans.metric_value.as_ref(),
                    Place::CountDistinct => spans.count_distinct.as_ref(),
                    Place::RenotifyAfter => spans.renotify_after.as_ref(),
                    Place::GroupBy(place) => spans.group_by.get(place),
                    Place::ExclusionPattern(place) => {
                        spans.exclude.get(place).map(|spans| &spans.pattern)
                    }
                    Place::ExclusionExpires(place) => {
                        spans.exclude.get(place).map(|spans| &spans.expires)
                    }
                };
                let source = &self.sources[location.file];
                let diagnostic =
                    source.diagnostic(span.cloned().unwrap_or_default(), finding.message);
                reports.push(Report::of_diagnostic(
                    finding.code.as_str(),
                    &alarm.name,
                    &diagnostic,
                ));
            }
        }
        reports
    }

    /// Writes the corrections into the files, and reports them.
    pub(super) fn correct(&mut self) -> Result<Vec<Report>, CliError> {
        let mut reports = Vec::new();
        let mut changed = vec![false; self.sources.len()];
        // From the last to the first, so that no correction moves what is still to be corrected.
        self.patterns
            .sort_by_key(|pattern| (pattern.source, pattern.written.span.start));
        for pattern in self.patterns.iter_mut().rev() {
            let source = &mut self.sources[pattern.source];
            let written = &mut pattern.written;
            for finding in corrections(&written.text) {
                let report = Report::new(source, &pattern.owner, written, &finding);
                if !written.correct(source, &finding) {
                    break;
                }
                changed[pattern.source] = true;
                reports.push(report.corrected());
            }
        }
        let changed = self.sources.iter().zip(changed);
        let changed = changed.filter_map(|(source, changed)| changed.then_some(source));
        // No file is replaced before all of them are written.
        let replacements: Vec<Replacement> = changed
            .map(|source| Replacement::write(source.path(), source.contents().as_bytes()))
            .collect::<Result<_, _>>()?;
        for replacement in replacements {
            replacement.put_in_place()?;
        }
        reports.sort_by(|a, b| a.order().cmp(&b.order()));
        Ok(reports)
    }
}

/// Whether it is to be a JSON array: it begins as one, or is called JSON and is not the object that an alarms file is.
fn is_list(source: &Source) -> bool {
    let text = source.text().trim_start();
    let is_object = || text.starts_with('{') && serde_json::from_str::<IgnoredAny>(text).is_ok();
    let is_called_json = source.path().extension().is_some_and(|it| it == "json");
    text.starts_with('[') || is_called_json && !is_object()
}
