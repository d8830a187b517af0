//! Evaluates expressions as Terraform does, as far as the configuration resolves them.
//!
//! An expression that only Terraform can resolve does not stop the evaluation. It becomes an [`Unresolved`] value with the
//! reason. Input is untrusted: the depth and the amount of work are limited.

mod body;
mod calls;
mod instances;
mod iteration;
mod operators;
mod references;
mod template;
mod traversal;
mod types;

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Range;
use std::rc::Rc;

use hcl_edit::Span;
use hcl_edit::expr::{Expression, Object, ObjectKey};

use super::SHOW;
use super::configuration::{Call, Configuration, Declaration, Module};
use super::value::{Evaluated, Unresolved, Value};
use crate::shortened;
pub(super) use instances::Key;

/// The deepest chain of expressions and references.
const MAX_DEPTH: usize = 256;

/// The amount of work for a configuration: the bytes of all values.
const BUDGET: usize = 256 << 20;

/// Evaluates the expressions of a configuration, each reference once.
pub(super) struct Evaluator<'c> {
    configuration: &'c Configuration,
    /// Values of the root module's variables.
    variables: &'c BTreeMap<String, String>,
    /// Names of `variables` that expressions refer to.
    used_variables: RefCell<BTreeSet<String>>,
    /// All instances of modules. The first one is the root module's.
    instances: RefCell<Vec<Rc<Instance<'c>>>>,
    depth: Cell<usize>,
    budget: Cell<usize>,
}

/// An instance of a module.
pub(super) struct Instance<'c> {
    module: &'c Module,
    /// Empty, or such as `module.a["x"].`
    address: String,
    caller: Option<Caller<'c>>,
    /// The values of references. A reference that is being evaluated has none.
    values: RefCell<HashMap<String, Option<Rc<Evaluated>>>>,
    /// The instances that the calls of this instance create.
    called: RefCell<HashMap<String, Called>>,
}

/// The call that created an instance.
struct Caller<'c> {
    /// An index of [`Evaluator::instances`].
    instance: usize,
    call: &'c Call,
    names: Names,
}

/// The instances that a call creates: an index of [`Evaluator::instances`] for each key.
type Called = Rc<Vec<(Key, usize)>>;

/// Names that expressions of an instance or of a `for` can use, such as `each`. The last one counts.
type Names = Vec<(String, Value)>;

/// Where an expression is evaluated.
pub(super) struct Scope<'s, 'c> {
    evaluator: &'s Evaluator<'c>,
    /// An index of [`Evaluator::instances`].
    index: usize,
    instance: Rc<Instance<'c>>,
    /// An index of the files of the module.
    file: usize,
    names: Names,
    /// The address of the resource or value that the expression belongs to.
    owner: String,
}

impl<'c> Evaluator<'c> {
    pub(super) fn new(
        configuration: &'c Configuration,
        variables: &'c BTreeMap<String, String>,
    ) -> Self {
        let root = Instance {
            module: &configuration.modules[0],
            address: String::new(),
            caller: None,
            values: RefCell::default(),
            called: RefCell::default(),
        };
        Self {
            configuration,
            variables,
            used_variables: RefCell::default(),
            instances: RefCell::new(vec![Rc::new(root)]),
            depth: Cell::new(0),
            budget: Cell::new(BUDGET),
        }
    }

    /// Whether the configuration is larger than the evaluator accepts. Some values are then missing.
    pub(super) fn is_exhausted(&self) -> bool {
        self.budget.get() == 0
    }

    /// The names of given values that have a use: those of the root module's variables, and those that expressions refer to.
    pub(super) fn known_variables(&self) -> BTreeSet<String> {
        let declared = self.configuration.modules[0].variables.keys();
        let used = self.used_variables.borrow();
        declared.chain(used.iter()).cloned().collect()
    }

    /// The given value of a variable or of another reference.
    fn given(&self, name: &str) -> Option<&'c str> {
        let value = self.variables.get(name)?;
        self.used_variables.borrow_mut().insert(name.to_owned());
        Some(value)
    }

    /// The scope of the root module.
    pub(super) fn root(&self) -> Scope<'_, 'c> {
        self.scope(0, 0, Names::new(), String::new())
    }

    fn scope(&self, index: usize, file: usize, names: Names, owner: String) -> Scope<'_, 'c> {
        Scope {
            evaluator: self,
            index,
            instance: Rc::clone(&self.instances.borrow()[index]),
            file,
            names,
            owner,
        }
    }

    /// Takes from the budget. Returns whether it was enough.
    fn charge(&self, amount: usize) -> bool {
        self.budget.set(self.budget.get().saturating_sub(amount));
        !self.is_exhausted()
    }
}

impl<'c> Scope<'_, 'c> {
    /// The module whose expressions are evaluated.
    pub(super) fn module(&self) -> &'c Module {
        self.instance.module
    }

    /// The value of an expression.
    pub(super) fn evaluate(&self, expression: &Expression) -> Evaluated {
        let depth = &self.evaluator.depth;
        if depth.get() >= MAX_DEPTH || !self.evaluator.charge(64) {
            return Err(self.error(expression, "it refers to too many other expressions"));
        }
        depth.set(depth.get() + 1);
        let value = self.evaluate_inner(expression);
        depth.set(depth.get() - 1);
        self.evaluator.charge(match &value {
            Ok(Value::Text(text)) => text.len(),
            Ok(_) => 0,
            Err(unresolved) => unresolved.expression.len() + unresolved.reason.len(),
        });
        value
    }

    fn evaluate_inner(&self, expression: &Expression) -> Evaluated {
        let compound = match expression {
            Expression::Null(_) => return Ok(Value::Null),
            Expression::Bool(value) => return Ok(Value::Bool(*value.value())),
            Expression::Number(number) => {
                return Ok(number.value().as_f64().map_or(Value::Null, Value::Number));
            }
            Expression::String(text) => return Ok(Value::Text(text.value().clone())),
            Expression::Array(items) => {
                let items = items.iter().map(|item| Value::element(self.evaluate(item)));
                return Ok(Value::List(items.collect()));
            }
            Expression::Parenthesis(inner) => return self.evaluate(inner.inner()),
            Expression::StringTemplate(template) => return self.template(template, expression),
            Expression::HeredocTemplate(heredoc) => {
                return self.template(&heredoc.template, expression);
            }
            Expression::Variable(name) => return self.name(name, expression),
            Expression::Traversal(traversal) => return self.traversal(traversal, expression),
            Expression::Object(object) => self.object(object, expression),
            Expression::Conditional(conditional) => self.conditional(conditional),
            Expression::FuncCall(call) => self.call(call, expression),
            Expression::UnaryOp(operation) => self.unary(operation, expression),
            Expression::BinaryOp(operation) => self.binary(operation, expression),
            Expression::ForExpr(each) => self.for_expression(each, expression),
        };
        // The value differs from the value of the part that is not resolved.
        compound.map_err(|unresolved| self.renamed(unresolved, expression))
    }

    fn renamed(&self, unresolved: Unresolved, expression: &Expression) -> Unresolved {
        let expression = self.identity(&source_of(expression));
        Unresolved {
            expression,
            ..unresolved
        }
    }

    fn object(&self, object: &Object, expression: &Expression) -> Evaluated {
        let mut map = BTreeMap::new();
        for (key, value) in object {
            let key = match key {
                ObjectKey::Ident(name) => name.to_string(),
                ObjectKey::Expression(key) => {
                    let text = self.evaluate(key)?.to_text();
                    text.ok_or_else(|| self.error(expression, "a key is not a text"))?
                }
            };
            map.insert(key, Value::element(self.evaluate(value.expr())));
        }
        Ok(Value::Map(map))
    }

    /// This scope with the names of an iteration.
    fn with_iteration(&self, key_name: Option<&str>, name: &str, key: Value, value: Value) -> Self {
        let mut names = self.names.clone();
        if let Some(key_name) = key_name {
            names.push((key_name.to_owned(), key));
        }
        names.push((name.to_owned(), value));
        self.with_names(names)
    }

    fn with_names(&self, names: Names) -> Self {
        self.evaluator
            .charge(names.iter().map(|(_, value)| value.size()).sum());
        self.evaluator
            .scope(self.index, self.file, names, self.owner.clone())
    }

    /// The position of a span in the current file.
    fn position(&self, span: Option<Range<usize>>) -> String {
        self.module().position(self.file, span)
    }

    /// The position of a declaration of the module.
    pub(super) fn position_of(&self, declaration: &Declaration) -> String {
        self.module()
            .position(declaration.file, declaration.block.span())
    }

    /// An expression that only Terraform can resolve.
    fn only_terraform(&self, expression: &Expression) -> Unresolved {
        let source = source_of(expression);
        let at = self.position(expression.span());
        let shown = on_one_line(&source);
        // The name of a value that does not change with the instance.
        let is_reference = matches!(expression, Expression::Traversal(_)) && self.names.is_empty();
        let way = if is_reference && !source.contains(['[', '*']) {
            format!("add `--var {source}=VALUE`, or {SHOW}")
        } else {
            SHOW.to_owned()
        };
        self.unresolved(
            &source,
            format!("only Terraform can resolve `{shown}` ({at}); {way}"),
        )
    }

    fn unresolved(&self, source: &str, reason: String) -> Unresolved {
        Unresolved {
            expression: self.identity(source),
            reason,
            is_error: false,
        }
    }

    /// An expression that Terraform would not accept either.
    fn error(&self, expression: &Expression, reason: &str) -> Unresolved {
        let source = source_of(expression);
        let at = self.position(expression.span());
        Unresolved {
            is_error: true,
            ..self.unresolved(
                &source,
                format!("`{}` ({at}): {reason}", on_one_line(&source)),
            )
        }
    }

    /// A text that is equal for expressions with equal values.
    fn identity(&self, source: &str) -> String {
        let address = &self.instance.address;
        if self.names.is_empty() {
            format!("{address}{source}")
        } else {
            // The same source has another value in another iteration.
            format!("{address}{source} of {}", self.owner)
        }
    }
}

/// The source text of an expression.
fn source_of(expression: &Expression) -> String {
    expression.to_string().trim().to_owned()
}

/// The beginning of a source text on one line, for messages.
fn on_one_line(source: &str) -> String {
    const LIMIT: usize = 80;
    let line = source.split_whitespace().collect::<Vec<_>>().join(" ");
    shortened::text(&line, LIMIT)
}
