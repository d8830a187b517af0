//! The alarm, in plain numbers for the oracle and as a file for the function.

use cloudtrail_alarms::alarm::definition::AlarmDefinition;
use cloudtrail_alarms_testkit::alarms::alarm;
use proptest::prelude::*;
use proptest::sample::select;

const TOPIC: &str = "[arn:aws:sns:ap-southeast-2:111122223333:t]";

/// An alarm over counts. Times are in seconds.
#[derive(Clone, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a property of the alarm"
)]
pub(super) struct Rules {
    pub(super) operator: &'static str,
    pub(super) threshold: u32,
    pub(super) period: i64,
    pub(super) periods: usize,
    pub(super) needed: usize,
    pub(super) missing: &'static str,
    pub(super) default_is_zero: bool,
    pub(super) is_wall_clock: bool,
    pub(super) is_event_time: bool,
    pub(super) lateness: i64,
    pub(super) renotify_after: Option<i64>,
    pub(super) notifies_ok: bool,
    pub(super) notifies_insufficient_data: bool,
    pub(super) is_grouped: bool,
    pub(super) is_distinct: bool,
}

impl Rules {
    pub(super) fn is_greater(&self) -> bool {
        self.operator.starts_with("Greater")
    }

    /// Width of a bucket, and the pause between two evaluations.
    pub(super) fn width(&self) -> i64 {
        if self.period < 60 { 10 } else { 60 }
    }

    pub(super) fn definition(&self) -> AlarmDefinition {
        let mut lines: Vec<String> = Vec::new();
        let mut add = |name: &str, value: &dyn std::fmt::Display| {
            lines.push(format!("{name}: {value}"));
        };
        add("ComparisonOperator", &self.operator);
        add("Threshold", &self.threshold);
        add("Period", &self.period);
        add("EvaluationPeriods", &self.periods);
        add("DatapointsToAlarm", &self.needed);
        add("TreatMissingData", &self.missing);
        add("AllowedLateness", &format_args!("{}s", self.lateness));
        if self.default_is_zero {
            add("DefaultValue", &0);
        }
        if self.is_wall_clock {
            add("EvaluationWindow", &"WallClock");
        }
        if self.is_event_time {
            add("TimeSource", &"EventTime");
        }
        if let Some(seconds) = self.renotify_after {
            add("RenotifyAfter", &format_args!("{seconds}s"));
        }
        if self.notifies_ok {
            add("OKActions", &TOPIC);
        }
        if self.notifies_insufficient_data {
            add("InsufficientDataActions", &TOPIC);
        }
        if self.is_grouped {
            add("GroupBy", &"[$.group]");
            // The oracle has no digests.
            add("MaxNotificationsPerHour", &1_000);
        }
        if self.is_distinct {
            add("CountDistinct", &"$.key");
        }
        alarm(&lines.join("\n"))
    }
}

/// Any alarm.
pub(super) fn rules() -> impl Strategy<Value = Rules> {
    let evaluation = (
        select(vec![
            "GreaterThanThreshold",
            "GreaterThanThreshold",
            "GreaterThanOrEqualToThreshold",
            "LessThanThreshold",
            "LessThanOrEqualToThreshold",
        ]),
        0_u32..4,
        select(vec![10_i64, 30, 60, 60, 300]),
        1_usize..4,
        0_usize..3,
        select(vec!["missing", "ignore", "breaching", "notBreaching"]),
    );
    let time = (
        any::<bool>(),
        any::<bool>(),
        select(vec![0_i64, 30, 60, 120, 600, 1_800]),
        // Half of an hour's doublings fit between the last record and the last scheduled run, and so does the longest pause.
        select(vec![
            None,
            None,
            Some(60),
            Some(150),
            Some(900),
            Some(72_000),
        ]),
    );
    let rest = (
        prop::bool::weighted(0.3),
        any::<bool>(),
        any::<bool>(),
        prop::bool::weighted(0.4),
        prop::bool::weighted(0.3),
    );
    (evaluation, time, rest).prop_map(|(evaluation, time, rest)| {
        let (operator, threshold, period, periods, spared, missing) = evaluation;
        let (is_wall_clock, is_event_time, lateness, renotify_after) = time;
        let (default_is_zero, notifies_ok, notifies_insufficient_data, is_grouped, is_distinct) =
            rest;
        Rules {
            operator,
            // An alarm that fires without data, early or not, is not compared.
            threshold: threshold.max(u32::from(operator == "GreaterThanOrEqualToThreshold")),
            period,
            periods,
            needed: periods - spared.min(periods - 1),
            missing,
            default_is_zero,
            is_wall_clock: is_wall_clock && period >= 60,
            is_event_time,
            lateness,
            renotify_after: renotify_after.filter(|&pause| pause < 3_600 || period >= 60),
            notifies_ok,
            notifies_insufficient_data,
            is_grouped,
            is_distinct,
        }
    })
}
