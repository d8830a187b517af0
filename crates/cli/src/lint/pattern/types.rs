//! Conditions against the JSON type of the field, and against the values that it can have.

use super::schema::{Field, Shape, Values};
use super::target::{Target, target};
use super::{Code, Finding, Subject};
use cloudtrail_alarms::spelling::distance;
use cloudwatch_filter_pattern::{Condition, Keyword, Operator, Test, glob};

/// How many characters a value may be off to count as a slip.
const SLIP: usize = 2;

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    for test in subject.root.tests() {
        let found = match target(test.selector.steps()) {
            Target::Field { field, .. } => match field.shape {
                Shape::Text => of_text(test, field, subject),
                Shape::Boolean => of_boolean(test, subject),
                Shape::Object(_) | Shape::Open(_) => of_collection(test, "an object", subject),
                Shape::List(_) => of_collection(test, "an array", subject),
            },
            Target::Elements => of_collection(test, "an object", subject),
            Target::Anything | Target::Nothing { .. } => None,
        };
        findings.extend(found);
    }
}

fn of_text(test: &Test, field: &Field, subject: &Subject<'_>) -> Option<Finding> {
    match &test.condition.node {
        Condition::Is(Keyword::Null) => Some(is_null(test, subject)),
        Condition::Is(keyword) => Some(is_keyword(test, *keyword, field, subject)),
        Condition::Compare(comparison) if comparison.operator.is_ordering() => Some(Finding {
            code: Code::NotComparable,
            span: test.span(),
            message: format!(
                "never true: `{}` is a string, and `{}` compares numbers only",
                subject.selector(test),
                comparison.operator.as_str()
            ),
            suggestion: None,
        }),
        Condition::Compare(_) => impossible_value(test, field, subject),
        Condition::NotExists => None,
    }
}

/// `= true` where only `IS TRUE` can be true.
fn of_boolean(test: &Test, subject: &Subject<'_>) -> Option<Finding> {
    let comparison = match &test.condition.node {
        Condition::Is(Keyword::Null) => return Some(is_null(test, subject)),
        Condition::Is(_) | Condition::NotExists => return None,
        Condition::Compare(comparison) => comparison,
    };
    let selector = subject.selector(test);
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
                    "never true: `{selector}` is a JSON boolean, which no text is compared with; write `{keyword}`"
                ),
                suggestion: subject.replace(test.condition.span.clone(), keyword),
            }
        }
        None => Finding {
            code: Code::NotComparable,
            span: test.span(),
            message: format!(
                "never true: `{selector}` is a JSON boolean, of which `{}` is always false; \
                 ask with `IS TRUE` or `IS FALSE`",
                comparison.operator.as_str()
            ),
            suggestion: None,
        },
    })
}

/// Objects and arrays satisfy no comparison.
fn of_collection(test: &Test, kind: &str, subject: &Subject<'_>) -> Option<Finding> {
    let asks = match &test.condition.node {
        Condition::Compare(comparison) => comparison.operator.as_str(),
        Condition::Is(Keyword::True) => "IS TRUE",
        Condition::Is(Keyword::False) => "IS FALSE",
        Condition::Is(Keyword::Null) | Condition::NotExists => return None,
    };
    // Of an empty list, or one without such an element, `!=` through a wildcard is true.
    let is_negated_wildcard = test.is_not_equal() && test.selector.has_wildcard();
    (!is_negated_wildcard).then(|| Finding {
        code: Code::NotComparable,
        span: test.span(),
        message: format!(
            "never true: `{}` is {kind}, of which `{asks}` is always false; ask about one of its members",
            subject.selector(test)
        ),
        suggestion: None,
    })
}

fn is_null(test: &Test, subject: &Subject<'_>) -> Finding {
    Finding {
        code: Code::IsNull,
        span: test.span(),
        message: format!(
            "never true: CloudTrail leaves `{}` out, it does not write null; write `NOT EXISTS`",
            subject.selector(test)
        ),
        suggestion: subject.replace(test.condition.span.clone(), "NOT EXISTS"),
    }
}

/// `IS TRUE` on a string, which may be one that says as much.
fn is_keyword(test: &Test, keyword: Keyword, field: &Field, subject: &Subject<'_>) -> Finding {
    let wanted = keyword == Keyword::True;
    let says = |value: &&str| {
        matches!(
            (*value, wanted),
            ("true" | "Yes", true) | ("false" | "No", false)
        )
    };
    let condition = match field.values {
        Values::Only(values) => values
            .iter()
            .find(|value| says(value))
            .map(|value| format!("= \"{value}\""))
            // What only ever says yes is left out to say no.
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
            subject.selector(test),
            keyword.as_str(),
            instead.unwrap_or_default()
        ),
        suggestion: condition
            .and_then(|condition| subject.replace(test.condition.span.clone(), condition)),
    }
}

/// A value that the field never has.
fn impossible_value(test: &Test, field: &Field, subject: &Subject<'_>) -> Option<Finding> {
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
        let selector = subject.selector(test);
        let instead = match near {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("known are {}", list(known)),
        };
        Finding {
            code: Code::UnknownValue,
            span: comparison.operand.span.clone(),
            message: format!("no record has the value `{written}` in `{selector}`; {instead}"),
            suggestion: near.and_then(|near| subject.replace_operand(comparison, near)),
        }
    })
}

/// The value that this text is a slip of.
fn meant(text: &str, known: &[&'static str]) -> Option<&'static str> {
    if text.contains('*') {
        return None;
    }
    let says = known.iter().find(|known| {
        matches!(
            (text.to_ascii_lowercase().as_str(), **known),
            ("true", "Yes") | ("false", "No")
        )
    });
    let near = known
        .iter()
        .map(|value| (distance(text, value), value))
        .filter(|(distance, value)| *distance <= SLIP && distance * 2 < value.len());
    says.or_else(|| near.min().map(|(_, value)| value)).copied()
}

/// `` `A`, `B` ``
fn list(values: &[&str]) -> String {
    let quoted: Vec<String> = values.iter().map(|value| format!("`{value}`")).collect();
    quoted.join(", ")
}
