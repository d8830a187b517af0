//! `export logs-insights`: a query of CloudWatch Logs Insights for each alarm, to look at the past with.
//!
//! Insights reads a record's fields by their names, elements of an array by number. It has no value for `null`, gives
//! JSON's booleans as 1 and 0, and finds `!=` true where the field is missing, so presence is asked for beside it
//! ("Supported logs and discovered fields" and "filter" in the CloudWatch Logs user guide). It has no wildcard over
//! elements; an alarm that needs one is left out.

use super::queries::{self, Dialect, Glob, Question};
use cloudtrail_alarms::alarm::definition::AlarmDefinition;
use cloudwatch_filter_pattern::record::{Selector, Step};

/// The language of Insights.
pub(super) struct LogsInsights;

impl Dialect for LogsInsights {
    const COMMENT: &'static str = "#";
    const JOINTS: [&'static str; 2] = [" and ", " or "];

    fn test(&self, selector: &Selector, question: &Question<'_>) -> Result<String, String> {
        let field = field(selector)?;
        Ok(match question {
            Question::Missing => format!("not ispresent({field})"),
            Question::Present => format!("ispresent({field})"),
            Question::True => format!("{field} = 1"),
            Question::False => format!("{field} = 0"),
            Question::Null => {
                return Err("Insights does not tell null from a missing field".to_owned());
            }
            Question::Order(operator, number) => format!("{field} {} {number}", operator.as_str()),
            Question::Equal(Glob::Exact(text)) => format!("{field} = {}", quoted(text)),
            Question::Different(Glob::Exact(text)) => {
                format!("(ispresent({field}) and {field} != {})", quoted(text))
            }
            Question::Equal(Glob::Pieces(pieces)) => format!("{field} like {}", anchored(pieces)),
            Question::Different(Glob::Pieces(pieces)) => {
                format!(
                    "(ispresent({field}) and {field} not like {})",
                    anchored(pieces)
                )
            }
            Question::Found(regex) => format!("{field} like /{}/", slashes(regex)),
            Question::NotFound(regex) => {
                format!(
                    "(ispresent({field}) and {field} not like /{}/)",
                    slashes(regex)
                )
            }
        })
    }

    fn query(&self, alarm: &AlarmDefinition, condition: &str) -> Result<String, String> {
        let mut by = vec![format!("bin({}s)", alarm.settings.period)];
        for selector in &alarm.group_by {
            by.push(field(selector)?);
        }
        let count = match &alarm.count_distinct {
            Some(selector) => format!("count_distinct({})", field(selector)?),
            None => "count(*)".to_owned(),
        };
        let raised = queries::raised(alarm);
        Ok(format!(
            "filter {condition}\n| stats {count} as matches by {}\n| filter matches {raised}",
            by.join(", ")
        ))
    }
}

/// `userIdentity.type`, `resources.0.ARN`; a name with other characters in backticks.
fn field(selector: &Selector) -> Result<String, String> {
    let mut names = Vec::new();
    for step in selector.steps() {
        match step {
            Step::Member(name) => names.push(name.to_string()),
            Step::Element(index) => names.push(index.to_string()),
            Step::Any => return Err(format!("Insights has no wildcard, as in `{selector}`")),
        }
    }
    let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
    let name = names.join(".");
    Ok(if name.chars().all(is_plain) {
        name
    } else {
        format!("`{name}`")
    })
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// `/^Delete.*Policy$/`
fn anchored(pieces: &[&str]) -> String {
    let escape = |piece: &&str| {
        let escaped = piece.chars().map(|c| match c {
            _ if c.is_ascii_alphanumeric()
                || matches!(c, ' ' | '_' | ':' | ',' | '@' | '=')
                || !c.is_ascii() =>
            {
                c.to_string()
            }
            _ => format!("\\{c}"),
        });
        escaped.collect::<String>()
    };
    let pieces: Vec<String> = pieces.iter().map(escape).collect();
    format!("/^{}$/", pieces.join(".*"))
}

fn slashes(regex: &str) -> String {
    regex.replace('/', "\\/")
}
