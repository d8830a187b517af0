//! Tests compiled for a record reader.

use rustc_hash::FxHashSet;

use crate::ast::{Comparison, Condition, Keyword, Operand, Operator, Test};
use crate::comparison::map_text;
use crate::expression::Expr;
use crate::frequency::{EstimateFrequency, Frequency};
use crate::record::{Record, Selector, Selectors, Slot, Value};

/// A test whose selector is a slot of a record reader.
#[derive(Clone, Debug)]
pub(crate) struct CompiledTest {
    pub(crate) slot: Slot,
    pub(crate) has_wildcard: bool,
    /// How often the value is one certain string.
    pub(crate) text_frequency: Frequency,
    /// How often there is a value.
    pub(crate) value_frequency: Frequency,
    pub(crate) predicate: Predicate,
}

/// A condition in the form in which it is evaluated.
#[derive(Clone, Debug)]
pub(crate) enum Predicate {
    NotExists,
    Is(Keyword),
    Compare(Comparison),
    /// All `=` of one `||`, or all `!=` of one `&&`, that compare the same selector with strings without wildcards.
    OneOf {
        strings: FxHashSet<Box<str>>,
        negated: bool,
    },
    /// A comparison with an unbound parameter, which is never true.
    Never,
}

/// Compiles tests, and registers their selectors.
pub(crate) struct Compiler<'c> {
    pub(crate) selectors: &'c mut Selectors,
    pub(crate) frequencies: &'c dyn EstimateFrequency,
}

impl Compiler<'_> {
    /// Compiles a JSON pattern.
    pub(crate) fn compile(&mut self, expr: &Expr) -> Expr<CompiledTest> {
        match expr {
            Expr::And(operands) => Expr::and(self.compile_all(operands, Operator::NotEqual)),
            Expr::Or(operands) => Expr::or(self.compile_all(operands, Operator::Equal)),
            Expr::Test(test) => Expr::Test(match plain_string(expr, Operator::Equal) {
                Some((_, string)) => {
                    let predicate = Predicate::OneOf {
                        strings: [string.into()].into_iter().collect(),
                        negated: false,
                    };
                    self.with_predicate(&test.selector, predicate)
                }
                None => self.test(test),
            }),
        }
    }

    /// Compiles operands. Comparisons of one selector with plain strings by `operator` become one test.
    fn compile_all(&mut self, operands: &[Expr], operator: Operator) -> Vec<Expr<CompiledTest>> {
        let mut compiled = Vec::with_capacity(operands.len());
        let mut merged: Vec<(&Selector, FxHashSet<Box<str>>)> = Vec::new();
        for operand in operands {
            let Some((selector, string)) = plain_string(operand, operator) else {
                compiled.push(self.compile(operand));
                continue;
            };
            match merged.iter_mut().find(|(known, _)| *known == selector) {
                Some((_, strings)) => _ = strings.insert(string.into()),
                None => merged.push((selector, [string.into()].into_iter().collect())),
            }
        }
        compiled.extend(merged.into_iter().map(|(selector, strings)| {
            let predicate = Predicate::OneOf {
                strings,
                negated: operator == Operator::NotEqual,
            };
            Expr::Test(self.with_predicate(selector, predicate))
        }));
        compiled
    }

    /// Compiles one test.
    pub(crate) fn test(&mut self, test: &Test) -> CompiledTest {
        let predicate = match &test.condition.node {
            Condition::NotExists => Predicate::NotExists,
            Condition::Is(keyword) => Predicate::Is(*keyword),
            Condition::Compare(comparison) => match &comparison.operand.node {
                Operand::Text(value) if value.literal().is_none() => Predicate::Never,
                _ => Predicate::Compare(comparison.clone()),
            },
        };
        self.with_predicate(&test.selector, predicate)
    }

    fn with_predicate(&mut self, selector: &Selector, predicate: Predicate) -> CompiledTest {
        CompiledTest {
            slot: self.selectors.slot(selector),
            has_wildcard: selector.has_wildcard(),
            text_frequency: self.frequencies.text(selector),
            value_frequency: self.frequencies.value(selector),
            predicate,
        }
    }
}

/// The selector and the string of a comparison by `operator` with a string without wildcards; otherwise `None`.
fn plain_string(expr: &Expr, operator: Operator) -> Option<(&Selector, &str)> {
    let Expr::Test(test) = expr else {
        return None;
    };
    let comparison = test
        .comparison()
        .filter(|comparison| comparison.operator.node == operator)?;
    let string = comparison.text()?.literal()?;
    (!string.contains('*')).then_some((&test.selector.node, string))
}

impl CompiledTest {
    /// Evaluates the test for a record.
    pub(crate) fn holds(&self, record: Record<'_>) -> bool {
        match &self.predicate {
            Predicate::NotExists => record.value(self.slot).is_none(),
            Predicate::Is(keyword) => record.values(self.slot).any(|value| keyword.holds(value)),
            Predicate::Compare(comparison) if comparison.operator.node == Operator::NotEqual => {
                self.differs(record, |value| comparison.operand.equals(value))
            }
            Predicate::Compare(comparison) => record
                .values(self.slot)
                .any(|value| comparison.holds(value)),
            Predicate::OneOf { strings, negated } => {
                let is_one = |value: Value<'_>| map_text(value, |text| strings.contains(text));
                if *negated {
                    self.differs(record, is_one)
                } else {
                    record
                        .values(self.slot)
                        .any(|value| is_one(value) == Some(true))
                }
            }
            Predicate::Never => false,
        }
    }

    /// Evaluates `!=`: the value is comparable and not equal. Through a wildcard: the container exists, and no value is
    /// equal.
    fn differs(&self, record: Record<'_>, equals: impl Fn(Value<'_>) -> Option<bool>) -> bool {
        let mut values = record.values(self.slot);
        if self.has_wildcard {
            record.has_container(self.slot) && !values.any(|value| equals(value) == Some(true))
        } else {
            values.any(|value| equals(value) == Some(false))
        }
    }
}
