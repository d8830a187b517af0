//! `cloudtrail-alarms explain`: what each clause of a pattern makes of a record, and which clauses decide.

mod exclusions;

use std::io::{self, Write};
use std::path::PathBuf;

use clap::Args;
use serde::Serialize;
use serde_json::value::RawValue;

use super::alarms::{self, AlarmsArguments, Parameter};
use super::day::DayArguments;
use super::visible::on_one_line;
use super::{CliError, Output, Verdict, input};
use cloudtrail_alarms::alarm::definition::Exclusion;
use cloudwatch_filter_pattern::{Clause, Explanation, Expr, FilterPattern, Observation};
use exclusions::ExclusionJson;

/// Longest value, in characters, that is shown to a person as a whole.
const SHOWN: usize = 120;

/// Widest clause, in characters, beside which the values of all clauses still stand in one column.
const COLUMN: usize = 72;

#[derive(Debug, Args)]
pub(super) struct ExplainArguments {
    #[command(flatten)]
    subject: Subject,
    /// A file with one record or other message; `-` is standard input.
    record: PathBuf,
    /// The file of the alarm [default: alarms.yaml, or else the alarms that are compiled in]
    #[arg(long, value_name = "FILE", conflicts_with = "filter_pattern")]
    alarms_file: Option<PathBuf>,
    #[command(flatten)]
    day: DayArguments,
    #[command(flatten)]
    alarms: AlarmsArguments,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct Subject {
    /// The name of the alarm whose pattern is explained.
    #[arg(long, value_name = "NAME")]
    alarm: Option<String>,
    /// The pattern that is explained.
    #[arg(long, value_name = "PATTERN", allow_hyphen_values = true)]
    filter_pattern: Option<String>,
}

/// Explains the pattern. Whether the record matches is the answer, so neither answer is a finding.
pub(super) fn run(
    arguments: &ExplainArguments,
    output: Output,
    out: &mut dyn Write,
) -> Result<Verdict, CliError> {
    let Subject {
        alarm,
        filter_pattern,
    } = &arguments.subject;
    let parameters = &arguments.alarms.parameters;
    let (pattern, exclusions) = if let Some(name) = alarm {
        let file = alarms::load(arguments.alarms_file.as_deref(), parameters)?;
        let alarm = alarms::find(&file.alarms, name)?;
        (alarm.pattern.clone(), alarm.exclude.clone())
    } else {
        let pattern: FilterPattern = filter_pattern.as_deref().unwrap_or_default().parse()?;
        (bound(&pattern, parameters)?, Vec::new())
    };
    let message = input::record(&arguments.record)?;
    let explanation = pattern.explain(&message);
    let today = arguments.day.today();
    let about: Vec<&Exclusion> = exclusions
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
            let of = alarm.iter();
            let of = of.map(|name| format!(" of alarm {}", on_one_line(name)));
            writeln!(out, "{verdict}{}", of.collect::<String>())?;
            write_text(&explanation, "", out)?;
            exclusions::write_text(&about, today, out)?;
        }
        Output::Json => {
            let report = Report {
                alarm: alarm.as_deref(),
                filter_pattern: pattern.source(),
                explanation: ExplanationJson::new(&explanation),
                exclusions: (about.into_iter())
                    .map(|exclusion| ExclusionJson::new(exclusion, today))
                    .collect(),
            };
            serde_json::to_writer_pretty(&mut *out, &report).map_err(io::Error::from)?;
            writeln!(out)?;
        }
    }
    Ok(Verdict::Fine)
}

/// A pattern of no alarm with the values of its parameters, each of which must have one.
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

/// Writes an explanation for a person: a clause a line, below the `&&` or `||` that it belongs to.
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
                .filter(|line| line.seen.is_some())
                .map(|line| line.text.chars().count())
                .filter(|&width| width <= COLUMN)
                .max()
                .unwrap_or_default();
            for line in &lines {
                let mark = if line.decides { '*' } else { ' ' };
                let (verdict, text) = (line.verdict, &line.text);
                match &line.seen {
                    Some(seen) => {
                        writeln!(out, "{indent}{mark} {verdict:<5}  {text:<width$}  {seen}")?;
                    }
                    None => writeln!(out, "{indent}{mark} {verdict:<5}  {text}")?,
                }
            }
        }
        (None, Some(obstacle)) => writeln!(out, "{indent}  {obstacle}")?,
        (None, None) => writeln!(out, "{indent}  the pattern asks nothing of the message")?,
    }
    for term in &explanation.ignored {
        writeln!(
            out,
            "{indent}  {term} is ignored: `?` counts only where every term has it"
        )?;
    }
    Ok(())
}

/// A line of an explanation.
struct Line {
    decides: bool,
    verdict: bool,
    text: String,
    /// Nothing for the line above the operands of `&&` and `||`.
    seen: Option<String>,
}

fn lay_out(expr: &Expr<Clause>, depth: usize, lines: &mut Vec<Line>) {
    let indent = "  ".repeat(depth);
    let (operands, joint) = match expr {
        Expr::And(operands) => (operands, "all of (&&)"),
        Expr::Or(operands) => (operands, "any of (||)"),
        Expr::Test(clause) => {
            lines.push(Line {
                decides: clause.decides,
                verdict: clause.holds,
                text: format!("{indent}{}", clause.text),
                seen: Some(seen(clause)),
            });
            return;
        }
    };
    lines.push(Line {
        decides: expr.decides(),
        verdict: expr.verdict(),
        text: format!("{indent}{joint}"),
        seen: None,
    });
    for operand in operands {
        lay_out(operand, depth + 1, lines);
    }
}

fn seen(clause: &Clause) -> String {
    let seen = match &clause.observed {
        Observation::Occurrence(true) => "occurs".to_owned(),
        Observation::Occurrence(false) => "does not occur".to_owned(),
        Observation::Values(values) if values.is_empty() => "is missing".to_owned(),
        Observation::Values(values) => format!("is {}", cut(&values.join(", "))),
    };
    match clause.note {
        Some(note) => format!("{seen}: {note}"),
        None => seen,
    }
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
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
    /// What keeps a match from counting, or did until it expired.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    exclusions: Vec<ExclusionJson<'r>>,
}

/// An [`Explanation`] for a program.
#[derive(Serialize)]
pub(super) struct ExplanationJson {
    matches: bool,
    /// Why the clauses were not asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    obstacle: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    clauses: Option<Node>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    ignored: Vec<String>,
}

/// An expression: what it comes to, and what it is made of.
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
    /// The values that were seen; none where there is nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    values: Option<Vec<Box<RawValue>>>,
    /// Whether the text of the clause was found in the message.
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
    RawValue::from_string(json).expect("a value that was seen is JSON")
}
