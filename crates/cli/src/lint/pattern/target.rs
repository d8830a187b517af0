//! Resolves selectors in the schema of CloudTrail records.

use super::schema::{Field, Presence, RECORD, Shape};
use cloudwatch_filter_pattern::record::{Selector, Step};

/// The part of a record that a selector selects.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Target {
    /// A field.
    Field {
        field: &'static Field,
        /// The weaker presence of the field and the objects above it.
        presence: Presence,
    },
    /// The elements of a list.
    Elements,
    /// Something that depends on the service, or fields of several types.
    Anything,
    /// Nothing: no record has the selector.
    Nothing {
        /// Index of the first unknown step.
        step: usize,
        /// The known members at that step; `None` if the parent is not an object.
        members: Option<&'static [Field]>,
    },
}

/// Resolves the steps of a selector.
pub(super) fn target(steps: &[Step]) -> Target {
    let mut members = RECORD;
    let mut presence = Presence::Always;
    let mut steps = steps.iter().enumerate().peekable();
    let mut is_open = false;
    while let Some((at, step)) = steps.next() {
        let name = match step {
            Step::Member(name) => name,
            Step::Any => return Target::Anything,
            Step::Element(_) if is_open => return Target::Anything,
            Step::Element(_) => {
                return Target::Nothing {
                    step: at,
                    members: None,
                };
            }
        };
        let Some(field) = members.iter().find(|field| *field.name == **name) else {
            return if is_open {
                Target::Anything
            } else {
                Target::Nothing {
                    step: at,
                    members: Some(members),
                }
            };
        };
        presence = weaker(presence, field.presence);
        let is_last = steps.peek().is_none();
        (members, is_open) = match field.shape {
            _ if is_last => return Target::Field { field, presence },
            Shape::Object(inner) => (inner, false),
            Shape::Open(known) => (known, true),
            Shape::List(inner) => {
                if !matches!(steps.next(), Some((_, Step::Any | Step::Element(_)))) {
                    return Target::Nothing {
                        step: at + 1,
                        members: None,
                    };
                }
                if steps.peek().is_none() {
                    return Target::Elements;
                }
                (inner, false)
            }
            Shape::Text | Shape::Boolean => {
                return Target::Nothing {
                    step: at + 1,
                    members: None,
                };
            }
        };
    }
    Target::Anything
}

/// The presence of a field inside an object.
fn weaker(above: Presence, own: Presence) -> Presence {
    match (above, own) {
        (Presence::WhereItApplies, _) | (_, Presence::WhereItApplies) => Presence::WhereItApplies,
        (Presence::Sometimes, _) | (_, Presence::Sometimes) => Presence::Sometimes,
        (Presence::Always, Presence::Always) => Presence::Always,
    }
}

/// The path of a selector, such as `userIdentity.type`; `None` if it has indexes or wildcards.
pub(super) fn path(selector: &Selector) -> Option<String> {
    let names: Option<Vec<&str>> = selector.steps().iter().map(member).collect();
    names.map(|names| names.join("."))
}

pub(super) fn member(step: &Step) -> Option<&str> {
    match step {
        Step::Member(name) => Some(name),
        Step::Element(_) | Step::Any => None,
    }
}

/// Whether `path` is `above` or below it.
pub(super) fn is_within(path: &str, above: &str) -> bool {
    path.strip_prefix(above)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}
