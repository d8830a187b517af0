//! The selectors of everybody, merged into one tree that is walked beside the record.

use super::{Selector, Step};

/// A slot and the steps that are still to go to reach its values.
type Wanted<'s> = (usize, &'s [Step]);

/// One place of the merged selectors: what is to be captured here, and where each step leads.
#[derive(Clone, Debug, Default)]
pub(super) struct State {
    pub(super) captures: Vec<usize>,
    /// Slots whose wildcard is the next step, so that a value here is their container.
    pub(super) containers: Vec<usize>,
    /// The shortest first.
    pub(super) members: Vec<(Box<str>, usize)>,
    /// How many members are shorter than each length that occurs, and than the next one.
    shorter: Vec<usize>,
    pub(super) elements: Vec<(usize, usize)>,
    pub(super) any: Option<usize>,
}

/// The states of these selectors, whose places are the slots; the first state is that of the record itself.
pub(super) fn merge(selectors: &[Selector]) -> Vec<State> {
    let wanted: Vec<Wanted<'_>> = selectors
        .iter()
        .enumerate()
        .map(|(slot, selector)| (slot, selector.steps()))
        .collect();
    let mut states = Vec::new();
    build_state(&wanted, &mut states);
    states
}

/// Adds the state for these slots and all below it; returns its index.
///
/// A member that is named by one selector and covered by the wildcard of another leads to one state for both, so each
/// value is walked once. The depth is that of the longest selector, which a pattern's 1,024 characters bound.
fn build_state(wanted: &[Wanted<'_>], states: &mut Vec<State>) -> usize {
    let index = states.len();
    states.push(State::default());
    let mut state = State::default();
    let mut below_any: Vec<Wanted<'_>> = Vec::new();
    let mut below_members: Vec<(&str, Vec<Wanted<'_>>)> = Vec::new();
    let mut below_elements: Vec<(usize, Vec<Wanted<'_>>)> = Vec::new();
    for &(slot, steps) in wanted {
        match steps.split_first() {
            None => state.captures.push(slot),
            Some((Step::Any, rest)) => {
                state.containers.push(slot);
                below_any.push((slot, rest));
            }
            Some((Step::Member(name), rest)) => add_below(&mut below_members, name, (slot, rest)),
            Some((Step::Element(at), rest)) => add_below(&mut below_elements, *at, (slot, rest)),
        }
    }
    for (name, mut below) in below_members {
        below.extend_from_slice(&below_any);
        state
            .members
            .push((name.into(), build_state(&below, states)));
    }
    for (at, mut below) in below_elements {
        below.extend_from_slice(&below_any);
        state.elements.push((at, build_state(&below, states)));
    }
    if !below_any.is_empty() {
        state.any = Some(build_state(&below_any, states));
    }
    state.members.sort_by_key(|(name, _)| name.len());
    let longest = state.members.last().map_or(0, |(name, _)| name.len());
    if !state.members.is_empty() {
        state.shorter = (0..longest + 2)
            .map(|length| {
                state
                    .members
                    .partition_point(|(name, _)| name.len() < length)
            })
            .collect();
    }
    states[index] = state;
    index
}

fn add_below<'s, K: PartialEq>(below: &mut Vec<(K, Vec<Wanted<'s>>)>, key: K, wanted: Wanted<'s>) {
    match below.iter_mut().find(|(known, _)| *known == key) {
        Some((_, all)) => all.push(wanted),
        None => below.push((key, vec![wanted])),
    }
}

impl State {
    /// The place of the member of this name.
    pub(super) fn member(&self, name: &[u8]) -> Option<usize> {
        let from = *self.shorter.get(name.len())?;
        let to = *self.shorter.get(name.len() + 1)?;
        (from..to).find(|&at| self.members[at].0.as_bytes() == name)
    }

    pub(super) fn is_leaf(&self) -> bool {
        self.members.is_empty() && self.elements.is_empty() && self.any.is_none()
    }
}
