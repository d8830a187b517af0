use proptest::prelude::*;

use super::*;
use crate::alarm::definition::{ComparisonOperator, TreatMissingData};

fn settings(period: u32, evaluation_periods: u32) -> Settings {
    Settings {
        period,
        evaluation_periods,
        datapoints_to_alarm: None,
        threshold: 1.0,
        comparison_operator: ComparisonOperator::GreaterThanThreshold,
        treat_missing_data: TreatMissingData::Missing,
    }
}

#[track_caller]
fn time(text: &str) -> Timestamp {
    let text = if text.len() > 12 {
        text.to_owned()
    } else {
        format!("2026-11-21T{text}Z")
    };
    text.parse().unwrap()
}

#[test]
fn an_alarm_is_evaluated_every_minute_every_ten_seconds_or_every_hour() {
    let cases = [
        // period, periods, interval, before, instant, after
        (60, 1, 60, "08:29:00", "08:29:10", "08:30:00"),
        (300, 3, 60, "08:29:00", "08:29:00", "08:29:00"),
        (300, 3, 60, "08:28:00", "08:28:59.999", "08:29:00"),
        (10, 3, 10, "08:29:10", "08:29:10.001", "08:29:20"),
        (30, 1, 10, "08:29:40", "08:29:49", "08:29:50"),
        (86_400, 1, 60, "08:29:00", "08:29:10", "08:30:00"),
        (86_400, 2, 3_600, "08:00:00", "08:29:10", "09:00:00"),
        (3_600, 25, 3_600, "08:00:00", "08:00:00", "08:00:00"),
    ];
    for (period, periods, interval, before, instant, after) in cases {
        let settings = settings(period, periods);
        let case = format!("{periods} periods of {period} s at {instant}");
        assert_eq!(evaluation_interval(&settings).as_secs(), interval, "{case}");
        assert_eq!(
            evaluation_instant_at_or_before(time(instant), &settings),
            time(before),
            "{case}"
        );
        assert_eq!(
            evaluation_instant_at_or_after(time(instant), &settings),
            time(after),
            "{case}"
        );
    }
}

#[track_caller]
fn windows(
    period: u32,
    evaluation_window: EvaluationWindow,
    instant: &str,
    expected: &[(&str, &str)],
) {
    let windows = windows_ending_at(
        time(instant),
        &settings(period, 1),
        evaluation_window,
        expected.len(),
    );
    let expected: Vec<_> = expected
        .iter()
        .map(|(start, end)| Window {
            start: time(start),
            end: time(end),
        })
        .collect();
    assert_eq!(windows, expected);
}

#[test]
fn sliding_windows_end_at_the_evaluation() {
    windows(
        300,
        EvaluationWindow::Sliding,
        "08:34:00",
        &[("08:24:00", "08:29:00"), ("08:29:00", "08:34:00")],
    );
    windows(
        300,
        EvaluationWindow::Sliding,
        "08:34:10",
        &[("08:29:00", "08:34:00")],
    );
    windows(
        30,
        EvaluationWindow::Sliding,
        "08:34:10",
        &[("08:33:40", "08:34:10")],
    );
    windows(300, EvaluationWindow::Sliding, "08:34:10", &[]);
}

#[test]
fn wall_clock_windows_are_whole_periods_of_the_clock() {
    windows(
        300,
        EvaluationWindow::WallClock,
        "08:34:00",
        &[("08:25:00", "08:30:00")],
    );
    windows(
        300,
        EvaluationWindow::WallClock,
        "08:35:00",
        &[("08:25:00", "08:30:00"), ("08:30:00", "08:35:00")],
    );
    windows(
        86_400,
        EvaluationWindow::WallClock,
        "08:34:00",
        &[("2026-11-20T00:00:00Z", "2026-11-21T00:00:00Z")],
    );
}

#[test]
fn a_window_has_its_start_and_not_its_end() {
    let window = bucket_at(time("08:29:59.999"), &settings(60, 1));
    assert_eq!(
        window,
        Window {
            start: time("08:29:00"),
            end: time("08:30:00")
        }
    );
    assert!(window.contains(window.start));
    assert!(!window.contains(window.end));
}

#[test]
fn time_has_no_end_that_panics() {
    for instant in [Timestamp::MIN, Timestamp::MAX] {
        for settings in [settings(10, 1), settings(60, 1), settings(86_400, 7)] {
            bucket_at(instant, &settings);
            evaluation_instant_at_or_before(instant, &settings);
            evaluation_instant_at_or_after(instant, &settings);
            for evaluation_window in [EvaluationWindow::Sliding, EvaluationWindow::WallClock] {
                windows_ending_at(instant, &settings, evaluation_window, 9);
            }
        }
    }
}

fn any_settings() -> impl Strategy<Value = Settings> {
    let period = prop::sample::select(vec![10, 20, 30, 60, 120, 300, 420, 900, 3_600, 86_400]);
    (period, 1_u32..=7).prop_map(|(period, periods)| settings(period, periods))
}

/// Any instant of the years 1900 to 2100, to the nanosecond.
fn any_instant() -> impl Strategy<Value = Timestamp> {
    (-2_208_988_800_i64..4_102_444_800, 0..1_000_000_000_i32)
        .prop_map(|(second, nanosecond)| Timestamp::new(second, nanosecond).unwrap())
}

fn any_evaluation_window() -> impl Strategy<Value = EvaluationWindow> {
    prop::sample::select(vec![EvaluationWindow::Sliding, EvaluationWindow::WallClock])
}

proptest! {
    #[test]
    fn windows_tile_time(
        settings in any_settings(),
        evaluation_window in any_evaluation_window(),
        instant in any_instant(),
        count in 1_usize..20,
    ) {
        let windows = windows_ending_at(instant, &settings, evaluation_window, count);
        prop_assert_eq!(windows.len(), count);
        for pair in windows.windows(2) {
            prop_assert_eq!(pair[0].end, pair[1].start);
        }
        for window in &windows {
            prop_assert_eq!(window.start + SignedDuration::from_secs(settings.period.into()), window.end);
        }
        let newest = windows[count - 1];
        prop_assert!(newest.end <= instant);
        let grain = match evaluation_window {
            EvaluationWindow::Sliding => evaluation_interval(&settings),
            EvaluationWindow::WallClock => SignedDuration::from_secs(settings.period.into()),
        };
        prop_assert!(instant < newest.end + grain);
    }

    #[test]
    fn every_instant_is_in_exactly_one_window(
        settings in any_settings(),
        evaluation_window in any_evaluation_window(),
        now in any_instant(),
        count in 1_usize..20,
        share in 0.0..1.0,
    ) {
        let windows = windows_ending_at(now, &settings, evaluation_window, count);
        let whole = windows[count - 1].end.duration_since(windows[0].start);
        let instant = windows[0].start + whole.mul_f64(share);
        prop_assert_eq!(windows.iter().filter(|window| window.contains(instant)).count(), 1);
    }

    #[test]
    fn a_sliding_window_is_made_of_whole_buckets(settings in any_settings(), now in any_instant()) {
        for window in windows_ending_at(now, &settings, EvaluationWindow::Sliding, 3) {
            let mut reached = window.start;
            while reached < window.end {
                let bucket = bucket_at(reached, &settings);
                prop_assert_eq!(bucket.start, reached);
                prop_assert_eq!(bucket.start + bucket_width(&settings), bucket.end);
                reached = bucket.end;
            }
            prop_assert_eq!(reached, window.end);
        }
    }

    #[test]
    fn an_instant_lies_between_its_evaluations(settings in any_settings(), instant in any_instant()) {
        let before = evaluation_instant_at_or_before(instant, &settings);
        let after = evaluation_instant_at_or_after(instant, &settings);
        prop_assert!(before <= instant && instant <= after);
        let distance = if before == instant { SignedDuration::ZERO } else { evaluation_interval(&settings) };
        prop_assert_eq!(before + distance, after);
        prop_assert_eq!(evaluation_instant_at_or_after(before, &settings), before);
        prop_assert_eq!(evaluation_instant_at_or_before(after, &settings), after);
    }
}
