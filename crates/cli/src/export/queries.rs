//! Queries that search stored records for what an alarm counts.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;

use super::arguments::FileArguments;
use super::losses::{Service, note_losses};
use super::names::{Names, words};
use super::notes::Notes;
use super::stack_parameters::note_written;
use super::template::write_comments;
use crate::error::CliError;
use crate::output::{Output, Verdict};
use cloudtrail_alarms::alarm::definition::{
    AlarmDefinition, ComparisonOperator, MetricValue, Statistic,
};
use cloudtrail_alarms::query::{Dialect, Unsupported, condition};
use cloudwatch_filter_pattern::Language;

/// Maximum length of the name of a file without its extension, in characters.
const MAX_FILE_NAME: usize = 100;

#[derive(Debug, Args)]
pub(super) struct QueryArguments {
    #[command(flatten)]
    pub(super) file: FileArguments,
    /// Write each query to a file in this folder, and print the paths
    #[arg(long, value_name = "DIR")]
    output_dir: Option<PathBuf>,
}

/// A language of complete queries.
pub(super) trait QueryLanguage: Dialect {
    /// The start of a comment.
    const COMMENT: &'static str;

    /// The extension of files.
    const EXTENSION: &'static str;

    /// The service that runs the queries.
    const SERVICE: Service;

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
    #[serde(skip_serializing_if = "Vec::is_empty")]
    notes: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<PathBuf>,
    /// `None` if the alarm is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    query: Option<String>,
}

/// Prints a query for each alarm, or writes it to a file.
pub(super) fn run<L: QueryLanguage>(
    language: &L,
    arguments: &QueryArguments,
    output: Output,
    out: &mut dyn Write,
) -> Result<Verdict, CliError> {
    let file = arguments.file.load()?;
    let mut notes = Notes::default();
    let mut rows = Vec::new();
    for alarm in &file.alarms {
        let query = match query(language, alarm) {
            Ok(query) => {
                note_losses(alarm, L::SERVICE, &mut notes);
                Some(query)
            }
            Err(reason) => {
                notes.leave_out(&alarm.name, &reason.to_string());
                None
            }
        };
        rows.push(Row {
            alarm: &alarm.name,
            notes: Vec::new(),
            file: None,
            query,
        });
    }
    note_written(&file, arguments.file.parameters(), &mut notes);
    for row in &mut rows {
        row.notes = notes.of(row.alarm);
    }
    if let Some(folder) = &arguments.output_dir {
        write_files::<L>(&mut rows, &notes.general_lines(), folder)?;
    }
    match output {
        Output::Text if arguments.output_dir.is_some() => {
            for file in rows.iter().filter_map(|row| row.file.as_deref()) {
                writeln!(out, "{}", file.display())?;
            }
        }
        Output::Text => print::<L>(&rows, &notes.general_lines(), out)?,
        Output::Json => {
            serde_json::to_writer_pretty(&mut *out, &rows).map_err(io::Error::from)?;
            writeln!(out)?;
        }
    }
    Ok(notes.report())
}

/// Writes each query to a file of its own, and adds the paths to the rows.
fn write_files<L: QueryLanguage>(
    rows: &mut [Row<'_>],
    general: &[String],
    folder: &Path,
) -> Result<(), CliError> {
    let failed = |path: &Path| {
        let path = path.display().to_string();
        |source| CliError::WriteFile { path, source }
    };
    fs::create_dir_all(folder).map_err(failed(folder))?;
    let mut names = Names::default();
    for row in rows.iter_mut().filter(|row| row.query.is_some()) {
        let mut base = words(row.alarm).collect::<Vec<_>>().join("-");
        base.truncate(MAX_FILE_NAME);
        if base.is_empty() {
            base.push_str("alarm");
        }
        let name = names.distinct(&base, &[L::EXTENSION]);
        let path = folder.join(name + L::EXTENSION);
        let mut text = Vec::new();
        print_row::<L>(row, general, &mut text)?;
        fs::write(&path, text).map_err(failed(&path))?;
        row.file = Some(path);
    }
    Ok(())
}

/// Prints all queries. Alarms that are left out and notes on all queries come first.
fn print<L: QueryLanguage>(
    rows: &[Row<'_>],
    general: &[String],
    out: &mut dyn Write,
) -> io::Result<()> {
    let (queries, left_out): (Vec<_>, Vec<_>) = rows.iter().partition(|row| row.query.is_some());
    let reasons = left_out.iter().flat_map(|row| {
        let reasons = row.notes.iter();
        reasons.map(|reason| format!("{}: {reason}", row.alarm))
    });
    let head: Vec<String> = general.iter().cloned().chain(reasons).collect();
    write_comments(L::COMMENT, &head, out)?;
    let mut separator = if head.is_empty() { "" } else { "\n" };
    for row in queries {
        out.write_all(separator.as_bytes())?;
        print_row::<L>(row, &[], out)?;
        separator = "\n";
    }
    Ok(())
}

fn print_row<L: QueryLanguage>(
    row: &Row<'_>,
    general: &[String],
    out: &mut dyn Write,
) -> io::Result<()> {
    write_comments(L::COMMENT, &[row.alarm.to_owned()], out)?;
    write_comments(L::COMMENT, &row.notes, out)?;
    write_comments(L::COMMENT, general, out)?;
    writeln!(out, "{}", row.query.as_deref().unwrap_or_default())
}

fn query(language: &impl QueryLanguage, alarm: &AlarmDefinition) -> Result<String, Unsupported> {
    let Language::Json(expr) = alarm.pattern.language() else {
        return Err(Unsupported("its pattern is not about fields".to_owned()));
    };
    let counts_records = matches!(
        (alarm.statistic, &alarm.metric_value),
        (Statistic::Sum, MetricValue::Constant(1.0))
            | (Statistic::SampleCount, MetricValue::Constant(_))
    );
    if !counts_records {
        return Err(Unsupported(format!(
            "the query counts records, and not {:?} of its `MetricValue`",
            alarm.statistic
        )));
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
