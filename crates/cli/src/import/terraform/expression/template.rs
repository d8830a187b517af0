//! Templates: texts with `${}` and `%{}`.

use hcl_edit::expr::Expression;
use hcl_edit::template::{Directive, Element, ForDirective, IfDirective, Strip, Template};

use super::Scope;
use crate::import::terraform::value::{Evaluated, Unresolved, Value};

/// The largest text.
const MAX_TEXT: usize = 1 << 20;

/// A template that is being rendered.
struct Rendered<'e> {
    /// The whole template, for messages.
    expression: &'e Expression,
    /// The text, with the expressions that are not resolved.
    text: String,
    unresolved: Option<Unresolved>,
}

/// Whether white space at the start and at the end of a template is stripped.
type Edges = (bool, bool);

impl Scope<'_, '_> {
    /// The value of a template. A template that is only an interpolation has the value of its expression.
    pub(super) fn template(&self, template: &Template, expression: &Expression) -> Evaluated {
        if let Some(Element::Interpolation(only)) = template.as_single_element() {
            return self.evaluate(&only.expr);
        }
        let mut rendered = Rendered {
            expression,
            text: String::new(),
            unresolved: None,
        };
        self.render(template, (false, false), &mut rendered)?;
        match rendered.unresolved {
            // Equal texts around equal expressions have equal values.
            Some(unresolved) => Err(Unresolved {
                expression: format!("\"{}\"", rendered.text),
                ..unresolved
            }),
            None => Ok(Value::Text(rendered.text)),
        }
    }

    fn render(
        &self,
        template: &Template,
        edges: Edges,
        rendered: &mut Rendered<'_>,
    ) -> Result<(), Unresolved> {
        let elements: Vec<&Element> = template.iter().collect();
        for (at, element) in elements.iter().enumerate() {
            match element {
                Element::Literal(text) => {
                    let before = at.checked_sub(1).map(|at| elements[at]);
                    let is_start_stripped = before.map_or(edges.0, |before| strips(before).1);
                    let after = elements.get(at + 1);
                    let is_end_stripped = after.map_or(edges.1, |after| strips(after).0);
                    let text = if is_start_stripped {
                        without_start(text)
                    } else {
                        text
                    };
                    rendered.text += if is_end_stripped {
                        without_end(text)
                    } else {
                        text
                    };
                }
                Element::Interpolation(part) => self.interpolate(&part.expr, rendered)?,
                Element::Directive(directive) => match directive.as_ref() {
                    Directive::If(directive) => self.render_if(directive, rendered)?,
                    Directive::For(directive) => self.render_for(directive, rendered)?,
                },
            }
            if rendered.text.len() > MAX_TEXT || !self.evaluator.charge(rendered.text.len() / 64) {
                return Err(self.error(rendered.expression, "the text is too long"));
            }
        }
        Ok(())
    }

    fn interpolate(
        &self,
        part: &Expression,
        rendered: &mut Rendered<'_>,
    ) -> Result<(), Unresolved> {
        match self.evaluate(part) {
            Ok(value) => {
                let text = value.to_text();
                rendered.text += &text.ok_or_else(|| self.error(part, "it is not a text"))?;
            }
            Err(unresolved) => {
                rendered.text += "${";
                rendered.text += &unresolved.expression;
                rendered.text.push('}');
                rendered.unresolved.get_or_insert(unresolved);
            }
        }
        Ok(())
    }

    fn render_if(
        &self,
        directive: &IfDirective,
        rendered: &mut Rendered<'_>,
    ) -> Result<(), Unresolved> {
        let condition = &directive.if_expr.cond_expr;
        let value = self.evaluate(condition)?.to_bool();
        let value = value.ok_or_else(|| self.error(condition, "expected a boolean"))?;
        let (start, end) = (directive.if_expr.strip, directive.endif_expr.strip);
        match (value, &directive.else_expr) {
            (true, otherwise) => {
                let end = otherwise.as_ref().map_or(end, |otherwise| otherwise.strip);
                let edges = (start.strip_end(), end.strip_start());
                self.render(&directive.if_expr.template, edges, rendered)
            }
            (false, Some(otherwise)) => {
                let edges = (otherwise.strip.strip_end(), end.strip_start());
                self.render(&otherwise.template, edges, rendered)
            }
            (false, None) => Ok(()),
        }
    }

    fn render_for(
        &self,
        directive: &ForDirective,
        rendered: &mut Rendered<'_>,
    ) -> Result<(), Unresolved> {
        let each = &directive.for_expr;
        let edges = (
            each.strip.strip_end(),
            directive.endfor_expr.strip.strip_start(),
        );
        let collection = self.evaluate(&each.collection_expr)?;
        let key_name = each.key_var.as_ref().map(|name| name.as_str());
        for (key, value) in self.members(collection, rendered.expression)? {
            let scope = self.with_iteration(key_name, each.value_var.as_str(), key, value);
            scope.render(&each.template, edges, rendered)?;
        }
        Ok(())
    }
}

/// Whether an element strips the white space before it and after it.
fn strips(element: &Element) -> (bool, bool) {
    let (first, last): (Strip, Strip) = match element {
        Element::Literal(_) => return (false, false),
        Element::Interpolation(part) => (part.strip, part.strip),
        Element::Directive(directive) => match directive.as_ref() {
            Directive::If(directive) => (directive.if_expr.strip, directive.endif_expr.strip),
            Directive::For(directive) => (directive.for_expr.strip, directive.endfor_expr.strip),
        },
    };
    (first.strip_start(), last.strip_end())
}

/// The text without white space at its start, up to the first line break.
fn without_start(text: &str) -> &str {
    let line_end = text.find('\n').map_or(text.len(), |at| at + 1);
    let (line, rest) = text.split_at(line_end);
    if line.trim().is_empty() {
        rest
    } else {
        text.trim_start()
    }
}

/// The text without white space at its end, back to the last line break.
fn without_end(text: &str) -> &str {
    let inner = text.strip_suffix('\n').unwrap_or(text);
    let line_start = inner.rfind('\n').map_or(0, |at| at + 1);
    let kept = text[line_start..].trim_end().len();
    &text[..line_start + kept]
}
