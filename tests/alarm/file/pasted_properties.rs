//! Properties of an alarm as JSON, pasted from the output of AWS.

use cloudtrail_alarms::alarm::definition::{
    ComparisonOperator, EvaluationWindow, Settings, TreatMissingData,
};
use cloudtrail_alarms::alarm::file::properties::settings_from_properties;
use insta::assert_snapshot;

#[test]
fn the_settings_of_pasted_properties_are_read() {
    let (settings, window) = settings_from_properties(
        r#"{"AlarmName": "x", "Dimensions": [], "ExtendedStatistic": "p99", "Period": 10, "EvaluationPeriods": "9",
            "Threshold": "2.5", "ComparisonOperator": "LessThanThreshold", "TreatMissingData": "breaching"}"#,
    )
    .unwrap();
    let expected = Settings {
        period: 10,
        evaluation_periods: 9,
        datapoints_to_alarm: None,
        threshold: 2.5,
        comparison_operator: ComparisonOperator::LessThanThreshold,
        treat_missing_data: TreatMissingData::Breaching,
    };
    assert_eq!((settings, window), (expected, EvaluationWindow::Sliding));
}

#[test]
fn settings_that_cannot_be_evaluated_are_rejected() {
    let refused = |properties: &str| {
        let json = format!(
            r#"{{"Threshold": 1, "ComparisonOperator": "LessThanThreshold", {properties}}}"#
        );
        let error: &dyn std::error::Error =
            &settings_from_properties(&json).expect_err("they are refused");
        error
            .source()
            .map_or(error.to_string(), |source| format!("{error}: {source}"))
    };
    let zero = |name: &str| format!("`{name}` must be at least 1");
    assert_eq!(
        refused(r#""Period": 0, "EvaluationPeriods": 1"#),
        zero("Period")
    );
    assert_eq!(
        refused(r#""Period": 60, "EvaluationPeriods": 0"#),
        zero("EvaluationPeriods")
    );
    assert_eq!(
        refused(r#""Period": 60, "EvaluationPeriods": 1, "DatapointsToAlarm": 0"#),
        zero("DatapointsToAlarm")
    );
    assert_eq!(
        refused(r#""Period": 60, "EvaluationPeriods": 2, "DatapointsToAlarm": 3"#),
        "`DatapointsToAlarm` (3) must not exceed `EvaluationPeriods` (2)"
    );
    assert_snapshot!(refused(r#""Period": 60"#), @r"
    cannot read the properties of the alarm: missing field `EvaluationPeriods` at line 1 column 73
    ");
    assert_snapshot!(refused(r#""Period": "ten", "EvaluationPeriods": 1"#), @r"
    cannot read the properties of the alarm: expected a number, found ten: invalid digit found in string at line 1 column 75
    ");
}
