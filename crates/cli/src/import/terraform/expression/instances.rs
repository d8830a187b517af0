//! Instances of resources and modules: `count`, `for_each` and the bodies of blocks.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;
use std::rc::Rc;

use hcl_edit::expr::Expression;

use super::{Called, Caller, Instance, Names, Scope};
use crate::import::terraform::SHOW;
use crate::import::terraform::configuration::{Call, Declaration, ResourceBlock, Target};
use crate::import::terraform::value::{Attributes, Evaluated, Unresolved, Value};

/// The largest number of instances of a block.
pub(super) const MAX_INSTANCES: usize = 1_000;

/// The index of an instance.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::import::terraform) enum Key {
    None,
    Number(usize),
    Text(String),
}

/// The instances of a block.
pub(in crate::import::terraform) struct Expansion {
    members: Vec<(Key, Names)>,
    /// The attribute that cannot be resolved, and why. There is one instance then.
    pub(in crate::import::terraform) undecided: Option<String>,
    /// Why there are no instances.
    pub(in crate::import::terraform) absent: Option<String>,
}

impl Key {
    pub(super) fn value(&self) -> Value {
        match self {
            Self::None => Value::Null,
            Self::Number(index) => Value::whole(*index),
            Self::Text(key) => Value::Text(key.clone()),
        }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => Ok(()),
            Self::Number(index) => write!(formatter, "[{index}]"),
            Self::Text(key) => write!(formatter, "[{key:?}]"),
        }
    }
}

impl<'c> Scope<'_, 'c> {
    /// The scopes of the instances that the calls of this module create. The calls of remote modules create none.
    pub(in crate::import::terraform) fn calls(&self, call: &'c Call) -> Vec<Self> {
        let instances = self.called(call);
        let scope = |(_, index): &(Key, usize)| {
            self.evaluator.scope(*index, 0, Names::new(), String::new())
        };
        instances.iter().map(scope).collect()
    }

    pub(super) fn called(&self, call: &'c Call) -> Called {
        if let Some(known) = self.instance.called.borrow().get(&call.name) {
            return Rc::clone(known);
        }
        let mut created = Vec::new();
        if let Target::Loaded(module) = call.target {
            let expansion = self.expansion(&call.declaration);
            for (key, names) in expansion.members {
                let mut instances = self.evaluator.instances.borrow_mut();
                if instances.len() >= MAX_INSTANCES {
                    self.evaluator.budget.set(0);
                    break;
                }
                created.push((key.clone(), instances.len()));
                instances.push(Rc::new(Instance {
                    module: &self.evaluator.configuration.modules[module],
                    address: format!("{}module.{}{key}.", self.instance.address, call.name),
                    caller: Some(Caller {
                        instance: self.index,
                        call,
                        names,
                    }),
                    values: RefCell::default(),
                    called: RefCell::default(),
                }));
            }
        }
        let created = Rc::new(created);
        let name = call.name.clone();
        self.instance
            .called
            .borrow_mut()
            .insert(name, Rc::clone(&created));
        created
    }

    /// The address of a block of the module, such as `module.a.aws_sns_topic.alerts`.
    pub(in crate::import::terraform) fn address(&self, local: &str) -> String {
        format!("{}{local}", self.instance.address)
    }

    /// The value of a resource: its attributes, a list of instances for `count`, or a map of them for `for_each`.
    pub(in crate::import::terraform) fn resource_of(
        &self,
        resource: &ResourceBlock,
    ) -> Rc<Evaluated> {
        self.resource(resource, &Expression::from(resource.name.as_str()))
    }

    pub(super) fn resource(
        &self,
        resource: &ResourceBlock,
        expression: &Expression,
    ) -> Rc<Evaluated> {
        let local = format!("{}.{}", resource.kind, resource.name);
        self.once(local.clone(), expression, || {
            let declaration = &resource.declaration;
            let expansion = self.expansion(declaration);
            let is_single = matches!(expansion.members.as_slice(), [(Key::None, _)]);
            let mut list = Vec::new();
            let mut map = BTreeMap::new();
            for (key, names) in expansion.members {
                let address = self.address(&format!("{local}{key}"));
                let scope =
                    self.evaluator
                        .scope(self.index, declaration.file, names, address.clone());
                let mut values = scope.body(&declaration.block.body);
                add_id(&resource.kind, &mut values);
                let value = Value::Resource(Attributes { address, values });
                match key {
                    Key::Text(key) => drop(map.insert(key, value)),
                    Key::None | Key::Number(_) => list.push(value),
                }
            }
            let is_counted = declaration.expression("count").is_some();
            Ok(match list.pop() {
                Some(only) if is_single => only,
                Some(item) => {
                    list.push(item);
                    Value::List(list)
                }
                None if is_counted => Value::List(list),
                None => Value::Map(map),
            })
        })
    }

    /// The instances that `count` or `for_each` creates.
    pub(in crate::import::terraform) fn expansion(&self, declaration: &Declaration) -> Expansion {
        let scope = self
            .evaluator
            .scope(self.index, declaration.file, Names::new(), String::new());
        let result = match (
            declaration.expression("count"),
            declaration.expression("for_each"),
        ) {
            (Some(count), _) => scope
                .counted(count)
                .map_err(|unresolved| ("count", unresolved)),
            (None, Some(each)) => scope
                .each(each)
                .map_err(|unresolved| ("for_each", unresolved)),
            (None, None) => Ok(vec![(Key::None, Names::new())]),
        };
        let mut expansion = Expansion {
            members: Vec::new(),
            undecided: None,
            absent: None,
        };
        match result {
            Ok(members) if members.is_empty() => {
                let at = self.position_of(declaration);
                let is_counted = declaration.expression("count").is_some();
                let reason = if is_counted {
                    "its `count` is 0"
                } else {
                    "its `for_each` is empty"
                };
                expansion.absent = Some(format!("{reason} ({at})"));
            }
            Ok(members) => expansion.members = members,
            Err((attribute, unresolved)) => {
                let reason = &unresolved.reason;
                expansion.undecided = Some(format!("its `{attribute}` is not known: {reason}"));
                expansion.members = vec![undecided(attribute, &unresolved)];
            }
        }
        expansion
    }

    fn counted(&self, count: &Expression) -> Result<Vec<(Key, Names)>, Unresolved> {
        let value = self.evaluate(count)?;
        let number = value
            .to_index()
            .ok_or_else(|| self.error(count, "expected a whole number"))?;
        if number > MAX_INSTANCES {
            return Err(self.too_many("count", count, number));
        }
        let instance = |index| {
            let count = BTreeMap::from([("index".to_owned(), Value::whole(index))]);
            (
                Key::Number(index),
                vec![("count".to_owned(), Value::Map(count))],
            )
        };
        Ok((0..number).map(instance).collect())
    }

    fn each(&self, each: &Expression) -> Result<Vec<(Key, Names)>, Unresolved> {
        let members = self.each_members(each)?;
        let instance = |(key, value): (String, Value)| {
            let names = BTreeMap::from([
                ("key".to_owned(), Value::Text(key.clone())),
                ("value".to_owned(), value),
            ]);
            (Key::Text(key), vec![("each".to_owned(), Value::Map(names))])
        };
        Ok(members.into_iter().map(instance).collect())
    }

    /// The keys and values of a map, or the texts of a set.
    fn each_members(&self, each: &Expression) -> Result<Vec<(String, Value)>, Unresolved> {
        let members: Vec<(String, Value)> = match self.evaluate(each)? {
            Value::Map(map) => map.into_iter().collect(),
            Value::Resource(attributes) => attributes.values.into_iter().collect(),
            Value::List(items) => {
                let mut members = Vec::new();
                for item in items {
                    let item = item.resolved()?;
                    let key = item.to_text();
                    let key =
                        key.ok_or_else(|| self.error(each, "expected a map or a set of texts"))?;
                    members.push((key, item));
                }
                members
            }
            _ => return Err(self.error(each, "expected a map or a set of texts")),
        };
        if members.len() > MAX_INSTANCES {
            return Err(self.too_many("for_each", each, members.len()));
        }
        Ok(members)
    }

    fn too_many(&self, attribute: &str, expression: &Expression, number: usize) -> Unresolved {
        let size = if attribute == "count" { "is" } else { "has" };
        let reason = format!(
            "`{attribute}` {size} {number}; import reads at most {MAX_INSTANCES} instances"
        );
        self.error(expression, &format!("{reason}; {SHOW}"))
    }
}

/// The only instance of a block whose number of instances is not known.
fn undecided(attribute: &str, unresolved: &Unresolved) -> (Key, Names) {
    let part = |name: &str| {
        let expression = format!("{name} of {}", unresolved.expression);
        let part = Unresolved {
            expression,
            ..unresolved.clone()
        };
        (name.to_owned(), Value::Unresolved(part))
    };
    if attribute == "count" {
        let count = Value::Map(BTreeMap::from([part("index")]));
        return (Key::Number(0), vec![("count".to_owned(), count)]);
    }
    let each = Value::Map(BTreeMap::from([part("key"), part("value")]));
    (Key::None, vec![("each".to_owned(), each)])
}

/// Adds the ID of a resource, if the provider takes it from another attribute.
fn add_id(kind: &str, values: &mut BTreeMap<String, Value>) {
    let source = match kind {
        "aws_cloudwatch_log_metric_filter" | "aws_cloudwatch_log_group" => "name",
        "aws_cloudwatch_metric_alarm" | "aws_cloudwatch_composite_alarm" => "alarm_name",
        _ => return,
    };
    if let Some(name) = values.get(source).cloned() {
        values.insert("id".to_owned(), name);
    }
}
