//! Output of the combination by which `FirstSeen` compares a record.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;

use crate::visible::on_one_line;
use cloudtrail_alarms::alarm::definition::AlarmDefinition;
use cloudtrail_alarms::matching::combination;

/// The combination of a record that matches an alarm with `FirstSeen`, as JSON.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct FirstSeenJson {
    /// The values by selector; `null` for an absent field.
    combination: BTreeMap<String, Option<String>>,
    history_days: u32,
    warm_up_seconds: i64,
    #[serde(skip)]
    text: String,
}

impl FirstSeenJson {
    /// `None` without `FirstSeen`, or if the message is not a record.
    pub(super) fn new(alarm: &AlarmDefinition, message: &str) -> Option<Self> {
        let first_seen = alarm.first_seen.as_ref()?;
        let values = combination(&first_seen.fields, message).ok()?;
        let text = |(selector, value): &(String, Option<String>)| match value {
            Some(value) => format!("{selector} = {value}"),
            None => format!("{selector} absent"),
        };
        let texts: Vec<String> = values.iter().map(text).collect();
        Some(Self {
            text: texts.join(", "),
            combination: values.into_iter().collect(),
            history_days: first_seen.history_days(),
            warm_up_seconds: first_seen.warm_up.as_secs(),
        })
    }

    /// Writes when the record counts. `is_excluded`: an exclusion applies to it.
    pub(super) fn write_text(&self, is_excluded: bool, out: &mut dyn Write) -> io::Result<()> {
        let (days, text) = (self.history_days, on_one_line(&self.text));
        if is_excluded {
            writeln!(out, "first seen: an excluded record is not remembered")
        } else {
            writeln!(
                out,
                "first seen: counts only if no record with {text} was seen in the {days} days before, after the warm-up"
            )
        }
    }
}
