//! `${Name}`: values that a pattern gets later than its text.
//!
//! A value is put into the tree, not into the text, so none can change what the pattern asks.

use super::{
    Comparison, Condition, Expr, Field, FilterPattern, Language, Operand, Operator, Part, Role,
    SpaceDelimited, Spanned, Term, Terms, Test, Text,
};

/// Why a pattern's parameters could not be given their values.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UnboundParameter {
    /// Nobody knows the parameter, or its list is empty.
    #[error("the parameter `{name}` has no value")]
    NoValue {
        /// Its name.
        name: String,
    },
    /// A required term beside others cannot have alternatives: terms know "one of these" only for all terms together.
    #[error(
        "the parameter `{name}` has several values, which a term that must occur beside others cannot have"
    )]
    SeveralValues {
        /// Its name.
        name: String,
    },
    /// The empty text is in every message.
    #[error("the parameter `{name}` is empty, which leaves a term without any text")]
    EmptyTerm {
        /// Its name.
        name: String,
    },
}

/// The values of a parameter, by its name.
pub type Values<'v> = &'v dyn Fn(&str) -> Option<Vec<String>>;

impl FilterPattern {
    /// The names of the parameters, each once, in the order of the pattern.
    pub fn parameters(&self) -> Vec<&str> {
        let texts: Vec<&Text> = match &self.language {
            Language::Everything | Language::Regex(_) => Vec::new(),
            Language::Json(expr) => expr
                .tests()
                .into_iter()
                .filter_map(|test| match &test.condition.node {
                    Condition::Compare(comparison) => comparison.text(),
                    Condition::Is(_) | Condition::NotExists => None,
                })
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

    /// A text that parses to an equal pattern: as the pattern was written, if its parameters have one value each or it has
    /// none, and else printed anew.
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

    /// The value that a parameter of the unbound pattern has got, if it stands alone in a text.
    fn single_value(&self, unbound: &Self, name: &str) -> Option<String> {
        let (Language::Json(bound), Language::Json(unbound)) = (&self.language, &unbound.language)
        else {
            return None;
        };
        let (bound, unbound) = (bound.tests(), unbound.tests());
        let text = |test: &Test| match &test.condition.node {
            Condition::Compare(comparison) => comparison.text().cloned(),
            Condition::Is(_) | Condition::NotExists => None,
        };
        let place = unbound.iter().position(|test| {
            text(test).is_some_and(|text| text.parameters().any(|known| known == name))
        })?;
        // With several values there are more tests than were written.
        let value = text(bound.get(place).filter(|_| bound.len() == unbound.len())?)?;
        let value = value.literal()?;
        match text(unbound[place])?.parts() {
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

    /// The pattern with values in the place of its parameters.
    ///
    /// A value becomes part of the text it stands in; `*` in it is a wildcard where it would be one in that text. Of
    /// several values any may match: `$.x = "${P}"` becomes an `||` of the values, `$.x != "${P}"` an `&&`. In terms,
    /// `?"${P}"` becomes one optional term for each, `-"${P}"` one excluded term for each, and `"${P}"` alone becomes
    /// optional terms.
    ///
    /// The source and all spans stay those of the pattern as it was written. A pattern that is not bound can be asked,
    /// but a comparison or term with a parameter is then never satisfied, not even by `!=` or `-`.
    pub fn bind(&self, values: Values<'_>) -> Result<Self, UnboundParameter> {
        let language = match &self.language {
            Language::Json(expr) => Language::Json(expr.try_replace(&|test| test.bind(values))?),
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
    /// The test with values instead of parameters. A parameter with several values becomes several comparisons.
    ///
    /// Fails if a parameter has no value.
    pub fn bind(&self, values: Values<'_>) -> Result<Expr, UnboundParameter> {
        let Condition::Compare(comparison) = &self.condition.node else {
            return Ok(Expr::Test(self.clone()));
        };
        comparison.bind(values)?.try_replace(&|comparison| {
            let condition = Condition::Compare(comparison.clone());
            let condition = Spanned::new(condition, self.condition.span.clone());
            Ok(Expr::Test(Self {
                selector: self.selector.clone(),
                condition,
            }))
        })
    }
}

impl Comparison {
    fn text(&self) -> Option<&Text> {
        match &self.operand.node {
            Operand::Text(text) => Some(text),
            Operand::Number(_) | Operand::Regex(_) => None,
        }
    }

    fn bind(&self, values: Values<'_>) -> Result<Expr<Self>, UnboundParameter> {
        let Some(text) = self.text() else {
            return Ok(Expr::Test(self.clone()));
        };
        let alternatives = text.bind(values)?.into_iter().map(|text| {
            let operand = Spanned::new(Operand::Text(text), self.operand.span.clone());
            Expr::Test(Self {
                operator: self.operator.clone(),
                operand,
            })
        });
        Ok(if self.operator.node == Operator::NotEqual {
            Expr::and(alternatives.collect())
        } else {
            Expr::or(alternatives.collect())
        })
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
            let condition = condition.try_replace(&|comparison| comparison.bind(values))?;
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
            let texts = term.text.bind(values)?;
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
    /// One text for each combination of values; at least one.
    fn bind(&self, values: Values<'_>) -> Result<Vec<Self>, UnboundParameter> {
        let mut texts = vec![self.clone()];
        for name in self.parameters() {
            // A name that stands twice has got its value already.
            if !texts[0].parameters().any(|unbound| unbound == name) {
                continue;
            }
            let values = values(name).filter(|values| !values.is_empty());
            let values = values.ok_or_else(|| UnboundParameter::NoValue {
                name: name.to_owned(),
            })?;
            texts = texts
                .iter()
                .flat_map(|text| values.iter().map(|value| text.with_value(name, value)))
                .collect();
        }
        Ok(texts)
    }
}
