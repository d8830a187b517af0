//! References: variables, locals, resources and outputs of modules.

use std::rc::Rc;

use hcl_edit::expr::{Expression, Traversal, TraversalOperator};
use hcl_edit::{Decorated, Ident, Span};

use super::instances::Key;
use super::traversal::Operators;
use super::{Scope, on_one_line, source_of};
use crate::import::terraform::SHOW;
use crate::import::terraform::configuration::{Call, Target};
use crate::import::terraform::value::{Evaluated, Unresolved, Value};

impl Scope<'_, '_> {
    /// The value of a name alone, such as the variable of a `for`.
    pub(super) fn name(&self, name: &Ident, expression: &Expression) -> Evaluated {
        match self.named(name) {
            Some(value) => value.clone().resolved(),
            None => Err(self.error(expression, "expected a reference, such as `var.name`")),
        }
    }

    fn named(&self, name: &str) -> Option<&Value> {
        let mut names = self.names.iter().rev();
        names
            .find(|(known, _)| known == name)
            .map(|(_, value)| value)
    }

    pub(super) fn traversal(&self, traversal: &Traversal, expression: &Expression) -> Evaluated {
        let operators = traversal.operators.as_slice();
        let Expression::Variable(root) = &traversal.expr else {
            let value = self.evaluate(&traversal.expr)?;
            return self.apply(&value, operators, expression);
        };
        if let Some(value) = self.named(root) {
            return self.apply(value, operators, expression);
        }
        if let Some((text, rest)) = self.given_reference(traversal) {
            let value = self.untyped_argument(text)?;
            return self.apply(&value, rest, expression);
        }
        match (root.as_str(), operators) {
            ("var", [name, rest @ ..]) => self.follow(name, rest, expression, Self::variable),
            ("local", [name, rest @ ..]) => self.follow(name, rest, expression, Self::local),
            ("module", [name, rest @ ..]) => self.module_output(name, rest, expression),
            ("data", [kind, name, rest @ ..]) => {
                let kind = attribute_name(kind).map(|kind| format!("data.{kind}"));
                self.resource_value(kind, name, rest, expression)
            }
            ("path" | "terraform" | "self" | "each" | "count", _) | (_, []) => {
                Err(self.only_terraform(expression))
            }
            (kind, [name, rest @ ..]) => {
                self.resource_value(Some(kind.to_owned()), name, rest, expression)
            }
        }
    }

    /// The value that the user gives for a reference or for the beginning of it, and the other operators.
    fn given_reference<'t>(&self, traversal: &'t Traversal) -> Option<(&str, Operators<'t>)> {
        if self.evaluator.variables.is_empty() {
            return None;
        }
        let operators = traversal.operators.as_slice();
        (1..=operators.len()).rev().find_map(|length| {
            let (first, rest) = operators.split_at(length);
            let beginning = Traversal::new(traversal.expr.clone(), first.to_vec());
            let name = source_of(&Expression::from(beginning));
            Some((self.evaluator.given(&name)?, rest))
        })
    }

    /// Applies the operators to the value that a name refers to.
    fn follow(
        &self,
        name: &Decorated<TraversalOperator>,
        rest: Operators<'_>,
        expression: &Expression,
        value_of: impl FnOnce(&Self, &str, &Expression) -> Rc<Evaluated>,
    ) -> Evaluated {
        let Some(name) = attribute_name(name) else {
            return Err(self.error(expression, "expected a name"));
        };
        match value_of(self, name, expression).as_ref() {
            Ok(value) => self.apply(value, rest, expression),
            Err(unresolved) if rest.is_empty() => Err(unresolved.clone()),
            Err(unresolved) => Err(self.renamed(unresolved.clone(), expression)),
        }
    }

    /// The value of a reference, which is evaluated once.
    pub(super) fn once(
        &self,
        key: String,
        expression: &Expression,
        evaluate: impl FnOnce() -> Evaluated,
    ) -> Rc<Evaluated> {
        let values = &self.instance.values;
        match values.borrow().get(&key) {
            Some(Some(value)) => return Rc::clone(value),
            Some(None) => return Rc::new(Err(self.error(expression, "it refers to itself"))),
            None => {}
        }
        values.borrow_mut().insert(key.clone(), None);
        let value = Rc::new(evaluate());
        let size = value.as_ref().as_ref().map_or(0, Value::size);
        self.evaluator.charge(size);
        values.borrow_mut().insert(key, Some(Rc::clone(&value)));
        value
    }

    fn local(&self, name: &str, expression: &Expression) -> Rc<Evaluated> {
        self.once(format!("local.{name}"), expression, || {
            let Some(local) = self.module().locals.get(name) else {
                return Err(self.undeclared(expression, "local value"));
            };
            let owner = format!("local.{name}");
            let scope = self
                .evaluator
                .scope(self.index, local.file, Vec::new(), owner);
            scope.evaluate(&local.attribute.value)
        })
    }

    /// The value of a variable: an argument of the caller, a given value, or the default.
    fn variable(&self, name: &str, expression: &Expression) -> Rc<Evaluated> {
        self.once(format!("var.{name}"), expression, || {
            let module = self.module();
            let declaration = module.variables.get(name);
            let kind = declaration.and_then(|declaration| declaration.expression("type"));
            let value = match (&self.instance.caller, declaration) {
                (Some(caller), Some(_)) => {
                    caller.call.declaration.expression(name).map(|argument| {
                        let owner = format!("module.{}", caller.call.name);
                        let file = caller.call.declaration.file;
                        let scope = self.evaluator.scope(
                            caller.instance,
                            file,
                            caller.names.clone(),
                            owner,
                        );
                        scope.evaluate(argument)
                    })
                }
                (None, _) => self.given(name, kind),
                (Some(_), None) => None,
            };
            // `null` is the default if the variable is not nullable, and otherwise a value. Modules mean the default.
            let value = value.filter(|value| !matches!(value, Ok(Value::Null)));
            let default = || {
                let declaration = declaration?;
                let default = declaration.expression("default")?;
                let owner = format!("var.{name}");
                let scope = self
                    .evaluator
                    .scope(self.index, declaration.file, Vec::new(), owner);
                Some(scope.evaluate(default))
            };
            let value = value
                .or_else(default)
                .unwrap_or_else(|| Err(self.missing(name, expression)))?;
            match kind {
                Some(kind) => self.converted(value, kind),
                None => Ok(value),
            }
        })
    }

    /// The value that the user gives for a variable of the root module.
    fn given(&self, name: &str, kind: Option<&Expression>) -> Option<Evaluated> {
        if let Some(text) = self.evaluator.given(name) {
            return Some(self.argument(text, kind));
        }
        let value = self.module().values.get(name)?;
        let owner = format!("var.{name}");
        let scope = self
            .evaluator
            .scope(self.index, value.file, Vec::new(), owner);
        Some(scope.evaluate(&value.attribute.value))
    }

    fn missing(&self, name: &str, expression: &Expression) -> Unresolved {
        let at = match self.module().variables.get(name) {
            Some(declaration) => self.position_of(declaration),
            None => return self.undeclared(expression, "variable"),
        };
        let way = match &self.instance.caller {
            Some(caller) => format!("add it to `module.{}`", caller.call.name),
            None => format!("add `--var {name}=VALUE`"),
        };
        let reason = format!("variable `{name}` ({at}) has no value; {way}, or {SHOW}");
        self.unresolved(&source_of(expression), reason)
    }

    fn undeclared(&self, expression: &Expression, kind: &str) -> Unresolved {
        let source = source_of(expression);
        let at = self.position(expression.span());
        let reason = format!(
            "{kind} `{}` ({at}) is not declared in the files that were read; import the folder, or {SHOW}",
            on_one_line(&source)
        );
        self.unresolved(&source, reason)
    }

    fn resource_value(
        &self,
        kind: Option<String>,
        name: &Decorated<TraversalOperator>,
        rest: Operators<'_>,
        expression: &Expression,
    ) -> Evaluated {
        let resource = kind.zip(attribute_name(name));
        let resource = resource.and_then(|(kind, name)| self.module().resource(&kind, name));
        let Some(resource) = resource else {
            return Err(self.undeclared(expression, "resource"));
        };
        match self.resource(resource, expression).as_ref() {
            Ok(value) => self.apply(value, rest, expression),
            Err(unresolved) => Err(self.renamed(unresolved.clone(), expression)),
        }
    }

    /// The value of `module.NAME.OUTPUT`, with an index or a splat between the names if there are several instances.
    fn module_output(
        &self,
        name: &Decorated<TraversalOperator>,
        rest: Operators<'_>,
        expression: &Expression,
    ) -> Evaluated {
        let mut calls = self.module().calls.iter();
        let name = attribute_name(name);
        let Some(call) = calls.find(|call| Some(call.name.as_str()) == name) else {
            return Err(self.undeclared(expression, "module"));
        };
        let Target::Loaded(_) = call.target else {
            return Err(self.only_terraform(expression));
        };
        let instances = self.called(call);
        let output_of = |index: usize, operators: Operators<'_>| match operators {
            [output, rest @ ..] => self.output(index, call, output, rest, expression),
            [] => Err(self.only_terraform(expression)),
        };
        match rest.split_first() {
            Some((first, rest)) => match first.value() {
                TraversalOperator::FullSplat(_) | TraversalOperator::AttrSplat(_) => {
                    let values = instances
                        .iter()
                        .map(|(_, at)| Value::element(output_of(*at, rest)));
                    Ok(Value::List(values.collect()))
                }
                TraversalOperator::Index(index) => {
                    let wanted = self.evaluate(index)?;
                    let mut instances = instances.iter();
                    let found = instances.find(|(key, _)| key.value() == wanted);
                    let found = found.ok_or_else(|| self.error(expression, "no such instance"))?;
                    output_of(found.1, rest)
                }
                _ => match instances.as_slice() {
                    [(Key::None, at)] => output_of(*at, std::slice::from_ref(first))
                        .and_then(|value| self.apply(&value, rest, expression)),
                    _ => Err(self.only_terraform(expression)),
                },
            },
            None => Err(self.only_terraform(expression)),
        }
    }

    fn output(
        &self,
        index: usize,
        call: &Call,
        name: &Decorated<TraversalOperator>,
        rest: Operators<'_>,
        expression: &Expression,
    ) -> Evaluated {
        let owner = format!("module.{}", call.name);
        let called = self.evaluator.scope(index, 0, Vec::new(), owner.clone());
        let output_of = |_: &Self, name: &str, expression: &Expression| {
            called.once(format!("output.{name}"), expression, || {
                let declaration = called.module().outputs.get(name);
                let value = declaration.and_then(|declaration| {
                    Some((declaration.file, declaration.expression("value")?))
                });
                let (file, value) = value.ok_or_else(|| self.undeclared(expression, "output"))?;
                self.evaluator
                    .scope(index, file, Vec::new(), owner.clone())
                    .evaluate(value)
            })
        };
        self.follow(name, rest, expression, output_of)
    }
}

/// The name of an attribute operator.
fn attribute_name(operator: &Decorated<TraversalOperator>) -> Option<&str> {
    match operator.value() {
        TraversalOperator::GetAttr(name) => Some(name.as_str()),
        _ => None,
    }
}
