//! Expands `Fn::ForEach` in the resources of a template.

use super::resolver::{Purpose, Resolver};
use crate::import::document::{Member, Node};
use crate::import::property::Property;

/// Maximum number of resources of all loops. A template may have 500 resources.
const MAX_RESOURCES: usize = 1000;

/// Maximum size of the texts of these resources, in bytes. A template may have 1 MB.
const MAX_TEXT: usize = 16 << 20;

/// The resources and the text that the loops of a template may still create.
struct Budget {
    resources: usize,
    text: usize,
}

/// The resources of a template, with those of each loop. A loop whose collection is unknown has none, and leads to a note.
pub(super) fn expanded(members: &[Member], resolver: &mut Resolver<'_>) -> Vec<Member> {
    let mut budget = Budget {
        resources: MAX_RESOURCES,
        text: MAX_TEXT,
    };
    expanded_within(members, resolver, &mut budget)
}

fn expanded_within(
    members: &[Member],
    resolver: &mut Resolver<'_>,
    budget: &mut Budget,
) -> Vec<Member> {
    let mut expanded_members = Vec::new();
    for member in members {
        if !member.key.starts_with("Fn::ForEach::") {
            expanded_members.push(member.clone());
            continue;
        }
        match iterations(&member.value, resolver, budget) {
            Ok(resources) => {
                expanded_members.extend(expanded_within(&resources, resolver, budget));
            }
            Err(reason) => resolver.note(format!("`{}` is left out: {reason}", member.key)),
        }
    }
    expanded_members
}

/// The resources of one loop: `[Identifier, Collection, {OutputKey: OutputValue}]`. Takes them from the budget.
fn iterations(
    arguments: &Node,
    resolver: &mut Resolver<'_>,
    budget: &mut Budget,
) -> Result<Vec<Member>, String> {
    let Some([identifier, collection, Node::Mapping(outputs)]) = arguments.items() else {
        return Err("it has unknown arguments".to_owned());
    };
    let identifier = identifier.text().unwrap_or_default();
    let values = resolver.list(collection, Purpose::Value)?;
    let created = values.len().saturating_mul(outputs.len());
    let rest = budget.resources.checked_sub(created);
    budget.resources = rest.ok_or("the loops have more resources than a template may have")?;
    let values = values.iter().map(Property::as_text);
    let mut resources = Vec::new();
    for value in values {
        let value = value?;
        let value = value.literal().ok_or("its collection has parameters")?;
        let replacement = Replacement { identifier, value };
        let sizes = outputs
            .iter()
            .map(|output| replacement.size(&output.key, &output.value));
        let rest = budget.text.checked_sub(sizes.sum());
        budget.text = rest.ok_or("the loops have more text than a template may have")?;
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

    /// The size of a member after the replacement, in bytes, or more.
    fn size(&self, key: &str, value: &Node) -> usize {
        let of_value = match value {
            Node::Scalar(value) => value.as_str().map_or(0, |text| self.size_of_text(text)),
            Node::List(items) => items.iter().map(|item| self.size("", item)).sum(),
            Node::Mapping(members) => members
                .iter()
                .map(|member| self.size(&member.key, &member.value))
                .sum(),
        };
        self.size_of_text(key) + of_value
    }

    /// The size of a text after the replacement, in bytes, or more.
    fn size_of_text(&self, text: &str) -> usize {
        let names = text.matches(&format!("{{{}}}", self.identifier)).count();
        text.len() + (names + 1) * self.value.len()
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
