//! Decides the conditions of a template.

use super::resolver::Resolver;
use crate::import::document::{Member, Node};

impl Resolver<'_> {
    /// The value of a condition of the template, or the reason why it cannot be decided.
    pub(super) fn condition(&mut self, name: &str) -> Result<bool, String> {
        let Some(node) = self.entry("Conditions", name) else {
            return Err(format!("condition `{name}` is not in the template"));
        };
        if self.is_open(name) {
            return Err(format!("condition `{name}` refers to itself"));
        }
        if let Some((value, defaults)) = self.decided(name) {
            self.add_defaults(defaults);
            return value;
        }
        let before = self.take_defaults();
        self.open(name);
        let value = self.decide(node);
        self.close();
        let defaults = std::mem::replace(&mut self.defaults, before);
        self.store(name, (value.clone(), defaults.clone()));
        self.add_defaults(defaults);
        value
    }

    fn decide(&mut self, node: &Node) -> Result<bool, String> {
        let [Member { key, value, .. }] = node.members() else {
            return Err("it is not a condition".to_owned());
        };
        let operands = value.items().unwrap_or(std::slice::from_ref(value));
        match (key.as_str(), operands) {
            ("Condition", [name]) => self.condition(name.text().unwrap_or_default()),
            ("Fn::Equals", [left, right]) => Ok(self.value(left)? == self.value(right)?),
            ("Fn::Not", [operand]) => Ok(!self.decide(operand)?),
            ("Fn::And", operands) => self.decided_by(operands, false),
            ("Fn::Or", operands) => self.decided_by(operands, true),
            (name, _) => Err(format!("it has an unknown `{name}`")),
        }
    }

    /// One operand with the value `decisive` decides, even if another one cannot be decided.
    fn decided_by(&mut self, operands: &[Node], decisive: bool) -> Result<bool, String> {
        let before = self.take_defaults();
        let mut undecided = None;
        let mut of_all = Vec::new();
        for operand in operands {
            let value = self.decide(operand);
            let defaults = self.take_defaults();
            match value {
                Ok(value) if value == decisive => {
                    // The other operands have no influence.
                    self.add_defaults(before.into_iter().chain(defaults));
                    return Ok(decisive);
                }
                Ok(_) => {}
                Err(reason) => undecided = Some(reason),
            }
            of_all.extend(defaults);
        }
        self.add_defaults(before.into_iter().chain(of_all));
        undecided.map_or(Ok(!decisive), Err)
    }
}
