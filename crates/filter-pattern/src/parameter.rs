//! Parameters: `${Name}` in words and quoted strings of a pattern.
//!
//! A value replaces a parameter in the syntax tree and not in the text. So a value cannot change the structure of a
//! pattern.

use crate::ast::{Comparison, Condition, Operand, Operator, Test};
use crate::expression::Expr;
use crate::pattern::{FilterPattern, Language};
use crate::space_delimited::{Field, SpaceDelimited};
use crate::span::Spanned;
use crate::terms::{Role, Term, Terms};
use crate::text::{Part, Text};

/// The reason why a pattern's parameters cannot be bound.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UnboundParameter {
    /// The parameter has no value.
    #[error("the parameter `{name}` has no value")]
    NoValue {
        /// The name of the parameter.
        name: String,
    },
    /// A required term has several values, and there are other terms. Terms have alternatives only if all are optional.
    #[error(
        "the parameter `{name}` has several values, which a term that must occur next to others cannot have"
    )]
    SeveralValues {
        /// The name of the parameter.
        name: String,
    },
    /// A term would be empty, which every message contains.
    #[error("the parameter `{name}` is empty, which leaves a term without any text")]
    EmptyTerm {
        /// The name of the parameter.
        name: String,
    },
}

/// Returns the values of a parameter by its name; `None` or no values if there are none.
pub type Values<'v> = &'v dyn Fn(&str) -> Option<Vec<String>>;

impl FilterPattern {
    /// The names of the parameters without duplicates, in order of first use.
    pub fn parameters(&self) -> Vec<&str> {
        let texts: Vec<&Text> = match &self.language {
            Language::Everything | Language::Regex(_) => Vec::new(),
            Language::Json(expr) => expr
                .tests()
                .into_iter()
                .filter_map(|test| test.comparison()?.text())
                .collect(),
            Language::Terms(terms) => terms.terms.iter().map(|term| &term.text).collect(),
            Language::SpaceDelimited(pattern) => pattern
                .fields
                .iter()
                .filter_map(|field| match &field.node {
                    Field::Named { condition, .. } => condition.as_ref(),
                    Field::Unnamed | Field::Ellipsis => None,
                })
                .flat_map(Expr::tests)
                .filter_map(Comparison::text)
                .collect(),
        };
        let mut names = Vec::new();
        for name in texts.into_iter().flat_map(Text::parameters) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }

    /// The pattern before [`bind`](Self::bind).
    #[must_use]
    #[expect(clippy::missing_panics_doc, reason = "the source of a pattern parses")]
    pub fn unbound(&self) -> Self {
        self.source
            .parse()
            .expect("the source of a pattern was parsed before")
    }

    /// A text that parses to an equal pattern.
    ///
    /// If each parameter has one value, it is the source with the values, otherwise the printed pattern.
    pub fn to_source(&self) -> String {
        let unbound = self.unbound();
        let mut text = self.source.to_string();
        for name in unbound.parameters() {
            let Some(value) = self.single_value(&unbound, name) else {
                return self.to_string();
            };
            let escaped = value.replace('\\', "\\\\").replace('"', "\\\"");
            text = text.replace(&format!("${{{name}}}"), &escaped.replace("${", "\\${"));
        }
        match text.parse::<Self>() {
            Ok(parsed) if parsed == *self => text,
            _ => self.to_string(),
        }
    }

    /// The value of a parameter of the unbound pattern. `None` unless it is the only parameter of a text and has one value.
    fn single_value(&self, unbound: &Self, name: &str) -> Option<String> {
        let (Language::Json(bound), Language::Json(unbound)) = (&self.language, &unbound.language)
        else {
            return None;
        };
        let (bound, unbound) = (bound.tests(), unbound.tests());
        let text = |test: &Test| test.comparison()?.text().cloned();
        let index = unbound.iter().position(|test| {
            text(test).is_some_and(|text| text.parameters().any(|known| known == name))
        })?;
        // Several values make several tests of one.
        let value = text(bound.get(index).filter(|_| bound.len() == unbound.len())?)?;
        let value = value.literal()?;
        match text(unbound[index])?.parts() {
            [Part::Parameter(_)] => Some(value.to_owned()),
            [Part::Literal(before), Part::Parameter(_)] => {
                value.strip_prefix(before.as_str()).map(str::to_owned)
            }
            [Part::Parameter(_), Part::Literal(after)] => {
                value.strip_suffix(after.as_str()).map(str::to_owned)
            }
            [
                Part::Literal(before),
                Part::Parameter(_),
                Part::Literal(after),
            ] => value
                .strip_prefix(before.as_str())?
                .strip_suffix(after.as_str())
                .map(str::to_owned),
            _ => None,
        }
    }

    /// Replaces the parameters by values.
    ///
    /// A value becomes part of its text. In a comparison, `*` in a value is a wildcard.
    ///
    /// A parameter can have several values: `$.x = "${P}"` becomes an `||` of comparisons, `$.x != "${P}"` an `&&`. In
    /// terms, `?"${P}"` becomes an optional term for each value, `-"${P}"` an excluded term for each, and `"${P}"` without
    /// other terms becomes optional terms.
    ///
    /// The source and the spans remain those of the unbound pattern. In an unbound pattern, a comparison or term with a
    /// parameter is never true, not even with `!=` or `-`.
    pub fn bind(&self, values: Values<'_>) -> Result<Self, UnboundParameter> {
        check_values(self.parameters(), values)?;
        self.bind_some(values)
    }

    /// Replaces the parameters that have values, as [`bind`](Self::bind) does, and keeps the other ones.
    pub fn bind_some(&self, values: Values<'_>) -> Result<Self, UnboundParameter> {
        let language = match &self.language {
            Language::Json(expr) => {
                Language::Json(expr.try_replace(&|test| Ok(test.bind_some(values)))?)
            }
            Language::Terms(terms) => Language::Terms(terms.bind(values)?),
            Language::SpaceDelimited(pattern) => Language::SpaceDelimited(pattern.bind(values)?),
            Language::Everything | Language::Regex(_) => self.language.clone(),
        };
        Ok(Self {
            source: self.source.clone(),
            language,
        })
    }
}

impl Test {
    /// Replaces the parameters by values. Several values become several comparisons.
    ///
    /// Fails if a parameter has no value.
    pub fn bind(&self, values: Values<'_>) -> Result<Expr, UnboundParameter> {
        let text = self.comparison().and_then(Comparison::text);
        check_values(text.into_iter().flat_map(Text::parameters), values)?;
        Ok(self.bind_some(values))
    }

    fn bind_some(&self, values: Values<'_>) -> Expr {
        let Some(comparison) = self.comparison() else {
            return Expr::Test(self.clone());
        };
        comparison.bind(values).map(&mut |comparison| {
            let condition = Condition::Compare(comparison.clone());
            let condition = Spanned::new(condition, self.condition.span.clone());
            Self {
                selector: self.selector.clone(),
                condition,
            }
        })
    }
}

impl Comparison {
    fn bind(&self, values: Values<'_>) -> Expr<Self> {
        let Some(text) = self.text() else {
            return Expr::Test(self.clone());
        };
        let alternatives = text.bind(values).into_iter().map(|text| {
            let operand = Spanned::new(Operand::Text(text), self.operand.span.clone());
            Expr::Test(Self {
                operator: self.operator.clone(),
                operand,
            })
        });
        if self.operator.node == Operator::NotEqual {
            Expr::and(alternatives.collect())
        } else {
            Expr::or(alternatives.collect())
        }
    }
}

impl SpaceDelimited {
    fn bind(&self, values: Values<'_>) -> Result<Self, UnboundParameter> {
        let bind = |field: &Spanned<Field>| {
            let Field::Named {
                name,
                condition: Some(condition),
            } = &field.node
            else {
                return Ok(field.clone());
            };
            let condition = condition.try_replace(&|comparison| Ok(comparison.bind(values)))?;
            let bound = Field::Named {
                name: name.clone(),
                condition: Some(condition),
            };
            Ok(Spanned::new(bound, field.span.clone()))
        };
        Ok(Self {
            fields: self.fields.iter().map(bind).collect::<Result<_, _>>()?,
        })
    }
}

impl Terms {
    fn bind(&self, values: Values<'_>) -> Result<Self, UnboundParameter> {
        let mut terms = Vec::with_capacity(self.terms.len());
        for term in &self.terms {
            let Some(name) = term.text.parameters().next() else {
                terms.push(term.clone());
                continue;
            };
            let texts = term.text.bind(values);
            if texts.iter().any(|text| text.parts().is_empty()) {
                return Err(UnboundParameter::EmptyTerm {
                    name: name.to_owned(),
                });
            }
            let role = match term.role {
                Role::Required if texts.len() == 1 => Role::Required,
                Role::Required if self.terms.len() == 1 => Role::Optional,
                Role::Required => {
                    return Err(UnboundParameter::SeveralValues {
                        name: name.to_owned(),
                    });
                }
                other => other,
            };
            let bound = texts
                .into_iter()
                .map(|text| Spanned::new(Term { role, text }, term.span.clone()));
            terms.extend(bound);
        }
        Ok(Self { terms })
    }
}

impl Text {
    /// The texts for all combinations of values; at least one. A parameter without a value stays.
    fn bind(&self, values: Values<'_>) -> Vec<Self> {
        let mut texts = vec![self.clone()];
        for name in self.parameters() {
            // Its first use replaced all of them.
            if !texts[0].parameters().any(|unbound| unbound == name) {
                continue;
            }
            let Some(values) = values(name).filter(|values| !values.is_empty()) else {
                continue;
            };
            texts = texts
                .iter()
                .flat_map(|text| values.iter().map(|value| text.with_value(name, value)))
                .collect();
        }
        texts
    }
}

/// Fails if one of the parameters has no value.
fn check_values<'n>(
    names: impl IntoIterator<Item = &'n str>,
    values: Values<'_>,
) -> Result<(), UnboundParameter> {
    let is_missing = |name: &&str| values(name).is_none_or(|values| values.is_empty());
    match names.into_iter().find(is_missing) {
        Some(name) => Err(UnboundParameter::NoValue {
            name: name.to_owned(),
        }),
        None => Ok(()),
    }
}
