//! Expands `Fn::ForEach` in the resources of a template.

use super::resolver::{Place, Resolver};
use crate::import::document::{Member, Node};
use crate::import::property::Property;

/// Maximum number of resources of all loops. A template may have 500 resources.
const MAX_RESOURCES: usize = 1000;

/// The resources of a template, with those of each loop. A loop whose collection is unknown has none, and leads to a note.
pub(super) fn expanded(members: &[Member], resolver: &mut Resolver<'_>) -> Vec<Member> {
    let mut left = MAX_RESOURCES;
    expanded_within(members, resolver, &mut left)
}

fn expanded_within(
    members: &[Member],
    resolver: &mut Resolver<'_>,
    left: &mut usize,
) -> Vec<Member> {
    let mut expanded_members = Vec::new();
    for member in members {
        if !member.key.starts_with("Fn::ForEach::") {
            expanded_members.push(member.clone());
            continue;
        }
        match iterations(&member.value, resolver, left) {
            Ok(resources) => {
                expanded_members.extend(expanded_within(&resources, resolver, left));
            }
            Err(reason) => resolver.note(format!("`{}` is left out: {reason}", member.key)),
        }
    }
    expanded_members
}

/// The resources of one loop: `[Identifier, Collection, {OutputKey: OutputValue}]`. Takes their number from `left`.
fn iterations(
    arguments: &Node,
    resolver: &mut Resolver<'_>,
    left: &mut usize,
) -> Result<Vec<Member>, String> {
    let Some([identifier, collection, Node::Mapping(outputs)]) = arguments.items() else {
        return Err("it has unknown arguments".to_owned());
    };
    let identifier = identifier.text().unwrap_or_default();
    let values = resolver.list(collection, Place::Value)?;
    let rest = left.checked_sub(values.len().saturating_mul(outputs.len()));
    *left = rest.ok_or("the loops have more resources than a template may have")?;
    let values = values.iter().map(Property::as_text);
    let mut resources = Vec::new();
    for value in values {
        let value = value?;
        let value = value.literal().ok_or("its collection has parameters")?;
        let replacement = Replacement { identifier, value };
        resources.extend(outputs.iter().map(|output| replacement.member(output)));
    }
    Ok(resources)
}

/// The value of the identifier in one iteration.
struct Replacement<'l> {
    identifier: &'l str,
    value: &'l str,
}

impl Replacement<'_> {
    fn member(&self, member: &Member) -> Member {
        Member {
            key: self.text(&member.key),
            value: self.node(&member.value),
            ..member.clone()
        }
    }

    fn node(&self, node: &Node) -> Node {
        match node {
            Node::Scalar(value) => match value.as_str() {
                Some(text) => Node::Scalar(self.text(text).into()),
                None => node.clone(),
            },
            Node::List(items) => Node::List(items.iter().map(|item| self.node(item)).collect()),
            Node::Mapping(members) => match members.as_slice() {
                [member] if member.key == "Ref" && member.value.text() == Some(self.identifier) => {
                    Node::Scalar(self.value.into())
                }
                _ => Node::Mapping(members.iter().map(|member| self.member(member)).collect()),
            },
        }
    }

    /// Replaces `${Identifier}`, and `&{Identifier}` by the letters and digits of the value.
    fn text(&self, text: &str) -> String {
        let plain: String = self
            .value
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .collect();
        text.replace(&format!("${{{}}}", self.identifier), self.value)
            .replace(&format!("&{{{}}}", self.identifier), &plain)
    }
}
