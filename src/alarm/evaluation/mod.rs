//! Decides the state of an alarm from its datapoints, as CloudWatch does.
//!
//! Input: one [`Datapoint`] for each period, the alarm's [`Settings`], and the state before. Output: an [`Evaluation`], the
//! state after and its datapoints. The result depends on nothing else: no clock, and no history but the state before.
//!
//! # Scope
//!
//! CloudWatch looks at more periods than `EvaluationPeriods`, so that a late or sparse metric does not make the alarm
//! flap. How many more is not published; [`evaluation_range`] follows from observation. The rules are those of the user
//! guide's page on missing data, including both of its tables. If the page does not cover a case and implementations
//! differ, this module keeps the state, and raises the alarm if enough real datapoints breach:
//!
//! * `missing`, all real datapoints breach, and none is old enough to be trusted ("premature"): the state stays.
//! * `ignore`, at least `DatapointsToAlarm` real datapoints breach: `ALARM`, however many others are missing.

use jiff::Timestamp;

use crate::alarm::alarm_state::AlarmState;
use crate::alarm::rule::{ComparisonOperator, Settings, TreatMissingData};

/// One period of the metric.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Datapoint {
    /// Start of the window; the window is one `Period` long.
    pub start: Timestamp,
    /// The statistic over the window; `None` if there is no data, which is not the same as zero.
    pub value: Option<f64>,
}

/// The decided state and its datapoints. [`Evaluation::reason`] explains it.
#[derive(Clone, Debug, PartialEq)]
pub struct Evaluation {
    /// The state after.
    pub state: AlarmState,
    /// Whether `state` is the state before, kept because the datapoints do not decide.
    pub retained: bool,
    /// The datapoints with a value that were considered, newest first; at most `EvaluationPeriods`.
    pub datapoints: Vec<Datapoint>,
    /// `EvaluationPeriods` less the number of `datapoints`: how many were treated as `TreatMissingData` specifies.
    pub missing: usize,
}

/// How many of the newest periods are considered: `EvaluationPeriods` and some more.
///
/// The additional periods are five minutes' worth of periods and at least two; below one minute it is one minute's worth.
/// CloudWatch does not publish the number: this is the one rule that fits the user guide's example (300 s) and the
/// behavior at 10 s, 60 s and 900 s.
pub fn evaluation_range(settings: &Settings) -> usize {
    let extra = match settings.period {
        period @ ..60 => 60 / period,
        period => 300_u32.div_ceil(period).max(2),
    };
    settings.evaluation_periods as usize + extra as usize
}

/// Whether a value crosses the threshold. The value is the left operand.
pub fn breaches(value: f64, settings: &Settings) -> bool {
    let threshold = settings.threshold;
    match settings.comparison_operator {
        ComparisonOperator::GreaterThanOrEqualToThreshold => value >= threshold,
        ComparisonOperator::GreaterThanThreshold => value > threshold,
        ComparisonOperator::LessThanThreshold => value < threshold,
        ComparisonOperator::LessThanOrEqualToThreshold => value <= threshold,
    }
}

/// Decides the state after from `datapoints`, consecutive periods with the newest **last**, and the state `before`.
///
/// Only the newest [`evaluation_range`] periods count. If there are fewer, the older ones are missing.
///
/// With `EvaluationPeriods` or more real datapoints in the range, the newest of them decide, even if newer periods
/// are empty, and `TreatMissingData` is not consulted. With fewer, all of them count, and the missing ones are
/// treated as it specifies.
///
/// ```
/// use cloudtrail_alarms::alarm::AlarmState;
/// use cloudtrail_alarms::alarm::definition::{ComparisonOperator, Settings, TreatMissingData};
/// use cloudtrail_alarms::alarm::evaluation::{Datapoint, evaluate};
///
/// let settings = Settings {
///     period: 60,
///     evaluation_periods: 1,
///     datapoints_to_alarm: None,
///     threshold: 1.0,
///     comparison_operator: ComparisonOperator::GreaterThanThreshold,
///     treat_missing_data: TreatMissingData::NotBreaching,
/// };
/// let minute = Datapoint { start: "2026-11-21T08:29:00Z".parse()?, value: Some(3.0) };
///
/// let evaluation = evaluate(&[minute], &settings, AlarmState::Ok);
/// assert_eq!(evaluation.state, AlarmState::Alarm);
/// assert_eq!(
///     evaluation.reason(&settings),
///     "Threshold Crossed: 1 datapoint [3.0 (21/11/26 08:29:00)] was greater than the threshold (1.0).",
/// );
/// # Ok::<(), jiff::Error>(())
/// ```
pub fn evaluate(datapoints: &[Datapoint], settings: &Settings, before: AlarmState) -> Evaluation {
    let periods = settings.evaluation_periods as usize;
    let needed = settings.datapoints_needed() as usize;

    // The newest period is one slot old.
    let mut datapoints_considered = Vec::new();
    let mut breaching = 0;
    let mut oldest_age = 0;
    let newest_first = (1..).zip(datapoints.iter().rev());
    let real = newest_first
        .take(evaluation_range(settings))
        .filter_map(|(age, datapoint)| Some((age, datapoint, datapoint.value?)))
        .take(periods);
    for (age, datapoint, value) in real {
        datapoints_considered.push(*datapoint);
        breaching += usize::from(breaches(value, settings));
        oldest_age = age;
    }

    let missing = periods - datapoints_considered.len();
    let good = datapoints_considered.len() - breaching;
    let decided = match settings.treat_missing_data {
        _ if missing == 0 => Some(alarm_if(breaching >= needed)),
        TreatMissingData::Breaching => Some(alarm_if(breaching + missing >= needed)),
        TreatMissingData::NotBreaching => Some(alarm_if(breaching >= needed)),
        // A good datapoint anywhere in the range is enough to decide.
        TreatMissingData::Missing | TreatMissingData::Ignore if good > 0 => {
            Some(alarm_if(breaching >= needed))
        }
        TreatMissingData::Missing if breaching == 0 => Some(AlarmState::InsufficientData),
        // With so little data, the alarm waits until late data would have arrived.
        TreatMissingData::Missing => (oldest_age >= needed).then_some(AlarmState::Alarm),
        TreatMissingData::Ignore => (breaching >= needed).then_some(AlarmState::Alarm),
    };

    Evaluation {
        state: decided.unwrap_or(before),
        retained: decided.is_none(),
        datapoints: datapoints_considered,
        missing,
    }
}

fn alarm_if(breaching: bool) -> AlarmState {
    if breaching {
        AlarmState::Alarm
    } else {
        AlarmState::Ok
    }
}

#[cfg(test)]
mod tests;
