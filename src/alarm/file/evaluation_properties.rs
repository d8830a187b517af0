//! Reads the properties that decide how datapoints become a state, into [`Settings`].

use std::fmt::Display;
use std::ops::Range;
use std::str::FromStr;

use serde::{Deserialize, Deserializer};

use super::mapping::Properties;
use super::metric::Metric;
use super::reader::{Reader, Spanned};
use crate::alarm::definition::events_to_decide;
use crate::alarm::metric::Aggregation;
use crate::alarm::rule::{ComparisonOperator, EvaluationWindow, Settings, TreatMissingData};
use crate::series::MAX_EVENTS_PER_BUCKET;
use crate::yaml::Node;
use cloudwatch_filter_pattern::excerpt::quoted;

/// Maximum of `Period` times `EvaluationPeriods`, in seconds.
const MAX_RANGE: u64 = 7 * 24 * 60 * 60;

/// The same maximum for periods below an hour.
const MAX_RANGE_OF_SHORT_PERIODS: u64 = 24 * 60 * 60;

/// The periods that `EvaluationWindow: WallClock` allows.
const WALL_CLOCK_PERIODS: [u32; 5] = [60, 300, 3_600, 86_400, 604_800];

/// The evaluation properties of an alarm.
pub(super) struct EvaluationProperties {
    pub(super) settings: Settings,
    pub(super) window: EvaluationWindow,
    threshold_at: Range<usize>,
}

/// Reads the evaluation properties.
pub(super) fn evaluation_properties(
    properties: &mut Properties,
    reader: &mut Reader,
) -> Option<EvaluationProperties> {
    let period = properties.required(reader, "Period", period);
    let periods = properties.required(reader, "EvaluationPeriods", Reader::count);
    let needed = properties.optional(reader, "DatapointsToAlarm", Reader::count);
    let threshold = properties.required(reader, "Threshold", Reader::number);
    let operator = properties.required(reader, "ComparisonOperator", comparison_operator);
    let missing = properties.optional(reader, "TreatMissingData", Reader::choice);
    let window = properties.optional(reader, "EvaluationWindow", Reader::choice);

    if let (Some(period), Some(periods)) = (&period, &periods) {
        check_range(period, periods, reader);
    }
    if let (Some(needed), Some(periods)) = (&needed, &periods)
        && needed.value > periods.value
    {
        let message = format!(
            "`DatapointsToAlarm` ({}) must not exceed `EvaluationPeriods` ({})",
            needed.value, periods.value
        );
        reader.report(needed.span.clone(), message);
    }
    let window = window.map_or(EvaluationWindow::Sliding, |window: Spanned<_>| window.value);
    if let Some(period) = &period
        && window == EvaluationWindow::WallClock
        && !WALL_CLOCK_PERIODS.contains(&period.value)
    {
        let message = format!(
            "`Period` {} does not go with `EvaluationWindow` WallClock, which needs 60, 300, 3600, 86400 or 604800",
            period.value
        );
        reader.report(period.span.clone(), message);
    }

    let threshold = threshold?;
    Some(EvaluationProperties {
        settings: Settings {
            period: period?.value,
            evaluation_periods: periods?.value,
            datapoints_to_alarm: needed.map(|needed| needed.value),
            threshold: threshold.value,
            comparison_operator: operator?,
            treat_missing_data: missing
                .map_or_else(Default::default, |missing: Spanned<_>| missing.value),
        },
        window,
        threshold_at: threshold.span,
    })
}

fn period(reader: &mut Reader, label: &str, node: &Node) -> Option<Spanned<u32>> {
    let period = reader.count(label, node)?;
    if !matches!(period.value, 10 | 20 | 30) && !period.value.is_multiple_of(60) {
        let found = quoted(&period.value.to_string());
        reader.expected(
            label,
            "10, 20, 30 or a multiple of 60 seconds",
            period.span,
            &found,
        );
        return None;
    }
    Some(period)
}

fn check_range(period: &Spanned<u32>, periods: &Spanned<u32>, reader: &mut Reader) {
    let range = u64::from(period.value) * u64::from(periods.value);
    let (most, which) = if period.value < 3_600 {
        (
            MAX_RANGE_OF_SHORT_PERIODS,
            "86400 s, a day, for periods below an hour",
        )
    } else {
        (MAX_RANGE, "604800 s, seven days")
    };
    if range > most {
        let message = format!(
            "`EvaluationPeriods` {} times `Period` {} is {range} s; CloudWatch looks back at most {which}",
            periods.value, period.value
        );
        reader.report(periods.span.clone(), message);
    }
}

fn comparison_operator(
    reader: &mut Reader,
    label: &str,
    node: &Node,
) -> Option<ComparisonOperator> {
    let text = reader.text(label, node)?;
    if matches!(
        text.value.as_str(),
        "LessThanLowerOrGreaterThanUpperThreshold"
            | "LessThanLowerThreshold"
            | "GreaterThanUpperThreshold"
    ) {
        let message =
            "it needs anomaly detection; use a static threshold, as with GreaterThanThreshold";
        reader.report(
            text.span,
            format!(
                "`{label}` {} is not supported: {message}",
                quoted(&text.value)
            ),
        );
        return None;
    }
    reader.choice_of(label, text).map(|operator| operator.value)
}

/// Reports a threshold that no number of events crosses, or only more events than one bucket can count.
///
/// CloudTrail delivers the events of minutes as one batch, which can fall into one bucket.
pub(super) fn check_reachable(
    metric: &Metric,
    evaluation: &EvaluationProperties,
    reader: &mut Reader,
) {
    let settings = &evaluation.settings;
    let aggregation = Aggregation::new(metric.statistic, &metric.value);
    let Some(value_of_event) = aggregation.amount_per_event() else {
        return;
    };
    let must_exceed = match settings.comparison_operator {
        ComparisonOperator::GreaterThanThreshold => Some(value_of_event <= settings.threshold),
        ComparisonOperator::GreaterThanOrEqualToThreshold => {
            Some(value_of_event < settings.threshold)
        }
        ComparisonOperator::LessThanThreshold | ComparisonOperator::LessThanOrEqualToThreshold => {
            None
        }
    };
    if value_of_event <= 0.0 && must_exceed == Some(true) {
        let message = format!(
            "`Threshold` cannot be reached: each event adds {value_of_event}, so one event has the greatest sum"
        );
        reader.report(evaluation.threshold_at.clone(), message);
    }
    let events = events_to_decide(aggregation, settings);
    if events.is_some_and(|events| events > MAX_EVENTS_PER_BUCKET) {
        let message = format!(
            "`Threshold` cannot be reached: at most {MAX_EVENTS_PER_BUCKET} simultaneous events are counted"
        );
        reader.report(evaluation.threshold_at.clone(), message);
    }
}

/// Why the properties of an alarm cannot be evaluated.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PropertiesError {
    /// The text is not JSON, a property is missing, or a value is of another type.
    #[error("cannot read the properties of the alarm")]
    Json(#[from] serde_json::Error),
    /// A property is zero.
    #[error("`{property}` must be at least 1")]
    Zero {
        /// Its name.
        property: &'static str,
    },
    /// M is more than N.
    #[error("`DatapointsToAlarm` ({needed}) must not exceed `EvaluationPeriods` ({periods})")]
    MoreThanThereAre {
        /// `DatapointsToAlarm`.
        needed: u32,
        /// `EvaluationPeriods`.
        periods: u32,
    },
}

/// Parses the evaluation properties of an `AWS::CloudWatch::Alarm` in JSON. Other properties are ignored.
///
/// CloudWatch's limits are not enforced here, so callers can evaluate settings that CloudWatch would reject. Only settings
/// that make evaluation impossible are errors.
///
/// ```
/// use cloudtrail_alarms::alarm::file::properties::settings_from_properties;
///
/// let (settings, _) = settings_from_properties(
///     r#"{"AlarmName": "errors", "Period": 60, "EvaluationPeriods": 3, "DatapointsToAlarm": "2",
///         "Threshold": 1, "ComparisonOperator": "GreaterThanThreshold"}"#,
/// )?;
/// assert_eq!(settings.datapoints_needed(), 2);
/// # Ok::<(), cloudtrail_alarms::alarm::file::properties::PropertiesError>(())
/// ```
pub fn settings_from_properties(
    json: &str,
) -> Result<(Settings, EvaluationWindow), PropertiesError> {
    let properties: AlarmProperties = serde_json::from_str(json)?;
    let settings = Settings {
        period: properties.period.0,
        evaluation_periods: properties.evaluation_periods.0,
        datapoints_to_alarm: properties.datapoints_to_alarm.map(|needed| needed.0),
        threshold: properties.threshold.0,
        comparison_operator: properties.comparison_operator,
        treat_missing_data: properties.treat_missing_data.unwrap_or_default(),
    };
    for (property, value) in [
        ("Period", settings.period),
        ("EvaluationPeriods", settings.evaluation_periods),
        ("DatapointsToAlarm", settings.datapoints_needed()),
    ] {
        if value == 0 {
            return Err(PropertiesError::Zero { property });
        }
    }
    let (needed, periods) = (settings.datapoints_needed(), settings.evaluation_periods);
    if needed > periods {
        return Err(PropertiesError::MoreThanThereAre { needed, periods });
    }
    Ok((settings, properties.evaluation_window.unwrap_or_default()))
}

/// The properties of `AWS::CloudWatch::Alarm` that evaluation needs.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AlarmProperties {
    period: Number<u32>,
    evaluation_periods: Number<u32>,
    datapoints_to_alarm: Option<Number<u32>>,
    threshold: Number<f64>,
    comparison_operator: ComparisonOperator,
    treat_missing_data: Option<TreatMissingData>,
    evaluation_window: Option<EvaluationWindow>,
}

/// A number that may be quoted.
struct Number<T>(T);

impl<'de, T: FromStr<Err: Display>> Deserialize<'de> for Number<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = serde_json::Value::deserialize(deserializer)?;
        // `T` can parse the text of a JSON number, except `1.0` as a whole number.
        let text = value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned);
        match text.trim().parse() {
            Ok(number) => Ok(Self(number)),
            Err(error) => Err(serde::de::Error::custom(format_args!(
                "expected a number, found {text}: {error}"
            ))),
        }
    }
}
