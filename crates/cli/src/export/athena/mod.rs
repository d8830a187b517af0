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
use crate::argument::date;
use crate::error::CliError;
use crate::output::{Output, Verdict};
use cloudtrail_alarms::alarm::definition::AlarmDefinition;
use cloudtrail_alarms::query::{Dialect, Unsupported, ValueTest};
use cloudwatch_filter_pattern::record::Selector;
use statement::{Days, statement};

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  \
        cloudtrail-alarms export athena alarms.yaml --start-date 2026-01-01")]
pub(super) struct AthenaArguments {
    #[command(flatten)]
    queries: QueryArguments,
    /// CloudTrail table, with its database if necessary
    #[arg(long, value_name = "NAME", default_value = "cloudtrail_logs")]
    table: TableName,
    /// Search records from this day on (UTC)
    #[arg(long, value_name = "DATE", value_parser = date)]
    start_date: Option<Date>,
    /// Search records up to the end of this day (UTC)
    #[arg(long, value_name = "DATE", value_parser = date)]
    end_date: Option<Date>,
}

/// The largest number of names of a table: its catalog, its database and its own.
const MAX_NAMES: usize = 3;

/// Words that a name in a statement cannot be without quotes ("Reserved keywords in SQL SELECT statements" in the Athena User
/// Guide).
#[rustfmt::skip]
const RESERVED: [&str; 82] = [
    "ALTER", "AND", "AS", "BETWEEN", "BY", "CASE", "CAST", "CONSTRAINT", "CREATE", "CROSS", "CUBE", "CURRENT_CATALOG",
    "CURRENT_DATE", "CURRENT_PATH", "CURRENT_SCHEMA", "CURRENT_TIME", "CURRENT_TIMESTAMP", "CURRENT_USER", "DEALLOCATE",
    "DELETE", "DESCRIBE", "DISTINCT", "DROP", "ELSE", "END", "ESCAPE", "EXCEPT", "EXECUTE", "EXISTS", "EXTRACT", "FALSE",
    "FIRST", "FOR", "FROM", "FULL", "GROUP", "GROUPING", "HAVING", "IN", "INNER", "INSERT", "INTERSECT", "INTO", "IS",
    "JOIN", "LAST", "LEFT", "LIKE", "LISTAGG", "LOCALTIME", "LOCALTIMESTAMP", "NATURAL", "NORMALIZE", "NOT", "NULL", "OF",
    "ON", "OR", "ORDER", "OUTER", "PREPARE", "RECURSIVE", "RIGHT", "ROLLUP", "SELECT", "SKIP", "TABLE", "THEN", "TRIM",
    "TRUE", "UESCAPE", "UNION", "UNNEST", "USING", "VALUES", "WHEN", "WHERE", "WITH", "JSON_ARRAY", "JSON_EXISTS",
    "JSON_OBJECT", "JSON_QUERY",
];

/// The years that a day can have, so that the day after it has four digits, too.
const YEARS: std::ops::RangeInclusive<i16> = 1970..=9998;

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
        let is_reserved = |part: &str| RESERVED.contains(&part.to_ascii_uppercase().as_str());
        if !text.split('.').all(is_name) || text.split('.').count() > MAX_NAMES {
            return Err(
                "expected TABLE, DATABASE.TABLE or CATALOG.DATABASE.TABLE, with names of letters, digits and `_`",
            );
        }
        if text.split('.').any(is_reserved) {
            return Err("expected a name that is not a reserved word of SQL");
        }
        Ok(Self(text.to_owned()))
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
    for (argument, day) in [("--start-date", days.start), ("--end-date", days.end)] {
        if day.is_some_and(|day| !YEARS.contains(&day.year())) {
            let reason = format!("expected a year from {} to {}", YEARS.start(), YEARS.end());
            return Err(CliError::Argument { argument, reason });
        }
    }
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
