//! Queries that search stored records for what an alarm counts.

use std::io::Write;

use serde::Serialize;

use super::arguments::FileArguments;
use super::warnings::print_warnings;
use crate::error::CliError;
use crate::output::Output;
use cloudtrail_alarms::alarm::definition::{AlarmDefinition, ComparisonOperator, MetricValue};
use cloudtrail_alarms::query::{Dialect, Unsupported, condition};
use cloudwatch_filter_pattern::Language;

/// A language of complete queries.
pub(super) trait QueryLanguage: Dialect {
    /// The start of a comment.
    const COMMENT: &'static str;

    /// The query of an alarm with this translated pattern.
    ///
    /// # Errors
    /// The language cannot express the query.
    fn query(&self, alarm: &AlarmDefinition, condition: &str) -> Result<String, Unsupported>;
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Row<'r> {
    alarm: &'r str,
    query: String,
}

/// Prints a query for each alarm. Alarms without a query are listed on stderr.
pub(super) fn run(
    language: &impl QueryLanguage,
    arguments: &FileArguments,
    output: Output,
    out: &mut dyn Write,
) -> Result<(), CliError> {
    let file = arguments.load()?;
    let mut notes = Vec::new();
    let mut rows = Vec::new();
    for alarm in &file.alarms {
        match query(language, alarm) {
            Ok(query) => rows.push(Row {
                alarm: &alarm.name,
                query,
            }),
            Err(reason) => notes.push(format!("{}: left out: {reason}", alarm.name)),
        }
        if !alarm.exclude.is_empty() {
            notes.push(format!(
                "{}: records of `Exclude` are found too",
                alarm.name
            ));
        }
    }
    print(&rows, comment_of(language), output, out)?;
    print_warnings(&notes)?;
    Ok(())
}

fn comment_of<L: QueryLanguage>(_: &L) -> &'static str {
    L::COMMENT
}

fn print(
    rows: &[Row<'_>],
    comment: &str,
    output: Output,
    out: &mut dyn Write,
) -> Result<(), CliError> {
    match output {
        Output::Text => {
            for (index, row) in rows.iter().enumerate() {
                let separator = if index == 0 { "" } else { "\n" };
                writeln!(out, "{separator}{comment} {}\n{}", row.alarm, row.query)?;
            }
        }
        Output::Json => {
            serde_json::to_writer_pretty(&mut *out, rows).map_err(std::io::Error::from)?;
            writeln!(out)?;
        }
    }
    Ok(())
}

fn query(language: &impl QueryLanguage, alarm: &AlarmDefinition) -> Result<String, Unsupported> {
    let Language::Json(expr) = alarm.pattern.language() else {
        return Err(Unsupported("its pattern is not about fields".to_owned()));
    };
    if alarm.metric_value != MetricValue::Constant(1.0) {
        return Err(Unsupported("its `MetricValue` is not 1".to_owned()));
    }
    language.query(alarm, &condition(language, expr)?)
}

/// The condition on the count for which the alarm is raised: `>= 5`.
pub(super) fn threshold(alarm: &AlarmDefinition) -> String {
    let operator = match alarm.settings.comparison_operator {
        ComparisonOperator::GreaterThanOrEqualToThreshold => ">=",
        ComparisonOperator::GreaterThanThreshold => ">",
        ComparisonOperator::LessThanThreshold => "<",
        ComparisonOperator::LessThanOrEqualToThreshold => "<=",
    };
    format!("{operator} {}", alarm.settings.threshold)
}
