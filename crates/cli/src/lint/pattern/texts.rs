//! What is in a text: placeholders that nobody replaced, and terms that do not count.

use std::ops::Range;

use super::{Code, Finding, Subject};
use cloudwatch_filter_pattern::{Operand, Role, Terms};

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    for test in subject.root.tests() {
        let Some(comparison) = test.comparison() else {
            continue;
        };
        let span = &comparison.operand.span;
        if matches!(comparison.operand.node, Operand::Text(_))
            && let Some(placeholder) = placeholder(subject.text(span.clone()))
        {
            let span = span.start + placeholder.start..span.start + placeholder.end;
            findings.push(Finding {
                code: Code::Placeholder,
                message: format!(
                    "`{}` is compared as it stands here: nothing puts a value in its place",
                    subject.text(span.clone())
                ),
                span,
                suggestion: None,
            });
        }
    }
}

/// The first `${AWS::Region}` or `${var.name}` in a quoted string, or `{{name}}` or `<NAME>` as the whole of it.
///
/// `${Name}` is a parameter, `${aws:username}` is what policies have in them, and `<sensitiveDataRemoved>` is what CloudTrail
/// itself writes.
fn placeholder(quoted: &str) -> Option<Range<usize>> {
    for (open, _) in quoted.match_indices("${") {
        let is_escaped = quoted[..open].ends_with('\\');
        let Some((name, _)) = quoted[open + 2..].split_once('}') else {
            break;
        };
        let is_reference = name.contains("::") || name.contains('.') && !name.contains(':');
        let is_name = name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "_.:-[]".contains(c));
        if !is_escaped && is_reference && is_name {
            return Some(open..open + "${}".len() + name.len());
        }
    }
    let value = quoted.strip_prefix('"')?.strip_suffix('"')?;
    let between = |open, close| value.strip_prefix(open)?.strip_suffix(close);
    let is_name = |name: &str| {
        name.contains(|c: char| c.is_ascii_alphabetic())
            && name
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "_ .-".contains(c))
    };
    let is_in_capitals = |name: &&str| *name == name.to_uppercase() && *name != "REDACTED";
    between("<", ">")
        .filter(is_in_capitals)
        .or_else(|| between("{{", "}}"))
        .is_some_and(is_name)
        .then(|| 1..quoted.len() - 1)
}

/// `ERROR ?timeout`: beside a term that must, or must not, occur.
pub(super) fn check_terms(terms: &Terms, findings: &mut Vec<Finding>) {
    if terms.terms().iter().all(|term| term.role == Role::Optional) {
        return;
    }
    let ignored = terms
        .terms()
        .iter()
        .filter(|term| term.role == Role::Optional);
    findings.extend(
        ignored.map(|term| Finding {
            code: Code::IgnoredTerm,
            span: term.span.clone(),
            message: "ignored: a term with `?` counts only where every term of the pattern has it"
                .to_owned(),
            suggestion: None,
        }),
    );
}

#[cfg(test)]
mod tests {
    use super::placeholder;

    #[test]
    fn only_what_nothing_replaces_is_a_placeholder() {
        for (quoted, found) in [
            (r#""arn:aws:s3:::x-${AWS::Region}""#, "${AWS::Region}"),
            (r#""${Role.Arn}""#, "${Role.Arn}"),
            (r#""a ${b} ${var.c}""#, "${var.c}"),
            (r#""<BUCKET_NAME>""#, "<BUCKET_NAME>"),
            (r#""{{ role }}""#, "{{ role }}"),
        ] {
            assert_eq!(
                placeholder(quoted).map(|span| &quoted[span]),
                Some(found),
                "{quoted}"
            );
        }
        for quoted in [
            r#""${Role}""#,
            r#""*${aws:username}*""#,
            r#""\${AWS::Region}""#,
            r#""<a>b""#,
            r#""<sensitiveDataRemoved>""#,
            "x",
            r#""""#,
        ] {
            assert_eq!(placeholder(quoted), None, "{quoted}");
        }
    }
}
