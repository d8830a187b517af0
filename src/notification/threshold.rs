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
        (Some(selector), _) => {
            let plural = if number == "1" { "" } else { "s" };
            format!("{compared} {number} distinct value{plural} of {selector}")
        }
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

/// Whether the datapoint is the number of records, which the first line shows.
pub(super) fn counts_records(definition: &AlarmDefinition) -> bool {
    definition.count_distinct.is_none() && statistic(definition).is_none()
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

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::threshold;
    use crate::alarm::file::load;

    #[track_caller]
    fn words(properties: &str) -> String {
        let yaml = format!(
            "Alarms:\n- AlarmName: a\n  FilterPattern: '{{ $.a = * }}'\n  MetricNamespace: n\n  MetricName: m\n  \
             {properties}\n"
        );
        let file = load(Path::new("alarms.yaml"), &|_| Ok(yaml.clone()), &|_| None);
        threshold(&file.unwrap_or_else(|error| panic!("{error}")).alarms[0])
    }

    #[test]
    fn the_condition_is_in_words() {
        for (properties, shown) in [
            (
                "GreaterThanThreshold, MetricValue: '1', Statistic: Sum, Period: 10, EvaluationPeriods: 1, Threshold: 1",
                "more than 1 in 10 s",
            ),
            (
                "GreaterThanOrEqualToThreshold, MetricValue: '1', Statistic: Sum, Period: 300, EvaluationPeriods: 3, \
                 DatapointsToAlarm: 2, Threshold: 5",
                "at least 5 in 5 min, in 2 of 3 periods",
            ),
            (
                "GreaterThanThreshold, MetricValue: '1', Statistic: SampleCount, Period: 60, EvaluationPeriods: 2, Threshold: 0",
                "more than 0 in 1 min, in 2 consecutive periods",
            ),
            (
                "GreaterThanThreshold, MetricValue: $.size, Statistic: Average, Period: 60, EvaluationPeriods: 1, \
                 Threshold: 0.5",
                "average of $.size more than 0.5 in 1 min",
            ),
            (
                "LessThanThreshold, MetricValue: '1', Statistic: Sum, Period: 3600, EvaluationPeriods: 1, Threshold: 1, \
                 TreatMissingData: breaching",
                "fewer than 1 in 1 h (missing data counts as a breach)",
            ),
            (
                "GreaterThanThreshold, MetricValue: '5', Statistic: Sum, Period: 60, EvaluationPeriods: 1, Threshold: 10",
                "sum of 5 per record more than 10 in 1 min",
            ),
        ] {
            let properties = format!("ComparisonOperator: {}", properties.replace(", ", "\n  "));
            assert_eq!(words(&properties), shown);
        }
    }
}
