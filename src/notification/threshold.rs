//! The condition of an alarm in words.

use crate::alarm::definition::{
    AlarmDefinition, ComparisonOperator, MetricValue, Statistic, TreatMissingData,
};
use crate::notification::timing::seconds;
use cloudwatch_filter_pattern::java_double;

/// The largest integer that is written without an exponent.
const MAX_PLAIN: f64 = 1e15;

/// The condition: `more than 1 in 10 s`, `at least 3 in 5 min, in 2 of 3 periods`, `sum of $.size more than 100 in 1 min`.
///
/// A plain number is a number of records.
pub(super) fn threshold(definition: &AlarmDefinition) -> String {
    let settings = &definition.settings;
    let compared = match settings.comparison_operator {
        ComparisonOperator::GreaterThanThreshold => "more than",
        ComparisonOperator::GreaterThanOrEqualToThreshold => "at least",
        ComparisonOperator::LessThanThreshold => "fewer than",
        ComparisonOperator::LessThanOrEqualToThreshold => "at most",
    };
    let number = number(settings.threshold);
    let limit = match (&definition.count_distinct, statistic(definition)) {
        (Some(selector), _) => format!("{compared} {number} distinct values of {selector}"),
        (None, Some(statistic)) => format!("{statistic} {compared} {number}"),
        (None, None) => format!("{compared} {number}"),
    };
    let period = seconds(i64::from(settings.period));
    let periods = match (settings.datapoints_needed(), settings.evaluation_periods) {
        (1, 1) => String::new(),
        (needed, all) if needed == all => format!(", in {all} consecutive periods"),
        (needed, all) => format!(", in {needed} of {all} periods"),
    };
    let missing = match settings.treat_missing_data {
        TreatMissingData::Breaching => " (missing data counts as a breach)",
        _ => "",
    };
    format!("{limit} in {period}{periods}{missing}")
}

/// The compared statistic. `None` for the number of records.
fn statistic(definition: &AlarmDefinition) -> Option<String> {
    let statistic = match definition.statistic {
        Statistic::SampleCount => return None,
        Statistic::Average => "average",
        Statistic::Sum => "sum",
        Statistic::Minimum => "minimum",
        Statistic::Maximum => "maximum",
    };
    match &definition.metric_value {
        MetricValue::Field(selector) => Some(format!("{statistic} of {selector}")),
        MetricValue::Constant(value) => {
            let is_count =
                definition.statistic == Statistic::Sum && (value - 1.0).abs() < f64::EPSILON;
            (!is_count).then(|| format!("{statistic} of {} per record", number(*value)))
        }
    }
}

/// `1`, `0.5`, `2.0E-300`.
fn number(value: f64) -> String {
    if value.fract() == 0.0 && value.abs() < MAX_PLAIN {
        format!("{value:.0}")
    } else {
        java_double(value)
    }
}
