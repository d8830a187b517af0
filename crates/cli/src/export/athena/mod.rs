//! `export athena`: a SQL query for each alarm, for Amazon Athena.
//!
//! The queries use the table from the Athena User Guide, "Create a table for CloudTrail logs in Athena using manual
//! partitioning". Its columns `useridentity` and `tlsdetails` are structs, `resources` is an array of structs, and
//! `requestparameters` and similar columns contain JSON text. Its partitions are `region`, `year`, `month` and `day`.

mod columns;
mod conditions;
mod statement;

use std::io::Write;
use std::str::FromStr;

use clap::Args;
use jiff::civil::Date;

use super::losses::Service;
use super::queries::{self, QueryArguments, QueryLanguage};
use crate::error::CliError;
use crate::output::{Output, Verdict};
use cloudtrail_alarms::alarm::definition::AlarmDefinition;
use cloudtrail_alarms::query::{Dialect, Unsupported, ValueTest};
use cloudwatch_filter_pattern::record::Selector;
use statement::{Days, statement};

#[derive(Debug, Args)]
pub(super) struct AthenaArguments {
    #[command(flatten)]
    queries: QueryArguments,
    /// Name of the table, with its database if necessary
    #[arg(long, value_name = "NAME", default_value = "cloudtrail_logs")]
    table: TableName,
    /// Search records from this day on (UTC)
    #[arg(long, value_name = "DATE")]
    start_date: Option<Date>,
    /// Search records up to the end of this day (UTC)
    #[arg(long, value_name = "DATE")]
    end_date: Option<Date>,
}

/// The name of a table.
#[derive(Clone, Debug)]
struct TableName(String);

impl FromStr for TableName {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_name = |part: &str| {
            part.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
                && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        };
        if text.split('.').all(is_name) {
            Ok(Self(text.to_owned()))
        } else {
            Err("expected names of letters, digits and `_`, joined by dots")
        }
    }
}

pub(super) fn run(
    arguments: &AthenaArguments,
    output: Output,
    out: &mut dyn Write,
) -> Result<Verdict, CliError> {
    let days = Days {
        start: arguments.start_date,
        end: arguments.end_date,
    };
    if days
        .start
        .zip(days.end)
        .is_some_and(|(start, end)| start > end)
    {
        return Err(CliError::Argument {
            argument: "--end-date",
            reason: "expected a day that is not before --start-date".to_owned(),
        });
    }
    let athena = Athena {
        table: arguments.table.0.clone(),
        days,
    };
    queries::run(&athena, &arguments.queries, output, out)
}

/// Athena SQL over a table and a range of days.
struct Athena {
    table: String,
    days: Days,
}

impl Dialect for Athena {
    const AND: &'static str = " AND ";
    const OR: &'static str = " OR ";

    fn test(&self, selector: &Selector, test: &ValueTest<'_>) -> Result<String, Unsupported> {
        conditions::condition(selector, test)
    }
}

impl QueryLanguage for Athena {
    const COMMENT: &'static str = "--";
    const EXTENSION: &'static str = ".sql";
    const SERVICE: Service = Service::Athena;

    fn query(&self, alarm: &AlarmDefinition, condition: &str) -> Result<String, Unsupported> {
        statement(alarm, &self.table, self.days, condition)
    }
}
