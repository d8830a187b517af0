//! Converts patterns to disjunctive normal form.
//!
//! Known parameters are replaced by their values. A test that CloudWatch may read differently is replaced by a weaker one.

use std::collections::BTreeSet;

use super::clause::{Clause, equal};
use super::dnf::{Conjunct, Dnf};
use super::subject::Subject;
use cloudwatch_filter_pattern::parameter::Values;
use cloudwatch_filter_pattern::{
    Condition, Expr, Language, Operand, Operator, Spanned, Test, Text,
};

/// Maximum number of conjuncts of one pattern. An operand with too many alternatives is left out.
const MAX_CONJUNCTS: usize = 64;

/// The disjunction of JSON patterns, and a line for each test that was weakened because CloudWatch may not support it or may
/// read it differently.
pub(super) fn normalize(patterns: &[Subject<'_>], values: Values<'_>) -> (Dnf, Vec<String>) {
    let mut widened = Vec::new();
    let mut conjuncts = Vec::new();
    for (index, subject) in patterns.iter().enumerate() {
        let unbound = subject.pattern.unbound();
        let Language::Json(expr) = unbound.language() else {
            continue;
        };
        let mut normalizer = Normalizer {
            name: subject.name,
            values,
            widened: &mut widened,
        };
        conjuncts.extend(
            normalizer
                .conjuncts(expr)
                .into_iter()
                .map(|clauses| Conjunct {
                    clauses,
                    subjects: BTreeSet::from([index]),
                }),
        );
    }
    let names = patterns.iter().map(|subject| subject.name.to_owned());
    let mut dnf = Dnf {
        conjuncts,
        names: names.collect(),
    };
    dnf.simplify();
    (dnf, widened)
}

/// Normalizes one pattern.
pub(super) struct Normalizer<'r> {
    pub(super) name: &'r str,
    pub(super) values: Values<'r>,
    pub(super) widened: &'r mut Vec<String>,
}

impl Normalizer<'_> {
    /// The expression as conjuncts.
    pub(super) fn conjuncts(&mut self, expr: &Expr) -> Vec<Vec<Clause>> {
        match expr {
            Expr::Test(test) => self.test(test),
            Expr::Or(operands) => {
                let mut conjuncts: Vec<Vec<Clause>> = Vec::new();
                for conjunct in operands.iter().flat_map(|operand| self.conjuncts(operand)) {
                    // Values of one field become one clause, which gives far fewer conjuncts.
                    let alike = conjuncts.iter_mut().find(|known| {
                        matches!((known.as_slice(), conjunct.as_slice()), ([a], [b]) if a.selector == b.selector)
                    });
                    match alike {
                        Some(known) => known[0] = known[0].or(&conjunct[0]),
                        None => conjuncts.push(conjunct),
                    }
                }
                conjuncts
            }
            Expr::And(operands) => {
                let mut conjuncts: Vec<Vec<Clause>> = vec![Vec::new()];
                for operand in operands {
                    let more = self.conjuncts(operand);
                    if conjuncts.len() * more.len() > MAX_CONJUNCTS {
                        self.report(&format!(
                            "`{operand}` is left out: it has too many alternatives"
                        ));
                        continue;
                    }
                    conjuncts = conjuncts
                        .iter()
                        .flat_map(|conjunct| {
                            more.iter()
                                .map(|clauses| [conjunct.clone(), clauses.clone()].concat())
                        })
                        .collect();
                }
                conjuncts
            }
        }
    }

    fn report(&mut self, what: &str) {
        self.widened.push(format!("{}: {what}", self.name));
    }

    /// One test. An empty conjunct matches everything.
    fn test(&mut self, requested: &Test) -> Vec<Vec<Clause>> {
        let Condition::Compare(comparison) = &requested.condition.node else {
            return vec![vec![unchanged(requested)]];
        };
        let Operand::Text(text) = &comparison.operand.node else {
            return vec![vec![unchanged(requested)]];
        };
        let negated = comparison.operator.node == Operator::NotEqual;
        let is_free = text.parameters().any(|name| (self.values)(name).is_none());
        if negated && is_free {
            return self.any(requested, "the parameter may have any value");
        }
        if is_free {
            let weaker = equal(&self.given(text).to_glob());
            self.report_weaker(requested, &weaker, "the parameter may have any value");
            let weaker = Test {
                condition: Spanned::new(weaker, 0..0),
                ..requested.clone()
            };
            return self.portable(&weaker);
        }
        match requested.bind(self.values) {
            Ok(Expr::Test(bound)) => self.portable(&bound),
            Ok(bound) => {
                let tests: Vec<Vec<Clause>> = bound
                    .tests()
                    .into_iter()
                    .flat_map(|requested| self.portable(requested))
                    .collect();
                if negated {
                    vec![tests.concat()]
                } else {
                    // One clause of all values, or none if one of them has none.
                    let mut clauses = tests.iter().map(|conjunct| conjunct.first());
                    let first = clauses.next().flatten().cloned();
                    let joined = first.and_then(|first| {
                        clauses.try_fold(first, |joined, clause| Some(joined.or(clause?)))
                    });
                    vec![joined.into_iter().collect()]
                }
            }
            Err(_) => self.any(requested, "the parameter has no value"),
        }
    }

    /// The text with the known values. A parameter with several values is not replaced.
    fn given(&self, text: &Text) -> Text {
        let mut given = text.clone();
        for name in text.parameters() {
            if let Some([value]) = (self.values)(name).as_deref() {
                given = given.with_value(name, value);
            }
        }
        given
    }

    /// A comparison that CloudWatch is sure to read like this project, or a weaker one.
    fn portable(&mut self, requested: &Test) -> Vec<Vec<Clause>> {
        let Condition::Compare(comparison) = &requested.condition.node else {
            return vec![vec![unchanged(requested)]];
        };
        let Operand::Text(text) = &comparison.operand.node else {
            return vec![vec![unchanged(requested)]];
        };
        let text = text.to_glob();
        let odd = text.find("${").or_else(|| text.find(char::is_control));
        match (odd, comparison.operator.node) {
            _ if text.is_empty() => self.any(requested, "CloudWatch may refuse an empty text"),
            (Some(_), Operator::NotEqual) => {
                self.any(requested, "CloudWatch may read its text otherwise")
            }
            (Some(at), _) => {
                let weaker = equal(&format!("{}*", &text[..at]));
                self.report_weaker(requested, &weaker, "CloudWatch may read its text otherwise");
                vec![vec![clause(requested, weaker)]]
            }
            (None, Operator::Equal) if text.contains('*') && !text.ends_with('*') => {
                let weaker = equal(&format!("{text}*"));
                self.report_weaker(requested, &weaker, "CloudWatch may find a piece too early");
                vec![vec![clause(requested, weaker)]]
            }
            (None, _) => vec![vec![unchanged(requested)]],
        }
    }

    /// The weakest comparison of the field: it matches every value that can be compared.
    fn any(&mut self, requested: &Test, why: &str) -> Vec<Vec<Clause>> {
        let negated = matches!(&requested.condition.node, Condition::Compare(comparison) if comparison.operator.node == Operator::NotEqual);
        if negated && requested.selector.has_wildcard() {
            self.report(&format!("`{requested}` is left out: {why}"));
            return vec![Vec::new()];
        }
        let weaker = equal("*");
        self.report_weaker(requested, &weaker, why);
        vec![vec![clause(requested, weaker)]]
    }

    fn report_weaker(&mut self, requested: &Test, weaker: &Condition, why: &str) {
        let selector = &requested.selector.node;
        self.report(&format!(
            "`{requested}` becomes `{selector} {weaker}`: {why}"
        ));
    }
}

fn unchanged(requested: &Test) -> Clause {
    clause(requested, requested.condition.node.clone())
}

fn clause(requested: &Test, condition: Condition) -> Clause {
    Clause {
        selector: requested.selector.node.clone(),
        conditions: vec![condition],
    }
}
