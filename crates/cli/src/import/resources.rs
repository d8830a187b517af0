//! Resources of a document, with the property names of CloudFormation.

use serde_json::{Map, Value, json};

/// A metric filter or an alarm.
#[derive(Clone, Debug)]
pub(super) struct Resource {
    /// Logical ID, address or name, for messages.
    pub(super) id: String,
    pub(super) properties: Map<String, Value>,
    /// Properties of an alarms file that `export cloudformation` stored in the `Metadata`.
    pub(super) metadata: Map<String, Value>,
}

impl Resource {
    /// A resource without metadata.
    pub(super) fn new(id: String, properties: Map<String, Value>) -> Self {
        Self {
            id,
            properties,
            metadata: Map::new(),
        }
    }
}

/// The resources of all documents.
#[derive(Clone, Debug, Default)]
pub(super) struct Resources {
    pub(super) filters: Vec<Resource>,
    pub(super) alarms: Vec<Resource>,
    /// `Parameters` of templates.
    pub(super) parameters: Map<String, Value>,
}

/// Whether a value is null, or an empty text, list or mapping.
pub(super) fn is_empty(value: &Value) -> bool {
    [json!(null), json!(""), json!([]), json!({})].contains(value)
}
