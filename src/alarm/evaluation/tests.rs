use proptest::prelude::*;

use super::*;

const TREATMENTS: [TreatMissingData; 4] = [
    TreatMissingData::Missing,
    TreatMissingData::Ignore,
    TreatMissingData::Breaching,
    TreatMissingData::NotBreaching,
];

const STATES: [AlarmState; 3] = [
    AlarmState::Ok,
    AlarmState::Alarm,
    AlarmState::InsufficientData,
];

fn settings(
    period: u32,
    needed: u32,
    periods: u32,
    treat_missing_data: TreatMissingData,
) -> Settings {
    Settings {
        period,
        evaluation_periods: periods,
        datapoints_to_alarm: Some(needed),
        threshold: 5.0,
        comparison_operator: ComparisonOperator::GreaterThanThreshold,
        treat_missing_data,
    }
}

fn datapoints(values: &[Option<f64>]) -> Vec<Datapoint> {
    let starts = (0..).map(|n| Timestamp::from_second(n * 60).unwrap());
    values
        .iter()
        .zip(starts)
        .map(|(&value, start)| Datapoint { start, value })
        .collect()
}

/// The notation of CloudWatch's user guide: `0` does not breach, `X` does, `-` is missing; oldest first.
fn drawn(picture: &str) -> Vec<Datapoint> {
    let values: Vec<_> = picture
        .split(' ')
        .map(|slot| match slot {
            "0" => Some(0.0),
            "X" => Some(10.0),
            "-" => None,
            other => panic!("a slot is 0, X or -, not {other}"),
        })
        .collect();
    datapoints(&values)
}

#[test]
fn the_range_is_longer_than_the_evaluation_periods() {
    let cases = [
        // period, evaluation periods, range
        (300, 3, 5), // the user guide's example
        (900, 1, 3),
        (86_400, 1, 3),
        (60, 1, 6),
        (120, 1, 4),
        (180, 5, 7),
        (30, 1, 3),
        (20, 1, 4),
        (10, 3, 9),
    ];
    for (period, periods, range) in cases {
        let settings = settings(period, 1, periods, TreatMissingData::Missing);
        assert_eq!(
            evaluation_range(&settings),
            range,
            "{periods} periods of {period} s"
        );
    }
}

#[test]
fn the_value_is_the_left_operand() {
    let cases = [
        // operator, and whether 4, 5 and 6 breach a threshold of 5
        (
            ComparisonOperator::GreaterThanOrEqualToThreshold,
            [false, true, true],
        ),
        (
            ComparisonOperator::GreaterThanThreshold,
            [false, false, true],
        ),
        (ComparisonOperator::LessThanThreshold, [true, false, false]),
        (
            ComparisonOperator::LessThanOrEqualToThreshold,
            [true, true, false],
        ),
    ];
    for (comparison_operator, expected) in cases {
        let settings = Settings {
            comparison_operator,
            ..settings(60, 1, 1, TreatMissingData::Missing)
        };
        assert_eq!(
            [4.0, 5.0, 6.0].map(|value| breaches(value, &settings)),
            expected,
            "{comparison_operator:?}"
        );
    }
}

/// Both tables of the user guide, cell by cell; `None` is "retain".
#[test]
fn the_tables_of_the_user_guide_hold() {
    const OK: Option<AlarmState> = Some(AlarmState::Ok);
    const ALARM: Option<AlarmState> = Some(AlarmState::Alarm);
    const INSUFFICIENT_DATA: Option<AlarmState> = Some(AlarmState::InsufficientData);
    let rows = [
        // needed of 3, datapoints, [missing, ignore, breaching, notBreaching]
        (3, "0 - X - X", [OK, OK, OK, OK]),
        (3, "0 - - - -", [OK, OK, OK, OK]),
        (3, "- - - - -", [INSUFFICIENT_DATA, None, ALARM, OK]),
        (3, "0 X X - X", [ALARM, ALARM, ALARM, ALARM]),
        (3, "- - X - -", [ALARM, None, ALARM, OK]),
        (2, "0 - X - X", [ALARM, ALARM, ALARM, ALARM]),
        (2, "0 0 X 0 X", [ALARM, ALARM, ALARM, ALARM]),
        (2, "0 - X - -", [OK, OK, ALARM, OK]),
        (2, "- - - - 0", [OK, OK, ALARM, OK]),
        (2, "- - - X -", [ALARM, None, ALARM, OK]),
    ];
    for (needed, picture, cells) in rows {
        for (treatment, cell) in TREATMENTS.into_iter().zip(cells) {
            for before in STATES {
                let evaluation = evaluate(
                    &drawn(picture),
                    &settings(300, needed, 3, treatment),
                    before,
                );
                let expected = cell.unwrap_or(before);
                assert_eq!(
                    evaluation.state, expected,
                    "{needed} of 3, {picture}, {treatment:?}, {before}"
                );
                assert_eq!(
                    evaluation.retained,
                    cell.is_none(),
                    "{needed} of 3, {picture}, {treatment:?}"
                );
            }
        }
    }
}

#[test]
fn a_premature_alarm_waits_in_the_state_before() {
    let settings = settings(300, 3, 3, TreatMissingData::Missing);
    for before in STATES {
        for picture in ["- - - - X", "- - - X -"] {
            let evaluation = evaluate(&drawn(picture), &settings, before);
            assert_eq!(
                (evaluation.state, evaluation.retained),
                (before, true),
                "{picture}"
            );
        }
    }
}

#[test]
fn enough_real_breaches_alarm_although_missing_data_are_ignored() {
    let settings = settings(300, 2, 4, TreatMissingData::Ignore);
    for picture in ["- - X - X -", "- X 0 - X -"] {
        let evaluation = evaluate(&drawn(picture), &settings, AlarmState::Ok);
        assert_eq!(
            (evaluation.state, evaluation.retained),
            (AlarmState::Alarm, false),
            "{picture}"
        );
    }
}

#[test]
fn evaluated_datapoints_are_listed_newest_first() {
    let all = drawn("0 X - X X");
    let evaluation = evaluate(
        &all,
        &settings(300, 3, 3, TreatMissingData::Missing),
        AlarmState::Ok,
    );
    assert_eq!(evaluation.datapoints, [all[4], all[3], all[1]]);
    assert_eq!(evaluation.missing, 0);

    let evaluation = evaluate(
        &[],
        &settings(300, 3, 3, TreatMissingData::Missing),
        AlarmState::Ok,
    );
    assert_eq!((evaluation.datapoints, evaluation.missing), (vec![], 3));
}

fn any_settings() -> impl Strategy<Value = Settings> {
    let period = prop::sample::select(vec![10, 20, 30, 60, 120, 300, 900]);
    let periods_and_needed =
        (1_u32..=8).prop_flat_map(|periods| (Just(periods), prop::option::of(1..=periods)));
    let operator = prop::sample::select(vec![
        ComparisonOperator::GreaterThanOrEqualToThreshold,
        ComparisonOperator::GreaterThanThreshold,
        ComparisonOperator::LessThanThreshold,
        ComparisonOperator::LessThanOrEqualToThreshold,
    ]);
    (
        period,
        periods_and_needed,
        operator,
        prop::sample::select(&TREATMENTS),
    )
        .prop_map(
            |(
                period,
                (evaluation_periods, datapoints_to_alarm),
                comparison_operator,
                treat_missing_data,
            )| Settings {
                period,
                evaluation_periods,
                datapoints_to_alarm,
                threshold: 2.0,
                comparison_operator,
                treat_missing_data,
            },
        )
}

fn any_values() -> impl Strategy<Value = Vec<Option<f64>>> {
    let value = prop::option::of((0_u8..5).prop_map(f64::from));
    prop::collection::vec(value, 0..24)
}

fn any_state() -> impl Strategy<Value = AlarmState> {
    prop::sample::select(&STATES)
}

proptest! {
    #[test]
    fn with_enough_real_datapoints_nothing_else_matters(settings in any_settings(), values in any_values()) {
        let datapoints = datapoints(&values);
        let range = datapoints.iter().rev().take(evaluation_range(&settings));
        let real = range.filter(|datapoint| datapoint.value.is_some()).count();

        let expected = evaluate(&datapoints, &settings, AlarmState::Ok);
        prop_assert_eq!(expected.missing == 0, real >= settings.evaluation_periods as usize);
        if expected.missing == 0 {
            for treat_missing_data in TREATMENTS {
                let settings = Settings { treat_missing_data, ..settings.clone() };
                for before in STATES {
                    prop_assert_eq!(&evaluate(&datapoints, &settings, before), &expected);
                }
            }
        }
    }

    #[test]
    fn only_the_range_is_evaluated(
        settings in any_settings(),
        older in any_values(),
        values in any_values(),
        before in any_state(),
    ) {
        let mut range = vec![None; evaluation_range(&settings)];
        range.extend(values);
        let range = range.split_off(range.len() - evaluation_range(&settings));
        let with_older = [older, range.clone()].concat();

        let of_range = evaluate(&datapoints(&range), &settings, before);
        let of_all = evaluate(&datapoints(&with_older), &settings, before);
        prop_assert_eq!(of_all.state, of_range.state);
        prop_assert_eq!(of_all.retained, of_range.retained);
        prop_assert_eq!(of_all.missing, of_range.missing);
    }

    #[test]
    fn what_is_absent_is_missing(settings in any_settings(), values in any_values(), before in any_state()) {
        let first = values.iter().position(Option::is_some).unwrap_or(values.len());
        let all = datapoints(&values);
        prop_assert_eq!(evaluate(&all[first..], &settings, before), evaluate(&all, &settings, before));
    }

    #[test]
    fn an_alarm_needs_enough_breaching_or_filled_datapoints(
        settings in any_settings(),
        values in any_values(),
        before in any_state(),
    ) {
        let evaluation = evaluate(&datapoints(&values), &settings, before);
        let real = evaluation.datapoints.iter().filter_map(|datapoint| datapoint.value);
        let breaching = real.filter(|&value| breaches(value, &settings)).count();
        let filled = match settings.treat_missing_data {
            TreatMissingData::Breaching | TreatMissingData::Missing => evaluation.missing,
            TreatMissingData::Ignore | TreatMissingData::NotBreaching => 0,
        };
        if evaluation.state == AlarmState::Alarm && !evaluation.retained {
            prop_assert!(breaching + filled >= settings.datapoints_needed() as usize);
        }
    }

    #[test]
    fn only_a_retained_state_depends_on_the_state_before(settings in any_settings(), values in any_values()) {
        let datapoints = datapoints(&values);
        let evaluations = STATES.map(|before| evaluate(&datapoints, &settings, before));
        if evaluations[0].retained {
            prop_assert_eq!(evaluations.map(|evaluation| evaluation.state), STATES);
        } else {
            prop_assert!(evaluations.iter().all(|evaluation| *evaluation == evaluations[0]));
        }
    }

    #[test]
    fn deciding_again_changes_nothing(settings in any_settings(), values in any_values(), before in any_state()) {
        let datapoints = datapoints(&values);
        let once = evaluate(&datapoints, &settings, before);
        prop_assert_eq!(&evaluate(&datapoints, &settings, once.state), &once);
    }

    #[test]
    fn the_reason_fits_the_notification(settings in any_settings(), values in any_values(), before in any_state()) {
        let reason = evaluate(&datapoints(&values), &settings, before).reason(&settings);
        prop_assert!(reason.len() <= 1_023, "{}", reason);
        prop_assert!(reason.ends_with('.') && reason.is_ascii(), "{}", reason);
    }
}
