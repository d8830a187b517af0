//! `export terraform`.

use hcl::{Body, Expression};
use serde_json::{Value, json};

use super::FILES;
use crate::{folder, run, tool};

/// Values that the syntax of Terraform gives a meaning.
const ALARMS: &str = r#"
Parameters:
  RoleArn: {Type: String, Default: 'arn:aws:iam::111122223333:role/a'}
  Count: {Type: Number, Default: 2.5}
Alarms:
  - AlarmName: 'a "${!b}" %{c} \'
    AlarmDescription: '${Count} of ${!Count}'
    FilterPattern: '{ $.a = "${RoleArn}" && $.b = "\${x} %{y}" && $.c = "q\"" && $.d = "$${RoleArn}" }'
    MetricNamespace: N
    MetricName: M
    DefaultValue: 0
    Period: 300
    EvaluationPeriods: 3
    DatapointsToAlarm: 2
    Threshold: ${Count}
    ComparisonOperator: GreaterThanThreshold
    ActionsEnabled: false
    OKActions: ['arn:aws:sns:eu-central-1:111122223333:t']
    Severity: HIGH
"#;

/// An expression: its value as JSON, or its source if it has references.
fn value(expression: &Expression) -> Value {
    match expression {
        Expression::Bool(value) => json!(value),
        Expression::Number(number) => json!(number.as_f64()),
        Expression::String(text) => json!(text),
        Expression::Array(items) => items.iter().map(value).collect(),
        other => json!({"source": other.to_string()}),
    }
}

/// The attributes and blocks of a body.
fn structure(body: &Body) -> Value {
    let attributes = body
        .attributes()
        .map(|attribute| (attribute.key().to_owned(), value(attribute.expr())));
    let blocks = body.blocks().map(|block| {
        let labels = block
            .labels()
            .iter()
            .map(|label| format!(" {}", label.as_str()));
        let name = block.identifier().to_owned() + &labels.collect::<String>();
        (name, structure(block.body()))
    });
    Value::Object(attributes.chain(blocks).collect())
}

fn parsed(text: &str) -> Value {
    structure(&hcl::parse(text).unwrap_or_else(|error| panic!("{error}: {text}")))
}

#[test]
fn the_configuration_has_the_values_of_the_alarms() {
    let folder = folder(&[("alarms.yaml", ALARMS)]);
    let printed = run(&folder, &["export", "terraform"], &[], "");
    assert_eq!(printed.code, 0, "{printed:?}");
    let note =
        "a \"${b}\" %{c} \\: `Severity` is not exported: notifications of CloudWatch have none\n";
    assert_eq!(printed.stderr, note);
    assert!(
        printed.stdout.starts_with(&format!("# {note}")),
        "{printed:?}"
    );
    let validation = json!({
        "condition": {"source": r#"can(regex("^[^\"\\\\]+$", var.role_arn))"#},
        "error_message": "The value must have characters, but no quote and no backslash.",
    });
    let string = json!({"source": "string"});
    let expected = json!({
        "variable log_group_name": {"type": string, "description": "Log group that CloudTrail writes to"},
        "variable alarm_topic_arn": {"type": string, "description": "ARN of the SNS topic to notify"},
        "variable role_arn": {"type": string, "default": "arn:aws:iam::111122223333:role/a", "validation": validation},
        "variable count_value": {"type": {"source": "number"}, "default": 2.5},
        "resource aws_cloudwatch_log_metric_filter abc": {
            "name": "ABC",
            "log_group_name": {"source": "var.log_group_name"},
            "pattern": {"source": r#"join("", ["{ $.a = \"", var.role_arn, "\" && $.b = \"$${x} %%{y}\" && $.c = \"q\\\"\" && $.d = \"$", var.role_arn, "\" }"])"#},
            "metric_transformation": {"namespace": "N", "name": "M", "value": "1", "default_value": 0.0},
        },
        "resource aws_cloudwatch_metric_alarm abc": {
            "alarm_name": r#"a "${b}" %{c} \"#,
            "alarm_description": {"source": "\"${var.count_value} of $${Count}\""},
            "namespace": "N",
            "metric_name": "M",
            "statistic": "Sum",
            "period": 300.0,
            "evaluation_periods": 3.0,
            "datapoints_to_alarm": 2.0,
            "threshold": {"source": "var.count_value"},
            "comparison_operator": "GreaterThanThreshold",
            "treat_missing_data": "missing",
            "actions_enabled": false,
            "alarm_actions": [{"source": "var.alarm_topic_arn"}],
            "ok_actions": ["arn:aws:sns:eu-central-1:111122223333:t"],
            "depends_on": [{"source": "aws_cloudwatch_log_metric_filter.abc"}],
        },
    });
    let found = parsed(&printed.stdout);
    for (block, expected) in expected.as_object().expect("it is an object") {
        assert_eq!(&found[block], expected, "{block}");
    }
    assert_eq!(found, expected);
}

#[test]
fn all_alarms_of_the_repository_become_a_configuration() {
    for file in FILES {
        let template = tool(&["export", "cloudformation", file, "--output", "json"]);
        let template: Value = serde_json::from_str(&template.stdout).expect("it is JSON");
        let resources = template["Resources"]
            .as_object()
            .expect("there are resources")
            .len();
        let exported = tool(&["export", "terraform", file]);
        let configuration = parsed(&exported.stdout);
        let blocks = configuration.as_object().expect("it is an object").keys();
        let found = blocks.filter(|name| name.starts_with("resource ")).count();
        assert_eq!(found, resources, "{file}");
    }
}

#[test]
fn json_is_refused() {
    let complaint = tool(&["export", "terraform", "--output", "json"]).usage_error();
    assert_eq!(
        complaint,
        "error: --output json: the output is in Terraform's own language; leave the argument out\n"
    );
}
