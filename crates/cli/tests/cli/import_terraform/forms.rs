//! The forms in which Terraform's resources exist: each gives the same alarms file.

use insta::assert_snapshot;

use super::super::folder;
use super::import;

/// A configuration. Its plan and its state, as Terraform 1.11 and version 5.100 of the provider write them, are next to it;
/// attributes that do not matter are left out.
const HCL: &str = r#"
resource "aws_cloudwatch_log_metric_filter" "stop" {
  count          = 1
  name           = "Stop"
  pattern        = "{ $.eventName = \"StopLogging\" }"
  log_group_name = "trail"
  metric_transformation {
    name      = "Stop"
    namespace = "Guard"
    value     = "1"
  }
}

resource "aws_cloudwatch_metric_alarm" "stop" {
  alarm_name          = "stop"
  comparison_operator = "GreaterThanThreshold"
  evaluation_periods  = "1"
  metric_name         = aws_cloudwatch_log_metric_filter.stop[0].id
  namespace           = "Guard"
  period              = "300"
  statistic           = "Sum"
  threshold           = 0
  alarm_actions       = [aws_sns_topic.alerts.arn]
}

resource "aws_sns_topic" "alerts" {
  name = "alerts"
}
"#;

const ALARMS_FILE: &str = r#"Alarms:
- AlarmName: stop
  FilterPattern: "{ $.eventName = \"StopLogging\" }"
  MetricNamespace: Guard
  MetricName: Stop
  MetricValue: "1"
  Statistic: Sum
  Period: 300
  EvaluationPeriods: 1
  Threshold: 0
  ComparisonOperator: GreaterThanThreshold
"#;

/// The attributes of the filter in the plan.
const PLANNED_FILTER: &str = r#"{"log_group_name": "trail", "name": "Stop", "pattern": "{ $.eventName = \"StopLogging\" }", "metric_transformation":
    [{"default_value": null, "dimensions": null, "name": "Stop", "namespace": "Guard", "unit": "None", "value": "1"}]}"#;

/// The attributes of the alarm in the plan, without those that are known only after the apply.
const PLANNED_ALARM: &str = r#"{"actions_enabled": true, "alarm_description": null, "alarm_name": "stop", "comparison_operator": "GreaterThanThreshold",
    "datapoints_to_alarm": null, "dimensions": null, "evaluation_periods": 1, "extended_statistic": null, "insufficient_data_actions": null,
    "metric_query": [], "namespace": "Guard", "ok_actions": null, "period": 300, "statistic": "Sum", "tags": null, "threshold": 0,
    "threshold_metric_id": null, "treat_missing_data": "missing", "unit": null}"#;

const UNKNOWN: &str = r#"{"alarm_actions": true, "arn": true, "evaluate_low_sample_count_percentiles": true, "id": true, "metric_name": true,
    "metric_query": [], "tags_all": true}"#;

const STATE_FILTER: &str = r#"{"id": "Stop", "log_group_name": "trail", "metric_transformation": [{"default_value": "", "dimensions": null,
    "name": "Stop", "namespace": "Guard", "unit": "None", "value": "1"}], "name": "Stop", "pattern": "{ $.eventName = \"StopLogging\" }"}"#;

const STATE_ALARM: &str = r#"{"actions_enabled": true, "alarm_actions": ["arn:aws:sns:us-east-1:123456789012:alerts"], "alarm_description": "",
    "alarm_name": "stop", "arn": "arn:aws:cloudwatch:us-east-1:123456789012:alarm:stop", "comparison_operator": "GreaterThanThreshold",
    "datapoints_to_alarm": 0, "dimensions": null, "evaluate_low_sample_count_percentiles": "", "evaluation_periods": 1, "extended_statistic": "",
    "id": "stop", "insufficient_data_actions": null, "metric_name": "Stop", "metric_query": [], "namespace": "Guard", "ok_actions": null,
    "period": 300, "statistic": "Sum", "tags": null, "tags_all": {}, "threshold": 0, "threshold_metric_id": "", "treat_missing_data": "missing",
    "unit": ""}"#;

fn plan() -> String {
    let resource = |kind: &str, address: &str, index: &str, values: &str| {
        format!(
            r#"{{"address": "{address}", "mode": "managed", "type": "{kind}", "name": "stop", {index} "values": {values}}}"#
        )
    };
    let filter = resource(
        "aws_cloudwatch_log_metric_filter",
        "aws_cloudwatch_log_metric_filter.stop[0]",
        r#""index": 0,"#,
        PLANNED_FILTER,
    );
    let alarm = resource(
        "aws_cloudwatch_metric_alarm",
        "aws_cloudwatch_metric_alarm.stop",
        "",
        PLANNED_ALARM,
    );
    format!(
        r#"{{"format_version": "1.2", "planned_values": {{"root_module": {{"resources": [{filter}, {alarm}]}}}},
            "resource_changes": [{{"address": "aws_cloudwatch_metric_alarm.stop", "change": {{"after_unknown": {UNKNOWN}}}}}],
            "configuration": {{"root_module": {{"resources": [
              {{"address": "aws_cloudwatch_metric_alarm.stop", "mode": "managed", "type": "aws_cloudwatch_metric_alarm", "name": "stop",
                "expressions": {{"alarm_actions": {{"references": ["aws_sns_topic.alerts.arn", "aws_sns_topic.alerts"]}},
                  "evaluate_low_sample_count_percentiles": {{"references": ["var.percentiles"]}},
                  "metric_name": {{"references": ["aws_cloudwatch_log_metric_filter.stop[0].id", "aws_cloudwatch_log_metric_filter.stop[0]",
                    "aws_cloudwatch_log_metric_filter.stop"]}}}}}}]}}}}}}"#
    )
}

#[test]
fn a_configuration_and_a_plan_of_a_first_apply_give_the_same_alarms_file() {
    let folder = folder(&[("main.tf", HCL), ("plan.json", &plan())]);
    assert_eq!(import(&folder, &["main.tf"]), ALARMS_FILE);
    assert_eq!(import(&folder, &["."]), ALARMS_FILE);
    assert_eq!(import(&folder, &["plan.json"]), ALARMS_FILE);
}

#[test]
fn a_plan_with_a_computed_index_refers_to_the_filter_of_the_same_instance() {
    let instance = |kind: &str, key: &str, values: &str| {
        format!(
            r#"{{"address": "module.m[\"a\"].{kind}.this[\"{key}\"]", "mode": "managed", "type": "{kind}", "name": "this", "index": "{key}",
                "values": {values}}}"#
        )
    };
    let both = |key: &str| {
        let filter = PLANNED_FILTER.replace("Stop\"", &format!("Stop-{key}\""));
        let alarm = PLANNED_ALARM.replace("\"stop\"", &format!("\"stop-{key}\""));
        [
            instance("aws_cloudwatch_log_metric_filter", key, &filter),
            instance("aws_cloudwatch_metric_alarm", key, &alarm),
        ]
        .join(",")
    };
    let unknown = |key: &str| {
        format!(
            r#"{{"address": "module.m[\"a\"].aws_cloudwatch_metric_alarm.this[\"{key}\"]", "change": {{"after_unknown": {UNKNOWN}}}}}"#
        )
    };
    let plan = format!(
        r#"{{"planned_values": {{"root_module": {{"child_modules": [{{"address": "module.m[\"a\"]", "resources": [{}, {}]}}]}}}},
            "resource_changes": [{}, {}], "configuration": {{"root_module": {{"module_calls": {{"m": {{"module": {{"resources": [
              {{"mode": "managed", "type": "aws_cloudwatch_metric_alarm", "name": "this", "expressions": {{"metric_name":
                {{"references": ["aws_cloudwatch_log_metric_filter.this", "each.key"]}}}}}}]}}}}}}}}}}}}"#,
        both("x"),
        both("y"),
        unknown("x"),
        unknown("y")
    );
    let folder = folder(&[("plan.json", &plan)]);
    let printed = import(&folder, &["plan.json"]);
    let wanted = ["- AlarmName", "  MetricName:"];
    let lines = printed
        .lines()
        .filter(|line| wanted.iter().any(|start| line.starts_with(start)));
    assert_snapshot!(lines.collect::<Vec<_>>().join("\n"), @r#"
    - AlarmName: stop-x
      MetricName: Stop-x
    - AlarmName: stop-y
      MetricName: Stop-y
    "#);
}

#[test]
fn a_zero_or_an_empty_text_in_a_state_is_not_set() {
    let resource = |kind: &str, attributes: &str| {
        format!(
            r#"{{"mode": "managed", "type": "{kind}", "name": "stop", "instances": [{{"attributes": {attributes}}}]}}"#
        )
    };
    let filter = resource("aws_cloudwatch_log_metric_filter", STATE_FILTER);
    let alarm = resource("aws_cloudwatch_metric_alarm", STATE_ALARM);
    let state = format!(
        r#"{{"version": 4, "terraform_version": "1.11.4", "resources": [{filter}, {alarm}]}}"#
    );
    let shown = format!(
        r#"{{"format_version": "1.0", "values": {{"root_module": {{"child_modules": [{{"address": "module.a", "resources": [
            {{"address": "module.a.aws_cloudwatch_metric_alarm.stop", "type": "aws_cloudwatch_metric_alarm", "values": {STATE_ALARM}}},
            {{"address": "module.a.aws_cloudwatch_log_metric_filter.stop", "type": "aws_cloudwatch_log_metric_filter",
              "values": {STATE_FILTER}}}]}}]}}}}}}"#
    );
    let folder = folder(&[("terraform.tfstate", &state), ("shown.json", &shown)]);
    let expected =
        format!("{ALARMS_FILE}  AlarmActions:\n  - arn:aws:sns:us-east-1:123456789012:alerts\n");
    assert_eq!(import(&folder, &["terraform.tfstate"]), expected);
    assert_eq!(import(&folder, &["shown.json"]), expected);
}

#[test]
fn a_single_metric_can_be_a_query() {
    let query = r#"metric_query {
    id          = "m"
    return_data = true
    metric {
      metric_name = aws_cloudwatch_log_metric_filter.stop[0].id
      namespace   = "Guard"
      period      = 300
      stat        = "Sum"
    }
  }"#;
    let is_of_metric = |line: &&str| {
        ["metric_name ", "namespace  ", "period ", "statistic "]
            .iter()
            .any(|start| line.trim_start().starts_with(start))
    };
    let (filter, alarm) = HCL
        .split_once("resource \"aws_cloudwatch_metric_alarm\"")
        .expect("it has an alarm");
    let alarm: Vec<&str> = alarm.lines().filter(|line| !is_of_metric(line)).collect();
    let alarm = alarm.join("\n").replacen('{', &format!("{{\n  {query}"), 1);
    let hcl = format!("{filter}resource \"aws_cloudwatch_metric_alarm\"{alarm}\n");
    let attributes = STATE_ALARM
        .replace(
            r#""metric_query": []"#,
            r#""metric_query": [{"account_id": "", "expression": "", "id": "m", "label": "", "metric": [{"dimensions": {}, "metric_name": "Stop",
                "namespace": "Guard", "period": 300, "stat": "Sum", "unit": ""}], "period": 0, "return_data": true}]"#,
        )
        .replace(r#""metric_name": "Stop", "metric_query""#, r#""metric_name": "", "metric_query""#)
        .replace(r#""namespace": "Guard", "ok_actions""#, r#""namespace": "", "ok_actions""#)
        .replace(r#""period": 300, "statistic": "Sum""#, r#""period": 0, "statistic": """#);
    let state = format!(
        r#"{{"values": {{"root_module": {{"resources": [
            {{"address": "a", "type": "aws_cloudwatch_metric_alarm", "values": {attributes}}},
            {{"address": "f", "type": "aws_cloudwatch_log_metric_filter", "values": {STATE_FILTER}}}]}}}}}}"#
    );
    let folder = folder(&[("main.tf", &hcl), ("state.json", &state)]);
    let in_order = |text: &str| {
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        lines.sort();
        lines
    };
    assert_eq!(import(&folder, &["main.tf"]), ALARMS_FILE);
    let expected =
        format!("{ALARMS_FILE}  AlarmActions:\n  - arn:aws:sns:us-east-1:123456789012:alerts\n");
    assert_eq!(
        in_order(&import(&folder, &["state.json"])),
        in_order(&expected)
    );
}

#[test]
fn an_empty_heredoc_is_an_empty_text() {
    let alarm = |marker: &str, lines: &str| {
        HCL.replace(
            "alarm_name          = \"stop\"",
            &format!("alarm_name = \"stop\"\n  alarm_description = <<{marker}\n{lines}"),
        )
    };
    let folder = folder(&[
        ("empty.tf", &alarm("EOF", "EOF")),
        ("indented.tf", &alarm("-EOF", "  EOF")),
        ("windows.tf", &alarm("EOF", "EOF").replace('\n', "\r\n")),
        (
            "after.tf",
            "variable \"a\" {\n  description = <<EOF\nof a\nEOF\n}\n",
        ),
    ]);
    for file in ["empty.tf", "indented.tf", "windows.tf"] {
        assert_eq!(import(&folder, &[file, "after.tf"]), ALARMS_FILE, "{file}");
    }
    let text = format!(
        "{}variable \"a\" {{\n  description = <<EOF\nof a\nEOF\n}}\n",
        alarm("EOF", "EOF")
    );
    let folder = super::super::folder(&[("main.tf", &text)]);
    assert_eq!(import(&folder, &["main.tf"]), ALARMS_FILE);
}

/// The resources of [`HCL`] in the JSON syntax.
const JSON_RESOURCES: &str = r#"{
  "aws_cloudwatch_log_metric_filter": {"stop": {"//": "comment", "count": 1, "name": "Stop", "log_group_name": "trail",
    "pattern": "{ $.eventName = \"${var.event}\" }", "metric_transformation": {"name": "Stop", "namespace": "${local.namespace}", "value": 1}}},
  "aws_cloudwatch_metric_alarm": {"stop": [{"alarm_name": "stop", "comparison_operator": "GreaterThanThreshold", "evaluation_periods": 1,
    "metric_name": "${aws_cloudwatch_log_metric_filter.stop[0].metric_transformation[0].name}", "namespace": "${local.namespace}",
    "period": 300, "statistic": "Sum", "threshold": 0, "alarm_actions": ["${aws_sns_topic.alerts.arn}"]}]},
  "aws_sns_topic": {"alerts": {"name": "alerts"}}}"#;

#[test]
fn the_json_syntax_gives_the_same_alarms_file() {
    let declared = r#""locals": {"namespace": "Guard"}, "variable": {"event": {"type": "string", "default": "StopLogging"}}"#;
    let object = format!(r#"{{{declared}, "resource": {JSON_RESOURCES}}}"#);
    let array = format!(r#"{{{declared}, "resource": [{JSON_RESOURCES}]}}"#);
    let outer = format!(r#"[{{{declared}}}, {{"resource": {JSON_RESOURCES}}}]"#);
    let only_resources = format!(r#"{{"resource": {JSON_RESOURCES}}}"#);
    let folder = folder(&[
        ("object.tf.json", &object),
        ("array.tf.json", &array),
        ("outer.tf.json", &outer),
        ("declared.tf.json", &format!("{{{declared}}}")),
        ("cdk.tf.json", &only_resources),
    ]);
    for files in [
        &["object.tf.json"][..],
        &["array.tf.json"],
        &["outer.tf.json"],
        &["declared.tf.json", "cdk.tf.json"],
    ] {
        assert_eq!(import(&folder, files), ALARMS_FILE, "{files:?}");
    }
}

#[test]
fn json_that_python_hcl2_converted_gives_the_same_alarms_file() {
    // Version 8 keeps the quotes of texts and marks each block.
    let converted = r#"{"resource": [
      {"\"aws_cloudwatch_log_metric_filter\"": {"\"stop\"": {"__is_block__": true, "count": 1, "name": "\"Stop\"", "log_group_name": "\"trail\"",
        "pattern": "\"{ $.eventName = \\\"StopLogging\\\" }\"",
        "metric_transformation": [{"__is_block__": true, "name": "\"Stop\"", "namespace": "${var.namespace}", "value": "\"1\""}]}}},
      {"\"aws_cloudwatch_metric_alarm\"": {"\"stop\"": {"__is_block__": true, "alarm_name": "\"stop\"",
        "comparison_operator": "\"GreaterThanThreshold\"", "evaluation_periods": "\"1\"",
        "metric_name": "${aws_cloudwatch_log_metric_filter.stop[0].id}", "namespace": "${var.namespace}", "period": 300, "statistic": "\"Sum\"",
        "threshold": 0, "alarm_actions": ["${aws_sns_topic.alerts.arn}"]}}}],
      "variable": [{"\"namespace\"": {"__is_block__": true, "type": "${string}", "default": "\"Guard\""}}]}"#;
    let folder = folder(&[("converted.tf.json", converted)]);
    assert_eq!(import(&folder, &["converted.tf.json"]), ALARMS_FILE);
}

#[test]
fn escapes_of_templates_are_literal_text() {
    let hcl = HCL.replace(
        "alarm_name          = \"stop\"",
        "alarm_name = \"stop\"\n  alarm_description = \"$${x} %%{y} $z\"",
    );
    let folder = folder(&[("main.tf", &hcl)]);
    let printed = import(&folder, &["main.tf"]);
    let description = printed
        .lines()
        .find(|line| line.contains("AlarmDescription"));
    assert_snapshot!(description.unwrap_or_default(), @"  AlarmDescription: ${!x} %{y} $z");
}
