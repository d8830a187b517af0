//! Rule: conditions that the JSON type or the possible values of a field cannot fulfill.

use super::code::Code;
use super::finding::Finding;
use super::json_pattern::JsonPattern;
use super::schema::{Field, Shape, Values};
use super::target::{Target, target};
use cloudtrail_alarms::spelling::distance;
use cloudwatch_filter_pattern::{Condition, Keyword, Operator, Test, glob};

/// Maximum edit distance of a misspelled value.
const MAX_DISTANCE: usize = 2;

pub(super) fn check(pattern: &JsonPattern<'_>, findings: &mut Vec<Finding>) {
    for test in pattern.root.tests() {
        let found = match target(test.selector.steps()) {
            Target::Field { field, .. } => match field.shape {
                Shape::Text => check_text(test, field, pattern),
                Shape::Boolean => check_boolean(test, pattern),
                Shape::Object(_) | Shape::Open(_) => check_collection(test, "an object", pattern),
                Shape::List(_) => check_collection(test, "an array", pattern),
            },
            Target::Elements => check_collection(test, "an object", pattern),
            Target::Anything | Target::Nothing { .. } => None,
        };
        findings.extend(found);
    }
}

fn check_text(test: &Test, field: &Field, pattern: &JsonPattern<'_>) -> Option<Finding> {
    match &test.condition.node {
        Condition::Is(Keyword::Null) => Some(is_null(test, pattern)),
        Condition::Is(keyword) => Some(is_keyword(test, *keyword, field, pattern)),
        Condition::Compare(comparison) if comparison.operator.is_ordering() => Some(Finding {
            code: Code::NotComparable,
            span: test.span(),
            message: format!(
                "never true: `{}` is a string, and `{}` compares numbers only",
                pattern.selector(test),
                comparison.operator.as_str()
            ),
            suggestion: None,
        }),
        Condition::Compare(_) => impossible_value(test, field, pattern),
        Condition::NotExists => None,
    }
}

/// `= true` on a boolean, which needs `IS TRUE`.
fn check_boolean(test: &Test, pattern: &JsonPattern<'_>) -> Option<Finding> {
    let comparison = match &test.condition.node {
        Condition::Is(Keyword::Null) => return Some(is_null(test, pattern)),
        Condition::Is(_) | Condition::NotExists => return None,
        Condition::Compare(comparison) => comparison,
    };
    let selector = pattern.selector(test);
    let wanted = test.equality().and_then(|(comparison, text)| {
        let is_equal = comparison.operator.node == Operator::Equal;
        match text.to_ascii_lowercase().as_str() {
            "true" => Some(is_equal),
            "false" => Some(!is_equal),
            _ => None,
        }
    });
    Some(match wanted {
        Some(wanted) => {
            let keyword = if wanted { "IS TRUE" } else { "IS FALSE" };
            Finding {
                code: Code::BooleanAsString,
                span: test.span(),
                message: format!(
                    "never true: `{selector}` is a JSON boolean, not a string; use `{keyword}`"
                ),
                suggestion: pattern.replace(test.condition.span.clone(), keyword),
            }
        }
        None => Finding {
            code: Code::NotComparable,
            span: test.span(),
            message: format!(
                "never true: `{selector}` is a JSON boolean, for which `{}` is always false; \
                 ask with `IS TRUE` or `IS FALSE`",
                comparison.operator.as_str()
            ),
            suggestion: None,
        },
    })
}

/// No comparison is true of an object or array.
fn check_collection(test: &Test, kind: &str, pattern: &JsonPattern<'_>) -> Option<Finding> {
    let condition = match &test.condition.node {
        Condition::Compare(comparison) => comparison.operator.as_str(),
        Condition::Is(Keyword::True) => "IS TRUE",
        Condition::Is(Keyword::False) => "IS FALSE",
        Condition::Is(Keyword::Null) | Condition::NotExists => return None,
    };
    // `!=` after a wildcard is true of an empty list and of one without such an element.
    let is_negated_wildcard = test.is_not_equal() && test.selector.has_wildcard();
    (!is_negated_wildcard).then(|| Finding {
        code: Code::NotComparable,
        span: test.span(),
        message: format!(
            "never true: `{}` is {kind}, for which `{condition}` is always false; select one of its members",
            pattern.selector(test)
        ),
        suggestion: None,
    })
}

fn is_null(test: &Test, pattern: &JsonPattern<'_>) -> Finding {
    Finding {
        code: Code::IsNull,
        span: test.span(),
        message: format!(
            "never true: CloudTrail leaves `{}` out, it does not write null; write `NOT EXISTS`",
            pattern.selector(test)
        ),
        suggestion: pattern.replace(test.condition.span.clone(), "NOT EXISTS"),
    }
}

/// `IS TRUE` on a string, which may be `true` or `Yes`.
fn is_keyword(test: &Test, keyword: Keyword, field: &Field, pattern: &JsonPattern<'_>) -> Finding {
    let wanted = keyword == Keyword::True;
    let is_wanted = |value: &&str| {
        matches!(
            (*value, wanted),
            ("true" | "Yes", true) | ("false" | "No", false)
        )
    };
    let condition = match field.values {
        Values::Only(values) => values
            .iter()
            .find(|value| is_wanted(value))
            .map(|value| format!("= \"{value}\""))
            // A field that can only be `true` is missing instead of `false`.
            .or_else(|| (values == ["true"]).then(|| "NOT EXISTS".to_owned())),
        _ => None,
    };
    let instead = condition
        .as_ref()
        .map(|condition| format!("; write `{condition}`"));
    Finding {
        code: Code::StringAsBoolean,
        span: test.span(),
        message: format!(
            "never true: `{}` is a string, which is never `IS {}`{}",
            pattern.selector(test),
            keyword.as_str(),
            instead.unwrap_or_default()
        ),
        suggestion: condition
            .and_then(|condition| pattern.replace(test.condition.span.clone(), condition)),
    }
}

/// A value that the field never has.
fn impossible_value(test: &Test, field: &Field, pattern: &JsonPattern<'_>) -> Option<Finding> {
    let (comparison, written) = test.equality()?;
    let known = match field.values {
        Values::Only(known) | Values::Known(known) | Values::Beginning(_, known) => known,
        Values::Any | Values::Service | Values::PerhapsService => return None,
    };
    if known.iter().any(|value| glob::matches(written, value)) {
        return None;
    }
    let near = meant(written, known);
    let is_impossible = match field.values {
        Values::Only(_) => true,
        Values::Beginning(start, _) => {
            let head = written.split('*').next().unwrap_or_default();
            let fits =
                head.starts_with(start) || (written.contains('*') && start.starts_with(head));
            !fits || near.is_some()
        }
        _ => near.is_some(),
    };
    is_impossible.then(|| {
        let selector = pattern.selector(test);
        let instead = match near {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("known values: {}", list(known)),
        };
        Finding {
            code: Code::UnknownValue,
            span: comparison.operand.span.clone(),
            message: format!("no record has the value `{written}` in `{selector}`; {instead}"),
            suggestion: near.and_then(|near| pattern.replace_operand(comparison, near)),
        }
    })
}

/// The value that was probably meant.
fn meant(text: &str, known: &[&'static str]) -> Option<&'static str> {
    if text.contains('*') {
        return None;
    }
    let synonym = known.iter().find(|known| {
        matches!(
            (text.to_ascii_lowercase().as_str(), **known),
            ("true", "Yes") | ("false", "No")
        )
    });
    let near = known
        .iter()
        .map(|value| (distance(text, value), value))
        .filter(|(distance, value)| *distance <= MAX_DISTANCE && distance * 2 < value.len());
    synonym
        .or_else(|| near.min().map(|(_, value)| value))
        .copied()
}

/// `` `A`, `B` ``
fn list(values: &[&str]) -> String {
    let quoted: Vec<String> = values.iter().map(|value| format!("`{value}`")).collect();
    quoted.join(", ")
}
