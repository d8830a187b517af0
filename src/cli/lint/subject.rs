//! What is linted: an alarms file with all that it includes, a list of patterns, or one pattern.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::Path;

use jiff::civil::Date;
use serde_json::value::RawValue;

use super::LintArguments;
use super::report::Report;
use super::written::{Writing, Written};
use crate::alarm::file::{Source, Survey};
use crate::alarm::lint::{self as alarm_lint, Place};
use crate::cli::{CliError, alarms};
use crate::pattern::lint::{corrections, lint_source};
use crate::settings::COMPILED_IN;

/// What a finding without a code of its own is: something that keeps the alarms file from loading.
const INVALID: &str = "invalid";

/// Names of the key that holds the pattern.
const PATTERN_KEYS: [&str; 3] = ["pattern", "filterPattern", "FilterPattern"];

/// Names of the keys that tell one pattern from another, the best first.
const NAME_KEYS: [&str; 5] = ["id", "name", "filterName", "FilterName", "AlarmName"];

/// What is linted.
pub(super) struct Subject {
    sources: Vec<Source>,
    patterns: Vec<Owned>,
    /// Nothing unless it is an alarms file.
    survey: Option<Survey>,
}

/// A pattern and whose it is.
struct Owned {
    owner: String,
    source: usize,
    written: Written,
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
            if source.text().trim_start().starts_with('[') {
                return Self::of_list(source);
            }
        } else if arguments.fix && !Path::new(COMPILED_IN).exists() {
            return Err(CliError::Argument {
                argument: "--fix",
                reason: format!("there is no {COMPILED_IN} here to write to"),
            });
        }
        let parameters = &arguments.alarms.parameters;
        let survey = alarms::survey(file, parameters);
        if survey.faults.is_empty() {
            alarms::check_declared(&survey.file, parameters)?;
        }
        Ok(Self::of_alarms(survey))
    }

    fn of_pattern(pattern: &str) -> Self {
        let written = Written {
            text: pattern.to_owned(),
            span: 0..pattern.len(),
            writing: Writing::Verbatim,
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
            survey: None,
        }
    }

    /// A JSON array of objects, each of which may have a pattern.
    fn of_list(source: Source) -> Result<Self, CliError> {
        let text = source.text();
        let wrong = |reason: String| CliError::Argument {
            argument: "FILE",
            reason: format!("{}: {reason}", source.path().display()),
        };
        let entries: Vec<BTreeMap<Cow<'_, str>, &RawValue>> =
            serde_json::from_str(text).map_err(|error| wrong(error.to_string()))?;
        let mut patterns = Vec::new();
        for (place, entry) in entries.iter().enumerate() {
            let string = |key: &&str| {
                let raw = entry.get(*key)?.get();
                Some((raw, serde_json::from_str::<String>(raw).ok()?))
            };
            let Some((raw, pattern)) = PATTERN_KEYS.iter().find_map(string) else {
                continue;
            };
            let start = raw.as_ptr().addr() - text.as_ptr().addr();
            let name = NAME_KEYS.iter().find_map(string);
            patterns.push(Owned {
                owner: name.map_or_else(|| format!("entry {place}"), |(_, name)| name),
                source: 0,
                written: Written {
                    text: pattern,
                    span: start..start + raw.len(),
                    writing: Writing::Scalar,
                },
            });
        }
        if patterns.is_empty() {
            return Err(wrong(format!(
                "no entry has a `{}`",
                PATTERN_KEYS.join("` or `")
            )));
        }
        Ok(Self {
            sources: vec![source],
            patterns,
            survey: None,
        })
    }

    fn of_alarms(mut survey: Survey) -> Self {
        let mut patterns = Vec::new();
        let alarms = survey.file.alarms.iter().zip(&survey.file.locations);
        for (alarm, location) in alarms {
            let own = [(&alarm.pattern, &location.spans.pattern)];
            let excluded = (alarm.exclude.iter().zip(&location.spans.exclude))
                .map(|(exclusion, spans)| (&exclusion.pattern, &spans.pattern));
            patterns.extend(
                own.into_iter()
                    .chain(excluded)
                    .map(|(pattern, span)| Owned {
                        owner: alarm.name.clone(),
                        source: location.file,
                        written: Written {
                            text: pattern.source().to_owned(),
                            span: span.clone(),
                            writing: Writing::Scalar,
                        },
                    }),
            );
        }
        let rejected = survey.faults.iter().filter_map(|fault| {
            let pattern = fault.rejected_pattern()?;
            Some(Owned {
                owner: String::new(),
                source: fault.file(),
                written: Written {
                    text: pattern.text.clone(),
                    span: pattern.span.clone(),
                    writing: Writing::Scalar,
                },
            })
        });
        patterns.extend(rejected);
        Self {
            sources: std::mem::take(&mut survey.sources),
            patterns,
            survey: Some(survey),
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
        if let Some(survey) = &self.survey {
            let faults = survey.faults.iter();
            // What is wrong with a pattern is told with its own code.
            let others = faults.filter(|fault| fault.rejected_pattern().is_none());
            reports.extend(others.map(|fault| Report::of_fault(INVALID, "", fault)));
            reports.extend(self.of_definitions(survey, today));
        }
        reports.sort_by(|a, b| a.order().cmp(&b.order()));
        reports
    }

    fn of_definitions(&self, survey: &Survey, today: Date) -> Vec<Report> {
        let mut reports = Vec::new();
        for (alarm, location) in survey.file.alarms.iter().zip(&survey.file.locations) {
            let spans = &location.spans;
            for finding in alarm_lint::lint(alarm, today) {
                let span = match finding.at {
                    Place::Threshold => Some(&spans.threshold),
                    Place::MetricValue => spans.metric_value.as_ref(),
                    Place::CountDistinct => spans.count_distinct.as_ref(),
                    Place::GroupBy(place) => spans.group_by.get(place),
                    Place::ExclusionPattern(place) => {
                        spans.exclude.get(place).map(|spans| &spans.pattern)
                    }
                    Place::ExclusionExpires(place) => {
                        spans.exclude.get(place).map(|spans| &spans.expires)
                    }
                };
                let source = &self.sources[location.file];
                let fault = source.fault(span.cloned().unwrap_or_default(), finding.message);
                reports.push(Report::of_fault(finding.code.as_str(), &alarm.name, &fault));
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
        for (source, _) in self
            .sources
            .iter()
            .zip(changed)
            .filter(|(_, changed)| *changed)
        {
            std::fs::write(source.path(), source.contents()).map_err(|error| {
                CliError::WriteFile {
                    path: source.path().display().to_string(),
                    source: error,
                }
            })?;
        }
        reports.sort_by(|a, b| a.order().cmp(&b.order()));
        Ok(reports)
    }
}
