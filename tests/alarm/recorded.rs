//! States and reasons of alarms, compared with recorded ones of CloudWatch. `vectors/SOURCES.md` lists their sources.

use cloudtrail_alarms::alarm::AlarmState;
use cloudtrail_alarms::alarm::definition::{ComparisonOperator, Settings, TreatMissingData};
use cloudtrail_alarms::alarm::evaluation::{Datapoint, evaluate};
use jiff::{Timestamp, ToSpan};
use serde::Deserialize;

#[derive(Deserialize)]
struct Vector {
    id: String,
    config: Config,
    /// Oldest first; `None` is missing.
    datapoints: Vec<Option<f64>>,
    initial_state: AlarmState,
    /// `None` if only `acceptable_states` are known.
    expected_state: Option<AlarmState>,
    #[serde(default)]
    acceptable_states: Vec<AlarmState>,
    note: String,
}

#[derive(Deserialize)]
struct Config {
    period: u32,
    evaluation_periods: u32,
    datapoints_to_alarm: u32,
    threshold: f64,
    comparison: ComparisonOperator,
    treat_missing_data: TreatMissingData,
}

impl Vector {
    fn decided_state(&self) -> AlarmState {
        let settings = Settings {
            period: self.config.period,
            evaluation_periods: self.config.evaluation_periods,
            datapoints_to_alarm: Some(self.config.datapoints_to_alarm),
            threshold: self.config.threshold,
            comparison_operator: self.config.comparison,
            treat_missing_data: self.config.treat_missing_data,
        };
        let newest = "2026-09-14T05:51:00Z".parse().unwrap();
        let datapoints = datapoints_until(newest, settings.period, &self.datapoints);
        evaluate(&datapoints, &settings, self.initial_state).state
    }

    fn complaint(&self) -> String {
        format!(
            "{}: decided {} ({})",
            self.id,
            self.decided_state(),
            self.note
        )
    }
}

/// Consecutive datapoints. The last one starts at `newest`.
fn datapoints_until(newest: Timestamp, period: u32, values: &[Option<f64>]) -> Vec<Datapoint> {
    let ages = (0..i64::try_from(values.len()).unwrap()).rev();
    let starts = ages.map(|age| newest - (age * i64::from(period)).seconds());
    starts
        .zip(values)
        .map(|(start, &value)| Datapoint { start, value })
        .collect()
}

fn vectors(lines: &str) -> Vec<Vector> {
    lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn every_recorded_state_is_reproduced() {
    let vectors = vectors(include_str!("vectors/alarm.jsonl"));
    assert_eq!(vectors.len(), 215);

    let wrong: Vec<_> = vectors
        .iter()
        .filter(|vector| Some(vector.decided_state()) != vector.expected_state)
        .map(Vector::complaint)
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_ambiguous_state_is_an_acceptable_one() {
    let vectors = vectors(include_str!("vectors/alarm-ambiguous.jsonl"));
    assert_eq!(vectors.len(), 27);

    let wrong: Vec<_> = vectors
        .iter()
        .filter(|vector| !vector.acceptable_states.contains(&vector.decided_state()))
        .map(Vector::complaint)
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

const OK: AlarmState = AlarmState::Ok;
const ALARM: AlarmState = AlarmState::Alarm;
const INSUFFICIENT_DATA: AlarmState = AlarmState::InsufficientData;

/// Checks a notification's state and reason.
///
/// * `alarm`: `period [needed/]periods operator threshold treatment`; without `needed/` it is not configured.
/// * `datapoints`: start of the newest, and the values, oldest first; those that the reason does not quote are fillers.
#[track_caller]
fn notification(
    alarm: &str,
    (newest, values): (&str, &str),
    (before, after): (AlarmState, AlarmState),
    reason: &str,
) {
    let words: Vec<_> = alarm.split(' ').collect();
    let [period, counts, operator, threshold, treatment] = words[..] else {
        panic!("`{alarm}` has not five words");
    };
    let (needed, periods) = match counts.split_once('/') {
        Some((needed, periods)) => (Some(needed.parse().unwrap()), periods),
        None => (None, counts),
    };
    let settings = Settings {
        period: period.parse().unwrap(),
        evaluation_periods: periods.parse().unwrap(),
        datapoints_to_alarm: needed,
        threshold: threshold.parse().unwrap(),
        comparison_operator: match operator {
            ">=" => ComparisonOperator::GreaterThanOrEqualToThreshold,
            ">" => ComparisonOperator::GreaterThanThreshold,
            "<" => ComparisonOperator::LessThanThreshold,
            other => panic!("{other} is not an operator"),
        },
        treat_missing_data: serde_json::from_value(treatment.into()).unwrap(),
    };
    let values: Vec<_> = values
        .split_whitespace()
        .map(|value| Some(value.parse().unwrap()))
        .collect();
    let datapoints = datapoints_until(newest.parse().unwrap(), settings.period, &values);

    let evaluation = evaluate(&datapoints, &settings, before);
    assert_eq!(evaluation.state, after);
    assert_eq!(evaluation.reason(&settings), reason);
}

#[test]
fn notifications_without_datapoints_to_alarm_are_reproduced() {
    // 18f-message.json
    notification(
        "300 1 > 0 notBreaching",
        ("2024-05-21T08:29:00Z", "1"),
        (OK, ALARM),
        "Threshold Crossed: 1 datapoint [1.0 (21/05/24 08:29:00)] was greater than the threshold \
         (0.0).",
    );
    // alerta-alarm.json
    notification(
        "86400 1 >= 0 missing",
        ("2019-02-14T23:53:00Z", "1062305"),
        (INSUFFICIENT_DATA, ALARM),
        "Threshold Crossed: 1 datapoint [1062305.0 (14/02/19 23:53:00)] was greater than or equal \
         to the threshold (0.0).",
    );
    // notify-slack-envelope.json
    notification(
        "60 1 < 1 notBreaching",
        ("2019-02-12T15:44:00Z", "1"),
        (ALARM, OK),
        "Threshold Crossed: 1 datapoint [1.0 (12/02/19 15:44:00)] was not less than the threshold \
         (1.0).",
    );
    // localstack-validated-1of1.json, with a date for its placeholder
    notification(
        "10 1 > 21 ignore",
        ("2026-02-26T10:14:00Z", "21.5"),
        (INSUFFICIENT_DATA, ALARM),
        "Threshold Crossed: 1 datapoint [21.5 (26/02/26 10:14:00)] was greater than the threshold \
         (21.0).",
    );
    // eks-node-high-filesystem
    notification(
        "60 5 >= 80 missing",
        (
            "2025-09-03T06:24:00Z",
            "84.92614979303418 84.9314310950818 84.93257920422259 84.9368272080435 84.93923823723915",
        ),
        (OK, ALARM),
        "Threshold Crossed: 5 datapoints were greater than or equal to the threshold (80.0). The \
         most recent datapoints which crossed the threshold: [84.93923823723915 (03/09/25 \
         06:24:00), 84.9368272080435 (03/09/25 06:23:00), 84.93257920422259 (03/09/25 06:22:00), \
         84.9314310950818 (03/09/25 06:21:00), 84.92614979303418 (03/09/25 06:20:00)].",
    );
}

#[test]
fn notifications_with_datapoints_to_alarm_are_reproduced() {
    // ecs-alarm-1of1-two-dimensions.json
    notification(
        "60 1/1 > 5 missing",
        ("2022-04-26T03:06:00Z", "7.272883842388789"),
        (OK, ALARM),
        "Threshold Crossed: 1 out of the last 1 datapoints [7.272883842388789 (26/04/22 \
         03:06:00)] was greater than the threshold (5.0) (minimum 1 datapoint for OK -> ALARM \
         transition).",
    );
    // email-cloudtrail-metric-filter.txt
    notification(
        "120 1/1 >= 1 missing",
        ("2024-12-22T16:11:00Z", "1"),
        (INSUFFICIENT_DATA, ALARM),
        "Threshold Crossed: 1 out of the last 1 datapoints [1.0 (22/12/24 16:11:00)] was greater \
         than or equal to the threshold (1.0) (minimum 1 datapoint for OK -> ALARM transition).",
    );
    // lambda-go-single-metric-envelope.json and lambda-go-metric-math-envelope.json
    notification(
        "60 1/1 > 0 missing",
        ("2015-03-06T17:43:27Z", "1234"),
        (INSUFFICIENT_DATA, ALARM),
        "Threshold Crossed: 1 out of the last 1 datapoints [1234.0 (06/03/15 17:43:27)] was \
         greater than the threshold (0.0) (minimum 1 datapoint for OK -> ALARM transition).",
    );
    // rds-alarm-2of4.json
    notification(
        "300 2/4 > 10.7 missing",
        (
            "2022-11-08T02:45:00Z",
            "10.791661891275925 10.2 10.708333333333332 10.1",
        ),
        (OK, ALARM),
        "Threshold Crossed: 2 out of the last 4 datapoints [10.708333333333332 (08/11/22 \
         02:40:00), 10.791661891275925 (08/11/22 02:30:00)] were greater than the threshold \
         (10.7) (minimum 2 datapoints for OK -> ALARM transition).",
    );
    // slacker-apigw-alarm-2of2-sum.json
    notification(
        "300 2/2 > 50 notBreaching",
        ("2024-12-11T06:04:00Z", "66 63"),
        (OK, ALARM),
        "Threshold Crossed: 2 out of the last 2 datapoints [63.0 (11/12/24 06:04:00), 66.0 \
         (11/12/24 05:59:00)] were greater than the threshold (50.0) (minimum 2 datapoints for OK \
         -> ALARM transition).",
    );
    // slacker-sqs-alarm-30of30.json
    notification(
        "60 30/30 > 20 ignore",
        (
            "2024-12-06T05:34:00Z",
            &format!("{} 60 60", "59 ".repeat(28)),
        ),
        (OK, ALARM),
        "Threshold Crossed: 30 out of the last 30 datapoints were greater than the threshold \
         (20.0). The most recent datapoints which crossed the threshold: [60.0 (06/12/24 \
         05:34:00), 60.0 (06/12/24 05:33:00), 59.0 (06/12/24 05:32:00), 59.0 (06/12/24 05:31:00), \
         59.0 (06/12/24 05:30:00)] (minimum 30 datapoints for OK -> ALARM transition).",
    );
    // slacker-sqs-ok-1of50.json
    notification(
        "60 50/50 > 50 ignore",
        ("2024-12-04T00:34:00Z", &format!("{} 48", "60 ".repeat(49))),
        (ALARM, OK),
        "Threshold Crossed: 1 out of the last 50 datapoints [48.0 (04/12/24 00:34:00)] was not \
         greater than the threshold (50.0) (minimum 1 datapoint for ALARM -> OK transition).",
    );
    // MediaLive ActiveAlerts
    notification(
        "60 3/5 > 0 missing",
        ("2021-12-21T06:45:00Z", "1 0 1 0 0"),
        (ALARM, OK),
        "Threshold Crossed: 3 out of the last 5 datapoints [0.0 (21/12/21 06:45:00), 0.0 \
         (21/12/21 06:44:00), 0.0 (21/12/21 06:42:00)] were not greater than the threshold (0.0) \
         (minimum 3 datapoints for ALARM -> OK transition).",
    );
}

#[test]
fn notifications_about_missing_datapoints_are_reproduced() {
    // localstack-validated-2of2-missing.json
    notification(
        "10 2 > 2 breaching",
        ("2025-09-19T21:11:40Z", ""),
        (INSUFFICIENT_DATA, ALARM),
        "Threshold Crossed: no datapoints were received for 2 periods and 2 missing datapoints \
         were treated as [Breaching].",
    );
    // alerta-insufficient_data.json
    notification(
        "300 10 >= 0 missing",
        ("2019-05-13T08:36:00Z", ""),
        (ALARM, INSUFFICIENT_DATA),
        "Insufficient Data: 10 datapoints were unknown.",
    );
    // TailrdDMS-TASK_FAILED
    notification(
        "60 2 < 1 breaching",
        ("2026-04-20T18:45:00Z", "0"),
        (OK, ALARM),
        "Threshold Crossed: 1 datapoint [0.0 (20/04/26 18:45:00)] was less than the threshold \
         (1.0) and 1 missing datapoint was treated as [Breaching].",
    );
    // HealthyHostCount
    notification(
        "60 3 < 1 breaching",
        ("2026-08-26T16:16:00Z", "1"),
        (ALARM, OK),
        "Threshold Crossed: 1 datapoint [1.0 (26/08/26 16:16:00)] was not less than the threshold \
         (1.0) and 2 missing datapoints were treated as [Breaching].",
    );
    // AlarmForRBRule
    notification(
        "60 1/20 >= 1 notBreaching",
        ("2024-03-16T12:15:00Z", "613"),
        (OK, ALARM),
        "Threshold Crossed: 1 out of the last 20 datapoints [613.0 (16/03/24 12:15:00)] was \
         greater than or equal to the threshold (1.0) and 19 missing datapoints were treated as \
         [NonBreaching] (minimum 1 datapoint for OK -> ALARM transition).",
    );
}
