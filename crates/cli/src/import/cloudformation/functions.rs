//! Resolves the intrinsic functions of a template.

use std::collections::BTreeMap;

use crate::import::document::{Member, Node};
use crate::import::property::{Properties, Property, Text, Unknown};

/// Resolves the values of one template.
pub(super) struct Resolver {
    /// Names of the parameters in the alarms file, by their names in the template.
    pub(super) parameters: BTreeMap<String, String>,
}

impl Resolver {
    /// The members of a mapping, resolved.
    pub(super) fn properties(&self, node: &Node) -> Properties {
        let members = node.members().iter();
        members
            .map(|member| (member.key.clone(), self.property(&member.value)))
            .collect()
    }

    fn property(&self, node: &Node) -> Property {
        match node {
            Node::Mapping(members) => match members.as_slice() {
                [function] if is_function(&function.key) => match self.function(function) {
                    Ok(text) => Property::Text(text),
                    Err(reason) => Property::Unknown(Unknown {
                        expression: node.to_json().to_string(),
                        reason,
                    }),
                },
                _ => Property::Mapping(self.properties(node)),
            },
            Node::List(items) => {
                Property::List(items.iter().map(|item| self.property(item)).collect())
            }
            Node::Scalar(_) => Property::literal_of(node),
        }
    }

    fn text(&self, node: &Node) -> Result<Text, String> {
        self.property(node).as_text()
    }

    fn function(&self, function: &Member) -> Result<Text, String> {
        let unknown_arguments = || format!("its `{}` has unknown arguments", function.key);
        match (function.key.as_str(), &function.value) {
            ("Ref", name) => self.reference(name.text().ok_or_else(unknown_arguments)?),
            ("Fn::Sub", Node::List(arguments)) => match arguments.as_slice() {
                [text, values @ Node::Mapping(_)] => {
                    self.substitute(text.text().ok_or_else(unknown_arguments)?, values)
                }
                _ => Err(unknown_arguments()),
            },
            ("Fn::Sub", text) => {
                let none = Node::Mapping(Vec::new());
                self.substitute(text.text().ok_or_else(unknown_arguments)?, &none)
            }
            ("Fn::Join", Node::List(arguments)) => match arguments.as_slice() {
                [between, Node::List(parts)] => {
                    self.join(between.text().ok_or_else(unknown_arguments)?, parts)
                }
                _ => Err(unknown_arguments()),
            },
            (name, _) => Err(format!(
                "only CloudFormation knows the value of its `{name}`"
            )),
        }
    }

    fn reference(&self, name: &str) -> Result<Text, String> {
        let Some(name) = self.parameters.get(name) else {
            return Err(format!("only CloudFormation knows the value of `{name}`"));
        };
        let mut text = Text::default();
        text.push_parameter(name);
        Ok(text)
    }

    fn join(&self, between: &str, parts: &[Node]) -> Result<Text, String> {
        let mut text = Text::default();
        for (index, part) in parts.iter().enumerate() {
            if index > 0 {
                text.push_literal(between);
            }
            text.push_text(&self.text(part)?);
        }
        Ok(text)
    }

    fn substitute(&self, text: &str, values: &Node) -> Result<Text, String> {
        let mut out = Text::default();
        let mut rest = text;
        while let Some(open) = rest.find("${") {
            let close = rest[open..]
                .find('}')
                .ok_or("its `Fn::Sub` has a `${` without a `}`")?
                + open;
            let name = &rest[open + 2..close];
            out.push_literal(&rest[..open]);
            match (name.strip_prefix('!'), values.get(name)) {
                (Some(literal), _) => out.push_literal(&format!("${{{literal}}}")),
                (None, Some(value)) => out.push_text(&self.text(value)?),
                (None, None) => out.push_text(&self.reference(name)?),
            }
            rest = &rest[close + 1..];
        }
        out.push_literal(rest);
        Ok(out)
    }
}

fn is_function(key: &str) -> bool {
    key == "Ref" || key.starts_with("Fn::")
}
