//! Reads `FirstSeen` of an alarm.

use jiff::SignedDuration;

use super::mapping::Properties;
use super::reader::{Reader, collect};
use super::vocabulary;
use crate::alarm::first_seen::FirstSeen;
use crate::yaml::Node;
use cloudwatch_filter_pattern::excerpt::quoted;

/// Length of a day.
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// Default `History`.
const HISTORY: SignedDuration = SignedDuration::from_hours(14 * 24);

/// Longest `History`. The table keeps an item for each day of each combination.
const MAX_HISTORY: SignedDuration = SignedDuration::from_hours(365 * 24);

/// Default `WarmUp`.
const WARM_UP: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Longest `WarmUp`.
const MAX_WARM_UP: SignedDuration = SignedDuration::from_hours(90 * 24);

/// Maximum number of fields.
const MAX_FIELDS: usize = 10;

/// Reads the property. `counts_distinct` is whether the alarm has `CountDistinct`.
pub(super) fn first_seen(
    node: &Node,
    counts_distinct: bool,
    reader: &mut Reader,
) -> Option<FirstSeen> {
    let mut properties = Properties::open(node, "`FirstSeen`", vocabulary::FIRST_SEEN, reader)?;
    let fields = properties.required(reader, "Fields", |reader, label, node| {
        let items = reader.list(label, node)?;
        if items.is_empty() || items.len() > MAX_FIELDS {
            let message = format!(
                "`{label}`: expected 1 to {MAX_FIELDS} selectors, found {}",
                items.len()
            );
            reader.report(node.span.clone(), message);
            return None;
        }
        collect(items.iter().map(|item| reader.selector(label, item)))
    });
    let history = properties.optional(reader, "History", |reader, label, node| {
        let history = reader.duration(label, node, DAY..=MAX_HISTORY)?;
        if history.as_secs() % DAY.as_secs() != 0 {
            let found = quoted(&format!("{history:#}"));
            reader.expected(label, "whole days, such as 14d", node.span.clone(), &found);
            return None;
        }
        Some(history)
    });
    let warm_up = properties.optional(reader, "WarmUp", |reader, label, node| {
        reader.duration(label, node, SignedDuration::ZERO..=MAX_WARM_UP)
    });
    properties.finish(reader, |_| None);
    if counts_distinct {
        let message = "`FirstSeen` does not go with `CountDistinct`: one counts records with new values, \
                       the other one counts values; leave one out";
        reader.report(node.span.clone(), message.to_owned());
        return None;
    }
    Some(FirstSeen {
        fields: fields?,
        history: history.unwrap_or(HISTORY),
        warm_up: warm_up.unwrap_or(WARM_UP),
    })
}
