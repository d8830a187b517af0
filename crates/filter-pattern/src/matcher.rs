//! Patterns, compiled, and asked about a record.

use std::cmp::Ordering;

use rustc_hash::FxHashSet;

use super::index::{Anchor, Anchors, Frequency, Index, anchors};
use super::number::NumberText;
use super::{
    Comparison, Condition, Expr, FilterPattern, Keyword, Language, Operand, Operator, Regex,
    SpaceDelimited, Terms, Test, glob,
};
use crate::record::{Record, Selector, Selectors, Slot, Value};

/// Many patterns, compiled to be asked together.
///
/// All of them read a record through the slots of one [`Selectors`], so that the record is walked once, and share one
/// index of what they look for, so that only those are asked that can match. Asking allocates nothing.
///
/// ```
/// use cloudwatch_filter_pattern::PatternSet;
/// use cloudwatch_filter_pattern::record::Selectors;
///
/// let patterns = ["{ $.errorCode = * }".parse()?, "Login".parse()?, "{ $.eventName = Get* }".parse()?];
/// let mut selectors = Selectors::default();
/// let set = PatternSet::new(&patterns, &mut selectors);
/// let mut reader = selectors.into_reader();
///
/// let message = r#"{"eventName": "ConsoleLogin", "errorCode": "AccessDenied"}"#;
/// let mut hits = Vec::new();
/// set.matches(message, reader.read(message).ok(), &mut hits);
/// assert_eq!(hits, [0, 1]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct PatternSet {
    patterns: Vec<Compiled>,
    index: Index,
    /// Those that are not JSON patterns, in ascending order.
    of_text: Vec<usize>,
}

#[derive(Clone, Debug)]
enum Compiled {
    Everything,
    Json(Expr<Check>),
    Terms(Terms),
    SpaceDelimited(SpaceDelimited),
    Regex(Regex),
}

impl PatternSet {
    /// Compiles the patterns, and registers what they want to read.
    pub fn new(patterns: &[FilterPattern], selectors: &mut Selectors) -> Self {
        let compile = |pattern: &FilterPattern| match &pattern.language {
            Language::Everything => Compiled::Everything,
            Language::Json(expr) => Compiled::Json(compile(expr, selectors)),
            Language::Terms(terms) => Compiled::Terms(terms.clone()),
            Language::SpaceDelimited(fields) => Compiled::SpaceDelimited(fields.clone()),
            Language::Regex(regex) => Compiled::Regex(regex.node.clone()),
        };
        let patterns: Vec<Compiled> = patterns.iter().map(compile).collect();
        let mut index = Index::default();
        let mut of_text = Vec::new();
        for (place, pattern) in patterns.iter().enumerate() {
            if let Compiled::Json(expr) = pattern {
                index.enter(place, anchors(expr));
            } else {
                index.enter(place, None);
                of_text.push(place);
            }
        }
        Self {
            patterns,
            index,
            of_text,
        }
    }

    /// Whether the record is all that they ask about, and never the message as a text.
    pub fn is_json_only(&self) -> bool {
        self.of_text.is_empty()
    }

    /// Puts the places of the patterns that match into `hits`, in ascending order, and nothing else.
    ///
    /// `record` is what a [`Reader`](crate::record::Reader) of the same selectors read from `message`, and none if the
    /// message is not one JSON object: no JSON pattern matches that.
    pub fn matches(&self, message: &str, record: Option<Record<'_>>, hits: &mut Vec<usize>) {
        match record {
            Some(record) => self.index.candidates(record, hits),
            None => hits.clone_from(&self.of_text),
        }
        hits.retain(|&at| self.matches_one(at, message, record));
    }

    /// Whether one of the patterns matches; `message` and `record` as for [`matches`](Self::matches).
    ///
    /// # Panics
    /// If there are not that many patterns.
    pub fn matches_one(&self, index: usize, message: &str, record: Option<Record<'_>>) -> bool {
        match &self.patterns[index] {
            Compiled::Everything => true,
            Compiled::Json(expr) => {
                record.is_some_and(|record| expr.holds(&|check| check.holds(record)))
            }
            Compiled::Terms(terms) => terms.matches(message),
            Compiled::SpaceDelimited(fields) => fields.matches(message),
            Compiled::Regex(regex) => regex.is_match(message),
        }
    }
}

/// A test whose selector is a slot.
#[derive(Clone, Debug)]
pub(super) struct Check {
    pub(super) slot: Slot,
    wildcard: bool,
    /// How often a string, and a value at all, is there.
    frequency: [Frequency; 2],
    question: Question,
}

#[derive(Clone, Debug)]
enum Question {
    NotExists,
    Is(Keyword),
    Compare(Comparison),
    /// All the `=` of one `||`, or all the `!=` of one `&&`, that compare the same selector with plain strings.
    Among {
        strings: FxHashSet<Box<str>>,
        negated: bool,
    },
    /// A comparison with a parameter that was not bound.
    Never,
}

fn compile(expr: &Expr, selectors: &mut Selectors) -> Expr<Check> {
    match expr {
        Expr::And(operands) => Expr::and(compile_all(operands, Operator::NotEqual, selectors)),
        Expr::Or(operands) => Expr::or(compile_all(operands, Operator::Equal, selectors)),
        Expr::Test(test) => Expr::Test(match plain_string(expr, Operator::Equal) {
            Some((_, string)) => Check {
                question: Question::Among {
                    strings: [string.into()].into_iter().collect(),
                    negated: false,
                },
                ..Check::new(test, selectors)
            },
            None => Check::new(test, selectors),
        }),
    }
}

/// Compiles operands; those that compare one selector with plain strings by this operator become one.
fn compile_all(
    operands: &[Expr],
    operator: Operator,
    selectors: &mut Selectors,
) -> Vec<Expr<Check>> {
    let mut compiled = Vec::with_capacity(operands.len());
    let mut among: Vec<(&Selector, FxHashSet<Box<str>>)> = Vec::new();
    for operand in operands {
        let Some((selector, string)) = plain_string(operand, operator) else {
            compiled.push(compile(operand, selectors));
            continue;
        };
        match among.iter_mut().find(|(known, _)| *known == selector) {
            Some((_, strings)) => _ = strings.insert(string.into()),
            None => among.push((selector, [string.into()].into_iter().collect())),
        }
    }
    compiled.extend(among.into_iter().map(|(selector, strings)| {
        let question = Question::Among {
            strings,
            negated: operator == Operator::NotEqual,
        };
        Expr::Test(Check::of(selector, question, selectors))
    }));
    compiled
}

/// The selector and the string of a comparison by this operator with a string without wildcards.
fn plain_string(expr: &Expr, operator: Operator) -> Option<(&Selector, &str)> {
    let Expr::Test(Test {
        selector,
        condition,
    }) = expr
    else {
        return None;
    };
    match &condition.node {
        Condition::Compare(comparison) if comparison.operator.node == operator => {
            let Operand::Text(text) = &comparison.operand.node else {
                return None;
            };
            let string = text.literal().filter(|string| !string.contains('*'))?;
            Some((&selector.node, string))
        }
        _ => None,
    }
}

impl Check {
    pub(super) fn new(test: &Test, selectors: &mut Selectors) -> Self {
        let question = match &test.condition.node {
            Condition::NotExists => Question::NotExists,
            Condition::Is(keyword) => Question::Is(*keyword),
            Condition::Compare(comparison) => match &comparison.operand.node {
                Operand::Text(value) if value.literal().is_none() => Question::Never,
                _ => Question::Compare(comparison.clone()),
            },
        };
        Self::of(&test.selector, question, selectors)
    }

    fn of(selector: &Selector, question: Question, selectors: &mut Selectors) -> Self {
        Self {
            slot: selectors.slot(selector),
            wildcard: selector.has_wildcard(),
            frequency: [Frequency::of_text(selector), Frequency::of_value(selector)],
            question,
        }
    }

    /// What a record must hold for this to be true: one of these; none if it may hold nothing.
    pub(super) fn anchors(&self) -> Option<Anchors> {
        let [of_text, of_value] = self.frequency;
        let is_not_equal = match &self.question {
            Question::NotExists => return None,
            Question::Never => return Some((Frequency::Rare, Vec::new())),
            Question::Among {
                strings,
                negated: false,
            } => {
                let texts = strings.iter().cloned();
                let anchors = texts.map(|text| Anchor::Text(self.slot, text)).collect();
                return Some((of_text, anchors));
            }
            Question::Among { negated: true, .. } => true,
            Question::Compare(comparison) => comparison.operator.node == Operator::NotEqual,
            Question::Is(_) => false,
        };
        // Through a wildcard `!=` is true of an empty container.
        let needs_value = !(is_not_equal && self.wildcard);
        needs_value.then(|| (of_value, vec![Anchor::Present(self.slot)]))
    }

    pub(super) fn holds(&self, record: Record<'_>) -> bool {
        match &self.question {
            Question::NotExists => record.value(self.slot).is_none(),
            Question::Is(keyword) => record.values(self.slot).any(|value| is(value, *keyword)),
            Question::Compare(comparison) if comparison.operator.node == Operator::NotEqual => {
                self.differs(record, |value| comparison.operand.equals(value))
            }
            Question::Compare(comparison) => record
                .values(self.slot)
                .any(|value| comparison.holds(value)),
            Question::Among { strings, negated } => {
                let among = |value: Value<'_>| with_text(value, |text| strings.contains(text));
                if *negated {
                    self.differs(record, among)
                } else {
                    record
                        .values(self.slot)
                        .any(|value| among(value) == Some(true))
                }
            }
            Question::Never => false,
        }
    }

    /// The meaning of `!=`: some value that can be equal is not; through a wildcard, none is and the container exists.
    fn differs(&self, record: Record<'_>, equals: impl Fn(Value<'_>) -> Option<bool>) -> bool {
        let mut values = record.values(self.slot);
        if self.wildcard {
            record.has_container(self.slot) && !values.any(|value| equals(value) == Some(true))
        } else {
            values.any(|value| equals(value) == Some(false))
        }
    }
}

impl Comparison {
    /// Whether one value satisfies the comparison.
    pub(super) fn holds(&self, value: Value<'_>) -> bool {
        let compares = |wanted: fn(Ordering) -> bool| match (&self.operand.node, value) {
            (Operand::Number(number), Value::Number(text)) => {
                number.compare(text).is_some_and(wanted)
            }
            _ => false,
        };
        match self.operator.node {
            Operator::Equal => self.operand.equals(value) == Some(true),
            Operator::NotEqual => self.operand.equals(value) == Some(false),
            Operator::Less => compares(Ordering::is_lt),
            Operator::LessOrEqual => compares(Ordering::is_le),
            Operator::Greater => compares(Ordering::is_gt),
            Operator::GreaterOrEqual => compares(Ordering::is_ge),
        }
    }
}

impl Operand {
    /// Whether the value equals this one; none if it is of a kind that cannot.
    fn equals(&self, value: Value<'_>) -> Option<bool> {
        match (self, value) {
            (Self::Number(number), Value::Number(text)) => {
                number.compare(text).map(Ordering::is_eq)
            }
            (Self::Number(number), Value::String(text)) => Some(text == number.spelling()),
            (Self::Number(_), _) => None,
            (Self::Text(text), _) => {
                let pattern = text.literal()?;
                with_text(value, |text| glob::matches(pattern, text))
            }
            (Self::Regex(regex), _) => with_text(value, |text| regex.is_match(text)),
        }
    }
}

/// Asks about the text of a value; none if it is of a kind that has none.
pub(super) fn with_text<R>(value: Value<'_>, ask: impl FnOnce(&str) -> R) -> Option<R> {
    match value {
        Value::String(text) => Some(ask(text)),
        Value::Number(spelling) => Some(ask(NumberText::new(spelling).as_str())),
        Value::Null | Value::Bool(_) | Value::Array { .. } | Value::Object { .. } => None,
    }
}

fn is(value: Value<'_>, keyword: Keyword) -> bool {
    match keyword {
        Keyword::Null => matches!(
            value,
            Value::Null
                | Value::Array {
                    holds_null: true,
                    ..
                }
        ),
        Keyword::True => value == Value::Bool(true),
        Keyword::False => value == Value::Bool(false),
    }
}
