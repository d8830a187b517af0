//! `import` of the documents that a file can have.

use std::fs;

use serde_json::{Value, json};

use super::moved;
use crate::{empty_folder, folder, run};

const FILTER: &str = r#"
  Filter:
    Type: AWS::Logs::MetricFilter
    Properties:
      LogGroupName: trail
      FilterPattern: '{ $.eventName = "StopLogging" }'
      MetricTransformations: [{MetricName: M, MetricNamespace: N, MetricValue: '1'}]
"#;

/// A template with two alarms; the second one is this.
fn template(head: &str, second: &str) -> String {
    format!(
        "{head}
Resources:{FILTER}
  First:
    Type: AWS::CloudWatch::Alarm
    Properties: &first
      AlarmName: first
      Namespace: N
      MetricName: M
      Statistic: Sum
      Period: 60
      EvaluationPeriods: 1
      Threshold: 1
      ComparisonOperator: GreaterThanOrEqualToThreshold
      TreatMissingData: notBreaching
      AlarmActions: [arn]
  Second: {second}
"
    )
}

#[test]
fn aliases_and_merged_mappings_are_values() {
    let second = "
    Type: AWS::CloudWatch::Alarm
    Properties: {<<: *first, AlarmName: second, TreatMissingData: *missing}";
    let text = template("Metadata: &missing breaching", second);
    let files = folder(&[("t.yaml", &text)]);
    let arguments = ["import", "t.yaml", "--output", "json"];
    let printed = moved(run(&files, &arguments, &[], ""), 2);
    let file: Value = serde_json::from_str(&printed).expect("it is JSON");
    let mut expected = file["Alarms"][0].clone();
    expected["AlarmName"] = json!("second");
    expected["TreatMissingData"] = json!("breaching");
    assert_eq!(file["Alarms"][1], expected);

    let absent = "
    Type: AWS::CloudWatch::Alarm
    Condition: *off
    Properties: *first";
    let text = template(
        "Conditions: {No: !Equals [a, b]}\nMetadata: &off No",
        absent,
    );
    let files = folder(&[("t.yaml", &text)]);
    let outcome = run(&files, &["import", "t.yaml"], &[], "");
    assert_eq!(
        outcome.stderr,
        "Second: left out: its condition is false\nimported 1 of 1 alarms\n"
    );
}

#[test]
fn what_is_not_one_document_with_unique_keys_is_an_error_with_its_line() {
    let cases = [
        (
            "Resources: {}\n---\nResources: {}\n",
            "error: t.yaml:2: expected the end of the file, found a second document\n",
        ),
        (
            "Resources:\n  A: {}\n  A: {}\n",
            "error: t.yaml:3: `A` is given twice\n",
        ),
        (
            "{\"Resources\": {\n\"A\": {},\n\"A\": {}}}",
            "error: t.yaml:3: not JSON: `A` is given twice at line 3 column 3\n",
        ),
        (
            "Resources: &a [*a]\n",
            "error: t.yaml:1: an alias is inside of the value that it represents\n",
        ),
    ];
    for (text, expected) in cases {
        let files = folder(&[("t.yaml", text)]);
        let outcome = run(&files, &["import", "t.yaml"], &[], "");
        assert_eq!((outcome.code, outcome.stderr.as_str()), (2, expected));
    }
}

#[test]
fn the_output_of_several_commands_in_one_file_is_read_as_one() {
    let folder = empty_folder();
    let filters = json!({"metricFilters": [{"filterName": "f", "logGroupName": "trail", "filterPattern": "{ $.eventName = StopLogging }",
        "metricTransformations": [{"metricName": "M", "metricNamespace": "N", "metricValue": "1"}]}]});
    let alarms = json!({"MetricAlarms": [{"AlarmName": "a", "Namespace": "N", "MetricName": "M", "Statistic": "Sum", "Period": 60,
        "EvaluationPeriods": 1, "Threshold": 1, "ComparisonOperator": "GreaterThanOrEqualToThreshold", "AlarmActions": ["arn"]}]});
    let input = format!("{filters}\n{alarms}\n");
    moved(run(&folder, &["import", "-"], &[], &input), 1);
}

#[test]
fn the_output_of_get_template_is_a_template() {
    let folder = empty_folder();
    let alarm = json!({"Type": "AWS::CloudWatch::Alarm", "Properties": {"AlarmName": "a", "Namespace": "N", "MetricName": "M",
        "Statistic": "Sum", "Period": 60, "EvaluationPeriods": 1, "Threshold": 1,
        "ComparisonOperator": "GreaterThanOrEqualToThreshold", "AlarmActions": ["arn"]}});
    let filter = json!({"Type": "AWS::Logs::MetricFilter", "Properties": {"LogGroupName": "trail",
        "FilterPattern": "{ $.eventName = StopLogging }",
        "MetricTransformations": [{"MetricName": "M", "MetricNamespace": "N", "MetricValue": "1"}]}});
    let body = json!({"Resources": {"Filter": filter, "Alarm": alarm}});
    let as_text = format!("Resources:{FILTER}  Alarm: {alarm}\n");
    for body in [body, json!(as_text)] {
        let output = json!({"TemplateBody": body, "StagesAvailable": ["Original", "Processed"]});
        moved(run(&folder, &["import", "-"], &[], &output.to_string()), 1);
    }
    let broken = json!({"TemplateBody": "Resources:\n  A: [\n"}).to_string();
    let complaint = run(&folder, &["import", "-"], &[], &broken).usage_error();
    assert!(
        complaint.starts_with("error: -:1: line 2 of `TemplateBody`: invalid YAML: "),
        "{complaint}"
    );
}

#[test]
fn the_encoding_of_a_text_that_is_not_utf_8_is_named() {
    let files = empty_folder();
    let cases: [(&[u8], &str); 2] = [
        (
            b"\xff\xfea\0",
            "error: cannot read t.yaml: it is encoded in UTF-16; save it in UTF-8\n",
        ),
        (
            b"\xe9t\xe9",
            "error: cannot read t.yaml: it is not encoded in UTF-8\n",
        ),
    ];
    for (bytes, expected) in cases {
        fs::write(files.path().join("t.yaml"), bytes).expect("the folder is writable");
        let outcome = run(&files, &["import", "t.yaml"], &[], "");
        assert_eq!((outcome.code, outcome.stderr.as_str()), (2, expected));
    }
}
