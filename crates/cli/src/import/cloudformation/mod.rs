//! Reads CloudFormation templates, as they are written or as SAM and CDK write them.

mod condition;
mod for_each;
mod function;
mod parameter;
mod resolver;
mod unread;

use super::document::{Member, Node};
use super::resources::{Absent, Resource, Resources};
use crate::alarms;
use crate::export::template::METADATA;
use parameter::{PSEUDO_PARAMETERS, TemplateParameters};
use resolver::Resolver;

/// Adds the resources of a template. Returns false if the document is not a template.
///
/// `given` has the values of parameters and pseudo parameters from the command line.
pub(super) fn read(
    document: &Node,
    path: &str,
    given: &[alarms::Parameter],
    resources: &mut Resources,
) -> bool {
    let Some(Node::Mapping(members)) = document.get("Resources") else {
        return false;
    };
    let Resources {
        filters,
        alarms,
        composite_alarms,
        absent,
        parameters,
        notes,
    } = resources;
    let declared = TemplateParameters::declare(document, given, parameters);
    notes.extend(declared.renamed(path));
    let mut resolver = Resolver::new(document, declared, parameters);
    let members = for_each::expanded(members, &mut resolver);
    let left_out = resolver.take_notes().into_iter();
    let left_out = unread::transforms(document).into_iter().chain(left_out);
    notes.extend(left_out.map(|note| format!("{path}: {note}")));
    let mut defaults = resolver.take_defaults();
    for member in &members {
        if let Some(reason) = unread::reason(member) {
            absent.push(Absent::new(&member.key, reason));
            continue;
        }
        let target = match member.value.get("Type").and_then(Node::text) {
            Some("AWS::Logs::MetricFilter") => &mut *filters,
            Some("AWS::CloudWatch::Alarm") => &mut *alarms,
            Some("AWS::CloudWatch::CompositeAlarm") => &mut *composite_alarms,
            _ => continue,
        };
        let existence = exists(member, &mut resolver);
        if existence.is_err() {
            // Only those that decide about the existence are of interest.
            defaults.extend(resolver.take_defaults());
        }
        let resource = resource(member, path, &mut resolver);
        let decided = resolver.take_defaults();
        if let Err(reason) = existence {
            absent.push(Absent {
                resource: Some(resource),
                ..Absent::new(&member.key, reason)
            });
        } else {
            target.push(resource);
            defaults.extend(decided);
        }
    }
    notes.extend(note_on_defaults(path, defaults));
    true
}

/// A line about the parameters whose defaults decided.
fn note_on_defaults(path: &str, defaults: Vec<(String, String)>) -> Option<String> {
    let mut listed: Vec<String> = Vec::new();
    for (name, value) in defaults {
        let default = format!("{name} is {value:?}");
        if !listed.contains(&default) {
            listed.push(default);
        }
    }
    (!listed.is_empty()).then(|| {
        let listed = listed.join(", ");
        format!("{path}: decided by defaults of parameters ({listed}); --param NAME=VALUE gives another value")
    })
}

/// The names of the parameters and pseudo parameters of a template. Another document has none.
pub(super) fn parameter_names(document: &Node) -> Vec<String> {
    if document.get("Resources").is_none() {
        return Vec::new();
    }
    let section = document.get("Parameters").map_or(&[][..], Node::members);
    let declared = section.iter().map(|member| member.key.clone());
    declared
        .chain(PSEUDO_PARAMETERS.map(str::to_owned))
        .collect()
}

/// Whether the condition of a resource allows it; otherwise the reason. A condition that cannot be decided allows it, with
/// a note.
fn exists(member: &Member, resolver: &mut Resolver<'_>) -> Result<(), String> {
    let Some(condition) = member.value.get("Condition").and_then(Node::text) else {
        return Ok(());
    };
    match resolver.condition(condition) {
        Ok(true) => Ok(()),
        Ok(false) => {
            let mut defaults = resolver.defaults.iter().map(|(name, _)| name.as_str());
            let because = defaults.next().map_or(String::new(), |first| {
                let names: Vec<&str> = std::iter::once(first).chain(defaults).collect();
                format!(" by the default of {}", names.join(" and "))
            });
            Err(format!("its condition is false{because}"))
        }
        Err(reason) => {
            resolver.note(format!(
                "its condition `{condition}` cannot be decided: {reason}; it is imported"
            ));
            Ok(())
        }
    }
}

fn resource(member: &Member, path: &str, resolver: &mut Resolver<'_>) -> Resource {
    let body = &member.value;
    let metadata = body.get("Metadata").and_then(|node| node.get(METADATA));
    let metadata = metadata.map(Node::to_json);
    let properties = body.get("Properties");
    let properties = properties.map(|node| resolver.properties(node));
    Resource {
        id: member.key.clone(),
        path: path.to_owned(),
        scope: path.to_owned(),
        line: member.line,
        comments: member.comments.clone(),
        properties: properties.unwrap_or_default(),
        metadata: metadata
            .and_then(|value| value.as_object().cloned())
            .unwrap_or_default(),
        filter_hint: None,
        notes: resolver.take_notes(),
    }
}

#[cfg(test)]
mod tests;
