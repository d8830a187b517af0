//! Why an alarm is in its state, in CloudWatch's own sentences.
//!
//! Receivers parse them (`Threshold Crossed: 1 datapoint [1.0 (21/05/24 08:29:00)] was ...`), so words, order,
//! plurals, numbers and dates follow recorded notifications to the letter. Two sentences are ours, where no record is
//! known: the one that begins with `State Retained` (CloudWatch gives no reason when it changes nothing), and the
//! list of five or more datapoints that did *not* cross the threshold.

use std::fmt::Write;

use cloudwatch_filter_pattern::java_double;

use super::AlarmState;
use super::definition::{ComparisonOperator, Settings, TreatMissingData};
use super::evaluation::{Datapoint, Evaluation, breaches};

/// From this many datapoints on, the sentence does not carry them but is followed by the newest ones.
///
/// Recorded reasons of one to three datapoints carry them and those of five and more do not; of four none is known.
const LISTED_APART: usize = 5;

impl Evaluation {
    /// The reason as CloudWatch words it (`StateReason`): ASCII, at most 1,023 characters.
    ///
    /// `settings` are those that the state was decided with.
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
        let speaking: Vec<&Datapoint> = self
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

        if speaking.is_empty() {
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
                speaking.len(),
                settings.evaluation_periods
            ),
            None => datapoints(speaking.len()),
        };
        let verb = if speaking.len() == 1 { "was" } else { "were" };
        let not = if crossing { "" } else { "not " };
        let comparison = comparison(settings.comparison_operator);
        let threshold = java_double(settings.threshold);
        let claim = format!("{verb} {not}{comparison} the threshold ({threshold}){treated}");
        let minimum = minimum(settings, crossing);

        if speaking.len() < LISTED_APART {
            format!("{head}: {subject} {} {claim}{minimum}.", list(&speaking))
        } else {
            let which = if crossing { "crossed" } else { "did not cross" };
            let newest = list(&speaking[..LISTED_APART]);
            format!(
                "{head}: {subject} {claim}. The most recent datapoints which {which} the threshold: \
                 {newest}{minimum}."
            )
        }
    }

    /// ` and 2 missing datapoints were treated as [Breaching]`, where some were, and it bears on the state.
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

/// ` (minimum 2 datapoints for OK -> ALARM transition)`, where `DatapointsToAlarm` is configured.
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
mod tests {
    use jiff::{Timestamp, ToSpan};

    use super::super::evaluation::evaluate;
    use super::*;

    /// `[needed/]periods operator threshold treatment`, such as `2/3 > 5 breaching`; without `needed/` it is not
    /// configured.
    #[track_caller]
    fn settings(text: &str) -> Settings {
        let [counts, operator, threshold, treatment] = text.split(' ').collect::<Vec<_>>()[..]
        else {
            panic!("{text} has not four words");
        };
        let (needed, periods) = match counts.split_once('/') {
            Some((needed, periods)) => (Some(needed.parse().unwrap()), periods),
            None => (None, counts),
        };
        Settings {
            period: 60,
            evaluation_periods: periods.parse().unwrap(),
            datapoints_to_alarm: needed,
            threshold: threshold.parse().unwrap(),
            comparison_operator: match operator {
                ">=" => ComparisonOperator::GreaterThanOrEqualToThreshold,
                ">" => ComparisonOperator::GreaterThanThreshold,
                "<" => ComparisonOperator::LessThanThreshold,
                "<=" => ComparisonOperator::LessThanOrEqualToThreshold,
                other => panic!("{other} is no operator"),
            },
            treat_missing_data: serde_json::from_value(treatment.into()).unwrap(),
        }
    }

    /// The reason after `values`, a word each and oldest first, `-` where missing; the newest is that of 08:29.
    #[track_caller]
    fn reason_from(before: AlarmState, alarm: &str, values: &str) -> String {
        let newest: Timestamp = "2026-02-26T08:29:00Z".parse().unwrap();
        let mut datapoints: Vec<_> = values
            .split_whitespace()
            .rev()
            .zip(0_i64..)
            .map(|(value, age)| Datapoint {
                start: newest - age.minutes(),
                value: value.parse().ok(),
            })
            .collect();
        datapoints.reverse();
        let settings = settings(alarm);
        evaluate(&datapoints, &settings, before).reason(&settings)
    }

    #[track_caller]
    fn reason(alarm: &str, values: &str, expected: &str) {
        assert_eq!(
            reason_from(AlarmState::InsufficientData, alarm, values),
            expected
        );
    }

    #[test]
    fn without_datapoints_to_alarm_the_datapoints_are_counted() {
        reason(
            "1 > 21 missing",
            "21.5",
            "Threshold Crossed: 1 datapoint [21.5 (26/02/26 08:29:00)] was greater than the threshold (21.0).",
        );
        reason(
            "2 >= 5 missing",
            "5 7",
            "Threshold Crossed: 2 datapoints [7.0 (26/02/26 08:29:00), 5.0 (26/02/26 08:28:00)] were greater than or \
             equal to the threshold (5.0).",
        );
        reason(
            "2 > 42 missing",
            "1 0",
            "Threshold Crossed: 2 datapoints [0.0 (26/02/26 08:29:00), 1.0 (26/02/26 08:28:00)] were not greater \
             than the threshold (42.0).",
        );
        reason(
            "3 <= 1 missing",
            "0 2 1",
            "Threshold Crossed: 1 datapoint [2.0 (26/02/26 08:28:00)] was not less than or equal to the threshold \
             (1.0).",
        );
    }

    #[test]
    fn with_datapoints_to_alarm_the_minimum_is_told() {
        reason(
            "2/4 > 10.7 missing",
            "10.2 11 10.2 11",
            "Threshold Crossed: 2 out of the last 4 datapoints [11.0 (26/02/26 08:29:00), 11.0 (26/02/26 08:27:00)] \
             were greater than the threshold (10.7) (minimum 2 datapoints for OK -> ALARM transition).",
        );
        reason(
            "1/1 < 1 missing",
            "0",
            "Threshold Crossed: 1 out of the last 1 datapoints [0.0 (26/02/26 08:29:00)] was less than the threshold \
             (1.0) (minimum 1 datapoint for OK -> ALARM transition).",
        );
        reason(
            "3/3 > 5 missing",
            "9 9 1",
            "Threshold Crossed: 1 out of the last 3 datapoints [1.0 (26/02/26 08:29:00)] was not greater than the \
             threshold (5.0) (minimum 1 datapoint for ALARM -> OK transition).",
        );
        reason(
            "3/5 > 0 missing",
            "1 0 1 0 0",
            "Threshold Crossed: 3 out of the last 5 datapoints [0.0 (26/02/26 08:29:00), 0.0 (26/02/26 08:28:00), \
             0.0 (26/02/26 08:26:00)] were not greater than the threshold (0.0) (minimum 3 datapoints for ALARM \
             -> OK transition).",
        );
    }

    #[test]
    fn many_datapoints_are_listed_apart_and_only_the_newest() {
        reason(
            "6 > 0 missing",
            "1 2 3 4 5 6",
            "Threshold Crossed: 6 datapoints were greater than the threshold (0.0). The most recent datapoints which \
             crossed the threshold: [6.0 (26/02/26 08:29:00), 5.0 (26/02/26 08:28:00), 4.0 (26/02/26 08:27:00), \
             3.0 (26/02/26 08:26:00), 2.0 (26/02/26 08:25:00)].",
        );
        reason(
            "5/5 < 9 missing",
            "1 2 3 4 5",
            "Threshold Crossed: 5 out of the last 5 datapoints were less than the threshold (9.0). The most recent \
             datapoints which crossed the threshold: [5.0 (26/02/26 08:29:00), 4.0 (26/02/26 08:28:00), \
             3.0 (26/02/26 08:27:00), 2.0 (26/02/26 08:26:00), 1.0 (26/02/26 08:25:00)] (minimum 5 datapoints for \
             OK -> ALARM transition).",
        );
        reason(
            "5 > 9 missing",
            "1 2 3 4 5",
            "Threshold Crossed: 5 datapoints were not greater than the threshold (9.0). The most recent \
             datapoints which did not cross the threshold: [5.0 (26/02/26 08:29:00), 4.0 (26/02/26 08:28:00), 3.0 \
             (26/02/26 08:27:00), 2.0 (26/02/26 08:26:00), 1.0 (26/02/26 08:25:00)].",
        );
        reason(
            "6 > 0 breaching",
            "1 2 3 4 5",
            "Threshold Crossed: 5 datapoints were greater than the threshold (0.0) and 1 missing datapoint was \
             treated as [Breaching]. The most recent datapoints which crossed the threshold: [5.0 (26/02/26 \
             08:29:00), 4.0 (26/02/26 08:28:00), 3.0 (26/02/26 08:27:00), 2.0 (26/02/26 08:26:00), 1.0 (26/02/26 \
             08:25:00)].",
        );
    }

    #[test]
    fn filled_datapoints_are_told_whichever_way_they_count() {
        reason(
            "2 < 1 breaching",
            "0 -",
            "Threshold Crossed: 1 datapoint [0.0 (26/02/26 08:28:00)] was less than the threshold (1.0) and 1 \
             missing datapoint was treated as [Breaching].",
        );
        reason(
            "3 < 1 breaching",
            "- - 1",
            "Threshold Crossed: 1 datapoint [1.0 (26/02/26 08:29:00)] was not less than the threshold (1.0) and 2 \
             missing datapoints were treated as [Breaching].",
        );
        reason(
            "2/3 > 5 breaching",
            "- 9 0",
            "Threshold Crossed: 1 out of the last 3 datapoints [9.0 (26/02/26 08:28:00)] was greater than the \
             threshold (5.0) and 1 missing datapoint was treated as [Breaching] (minimum 2 datapoints for OK -> \
             ALARM transition).",
        );
    }

    #[test]
    fn where_missing_datapoints_decide_alone_only_the_others_are_counted() {
        reason(
            "3 > 5 breaching",
            "",
            "Threshold Crossed: no datapoints were received for 3 periods and 3 missing datapoints were treated as \
             [Breaching].",
        );
        reason(
            "1/1 > 5 notBreaching",
            "- -",
            "Threshold Crossed: no datapoints were received for 1 period and 1 missing datapoint was treated as \
             [NonBreaching].",
        );
        reason(
            "2/3 > 5 breaching",
            "0 - -",
            "Threshold Crossed: 1 datapoint was received for 3 periods and 2 missing datapoints were treated as \
             [Breaching].",
        );
        reason(
            "3/3 > 5 notBreaching",
            "9 9",
            "Threshold Crossed: 2 datapoints were received for 3 periods and 1 missing datapoint was treated as \
             [NonBreaching].",
        );
    }

    #[test]
    fn insufficient_data_are_counted() {
        reason(
            "3 > 5 missing",
            "- - -",
            "Insufficient Data: 3 datapoints were unknown.",
        );
        reason(
            "1/1 > 5 missing",
            "",
            "Insufficient Data: 1 datapoint was unknown.",
        );
    }

    #[test]
    fn a_premature_alarm_that_came_of_age_tells_what_breached() {
        reason(
            "3 > 5 missing",
            "9 - -",
            "Threshold Crossed: 1 datapoint [9.0 (26/02/26 08:27:00)] was greater than the threshold (5.0).",
        );
    }

    #[test]
    fn a_retained_state_tells_what_does_not_suffice() {
        for before in [
            AlarmState::Ok,
            AlarmState::Alarm,
            AlarmState::InsufficientData,
        ] {
            assert_eq!(
                reason_from(before, "1 > 5 ignore", "-"),
                "State Retained: no datapoints were received for 1 period and 1 missing datapoint was treated as \
                 [Ignore]."
            );
            assert_eq!(
                reason_from(before, "3 > 5 missing", "9 -"),
                "State Retained: 1 datapoint [9.0 (26/02/26 08:28:00)] was greater than the threshold (5.0) and 2 \
                 missing datapoints were treated as [Missing]."
            );
            assert_eq!(
                reason_from(before, "2/3 > 5 ignore", "9"),
                "State Retained: 1 out of the last 3 datapoints [9.0 (26/02/26 08:29:00)] was greater than the \
                 threshold (5.0) and 2 missing datapoints were treated as [Ignore] (minimum 2 datapoints for OK \
                 -> ALARM transition)."
            );
        }
    }

    #[test]
    fn the_longest_reason_fits() {
        let longest = "-1.2345678901234567e-300 ".repeat(10_000);
        let reason = reason_from(
            AlarmState::Ok,
            "10079/10080 <= -1.2345678901234567e-300 breaching",
            &longest,
        );
        assert!(
            reason.contains("10000 out of the last 10080 datapoints were"),
            "{reason}"
        );
        assert!(reason.len() <= 1_023, "{} characters", reason.len());
    }
}
