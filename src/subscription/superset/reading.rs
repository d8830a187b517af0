//! Patterns into rows: with what is known of their parameters, and only what the service is sure to read as we do.

use super::rows::{Cell, equal};
use cloudwatch_filter_pattern::parameter::Values;
use cloudwatch_filter_pattern::{Condition, Expr, Operand, Operator, Spanned, Test, Text};

/// Most rows that one pattern may become; a clause with too many alternatives is left out.
const MAX_ROWS: usize = 64;

/// One pattern on its way to rows.
pub(super) struct Reading<'r> {
    pub(super) name: &'r str,
    pub(super) values: Values<'r>,
    pub(super) given_up: &'r mut Vec<String>,
}

impl Reading<'_> {
    /// The ways in which the expression can be true.
    pub(super) fn rows(&mut self, expr: &Expr) -> Vec<Vec<Cell>> {
        match expr {
            Expr::Test(test) => self.test(test),
            Expr::Or(operands) => {
                let mut rows: Vec<Vec<Cell>> = Vec::new();
                for row in operands.iter().flat_map(|operand| self.rows(operand)) {
                    // Values of one field are one cell; there are far fewer rows then.
                    let alike = rows.iter_mut().find(|known| {
                        matches!((known.as_slice(), row.as_slice()), ([a], [b]) if a.selector == b.selector)
                    });
                    match alike {
                        Some(known) => known[0] = known[0].or(&row[0]),
                        None => rows.push(row),
                    }
                }
                rows
            }
            Expr::And(operands) => {
                let mut rows: Vec<Vec<Cell>> = vec![Vec::new()];
                for operand in operands {
                    let more = self.rows(operand);
                    if rows.len() * more.len() > MAX_ROWS {
                        self.give_up(&format!(
                            "`{operand}` is left out: it has too many alternatives"
                        ));
                        continue;
                    }
                    rows = rows
                        .iter()
                        .flat_map(|row| {
                            more.iter()
                                .map(|cells| [row.clone(), cells.clone()].concat())
                        })
                        .collect();
                }
                rows
            }
        }
    }

    fn give_up(&mut self, what: &str) {
        self.given_up.push(format!("{}: {what}", self.name));
    }

    /// One test; an empty row is true of everything.
    fn test(&mut self, asked: &Test) -> Vec<Vec<Cell>> {
        let Condition::Compare(comparison) = &asked.condition.node else {
            return vec![vec![unchanged(asked)]];
        };
        let Operand::Text(text) = &comparison.operand.node else {
            return vec![vec![unchanged(asked)]];
        };
        let negated = comparison.operator.node == Operator::NotEqual;
        let is_free = text.parameters().any(|name| (self.values)(name).is_none());
        if negated && is_free {
            return self.any(asked, "the parameter may have any value");
        }
        if is_free {
            let weaker = equal(&self.given(text).to_glob());
            self.weaken(asked, &weaker, "the parameter may have any value");
            let weaker = Test {
                condition: Spanned::new(weaker, 0..0),
                ..asked.clone()
            };
            return self.portable(&weaker);
        }
        match asked.bind(self.values) {
            Ok(Expr::Test(bound)) => self.portable(&bound),
            Ok(bound) => {
                let tests: Vec<Vec<Cell>> = bound
                    .tests()
                    .into_iter()
                    .flat_map(|asked| self.portable(asked))
                    .collect();
                if negated {
                    vec![tests.concat()]
                } else {
                    // One cell of all values, or everything if one of them is.
                    let mut cells = tests.iter().map(|row| row.first());
                    let first = cells.next().flatten().cloned();
                    let joined = first.and_then(|first| {
                        cells.try_fold(first, |joined, cell| Some(joined.or(cell?)))
                    });
                    vec![joined.into_iter().collect()]
                }
            }
            Err(_) => self.any(asked, "the parameter has no value"),
        }
    }

    /// The text with the values that are known; of several values there is none that is all of them.
    fn given(&self, text: &Text) -> Text {
        let mut given = text.clone();
        for name in text.parameters() {
            if let Some([value]) = (self.values)(name).as_deref() {
                given = given.with_value(name, value);
            }
        }
        given
    }

    /// A comparison as the service is sure to read it.
    fn portable(&mut self, asked: &Test) -> Vec<Vec<Cell>> {
        let Condition::Compare(comparison) = &asked.condition.node else {
            return vec![vec![unchanged(asked)]];
        };
        let Operand::Text(text) = &comparison.operand.node else {
            return vec![vec![unchanged(asked)]];
        };
        let text = text.to_glob();
        let odd = text.find("${").or_else(|| text.find(char::is_control));
        match (odd, comparison.operator.node) {
            _ if text.is_empty() => self.any(asked, "CloudWatch may refuse an empty text"),
            (Some(_), Operator::NotEqual) => {
                self.any(asked, "CloudWatch may read its text otherwise")
            }
            (Some(at), _) => {
                let weaker = equal(&format!("{}*", &text[..at]));
                self.weaken(asked, &weaker, "CloudWatch may read its text otherwise");
                vec![vec![cell(asked, weaker)]]
            }
            (None, Operator::Equal) if text.contains('*') && !text.ends_with('*') => {
                let weaker = equal(&format!("{text}*"));
                self.weaken(asked, &weaker, "CloudWatch may find a piece too early");
                vec![vec![cell(asked, weaker)]]
            }
            (None, _) => vec![vec![unchanged(asked)]],
        }
    }

    /// What is true of whatever can be compared, in the place of a comparison.
    fn any(&mut self, asked: &Test, why: &str) -> Vec<Vec<Cell>> {
        let negated = matches!(&asked.condition.node, Condition::Compare(comparison) if comparison.operator.node == Operator::NotEqual);
        if negated && asked.selector.has_wildcard() {
            self.give_up(&format!("`{asked}` is left out: {why}"));
            return vec![Vec::new()];
        }
        let weaker = equal("*");
        self.weaken(asked, &weaker, why);
        vec![vec![cell(asked, weaker)]]
    }

    fn weaken(&mut self, asked: &Test, weaker: &Condition, why: &str) {
        let selector = &asked.selector.node;
        self.give_up(&format!("`{asked}` becomes `{selector} {weaker}`: {why}"));
    }
}

fn unchanged(asked: &Test) -> Cell {
    cell(asked, asked.condition.node.clone())
}

fn cell(asked: &Test, condition: Condition) -> Cell {
    Cell {
        selector: asked.selector.node.clone(),
        conditions: vec![condition],
    }
}
