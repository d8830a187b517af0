//! Patterns that are expensive to match, and values that are difficult to sum.

use cloudtrail_alarms_testkit::events::logs_at;
use cloudtrail_alarms_testkit::folder::folder;
use cloudtrail_alarms_testkit::records::failed_call;
use jiff::{Timestamp, ToSpan as _};
use serde_json::{Value, json};

use super::hostile_input::{HostileInput, check, start};
use super::records::records;

/// An alarm with this filter pattern.
macro_rules! alarm {
    ($pattern:literal) => {
        concat!(
            "Alarms:\n  - AlarmName: Hostile\n    FilterPattern: '",
            $pattern,
            "'\n    MetricNamespace: Test\n    MetricName: Records\n    Period: 60\n    EvaluationPeriods: 1\n    \
             Threshold: 0\n    ComparisonOperator: GreaterThanThreshold\n"
        )
    };
}

/// 20 failed calls, each with an errorMessage of 250 KB.
fn twenty(message: &str) -> Value {
    let changes = json!({"errorMessage": message.repeat(250_000 / message.len())});
    records((1..=20).map(|n| failed_call(n, &changes)))
}

#[test]
fn a_near_miss_in_a_long_text_is_not_a_match() {
    check([
        HostileInput::new("asterisks between repeated letters", || {
            vec![twenty("aaaa")]
        })
        .with_alarms(alarm!("{ $.errorMessage = \"*a*a*ab\" }"))
        .records([20, 0, 20, 0, 0])
        .emails(0..=0),
        HostileInput::new("a regular expression with repetitions in a row", || {
            vec![twenty("aaaa")]
        })
        .with_alarms(alarm!("{ $.errorMessage = %a*a*a*a*a*b% }"))
        .records([20, 0, 20, 0, 0])
        .emails(0..=0),
        HostileInput::new(
            "words that the packs look for, cut off by one letter",
            || vec![twenty("is pending deletio with an explicit den ")],
        )
        .records([20, 20, 0, 0, 0])
        .emails(1..=5),
    ]);
}

/// CloudWatch's regular expressions do not have groups.
#[test]
fn a_regular_expression_with_nested_groups_is_rejected_at_start() {
    let folder = folder(&[("alarms.yaml", alarm!("{ $.errorMessage = %^(a+)+$% }"))]);
    let output = start(folder.path()).fail_to_start();
    assert!(output.contains("alarms.yaml:3:"), "{output}");
    assert!(
        output.contains("a regular expression of ASCII letters"),
        "{output}"
    );
}

/// An alarm on the sum of a field.
const SUM: &str = "
Alarms:
  - AlarmName: Sum
    FilterPattern: '{ $.requestParameters.size > 0 }'
    MetricNamespace: Test
    MetricName: Bytes
    MetricValue: $.requestParameters.size
    Statistic: Sum
    Period: 60
    EvaluationPeriods: 1
    Threshold: 0
    ComparisonOperator: GreaterThanThreshold
";

/// Two records with this size, delivered ten minutes ago, and the scheduled run that evaluates their sum.
fn of_size(size: &Value) -> Vec<Value> {
    let changes = json!({"requestParameters": {"size": size}});
    let messages = [1, 2].map(|n| failed_call(n, &changes).to_string());
    let delivered = Timestamp::now() - 10.minutes();
    vec![
        logs_at(delivered, &messages.each_ref().map(String::as_str)),
        json!({"source": "cloudtrail-alarms.tick"}),
    ]
}

#[test]
fn a_sum_of_extreme_values_is_a_number() {
    check([
        HostileInput::new("1e308 twice", || of_size(&json!(1e308)))
            .with_alarms(SUM)
            .records([2, 2, 0, 0, 0])
            .emails(0..=0)
            .shows("no number within 1e300 of zero")
            .hides("Infinity"),
        HostileInput::new("1e300 twice", || of_size(&json!(1e300)))
            .with_alarms(SUM)
            .records([2, 2, 0, 0, 0])
            .emails(1..=1)
            .shows("2.0E300")
            .hides("Infinity"),
        HostileInput::new("1e-300 twice", || of_size(&json!(1e-300)))
            .with_alarms(SUM)
            .records([2, 2, 0, 0, 0])
            .emails(1..=1)
            .shows("2.0E-300"),
        HostileInput::new("a number as text", || of_size(&json!("1000000")))
            .with_alarms(SUM)
            .records([2, 0, 2, 0, 0])
            .emails(0..=0),
    ]);
}
