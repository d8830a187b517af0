//! Rule: placeholders of templates that were not replaced.

use std::ops::Range;

use super::code::Code;
use super::finding::Finding;
use super::json_pattern::JsonPattern;
use cloudwatch_filter_pattern::Operand;

pub(super) fn check(pattern: &JsonPattern<'_>, findings: &mut Vec<Finding>) {
    for test in pattern.root.tests() {
        let Some(comparison) = test.comparison() else {
            continue;
        };
        let span = &comparison.operand.span;
        if matches!(comparison.operand.node, Operand::Text(_))
            && let Some(placeholder) = placeholder(pattern.text(span.clone()))
        {
            let span = span.start + placeholder.start..span.start + placeholder.end;
            findings.push(Finding {
                code: Code::Placeholder,
                message: format!(
                    "`{}` is compared literally: nothing replaces it with a value",
                    pattern.text(span.clone())
                ),
                span,
                suggestion: None,
            });
        }
    }
}

/// Finds the first `${AWS::Region}` or `${var.name}` in a quoted string, or a string that is `{{name}}` or `<NAME>`.
///
/// Not a placeholder are parameters (`${Name}`), policy variables (`${aws:username}`) and what CloudTrail itself writes
/// (`<sensitiveDataRemoved>`).
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

#[cfg(test)]
mod tests {
    use super::placeholder;

    #[test]
    fn parameters_and_policy_variables_are_not_placeholders() {
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
