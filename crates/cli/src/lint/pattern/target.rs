//! Where in a record a selector leads.

use super::schema::{Field, Presence, RECORD, Shape};
use cloudwatch_filter_pattern::record::{Selector, Step};

/// Where a selector leads in a record.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Target {
    /// To this field.
    Field {
        field: &'static Field,
        /// Whether every record has it: as its own presence, or that of an object above it.
        presence: Presence,
    },
    /// To the elements of a list.
    Elements,
    /// To what CloudTrail leaves to the service, or to fields of several kinds.
    Anything,
    /// Nowhere: no record has the step at this place.
    Nothing {
        /// The place of the step.
        step: usize,
        /// The members among which it is not; none below what is no object.
        members: Option<&'static [Field]>,
    },
}

/// Where a selector leads.
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

/// The presence of something below something else.
fn weaker(above: Presence, own: Presence) -> Presence {
    match (above, own) {
        (Presence::WhereItApplies, _) | (_, Presence::WhereItApplies) => Presence::WhereItApplies,
        (Presence::Sometimes, _) | (_, Presence::Sometimes) => Presence::Sometimes,
        (Presence::Always, Presence::Always) => Presence::Always,
    }
}

/// The path of a selector without indices and wildcards: `userIdentity.type`.
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

/// Whether `path` is `above` or stands below it.
pub(super) fn is_within(path: &str, above: &str) -> bool {
    path.strip_prefix(above)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}
