//! Rules: optional terms that have no effect, and comparisons that are terms.

use std::ops::Range;

use super::code::Code;
use super::finding::{Edit, Finding, Suggestion};
use cloudwatch_filter_pattern::{FilterPattern, Language, Role, Terms};

/// Operators of a comparison, in capitals.
const OPERATORS: [&str; 6] = ["=", "!=", "<", ">", "IS ", "NOT EXISTS"];

pub(super) fn check(source: &str, terms: &Terms, findings: &mut Vec<Finding>) {
    ignored_terms(terms, findings);
    comparisons(source, terms, findings);
}

/// `ERROR ?timeout`: an optional term next to a required or excluded one.
fn ignored_terms(terms: &Terms, findings: &mut Vec<Finding>) {
    if terms.are_all_optional() {
        return;
    }
    let ignored = terms
        .terms()
        .iter()
        .filter(|term| term.role == Role::Optional);
    findings.extend(ignored.map(|term| Finding {
        code: Code::IgnoredTerm,
        span: term.span.clone(),
        message:
            "ignored: a term with `?` counts only if every term of the pattern has it".to_owned(),
        suggestion: None,
    }));
}

/// `"{ $.eventName = x }"`: a comparison in quotes. At most one finding for each term.
fn comparisons(source: &str, terms: &Terms, findings: &mut Vec<Finding>) {
    for term in terms.terms() {
        let start = term.span.start;
        let Some(found) = comparison(&source[term.span.clone()]) else {
            continue;
        };
        let span = start + found.start..start + found.end;
        findings.push(Finding {
            code: Code::ComparisonAsText,
            message: format!(
                "`{}` is searched for as text, and no field is compared; write the pattern in braces and without quotes \
                 around it: `{{ $.name = value }}`",
                &source[span.clone()]
            ),
            span,
            suggestion: suggestion(source, terms),
        });
    }
}

/// Byte range of the first selector that an operator follows, with the operator: `$.eventName =`.
fn comparison(text: &str) -> Option<Range<usize>> {
    let is_selector = |c: char| c.is_ascii_alphanumeric() || "._[]*".contains(c);
    text.match_indices("$.").find_map(|(start, _)| {
        let name = start + "$.".len();
        let end = text[name..]
            .find(|c| !is_selector(c))
            .map_or(text.len(), |length| name + length);
        let begins_with_letter = text[name..end].starts_with(|c: char| c.is_ascii_alphabetic());
        let rest = text[end..].trim_start();
        let operator = OPERATORS.into_iter().find(|operator| {
            let written = rest.get(..operator.len());
            written.is_some_and(|written| written.eq_ignore_ascii_case(operator))
        })?;
        let operator_end = text.len() - rest.len() + operator.trim_end().len();
        begins_with_letter.then_some(start..operator_end)
    })
}

/// The text of the only term, if it is a pattern of comparisons once its braces are complete.
fn suggestion(source: &str, terms: &Terms) -> Option<Suggestion> {
    let [term] = terms.terms() else {
        return None;
    };
    let text = term
        .text
        .literal()
        .filter(|_| term.role == Role::Required)?;
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let candidates = [
        text.clone(),
        format!("{{ {text}"),
        format!("{text} }}"),
        format!("{{ {text} }}"),
    ];
    let pattern = candidates.into_iter().find(|candidate| {
        let parsed = candidate.parse::<FilterPattern>();
        parsed.is_ok_and(|pattern| matches!(pattern.language(), Language::Json(_)))
    })?;
    let edit = Edit::new(0..source.len(), &pattern);
    Some(Suggestion { edits: vec![edit] })
}
