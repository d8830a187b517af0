use jiff::{Timestamp, ToSpan};

use super::*;
use crate::alarm::evaluation::evaluate;

/// `[needed/]periods operator threshold treatment`, such as `2/3 > 5 breaching`; without `needed/` it is not
/// configured.
#[track_caller]
fn settings(text: &str) -> Settings {
    let [counts, operator, threshold, treatment] = text.split(' ').collect::<Vec<_>>()[..] else {
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
            other => panic!("unknown operator {other}"),
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
fn with_datapoints_to_alarm_the_minimum_is_reported() {
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
fn filled_datapoints_are_reported_for_both_outcomes() {
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
fn if_missing_datapoints_decide_alone_only_the_others_are_counted() {
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
fn the_reason_of_a_premature_alarm_lists_the_breaching_datapoints() {
    reason(
        "3 > 5 missing",
        "9 - -",
        "Threshold Crossed: 1 datapoint [9.0 (26/02/26 08:27:00)] was greater than the threshold (5.0).",
    );
}

#[test]
fn the_reason_of_a_retained_state_lists_the_insufficient_datapoints() {
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
