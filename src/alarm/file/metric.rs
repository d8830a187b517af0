//! Reads the properties of the metric, as in a metric transformation.

use super::mapping::Properties;
use super::reader::{Reader, Text};
use crate::alarm::metric::{MetricValue, Statistic};
use crate::spelling::suggestion;
use crate::yaml::Node;
use cloudwatch_filter_pattern::excerpt::quoted;
use cloudwatch_filter_pattern::record::Selector;

/// CloudWatch's units (`MetricDatum` in its API reference).
#[rustfmt::skip]
pub(super) const UNITS: [&str; 27] = [
    "Seconds", "Microseconds", "Milliseconds",
    "Bytes", "Kilobytes", "Megabytes", "Gigabytes", "Terabytes",
    "Bits", "Kilobits", "Megabits", "Gigabits", "Terabits",
    "Percent", "Count",
    "Bytes/Second", "Kilobytes/Second", "Megabytes/Second", "Gigabytes/Second", "Terabytes/Second",
    "Bits/Second", "Kilobits/Second", "Megabits/Second", "Gigabits/Second", "Terabits/Second",
    "Count/Second", "None",
];

/// The metric of an alarm.
pub(super) struct Metric {
    pub(super) namespace: String,
    pub(super) name: String,
    pub(super) value: MetricValue,
    pub(super) default_value: Option<f64>,
    pub(super) unit: Option<String>,
    pub(super) statistic: Statistic,
    pub(super) count_distinct: Option<Selector>,
}

/// Reads the properties of the metric.
pub(super) fn metric(properties: &mut Properties, reader: &mut Reader) -> Option<Metric> {
    let namespace = namespace(properties, reader);
    let name = properties.required(reader, "MetricName", Reader::name);
    let value = properties
        .optional(reader, "MetricValue", metric_value)
        .unwrap_or(MetricValue::Constant(1.0));
    let statistic = properties
        .optional(reader, "Statistic", statistic)
        .unwrap_or(Statistic::Sum);
    let default_value = properties.optional(reader, "DefaultValue", |reader, label, node| {
        default_value(reader, label, node, statistic)
    });
    let unit = properties.optional(reader, "Unit", unit);
    let count_distinct = properties.optional(reader, "CountDistinct", |reader, label, node| {
        if statistic != Statistic::Sum || value != MetricValue::Constant(1.0) {
            reader.report(
                node.span.clone(),
                format!(
                    "`{label}` needs `Statistic` Sum and `MetricValue` 1: each value counts once"
                ),
            );
            return None;
        }
        reader.selector(label, node)
    });
    Some(Metric {
        namespace: namespace?,
        name: name?.value,
        value,
        default_value,
        unit,
        statistic,
        count_distinct,
    })
}

/// `Namespace` of an alarm, or `MetricNamespace` of a metric filter. If both are given, they must be equal.
fn namespace(properties: &mut Properties, reader: &mut Reader) -> Option<String> {
    if !properties.has("Namespace") {
        return properties
            .required(reader, "MetricNamespace", namespace_text)
            .map(|text| text.value);
    }
    let of_alarm = properties.required(reader, "Namespace", namespace_text);
    let of_filter = properties.optional(reader, "MetricNamespace", namespace_text);
    if let (Some(of_alarm), Some(of_filter)) = (&of_alarm, &of_filter)
        && of_alarm.value != of_filter.value
    {
        let message = format!(
            "`Namespace` is {}, but `MetricNamespace` is {}; an alarm has one metric",
            quoted(&of_alarm.value),
            quoted(&of_filter.value)
        );
        reader.report(of_alarm.span.clone(), message);
    }
    of_alarm.map(|text| text.value)
}

fn namespace_text(reader: &mut Reader, label: &str, node: &Node) -> Option<Text> {
    let text = reader.name(label, node)?;
    if text.value.starts_with(':') {
        reader.expected(
            label,
            "a name without a colon in front",
            text.span,
            &quoted(&text.value),
        );
        return None;
    }
    Some(text)
}

fn metric_value(reader: &mut Reader, label: &str, node: &Node) -> Option<MetricValue> {
    let text = reader.text(label, node)?;
    if text.value.starts_with('$') {
        return reader.selector_of(&text).map(MetricValue::Field);
    }
    match text.value.trim().parse() {
        Ok(value) if f64::is_finite(value) => Some(MetricValue::Constant(value)),
        _ => {
            reader.expected(
                label,
                "a number, or a selector such as $.size",
                text.span,
                &quoted(&text.value),
            );
            None
        }
    }
}

fn statistic(reader: &mut Reader, label: &str, node: &Node) -> Option<Statistic> {
    let text = reader.text(label, node)?;
    if is_percentile(&text.value) {
        let message =
            "percentiles are not available; use SampleCount, Average, Sum, Minimum or Maximum";
        reader.report(
            text.span,
            format!(
                "`{label}` {} is not supported: {message}",
                quoted(&text.value)
            ),
        );
        return None;
    }
    reader
        .choice_of(label, text)
        .map(|statistic| statistic.value)
}

/// Whether the text is a value of `ExtendedStatistic`, such as `p99`, `tm90`, `TC(0:10)` or `IQM`.
fn is_percentile(text: &str) -> bool {
    let letters = text
        .find(|c: char| !c.is_ascii_alphabetic())
        .unwrap_or(text.len());
    let (function, argument) = text.split_at(letters);
    match function.to_ascii_lowercase().as_str() {
        "iqm" => argument.is_empty(),
        "p" | "tm" | "wm" | "tc" | "ts" | "pr" => {
            argument.starts_with(|c: char| c.is_ascii_digit() || c == '(')
        }
        _ => false,
    }
}

fn default_value(
    reader: &mut Reader,
    label: &str,
    node: &Node,
    statistic: Statistic,
) -> Option<f64> {
    let number = reader.number(label, node)?;
    // CloudWatch reports it for each record that does not match. Such records are not stored here.
    if number.value != 0.0 || statistic != Statistic::Sum {
        let message = format!(
            "`{label}` can only be 0, with `Statistic` Sum: records that do not match are not counted here, \
             so only a default that leaves the value as it is gives what CloudWatch gives"
        );
        reader.report(number.span, message);
        return None;
    }
    Some(0.0)
}

fn unit(reader: &mut Reader, label: &str, node: &Node) -> Option<String> {
    let text = reader.text(label, node)?;
    if !UNITS.contains(&text.value.as_str()) {
        let near = suggestion(&text.value, UNITS);
        reader.expected(
            label,
            "a unit of CloudWatch such as Count",
            text.span,
            &(quoted(&text.value) + &near),
        );
        return None;
    }
    Some(text.value)
}
