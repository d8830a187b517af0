//! Reads `Exclude`, of an alarm or of a file.

use super::mapping::Properties;
use super::reader::{Reader, collect};
use super::spans::ExclusionSpans;
use super::vocabulary;
use crate::alarm::definition::Exclusion;
use crate::yaml::{Node, Value};

/// `Expires` of an exclusion that has no last day.
const NEVER: &str = "never";

/// An exclusion, and the positions of its values.
#[derive(Clone, Debug)]
pub(super) struct LocatedExclusion {
    pub(super) exclusion: Exclusion,
    pub(super) spans: ExclusionSpans,
}

/// Reads the section `Exclude` of a file. A section without a value is already reported.
pub(super) fn of_file(reader: &mut Reader, section: &Node) -> Option<Vec<LocatedExclusion>> {
    if matches!(section.value, Value::Null) {
        return None;
    }
    exclusions(reader, "Exclude", section)
}

/// Reads a list of exclusions.
pub(super) fn exclusions(
    reader: &mut Reader,
    label: &str,
    node: &Node,
) -> Option<Vec<LocatedExclusion>> {
    let items = reader.list(label, node)?.iter();
    collect(items.map(|item| exclusion(item, reader)))
}

fn exclusion(node: &Node, reader: &mut Reader) -> Option<LocatedExclusion> {
    let mut properties = Properties::open(node, "the exclusion", vocabulary::EXCLUSION, reader)?;
    let pattern = properties.required(reader, "Pattern", Reader::pattern);
    let reason = properties.required(reader, "Reason", |reader, label, node| {
        reader.text_of(label, node, 1..=1024)
    });
    let owner = properties.required(reader, "Owner", |reader, label, node| {
        reader.text_of(label, node, 1..=255)
    });
    let expires = properties.required(reader, "Expires", |reader, label, node| match &node.value {
        Value::Scalar(scalar) if scalar.text == NEVER => Some(None),
        _ => reader.date(label, node).map(Some),
    });
    properties.finish(reader, |property| {
        (property == "FilterPattern").then_some("the pattern of an exclusion is `Pattern`")
    });
    let exclusion = Exclusion {
        pattern: pattern?.0,
        reason: reason?.value,
        owner: owner?.value,
        expires: expires?,
    };
    Some(LocatedExclusion {
        exclusion,
        spans: ExclusionSpans::new(node, reader.source().index()),
    })
}
