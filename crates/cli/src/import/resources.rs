//! Resources of all inputs, with the property names of CloudFormation.

use serde_json::{Map, Value};

use super::parameters::Parameters;
use super::property::{Properties, Property};

/// Properties of an alarm that are numbers.
pub(super) const NUMBERS: [&str; 4] = [
    "DatapointsToAlarm",
    "EvaluationPeriods",
    "Period",
    "Threshold",
];

/// A metric filter or an alarm.
#[derive(Clone, Debug, Default)]
pub(super) struct Resource {
    /// Logical ID, address or name, for messages.
    pub(super) id: String,
    /// The file.
    pub(super) path: String,
    /// The file in which equal expressions have equal values. Empty if they have them in all inputs.
    pub(super) scope: String,
    /// Line of the resource, from 1, if the source has lines.
    pub(super) line: Option<usize>,
    /// Comments of the source directly above the resource, without their markers.
    pub(super) comments: Vec<String>,
    pub(super) properties: Properties,
    /// Properties of an alarms file that `export cloudformation` stored in the `Metadata`.
    pub(super) metadata: Map<String, Value>,
    /// How to add the filter of an alarm to the input, as the end of a message.
    pub(super) filter_hint: Option<&'static str>,
    /// Notes of the reader on the resource, such as a condition that it could not decide.
    pub(super) notes: Vec<String>,
}

/// The resources of all inputs, in their order.
#[derive(Clone, Debug, Default)]
pub(super) struct Resources {
    pub(super) filters: Vec<Resource>,
    pub(super) alarms: Vec<Resource>,
    /// Composite alarms, which are named but not moved.
    pub(super) composite_alarms: Vec<Resource>,
    /// Resources that do not exist in a deployment, such as those with a false condition.
    pub(super) absent: Vec<Absent>,
    /// Parameters that the texts refer to.
    pub(super) parameters: Parameters,
    /// Notes of the readers on an input as a whole, with its path.
    pub(super) notes: Vec<String>,
}

/// A resource that does not exist in a deployment.
#[derive(Clone, Debug)]
pub(super) struct Absent {
    /// Logical ID, address or name.
    pub(super) id: String,
    /// Why it does not exist: "its condition `X` is false".
    pub(super) reason: String,
    /// The resource as it would be, if it is known.
    pub(super) resource: Option<Resource>,
}

impl Absent {
    /// A resource whose ID alone is known.
    pub(super) fn new(id: &str, reason: String) -> Self {
        Self {
            id: id.to_owned(),
            reason,
            resource: None,
        }
    }
}

impl Resource {
    /// The name of an alarm without references; otherwise the ID, with the line if it is known.
    pub(super) fn name(&self) -> String {
        match (self.properties.literal("AlarmName"), self.line) {
            (Some(name), _) => name.to_owned(),
            (None, Some(line)) => format!("{} ({}:{line})", self.id, self.path),
            (None, None) => self.id.clone(),
        }
    }

    /// The metric transformations of a filter.
    pub(super) fn transformations(&self) -> impl Iterator<Item = &Properties> {
        let list = self.properties.get("MetricTransformations");
        let items = list.map_or(&[][..], Property::items).iter();
        items.filter_map(Property::as_mapping)
    }
}
