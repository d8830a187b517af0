//! Converts the actions of an alarm.

use super::property::{Properties, Property};
use crate::ordered::OrderedMap;

/// Copies the actions whose ARNs are known. The function always notifies its own topic.
pub(super) fn push(alarm: &Properties, properties: &mut OrderedMap, notes: &mut Vec<String>) {
    for key in ["AlarmActions", "OKActions", "InsufficientDataActions"] {
        let Some(list) = alarm.get(key).map(Property::items) else {
            if key == "AlarmActions" {
                without_actions(properties, notes);
            }
            continue;
        };
        let arns = list.iter().map(|arn| match arn {
            Property::Text(arn) => arn.literal().map(str::to_owned),
            _ => None,
        });
        if let Some(arns) = arns.collect::<Option<Vec<String>>>() {
            properties.push(key, arns);
            continue;
        }
        notes.push(format!(
            "the input has no ARNs for `{key}`; the function notifies its own topic"
        ));
        // Only the presence of an action has an effect.
        if key != "AlarmActions" {
            properties.push(key, vec!["the function's topic".to_owned()]);
        }
    }
}

/// Adds empty actions, since CloudWatch does not notify anyone about an alarm without actions.
fn without_actions(properties: &mut OrderedMap, notes: &mut Vec<String>) {
    properties.push("AlarmActions", Vec::<String>::new());
    notes.push(
        "it has no `AlarmActions` and notifies nobody, as in CloudWatch; remove `AlarmActions: []` to be notified"
            .to_owned(),
    );
}
