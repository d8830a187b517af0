//! The properties that say what is counted, as a metric transformation says it.

use super::mapping::Properties;
use super::reader::{Reader, Text};
use super::yaml::Node;
use crate::alarm::definition::{MetricValue, Statistic};
use crate::spelling::suggestion;
use cloudwatch_filter_pattern::excerpt::quoted;
use cloudwatch_filter_pattern::record::Selector;

/// The units of CloudWatch (`MetricDatum` in its API reference).
#[rustfmt::skip]
const UNITS: [&str; 27] = [
    "Seconds", "Microseconds", "Milliseconds",
    "Bytes", "Kilobytes", "Megabytes", "Gigabytes", "Terabytes",
    "Bits", "Kilobits", "Megabits", "Gigabits", "Terabits",
    "Percent", "Count",
    "Bytes/Second", "Kilobytes/Second", "Megabytes/Second", "Gigabytes/Second", "Terabytes/Second",
    "Bits/Second", "Kilobits/Second", "Megabits/Second", "Gigabits/Second", "Terabits/Second",
    "Count/Second", "None",
];

/// What is counted.
pub(super) struct Metric {
    pub(super) namespace: String,
    pub(super) name: String,
    pub(super) value: MetricValue,
    pub(super) default_value: Option<f64>,
    pub(super) unit: Option<String>,
    pub(super) statistic: Statistic,
    pub(super) count_distinct: Option<Selector>,
}

/// Reads what is counted.
pub(super) fn metric(p: &mut Properties, r: &mut Reader) -> Option<Metric> {
    let namespace = namespace(p, r);
    let name = p.required(r, "MetricName", Reader::name);
    let value = p
        .optional(r, "MetricValue", metric_value)
        .unwrap_or(MetricValue::Constant(1.0));
    let statistic = p
        .optional(r, "Statistic", statistic)
        .unwrap_or(Statistic::Sum);
    let default_value = p.optional(r, "DefaultValue", |r, label, node| {
        default_value(r, label, node, statistic)
    });
    let unit = p.optional(r, "Unit", unit);
    let count_distinct = p.optional(r, "CountDistinct", |r, label, node| {
        if statistic != Statistic::Sum || value != MetricValue::Constant(1.0) {
            r.report(
                node.span.clone(),
                format!(
                    "`{label}` needs `Statistic` Sum and `MetricValue` 1: each value counts once"
                ),
            );
            return None;
        }
        r.selector(label, node)
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

/// `MetricNamespace` of a metric filter, `Namespace` of an alarm: whoever pastes both has said it twice.
fn namespace(p: &mut Properties, r: &mut Reader) -> Option<String> {
    if !p.has("Namespace") {
        return p
            .required(r, "MetricNamespace", namespace_text)
            .map(|text| text.value);
    }
    let of_alarm = p.required(r, "Namespace", namespace_text);
    let of_filter = p.optional(r, "MetricNamespace", namespace_text);
    if let (Some(of_alarm), Some(of_filter)) = (&of_alarm, &of_filter)
        && of_alarm.value != of_filter.value
    {
        let message = format!(
            "`Namespace` is {}, but `MetricNamespace` is {}; an alarm has one metric",
            quoted(&of_alarm.value),
            quoted(&of_filter.value)
        );
        r.report(of_alarm.span.clone(), message);
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
            "there are no percentiles; choose SampleCount, Average, Sum, Minimum or Maximum";
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

/// `p99`, `tm90`, `TC(0:10)`, `IQM` and their like, the values of `ExtendedStatistic`.
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
    // CloudWatch reports it for each record that does not match; those are not kept here.
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
