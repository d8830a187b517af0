//! The reason of a state, as CloudWatch words it (`StateReason`).
//!
//! Receivers parse them (`Threshold Crossed: 1 datapoint [1.0 (21/05/24 08:29:00)] was ...`), so words, order,
//! plurals, numbers and dates are those of recorded notifications. No recording is known of two sentences: the one that
//! begins with `State Retained` (CloudWatch gives no reason if it changes nothing), and the list of five or more
//! datapoints that did *not* cross the threshold.

use std::fmt::Write;

use cloudwatch_filter_pattern::java_double;

use crate::alarm::alarm_state::AlarmState;
use crate::alarm::evaluation::{Datapoint, Evaluation, breaches};
use crate::alarm::rule::{ComparisonOperator, Settings, TreatMissingData};

/// From this many datapoints on, a second sentence lists the newest ones.
///
/// Recorded reasons with one to three datapoints list them in the first sentence, those with five and more in a second one.
/// No recording with four is known.
const LISTED_APART: usize = 5;

impl Evaluation {
    /// The reason as CloudWatch words it (`StateReason`): ASCII, at most 1,023 characters.
    ///
    /// `settings` must be those of the evaluation.
    pub fn reason(&self, settings: &Settings) -> String {
        if self.state == AlarmState::InsufficientData && !self.retained {
            return format!(
                "Insufficient Data: {} unknown.",
                datapoints_were(self.missing)
            );
        }

        let head = if self.retained {
            "State Retained"
        } else {
            "Threshold Crossed"
        };
        let crossing = self.retained || self.state == AlarmState::Alarm;
        let relevant: Vec<&Datapoint> = self
            .datapoints
            .iter()
            .filter(|datapoint| {
                datapoint
                    .value
                    .is_some_and(|value| breaches(value, settings))
                    == crossing
            })
            .collect();
        let treated = self.treated(settings);

        if relevant.is_empty() {
            // The missing datapoints alone decided.
            let received = match self.datapoints.len() {
                0 => "no datapoints were".to_owned(),
                count => datapoints_were(count),
            };
            let periods = settings.evaluation_periods;
            let plural = if periods == 1 { "" } else { "s" };
            return format!("{head}: {received} received for {periods} period{plural}{treated}.");
        }

        let subject = match settings.datapoints_to_alarm {
            Some(_) => format!(
                "{} out of the last {} datapoints",
                relevant.len(),
                settings.evaluation_periods
            ),
            None => datapoints(relevant.len()),
        };
        let verb = if relevant.len() == 1 { "was" } else { "were" };
        let not = if crossing { "" } else { "not " };
        let comparison = comparison(settings.comparison_operator);
        let threshold = java_double(settings.threshold);
        let claim = format!("{verb} {not}{comparison} the threshold ({threshold}){treated}");
        let minimum = minimum(settings, crossing);

        if relevant.len() < LISTED_APART {
            format!("{head}: {subject} {} {claim}{minimum}.", list(&relevant))
        } else {
            let which = if crossing { "crossed" } else { "did not cross" };
            let newest = list(&relevant[..LISTED_APART]);
            format!(
                "{head}: {subject} {claim}. The most recent datapoints which {which} the threshold: \
                 {newest}{minimum}."
            )
        }
    }

    /// ` and 2 missing datapoints were treated as [Breaching]`, if there were any and they affect the state.
    fn treated(&self, settings: &Settings) -> String {
        let treatment = match settings.treat_missing_data {
            TreatMissingData::Breaching => "Breaching",
            TreatMissingData::NotBreaching => "NonBreaching",
            TreatMissingData::Ignore if self.retained => "Ignore",
            TreatMissingData::Missing if self.retained => "Missing",
            TreatMissingData::Ignore | TreatMissingData::Missing => return String::new(),
        };
        match self.missing {
            0 => String::new(),
            1 => format!(" and 1 missing datapoint was treated as [{treatment}]"),
            count => format!(" and {count} missing datapoints were treated as [{treatment}]"),
        }
    }
}

/// ` (minimum 2 datapoints for OK -> ALARM transition)`, if `DatapointsToAlarm` is configured.
fn minimum(settings: &Settings, crossing: bool) -> String {
    let Some(needed) = settings.datapoints_to_alarm else {
        return String::new();
    };
    let (count, transition) = if crossing {
        (needed, "OK -> ALARM")
    } else {
        (settings.evaluation_periods - needed + 1, "ALARM -> OK")
    };
    format!(
        " (minimum {} for {transition} transition)",
        datapoints(count as usize)
    )
}

/// `1 datapoint`, `2 datapoints`.
fn datapoints(count: usize) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} datapoint{plural}")
}

/// `1 datapoint was`, `2 datapoints were`.
fn datapoints_were(count: usize) -> String {
    let verb = if count == 1 { "was" } else { "were" };
    format!("{} {verb}", datapoints(count))
}

fn comparison(operator: ComparisonOperator) -> &'static str {
    match operator {
        ComparisonOperator::GreaterThanOrEqualToThreshold => "greater than or equal to",
        ComparisonOperator::GreaterThanThreshold => "greater than",
        ComparisonOperator::LessThanThreshold => "less than",
        ComparisonOperator::LessThanOrEqualToThreshold => "less than or equal to",
    }
}

/// `[2.0 (21/05/24 08:30:00), 1.0 (21/05/24 08:29:00)]`: value and start (UTC, day first) of each datapoint.
fn list(datapoints: &[&Datapoint]) -> String {
    let mut text = String::from("[");
    for (index, datapoint) in datapoints.iter().enumerate() {
        let separator = if index == 0 { "" } else { ", " };
        let value = datapoint.value.map(java_double).unwrap_or_default();
        let start = datapoint.start.strftime("%d/%m/%y %H:%M:%S");
        write!(text, "{separator}{value} ({start})").expect("writing to a string does not fail");
    }
    text.push(']');
    text
}

#[cfg(test)]
mod tests;
