//! Decides the conditions of a template.

use super::resolver::Resolver;
use crate::import::document::{Member, Node};

impl Resolver<'_> {
    /// The value of a condition of the template, or the reason why it cannot be decided.
    pub(super) fn condition(&mut self, name: &str) -> Result<bool, String> {
        let Some(node) = self.entry("Conditions", name) else {
            return Err(format!("condition `{name}` is not in the template"));
        };
        if self.deciding.iter().any(|deciding| deciding == name) {
            return Err(format!("condition `{name}` refers to itself"));
        }
        self.deciding.push(name.to_owned());
        let value = self.decide(node);
        self.deciding.pop();
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
        let mut undecided = None;
        let before = self.defaults.len();
        for operand in operands {
            let start = self.defaults.len();
            match self.decide(operand) {
                Ok(value) if value == decisive => {
                    // The other operands have no influence.
                    self.defaults.drain(before..start);
                    return Ok(decisive);
                }
                Ok(_) => {}
                Err(reason) => undecided = Some(reason),
            }
        }
        undecided.map_or(Ok(!decisive), Err)
    }
}
