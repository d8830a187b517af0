//! Metric filters and metric alarms, for all formats that have these resources.

use super::losses::{Service, note_losses};
use super::names::{Names, words};
use super::notes::Notes;
use super::properties::{Properties, Property, PropertyWriter};
use super::stack_parameters::{
    LOG_GROUP, StackParameter, StackParameters, TOPIC, note_examples, pattern_source, used,
};
use crate::alarms::Parameter;
use crate::shared_metric::{Conflict, conflicts, metric};
use cloudtrail_alarms::alarm::definition::AlarmDefinition;
use cloudtrail_alarms::alarm::file::AlarmsFile;
use cloudwatch_filter_pattern::{MAX_LENGTH, Part};

/// Maximum length of the part of a logical ID that is made from the name of an alarm, in characters.
const MAX_ID: usize = 240;

/// A metric filter with one metric transformation.
#[derive(Debug)]
pub(super) struct MetricFilter {
    /// Name of the resource, without a suffix.
    pub(super) id: String,
    pub(super) pattern: Vec<Part>,
    pub(super) transformation: Properties,
}

/// A metric alarm.
#[derive(Debug)]
pub(super) struct MetricAlarm<'f> {
    /// Name of the resource, without a suffix.
    pub(super) id: String,
    /// Index of the filter that creates its metric.
    pub(super) filter: usize,
    pub(super) properties: Properties,
    pub(super) definition: &'f AlarmDefinition,
}

/// All resources of a document.
#[derive(Debug, Default)]
pub(super) struct MetricAlarms<'f> {
    pub(super) filters: Vec<MetricFilter>,
    pub(super) alarms: Vec<MetricAlarm<'f>>,
}

impl<'f> MetricAlarms<'f> {
    /// The resources for the alarms of a file.
    pub(super) fn new(
        file: &'f AlarmsFile,
        parameters: &StackParameters,
        notes: &mut Notes,
    ) -> Self {
        let mut ids = Names::default();
        let declared = file.parameters.iter().map(|parameter| &*parameter.name);
        for name in declared.chain([LOG_GROUP, TOPIC]) {
            ids.take(name);
        }
        let conflicts = conflicts(&file.alarms);
        let mut resources = Self::default();
        for (alarm, location) in file.alarms.iter().zip(&file.locations) {
            let mut conflicts = conflicts.iter();
            let conflict =
                conflicts.find(|conflict| metric(&file.alarms[conflict.first]) == metric(alarm));
            if let Some(reason) = obstacle(alarm, conflict) {
                notes.leave_out(&alarm.name, &reason);
                continue;
            }
            note_losses(alarm, Service::MetricAlarm, notes);
            let id = ids.distinct(&id(&alarm.name), &["Filter", "Alarm"]);
            let mut others = resources.alarms.iter();
            let shared = others.find(|other| metric(other.definition) == metric(alarm));
            let filter = shared.map_or(resources.filters.len(), |other| other.filter);
            if shared.is_none() {
                let writer = PropertyWriter::new(parameters, &location.references, notes);
                let transformation = writer.transformation(alarm);
                resources.filters.push(MetricFilter {
                    id: id.clone(),
                    pattern: parameters.pattern(&alarm.pattern, notes),
                    transformation,
                });
            }
            let writer = PropertyWriter::new(parameters, &location.references, notes);
            resources.alarms.push(MetricAlarm {
                id,
                filter,
                properties: writer.alarm(alarm),
                definition: alarm,
            });
        }
        resources
    }

    /// The parameters that the document declares. Adds notes on those that become different, and on those that have their
    /// example as value.
    pub(super) fn parameters<'p>(
        &self,
        parameters: &'p StackParameters,
        file: &AlarmsFile,
        given: &[Parameter],
        notes: &mut Notes,
    ) -> Vec<&'p StackParameter> {
        let declared = parameters.used(self.texts());
        for parameter in declared.iter().filter(|parameter| parameter.is_list) {
            notes.general(format!(
                "parameter `{0}` takes one value; for several, export again with --param {0}=VALUE,VALUE",
                parameter.name
            ));
        }
        let is_declared = |name: &str| declared.iter().any(|parameter| parameter.name == name);
        let used = used(file);
        let written = used.iter().map(String::as_str);
        note_examples(
            file,
            given,
            written.filter(|name| !is_declared(name)),
            notes,
        );
        declared
    }

    /// Whether an alarm notifies the topic of the document.
    pub(super) fn has_topic(&self) -> bool {
        let mut properties = self.alarms.iter().flat_map(|alarm| &alarm.properties);
        properties.any(|(_, property)| *property == Property::Topic)
    }

    fn texts(&self) -> impl Iterator<Item = &Vec<Part>> {
        let transformations = self
            .filters
            .iter()
            .flat_map(|filter| &filter.transformation);
        let properties = self.alarms.iter().flat_map(|alarm| &alarm.properties);
        let texts = transformations
            .chain(properties)
            .filter_map(|(_, property)| match property {
                Property::Text(parts) => Some(parts),
                Property::Value(_) | Property::Topic => None,
            });
        texts.chain(self.filters.iter().map(|filter| &filter.pattern))
    }
}

/// The reason why an alarm has no resources.
fn obstacle(alarm: &AlarmDefinition, conflict: Option<&Conflict>) -> Option<String> {
    if let Some(Conflict { property, .. }) = conflict {
        return Some(format!(
            "alarms on its metric have another `{property}`, and CloudWatch would add up what their filters count; \
             give each a metric of its own"
        ));
    }
    let length = pattern_source(&alarm.pattern).chars().count();
    (length > MAX_LENGTH).then(|| {
        format!(
            "with the values of its parameters the pattern has {length} characters; CloudWatch accepts {MAX_LENGTH}"
        )
    })
}

/// The letters and digits of a name, with a capital at the start of each word.
pub(super) fn id(name: &str) -> String {
    let capitalized = words(name).map(|word| {
        let (first, rest) = word.split_at(1);
        first.to_ascii_uppercase() + rest
    });
    let mut id: String = capitalized.collect();
    if !id.starts_with(|c: char| c.is_ascii_alphabetic()) {
        id.insert_str(0, "Alarm");
    }
    id.truncate(MAX_ID);
    id
}
