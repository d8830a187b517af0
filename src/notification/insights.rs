//! A Logs Insights query that finds what an alarm counts.

use std::fmt::Write as _;

use crate::evidence::{Evidence, Fact};
use cloudwatch_filter_pattern::record::{Selector, Step};
use cloudwatch_filter_pattern::{
    Condition, Expr, FilterPattern, Language, Operand, Operator, Test,
};

/// Most values of one field that are listed.
const MAX_VALUES: usize = 20;

/// The query for the pattern. A pattern that Insights has no words for (wildcard selectors, `IS`, text patterns) gives
/// one for the calls that were counted; none where these are not known either.
///
/// `group` are fields and the values that they must have.
pub(super) fn query(
    pattern: &FilterPattern,
    group: &[(&Selector, &str)],
    evidence: &Evidence,
) -> Option<String> {
    let filter = match pattern.language() {
        Language::Json(expr) => expression(expr),
        _ => None,
    };
    let mut filter = filter.or_else(|| counted(evidence))?;
    let values: Vec<String> = (group.iter())
        .filter_map(|(selector, value)| Some(format!("{} = {}", field(selector)?, string(value))))
        .collect();
    if !values.is_empty() {
        filter = format!("({filter}) and {}", values.join(" and "));
    }
    Some(format!(
        "fields @timestamp, eventName, errorCode, userIdentity.arn, sourceIPAddress, errorMessage\n\
         | filter {filter}\n| sort @timestamp desc\n| limit 200"
    ))
}

fn expression(expr: &Expr) -> Option<String> {
    let joined = |operands: &[Expr], operator: &str| {
        let parts: Option<Vec<String>> = operands
            .iter()
            .map(|operand| match operand {
                Expr::Test(test) => condition(test),
                other => Some(format!("({})", expression(other)?)),
            })
            .collect();
        Some(parts?.join(operator))
    };
    match expr {
        Expr::And(operands) => joined(operands, " and "),
        Expr::Or(operands) => joined(operands, " or "),
        Expr::Test(test) => condition(test),
    }
}

fn condition(test: &Test) -> Option<String> {
    let field = field(&test.selector)?;
    let comparison = match &test.condition.node {
        Condition::NotExists => return Some(format!("not ispresent({field})")),
        Condition::Is(_) => return None,
        Condition::Compare(comparison) => comparison,
    };
    let equal = match &comparison.operand.node {
        Operand::Number(number) => {
            let operator = comparison.operator.node;
            if operator.is_ordering() {
                return Some(format!(
                    "{field} {} {}",
                    operator.as_str(),
                    number.spelling()
                ));
            }
            format!("{field} = {}", number.spelling())
        }
        Operand::Text(operand) => {
            let wanted = operand.literal()?;
            if !wanted.is_empty() && wanted.chars().all(|c| c == '*') {
                format!("ispresent({field})")
            } else if wanted.contains('*') {
                format!("{field} like /^{}$/", glob(wanted))
            } else {
                format!("{field} = {}", string(wanted))
            }
        }
        Operand::Regex(regex) => format!("{field} like /{}/", slashed(regex.as_str())),
    };
    match comparison.operator.node {
        Operator::Equal => Some(equal),
        // In a pattern a field that is not there is not unequal; in Insights it is.
        Operator::NotEqual => Some(format!("(ispresent({field}) and not ({equal}))")),
        _ => None,
    }
}

/// `a.b.0.c`, in backticks where Insights wants them.
fn field(selector: &Selector) -> Option<String> {
    let mut name = String::new();
    for step in selector.steps() {
        if !name.is_empty() {
            name.push('.');
        }
        match step {
            Step::Member(member) if !member.contains(['.', '`']) => name.push_str(member),
            Step::Element(index) => {
                let _ = write!(name, "{index}");
            }
            Step::Member(_) | Step::Any => return None,
        }
    }
    let is_plain = name
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_'));
    Some(if is_plain { name } else { format!("`{name}`") })
}

/// The expression between slashes: one that is not escaped would end it.
fn slashed(regex: &str) -> String {
    let mut shown = String::new();
    let mut is_escaped = false;
    for c in regex.chars() {
        if c == '/' && !is_escaped {
            shown.push('\\');
        }
        is_escaped = c == '\\' && !is_escaped;
        shown.push(c);
    }
    shown
}

/// The glob as a regular expression.
fn glob(text: &str) -> String {
    let mut regex = String::new();
    for c in text.chars() {
        match c {
            '*' => regex.push_str(".*"),
            c if c.is_alphanumeric() || matches!(c, '_' | '-' | ' ' | ':' | ',' | '=' | '@') => {
                regex.push(c);
            }
            c => regex.extend(['\\', c]),
        }
    }
    regex
}

fn string(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// The calls that were counted, by service and name.
fn counted(evidence: &Evidence) -> Option<String> {
    let one_of = |name: &str, fact: Fact| {
        let values: Vec<String> = evidence
            .tally(fact)
            .iter()
            .map(|(value, _)| string(value))
            .collect();
        (!values.is_empty() && values.len() <= MAX_VALUES)
            .then(|| format!("{name} in [{}]", values.join(", ")))
    };
    let source = one_of("eventSource", Fact::EventSource);
    let name = one_of("eventName", Fact::EventName);
    let parts: Vec<String> = source.into_iter().chain(name).collect();
    (!parts.is_empty()).then(|| parts.join(" and "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::{Facts, Tally};

    #[track_caller]
    fn filter(pattern: &str) -> Option<String> {
        let query = query(&pattern.parse().unwrap(), &[], &Evidence::default())?;
        let filter = query
            .lines()
            .find_map(|line| line.strip_prefix("| filter "));
        Some(filter.unwrap().to_owned())
    }

    #[test]
    fn a_pattern_has_its_words_in_insights() {
        for (pattern, words) in [
            (
                r#"{ $.errorCode = "*" && $.eventSource = "kms.amazonaws.com" }"#,
                r#"ispresent(errorCode) and eventSource = "kms.amazonaws.com""#,
            ),
            (
                "{ ($.a = x || $.a = y*z) && $.b NOT EXISTS }",
                r#"(a = "x" or a like /^y.*z$/) and not ispresent(b)"#,
            ),
            (
                "{ $.a != \"q\\\"\" }",
                r#"(ispresent(a) and not (a = "q\""))"#,
            ),
            ("{ $.a[0].b > 5 }", "a.0.b > 5"),
            ("{ $.a-b = 5 }", "`a-b` = 5"),
            ("{ $.a = %x/y% }", r"a like /x\/y/"),
            (r"{ $.a = %x\/y% }", r"a like /x\/y/"),
            (r"{ $.a = %x\\/y% }", r"a like /x\\\/y/"),
        ] {
            assert_eq!(filter(pattern).as_deref(), Some(words), "{pattern}");
        }
    }

    #[test]
    fn what_insights_has_no_words_for_is_found_by_the_calls_that_were_counted() {
        let evidence = Evidence {
            tallies: vec![Tally {
                facts: Facts::from([
                    (Fact::EventSource, "ec2.amazonaws.com"),
                    (Fact::EventName, "CreateVpc"),
                ]),
                count: 1,
            }],
            ..Evidence::default()
        };
        for pattern in ["{ $.a[*].b = c }", "{ $.a IS TRUE }", "ERROR", ""] {
            assert_eq!(filter(pattern), None, "{pattern}");
            let query = query(&pattern.parse().unwrap(), &[], &evidence).unwrap();
            let words = r#"eventSource in ["ec2.amazonaws.com"] and eventName in ["CreateVpc"]"#;
            assert!(query.contains(words), "{query}");
        }
    }
}
