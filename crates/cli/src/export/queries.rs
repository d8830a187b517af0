//! Queries that ask the past what an alarm would ask: what the dialects have in common.

use std::io::Write;

use serde::Serialize;

use super::super::{CliError, Output, alarms};
use super::{FileArguments, tell};
use cloudtrail_alarms::alarm::definition::{AlarmDefinition, ComparisonOperator, MetricValue};
use cloudwatch_filter_pattern::record::Selector;
use cloudwatch_filter_pattern::{Condition, Expr, Keyword, Language, Operand, Operator, Test};

/// A query language.
pub(super) trait Dialect {
    /// What begins a line of comment.
    const COMMENT: &'static str;

    /// How what must all be true is joined, and what may.
    const JOINTS: [&'static str; 2];

    /// One test of a pattern; or why it cannot be said.
    fn test(&self, selector: &Selector, question: &Question<'_>) -> Result<String, String>;

    /// The query of an alarm whose pattern is this condition.
    fn query(&self, alarm: &AlarmDefinition, condition: &str) -> Result<String, String>;
}

/// What a test asks of a value.
pub(super) enum Question<'p> {
    Missing,
    /// `= "*"`
    Present,
    True,
    False,
    Null,
    /// An order, and the number as it is written.
    Order(Operator, &'p str),
    Equal(Glob<'p>),
    /// `!=`: not true of what is missing.
    Different(Glob<'p>),
    Found(&'p str),
    NotFound(&'p str),
}

/// A text with or without wildcards.
#[derive(Clone)]
pub(super) enum Glob<'p> {
    Exact(&'p str),
    /// What stands between the wildcards.
    Pieces(Vec<&'p str>),
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Row<'r> {
    alarm: &'r str,
    query: String,
}

/// Prints a query for each alarm.
pub(super) fn run(
    dialect: &impl Dialect,
    arguments: &FileArguments,
    output: Output,
    out: &mut dyn Write,
) -> Result<(), CliError> {
    let file = alarms::load(arguments.file.as_deref(), &arguments.alarms.parameters)?;
    let mut told = Vec::new();
    let mut rows = Vec::new();
    for alarm in &file.alarms {
        match query(dialect, alarm) {
            Ok(query) => rows.push(Row {
                alarm: &alarm.name,
                query,
            }),
            Err(reason) => told.push(format!("{}: left out: {reason}", alarm.name)),
        }
        if !alarm.exclude.is_empty() {
            told.push(format!(
                "{}: records of `Exclude` are found too",
                alarm.name
            ));
        }
    }
    print(&rows, comment_of(dialect), output, out)?;
    tell(&told)?;
    Ok(())
}

fn comment_of<D: Dialect>(_: &D) -> &'static str {
    D::COMMENT
}

fn print(
    rows: &[Row<'_>],
    comment: &str,
    output: Output,
    out: &mut dyn Write,
) -> Result<(), CliError> {
    match output {
        Output::Text => {
            for (place, row) in rows.iter().enumerate() {
                let between = if place == 0 { "" } else { "\n" };
                writeln!(out, "{between}{comment} {}\n{}", row.alarm, row.query)?;
            }
        }
        Output::Json => {
            serde_json::to_writer_pretty(&mut *out, rows).map_err(std::io::Error::from)?;
            writeln!(out)?;
        }
    }
    Ok(())
}

fn query(dialect: &impl Dialect, alarm: &AlarmDefinition) -> Result<String, String> {
    let Language::Json(expr) = alarm.pattern.language() else {
        return Err("its pattern is not about fields".to_owned());
    };
    if alarm.metric_value != MetricValue::Constant(1.0) {
        return Err("its `MetricValue` is not 1".to_owned());
    }
    dialect.query(alarm, &condition(dialect, expr)?)
}

/// The pattern as the dialect says it; `and` binds tighter than `or` in all of them, but not everybody knows.
fn condition<D: Dialect>(dialect: &D, expr: &Expr) -> Result<String, String> {
    let [and, or] = D::JOINTS;
    let (operands, joint) = match expr {
        Expr::Test(test) => return dialect.test(&test.selector, &question(test)?),
        Expr::And(operands) => (operands, and),
        Expr::Or(operands) => (operands, or),
    };
    let parts = operands.iter().map(|operand| {
        let part = condition(dialect, operand)?;
        Ok(match operand {
            Expr::Test(_) => part,
            Expr::And(_) | Expr::Or(_) => format!("({part})"),
        })
    });
    Ok(parts.collect::<Result<Vec<_>, String>>()?.join(joint))
}

fn question(asked: &Test) -> Result<Question<'_>, String> {
    let comparison = match &asked.condition.node {
        Condition::NotExists => return Ok(Question::Missing),
        Condition::Is(Keyword::Null) => return Ok(Question::Null),
        Condition::Is(Keyword::True) => return Ok(Question::True),
        Condition::Is(Keyword::False) => return Ok(Question::False),
        Condition::Compare(comparison) => comparison,
    };
    let negated = comparison.operator.node == Operator::NotEqual;
    Ok(match &comparison.operand.node {
        Operand::Number(number) if comparison.operator.is_ordering() => {
            Question::Order(comparison.operator.node, number.spelling())
        }
        Operand::Number(number) if negated => Question::Different(Glob::Exact(number.spelling())),
        Operand::Number(number) => Question::Equal(Glob::Exact(number.spelling())),
        Operand::Regex(regex) if negated => Question::NotFound(regex.as_str()),
        Operand::Regex(regex) => Question::Found(regex.as_str()),
        Operand::Text(text) => {
            let text = text.literal().ok_or("a parameter has no value")?;
            let is_any = !text.is_empty() && text.bytes().all(|byte| byte == b'*');
            let glob = if text.contains('*') {
                Glob::Pieces(text.split('*').collect())
            } else {
                Glob::Exact(text)
            };
            match (negated, is_any) {
                (false, true) => Question::Present,
                (false, false) => Question::Equal(glob),
                (true, _) => Question::Different(glob),
            }
        }
    })
}

/// `>= 5`: what a count must be for the alarm to be raised.
pub(super) fn raised(alarm: &AlarmDefinition) -> String {
    let sign = match alarm.settings.comparison_operator {
        ComparisonOperator::GreaterThanOrEqualToThreshold => ">=",
        ComparisonOperator::GreaterThanThreshold => ">",
        ComparisonOperator::LessThanThreshold => "<",
        ComparisonOperator::LessThanOrEqualToThreshold => "<=",
    };
    format!("{sign} {}", alarm.settings.threshold)
}
