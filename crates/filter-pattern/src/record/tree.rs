//! All selectors merged into one tree, which the parsers follow while they parse a record.

use super::selector::{Selector, Step};

/// A slot, and the steps that remain to its values.
type Remaining<'s> = (usize, &'s [Step]);

/// A node of the selector tree: the slots that capture a value here, and the child for each step.
///
/// Nodes are identified by their index; the root has index 0.
#[derive(Clone, Debug, Default)]
pub(super) struct SelectorNode {
    /// Slots that capture the value.
    pub(super) slots: Vec<usize>,
    /// Slots whose next step is a wildcard, so that a value here is their container.
    pub(super) containers: Vec<usize>,
    /// Selected member names and their nodes, the shortest name first.
    pub(super) members: Vec<(Box<str>, usize)>,
    /// For each length up to the longest name's plus one: how many names are shorter.
    shorter: Vec<usize>,
    /// Selected element indices and their nodes.
    pub(super) elements: Vec<(usize, usize)>,
    /// The node of all other members and elements, if a wildcard selects them.
    pub(super) any: Option<usize>,
}

/// Merges selectors into a tree; a selector's index is its slot.
pub(super) fn merge(selectors: &[Selector]) -> Vec<SelectorNode> {
    let remaining: Vec<Remaining<'_>> = selectors
        .iter()
        .enumerate()
        .map(|(slot, selector)| (slot, selector.steps()))
        .collect();
    let mut nodes = Vec::new();
    build_node(&remaining, &mut nodes);
    nodes
}

/// Adds the node for these slots and all nodes below it. Returns its index.
///
/// If a member is named by one selector and matched by the wildcard of another, both share one node, so that each value
/// is parsed once. The depth is that of the longest selector, which the 1,024 characters of a pattern limit.
fn build_node(remaining: &[Remaining<'_>], nodes: &mut Vec<SelectorNode>) -> usize {
    let index = nodes.len();
    nodes.push(SelectorNode::default());
    let mut node = SelectorNode::default();
    let mut below_any: Vec<Remaining<'_>> = Vec::new();
    let mut below_members: Vec<(&str, Vec<Remaining<'_>>)> = Vec::new();
    let mut below_elements: Vec<(usize, Vec<Remaining<'_>>)> = Vec::new();
    for &(slot, steps) in remaining {
        match steps.split_first() {
            None => node.slots.push(slot),
            Some((Step::Any, rest)) => {
                node.containers.push(slot);
                below_any.push((slot, rest));
            }
            Some((Step::Member(name), rest)) => add_below(&mut below_members, name, (slot, rest)),
            Some((Step::Element(at), rest)) => add_below(&mut below_elements, *at, (slot, rest)),
        }
    }
    for (name, mut below) in below_members {
        below.extend_from_slice(&below_any);
        node.members.push((name.into(), build_node(&below, nodes)));
    }
    for (at, mut below) in below_elements {
        below.extend_from_slice(&below_any);
        node.elements.push((at, build_node(&below, nodes)));
    }
    if !below_any.is_empty() {
        node.any = Some(build_node(&below_any, nodes));
    }
    node.members.sort_by_key(|(name, _)| name.len());
    if let Some((longest, _)) = node.members.last() {
        node.shorter = (0..longest.len() + 2)
            .map(|length| {
                node.members
                    .partition_point(|(name, _)| name.len() < length)
            })
            .collect();
    }
    nodes[index] = node;
    index
}

/// Adds a slot to the group of this key.
fn add_below<'s, K: PartialEq>(
    below: &mut Vec<(K, Vec<Remaining<'s>>)>,
    key: K,
    slot: Remaining<'s>,
) {
    match below.iter_mut().find(|(known, _)| *known == key) {
        Some((_, group)) => group.push(slot),
        None => below.push((key, vec![slot])),
    }
}

impl SelectorNode {
    /// Index of a name among the members.
    pub(super) fn member(&self, name: &[u8]) -> Option<usize> {
        let from = *self.shorter.get(name.len())?;
        let to = *self.shorter.get(name.len() + 1)?;
        (from..to).find(|&at| self.members[at].0.as_bytes() == name)
    }

    /// Whether nothing inside the value is selected.
    pub(super) fn is_leaf(&self) -> bool {
        self.members.is_empty() && self.elements.is_empty() && self.any.is_none()
    }
}
