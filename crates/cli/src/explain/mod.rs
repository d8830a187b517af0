//! `cloudtrail-alarms explain`: the result of each clause of a pattern for a record, and which clauses decide.

mod exclusions;

use std::io::{self, Write};
use std::path::PathBuf;

use clap::Args;
use serde::Serialize;
use serde_json::value::RawValue;

use crate::alarms::{self, AlarmsArguments, Parameter};
use crate::day::DayArguments;
use crate::error::CliError;
use crate::input;
use crate::output::{Output, Verdict};
use crate::visible::on_one_line;
use cloudtrail_alarms::alarm::definition::Exclusion;
use cloudwatch_filter_pattern::{Clause, Explanation, Expr, FilterPattern, Observation};
use exclusions::ExclusionJson;

/// Maximum length of a value in the text output, in characters.
const MAX_VALUE: usize = 120;

/// Maximum width of the clause column, in characters. Wider clauses are not aligned.
const MAX_COLUMN: usize = 72;

#[derive(Debug, Args)]
pub(super) struct ExplainArguments {
    #[command(flatten)]
    pattern: PatternArguments,
    /// A file with one record or other message; `-` is standard input.
    record: PathBuf,
    #[command(flatten)]
    day: DayArguments,
    #[command(flatten)]
    alarms: AlarmsArguments,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct PatternArguments {
    /// The name of the alarm whose pattern is explained.
    #[arg(long, value_name = "NAME")]
    alarm: Option<String>,
    /// The pattern that is explained.
    #[arg(
        long,
        value_name = "PATTERN",
        allow_hyphen_values = true,
        conflicts_with = "alarms_file"
    )]
    filter_pattern: Option<String>,
}

/// Explains the pattern. A record that does not match is not a finding.
pub(super) fn run(
    arguments: &ExplainArguments,
    output: Output,
    out: &mut dyn Write,
) -> Result<Verdict, CliError> {
    let PatternArguments {
        alarm,
        filter_pattern,
    } = &arguments.pattern;
    let parameters = &arguments.alarms.parameters;
    let (pattern, exclusions) = if let Some(name) = alarm {
        let file = arguments.alarms.load()?;
        let alarm = alarms::find(&file.alarms, name)?;
        (alarm.pattern.clone(), alarm.exclude.clone())
    } else {
        let pattern: FilterPattern = filter_pattern.as_deref().unwrap_or_default().parse()?;
        (bound(&pattern, parameters)?, Vec::new())
    };
    let message = input::record(&arguments.record)?;
    let explanation = pattern.explain(&message);
    let today = arguments.day.today();
    let applicable: Vec<&Exclusion> = exclusions
        .iter()
        .filter(|exclusion| explanation.matches && exclusion.pattern.matches(&message))
        .collect();
    match output {
        Output::Text => {
            let verdict = if explanation.matches {
                "match"
            } else {
                "no match"
            };
            let suffix = alarm.iter();
            let suffix = suffix.map(|name| format!(" of alarm {}", on_one_line(name)));
            writeln!(out, "{verdict}{}", suffix.collect::<String>())?;
            write_text(&explanation, "", out)?;
            exclusions::write_text(&applicable, today, out)?;
        }
        Output::Json => {
            let report = Report {
                alarm: alarm.as_deref(),
                filter_pattern: pattern.source(),
                explanation: ExplanationJson::new(&explanation),
                exclusions: (applicable.into_iter())
                    .map(|exclusion| ExclusionJson::new(exclusion, today))
                    .collect(),
            };
            serde_json::to_writer_pretty(&mut *out, &report).map_err(io::Error::from)?;
            writeln!(out)?;
        }
    }
    Ok(Verdict::Fine)
}

/// Binds the parameters of a pattern from the command line. Each must have a value.
fn bound(pattern: &FilterPattern, parameters: &[Parameter]) -> Result<FilterPattern, CliError> {
    let names = pattern.parameters();
    alarms::check_known(names.iter().copied(), parameters)?;
    let value = |name: &str| alarms::value(name, parameters).map(|value| vec![value]);
    if let Some(name) = names.iter().find(|name| value(name).is_none()) {
        return Err(CliError::Argument {
            argument: "--filter-pattern",
            reason: format!(
                "the parameter `{name}` has no value; give it with --param {name}=VALUE"
            ),
        });
    }
    Ok(pattern.bind(&value)?)
}

/// Writes an explanation as text: one line per clause, below the `&&` or `||` that it belongs to.
pub(super) fn write_text(
    explanation: &Explanation,
    indent: &str,
    out: &mut dyn Write,
) -> io::Result<()> {
    match (&explanation.clauses, &explanation.obstacle) {
        (Some(clauses), _) => {
            writeln!(out, "{indent}  (* marks what decides)")?;
            let mut lines = Vec::new();
            lay_out(clauses, 0, &mut lines);
            let width = lines
                .iter()
                .filter(|line| line.observed.is_some())
                .map(|line| line.text.chars().count())
                .filter(|&width| width <= MAX_COLUMN)
                .max()
                .unwrap_or_default();
            for line in &lines {
                let mark = if line.decides { '*' } else { ' ' };
                let (verdict, text) = (line.verdict, &line.text);
                match &line.observed {
                    Some(observed) => {
                        writeln!(
                            out,
                            "{indent}{mark} {verdict:<5}  {text:<width$}  {observed}"
                        )?;
                    }
                    None => writeln!(out, "{indent}{mark} {verdict:<5}  {text}")?,
                }
            }
        }
        (None, Some(obstacle)) => writeln!(out, "{indent}  {obstacle}")?,
        (None, None) => writeln!(out, "{indent}  the pattern matches every message")?,
    }
    for term in &explanation.ignored {
        writeln!(
            out,
            "{indent}  {term} is ignored: `?` counts only if every term has it"
        )?;
    }
    Ok(())
}

/// A line of an explanation.
struct Line {
    decides: bool,
    verdict: bool,
    text: String,
    /// The observation of the clause; `None` for the line above the operands of `&&` or `||`.
    observed: Option<String>,
}

fn lay_out(expr: &Expr<Clause>, depth: usize, lines: &mut Vec<Line>) {
    let indent = "  ".repeat(depth);
    let (operands, label) = match expr {
        Expr::And(operands) => (operands, "all of (&&)"),
        Expr::Or(operands) => (operands, "any of (||)"),
        Expr::Test(clause) => {
            lines.push(Line {
                decides: clause.decides,
                verdict: clause.holds,
                text: format!("{indent}{}", clause.text),
                observed: Some(observed(clause)),
            });
            return;
        }
    };
    lines.push(Line {
        decides: expr.decides(),
        verdict: expr.verdict(),
        text: format!("{indent}{label}"),
        observed: None,
    });
    for operand in operands {
        lay_out(operand, depth + 1, lines);
    }
}

fn observed(clause: &Clause) -> String {
    let observed = match &clause.observed {
        Observation::Occurrence(true) => "occurs".to_owned(),
        Observation::Occurrence(false) => "does not occur".to_owned(),
        Observation::Values(values) if values.is_empty() => "is missing".to_owned(),
        Observation::Values(values) => format!("is {}", truncated(&values.join(", "))),
    };
    match clause.note {
        Some(note) => format!("{observed}: {note}"),
        None => observed,
    }
}

fn truncated(text: &str) -> String {
    match text.char_indices().nth(MAX_VALUE) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.to_owned(),
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Report<'r> {
    #[serde(skip_serializing_if = "Option::is_none")]
    alarm: Option<&'r str>,
    filter_pattern: &'r str,
    #[serde(flatten)]
    explanation: ExplanationJson,
    /// Exclusions that match the record, including expired ones.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    exclusions: Vec<ExclusionJson<'r>>,
}

/// An [`Explanation`] as JSON.
#[derive(Serialize)]
pub(super) struct ExplanationJson {
    matches: bool,
    /// Why the clauses were not evaluated.
    #[serde(skip_serializing_if = "Option::is_none")]
    obstacle: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    clauses: Option<Node>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    ignored: Vec<String>,
}

/// An expression and its result.
#[derive(Serialize)]
struct Node {
    verdict: bool,
    decides: bool,
    #[serde(flatten)]
    content: Content,
}

#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
enum Content {
    And(Vec<Node>),
    Or(Vec<Node>),
    #[serde(untagged)]
    Clause(ClauseJson),
}

#[derive(Serialize)]
struct ClauseJson {
    clause: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<String>,
    /// The observed values; `None` for a clause of a text pattern.
    #[serde(skip_serializing_if = "Option::is_none")]
    values: Option<Vec<Box<RawValue>>>,
    /// Whether the message contains the text of the clause.
    #[serde(skip_serializing_if = "Option::is_none")]
    occurs: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<&'static str>,
}

impl ExplanationJson {
    pub(super) fn new(explanation: &Explanation) -> Self {
        Self {
            matches: explanation.matches,
            obstacle: explanation.obstacle.as_ref().map(ToString::to_string),
            clauses: explanation.clauses.as_ref().map(Node::new),
            ignored: explanation.ignored.clone(),
        }
    }
}

impl Node {
    fn new(expr: &Expr<Clause>) -> Self {
        Self {
            verdict: expr.verdict(),
            decides: expr.decides(),
            content: match expr {
                Expr::And(operands) => Content::And(operands.iter().map(Self::new).collect()),
                Expr::Or(operands) => Content::Or(operands.iter().map(Self::new).collect()),
                Expr::Test(clause) => Content::Clause(ClauseJson::new(clause)),
            },
        }
    }
}

impl ClauseJson {
    fn new(clause: &Clause) -> Self {
        let (values, occurs) = match &clause.observed {
            Observation::Values(values) => (Some(values.iter().cloned().map(raw).collect()), None),
            Observation::Occurrence(occurs) => (None, Some(*occurs)),
        };
        Self {
            clause: clause.text.clone(),
            subject: clause.subject.clone(),
            values,
            occurs,
            note: clause.note,
        }
    }
}

fn raw(json: String) -> Box<RawValue> {
    RawValue::from_string(json).expect("an observed value is JSON")
}
