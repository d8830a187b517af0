//! Rule: optional terms that have no effect.

use super::code::Code;
use super::finding::Finding;
use cloudwatch_filter_pattern::{Role, Terms};

/// `ERROR ?timeout`: an optional term next to a required or excluded one.
pub(super) fn check(terms: &Terms, findings: &mut Vec<Finding>) {
    if terms.terms().iter().all(|term| term.role == Role::Optional) {
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
