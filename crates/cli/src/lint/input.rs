//! Input of the linter: an alarms file with its includes, a list of patterns, or one pattern.

use jiff::civil::Date;
use serde::de::IgnoredAny;

use super::arguments::LintArguments;
use super::pattern_list::PatternList;
use super::replacement::Replacement;
use super::report::FindingReport;
use super::source_pattern::{NamedPattern, SourcePattern};
use crate::alarms::{self, AlarmSelection};
use crate::error::CliError;
use crate::lint::alarm::{self as alarm_lint, Property};
use crate::lint::pattern::{corrections, lint_source};
use cloudtrail_alarms::alarm::definition::Exclusion;
use cloudtrail_alarms::alarm::file::{AlarmsFile, Analysis, Diagnostic, ExclusionSpans, Source};

/// Code of errors that keep an alarms file from loading.
const INVALID: &str = "invalid";

/// Sources and the patterns and alarms in them.
pub(super) struct LintInput {
    sources: Vec<Source>,
    patterns: Vec<NamedPattern>,
    /// Errors outside of patterns, with the name of the list entry.
    diagnostics: Vec<(String, Diagnostic)>,
    /// The valid alarms; `None` if the input is not an alarms file.
    alarms: Option<AlarmsFile>,
    /// The alarms or list entries whose findings are reported.
    selection: AlarmSelection,
    /// The exclusions of a file without alarms.
    exclusions: Vec<(Exclusion, ExclusionSpans)>,
}

impl LintInput {
    /// Reads the input. It has patterns of the selected alarms only, but all alarms: findings can be about several.
    pub(super) fn read(arguments: &LintArguments) -> Result<Self, CliError> {
        let mut input = Self::read_all(arguments)?;
        let selection = &arguments.selection;
        let of_patterns = input.patterns.iter().map(|named| named.name.as_str());
        let of_diagnostics = input.diagnostics.iter().map(|(name, _)| name.as_str());
        let mut names: Vec<&str> = of_patterns.chain(of_diagnostics).collect();
        names.retain(|name| !name.is_empty());
        names.dedup();
        selection.check_known(names.into_iter())?;
        input
            .patterns
            .retain(|named| selection.includes(&named.name));
        input.selection = selection.clone();
        Ok(input)
    }

    fn read_all(arguments: &LintArguments) -> Result<Self, CliError> {
        if let Some(pattern) = &arguments.filter_pattern {
            return Ok(Self::of_pattern(pattern));
        }
        let path = arguments.file()?;
        let text = std::fs::read_to_string(path).map_err(|source| CliError::Read {
            path: path.display().to_string(),
            source,
        })?;
        let source = Source::new(path.to_owned(), text, 0);
        if is_list(&source) {
            return Ok(Self::of_list(source));
        }
        let parameters = arguments.parameters();
        let analysis = alarms::analyze(path, parameters);
        if analysis.diagnostics.is_empty() {
            alarms::check_declared(&analysis.file, parameters)?;
        }
        Ok(Self::of_alarms(analysis))
    }

    fn of_pattern(text: &str) -> Self {
        let pattern = SourcePattern {
            text: text.to_owned(),
            span: 0..text.len(),
            quoting: None,
        };
        Self {
            sources: vec![Source::new("--filter-pattern".into(), text.to_owned(), 0)],
            patterns: vec![NamedPattern {
                name: String::new(),
                source: 0,
                pattern,
            }],
            diagnostics: Vec::new(),
            alarms: None,
            selection: AlarmSelection::default(),
            exclusions: Vec::new(),
        }
    }

    fn of_list(source: Source) -> Self {
        let PatternList {
            patterns,
            diagnostics,
        } = PatternList::read(&source);
        Self {
            sources: vec![source],
            patterns,
            diagnostics,
            alarms: None,
            selection: AlarmSelection::default(),
            exclusions: Vec::new(),
        }
    }

    fn of_alarms(analysis: Analysis) -> Self {
        let patterns = analysis.patterns.into_iter().map(|pattern| NamedPattern {
            name: pattern.alarm.unwrap_or_default(),
            source: pattern.file,
            pattern: SourcePattern {
                text: pattern.text,
                span: pattern.span,
                quoting: Some(pattern.quoting),
            },
        });
        // Errors of patterns are reported by the pattern linter, with their own code.
        let diagnostics = analysis.diagnostics.into_iter();
        let diagnostics = diagnostics.filter(|diagnostic| !diagnostic.rejects_pattern());
        Self {
            sources: analysis.sources,
            patterns: patterns.collect(),
            diagnostics: diagnostics
                .map(|diagnostic| (String::new(), diagnostic))
                .collect(),
            exclusions: if analysis.file.alarms.is_empty() {
                analysis.exclusions
            } else {
                Vec::new()
            },
            alarms: Some(analysis.file),
            selection: AlarmSelection::default(),
        }
    }

    /// All findings, in the order of the files.
    pub(super) fn findings(&self, today: Date) -> Vec<FindingReport> {
        let mut reports = Vec::new();
        for NamedPattern {
            name,
            source,
            pattern,
        } in &self.patterns
        {
            let source = &self.sources[*source];
            let findings = lint_source(&pattern.text);
            reports.extend(
                findings
                    .iter()
                    .map(|finding| FindingReport::new(source, name, pattern, finding)),
            );
        }
        let is_selected = |name: &str| name.is_empty() || self.selection.includes(name);
        let diagnostics = self.diagnostics.iter();
        let diagnostics = diagnostics.filter(|(name, _)| is_selected(name));
        reports.extend(
            diagnostics
                .map(|(name, diagnostic)| FindingReport::of_diagnostic(INVALID, name, diagnostic)),
        );
        if let Some(alarms) = &self.alarms {
            reports.extend(self.of_definitions(alarms, today));
        }
        reports.extend(self.of_exclusions(today));
        reports.sort_by(|a, b| a.order().cmp(&b.order()));
        reports.dedup();
        reports
    }

    fn of_definitions(&self, alarms: &AlarmsFile, today: Date) -> Vec<FindingReport> {
        let each = alarms.alarms.iter().enumerate();
        let each = each.flat_map(|(index, alarm)| {
            let findings = alarm_lint::lint(alarm, today).into_iter();
            findings.map(move |finding| (index, finding))
        });
        each.chain(alarm_lint::lint_together(&alarms.alarms))
            .filter(|(index, _)| self.selection.includes(&alarms.alarms[*index].name))
            .map(|(index, finding)| self.of_definition(alarms, index, finding))
            .collect()
    }

    /// Findings in the exclusions of a file without alarms.
    fn of_exclusions(&self, today: Date) -> Vec<FindingReport> {
        let each = self.exclusions.iter().enumerate();
        each.flat_map(|(index, (exclusion, spans))| {
            let findings = alarm_lint::lint_exclusion(index, exclusion, None, today);
            findings.into_iter().map(|finding| {
                let span = match finding.at {
                    Property::ExclusionExpires(_) => &spans.expires,
                    _ => &spans.pattern,
                };
                let source = &self.sources[spans.file];
                let diagnostic = source.diagnostic(span.clone(), finding.message);
                FindingReport::of_diagnostic(finding.code.as_str(), "", &diagnostic)
            })
        })
        .collect()
    }

    fn of_definition(
        &self,
        alarms: &AlarmsFile,
        index: usize,
        finding: alarm_lint::Finding,
    ) -> FindingReport {
        let (alarm, location) = (&alarms.alarms[index], &alarms.locations[index]);
        let spans = &location.spans;
        let exclusion = |index: usize| spans.exclude.get(index);
        let span = match finding.at {
            Property::MetricName => Some(&spans.metric_name),
            Property::Threshold => Some(&spans.threshold),
            Property::MetricValue => spans.metric_value.as_ref(),
            Property::CountDistinct => spans.count_distinct.as_ref(),
            Property::GroupBy(index) => spans.group_by.get(index),
            Property::FirstSeen => spans.first_seen.as_ref(),
            Property::FirstSeenField(index) => spans.first_seen_fields.get(index),
            Property::ExclusionPattern(index) => exclusion(index).map(|spans| &spans.pattern),
            Property::ExclusionExpires(index) => exclusion(index).map(|spans| &spans.expires),
        };
        let file = match finding.at {
            Property::ExclusionPattern(index) | Property::ExclusionExpires(index) => {
                exclusion(index).map_or(location.file, |spans| spans.file)
            }
            _ => location.file,
        };
        let source = &self.sources[file];
        let diagnostic = source.diagnostic(span.cloned().unwrap_or_default(), finding.message);
        // An exclusion of a file expires for all its alarms at once.
        let is_of_file = matches!(finding.at, Property::ExclusionExpires(index)
            if exclusion(index).is_some_and(|spans| spans.of_file));
        let name = if is_of_file { "" } else { &alarm.name };
        FindingReport::of_diagnostic(finding.code.as_str(), name, &diagnostic)
    }

    /// Applies all corrections to the files. Returns the corrected findings.
    pub(super) fn correct(&mut self) -> Result<Vec<FindingReport>, CliError> {
        let mut reports = Vec::new();
        let mut changed = vec![false; self.sources.len()];
        // From the last to the first, so that a correction does not move the patterns that follow.
        self.patterns
            .sort_by_key(|named| (named.source, named.pattern.span.start));
        for named in self.patterns.iter_mut().rev() {
            let source = &mut self.sources[named.source];
            let pattern = &mut named.pattern;
            for finding in corrections(&pattern.text) {
                let report = FindingReport::new(source, &named.name, pattern, &finding);
                if !pattern.correct(source, &finding) {
                    break;
                }
                changed[named.source] = true;
                reports.push(report.fixed());
            }
        }
        let changed = self.sources.iter().zip(changed);
        let changed = changed.filter_map(|(source, changed)| changed.then_some(source));
        // All files are written before the first one is replaced.
        let replacements: Vec<Replacement> = changed
            .map(|source| Replacement::write(source.path(), source.contents().as_bytes()))
            .collect::<Result<_, _>>()?;
        for replacement in replacements {
            replacement.persist()?;
        }
        reports.sort_by(|a, b| a.order().cmp(&b.order()));
        Ok(reports)
    }
}

/// Whether a file is a list of patterns: it begins like a JSON array, or has the extension `.json` and is not an object.
fn is_list(source: &Source) -> bool {
    let text = source.text().trim_start();
    let is_object = || text.starts_with('{') && serde_json::from_str::<IgnoredAny>(text).is_ok();
    let has_json_extension = source.path().extension().is_some_and(|it| it == "json");
    text.starts_with('[') || has_json_extension && !is_object()
}
