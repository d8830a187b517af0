//! `export cloudformation`.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::super::{ANY_THRESHOLD, alarm, folder, run, tool};
use super::FILES;

/// Properties of the two resources in CloudFormation's schemas, and whether each is required.
const METRIC_FILTER: [(&str, bool); 3] = [
    ("LogGroupName", true),
    ("FilterPattern", true),
    ("MetricTransformations", true),
];
const TRANSFORMATION: [(&str, bool); 5] = [
    ("MetricNamespace", true),
    ("MetricName", true),
    ("MetricValue", true),
    ("DefaultValue", false),
    ("Unit", false),
];
const ALARM: [(&str, bool); 16] = [
    ("AlarmName", false),
    ("AlarmDescription", false),
    ("Namespace", false),
    ("MetricName", false),
    ("Statistic", false),
    ("Period", false),
    ("EvaluationPeriods", true),
    ("DatapointsToAlarm", false),
    ("Threshold", false),
    ("ComparisonOperator", true),
    ("TreatMissingData", false),
    ("ActionsEnabled", false),
    ("AlarmActions", false),
    ("OKActions", false),
    ("InsufficientDataActions", false),
    ("Unit", false),
];

#[track_caller]
fn has_only(object: &Value, schema: &[(&str, bool)]) {
    let object = object.as_object().expect("it is an object");
    for key in object.keys() {
        assert!(schema.iter().any(|(known, _)| known == key), "{key}");
    }
    for (key, required) in schema {
        assert!(
            !required || object.contains_key(*key),
            "{key} is missing in {object:?}"
        );
    }
}

#[test]
fn a_template_has_a_filter_and_an_alarm_of_the_same_metric_for_each_alarm() {
    for file in FILES {
        let exported = tool(&["export", "cloudformation", file, "--output", "json"]);
        let template: Value = serde_json::from_str(&exported.stdout).expect("it is JSON");
        let resources = template["Resources"]
            .as_object()
            .expect("there are resources");
        let tests = tool(&["test", file, "--output", "json"]).success();
        let tests: Value = serde_json::from_str(&tests).expect("it is JSON");
        let tests = tests["tests"].as_array().expect("there are tests");
        let alarms: BTreeSet<&str> = tests
            .iter()
            .filter_map(|test| test["alarm"].as_str())
            .collect();
        let mut exported = BTreeSet::new();
        for (id, resource) in resources {
            assert!(id.chars().all(|c| c.is_ascii_alphanumeric()), "{id}");
            let properties = &resource["Properties"];
            if resource["Type"] == "AWS::Logs::MetricFilter" {
                has_only(properties, &METRIC_FILTER);
                has_only(&properties["MetricTransformations"][0], &TRANSFORMATION);
                continue;
            }
            assert_eq!(resource["Type"], "AWS::CloudWatch::Alarm");
            has_only(properties, &ALARM);
            exported.insert(properties["AlarmName"].as_str().expect("it has a name"));
            let filter = &resources[resource["DependsOn"].as_str().expect("it needs its filter")];
            let made = &filter["Properties"]["MetricTransformations"][0];
            assert_eq!(made["MetricName"], properties["MetricName"]);
            assert_eq!(made["MetricNamespace"], properties["Namespace"]);
        }
        assert_eq!(exported, alarms, "{file}");
    }
}

/// Exports these alarms, and returns the template and standard error.
#[track_caller]
fn exported(alarms: &str, code: i32) -> (Value, String) {
    let folder = folder(&[("alarms.yaml", alarms)]);
    let printed = run(
        &folder,
        &["export", "cloudformation", "--output", "json"],
        &[],
        "",
    );
    assert_eq!(printed.code, code, "{printed:?}");
    let template = serde_json::from_str(&printed.stdout).expect("it is JSON");
    (template, printed.stderr)
}

const DENIED: &str = r#"{ $.errorCode = "AccessDenied" }"#;

#[test]
fn alarms_on_one_metric_share_a_filter() {
    let thresholds = [("Warn", 5), ("Critical", 50)].map(|(name, threshold)| {
        let properties =
            format!("Threshold: {threshold}\nComparisonOperator: GreaterThanThreshold");
        alarm(name, DENIED, &properties)
    });
    let (template, notes) = exported(&format!("Alarms:\n{}", thresholds.concat()), 0);
    assert_eq!(notes, "");
    let resources = template["Resources"]
        .as_object()
        .expect("there are resources");
    let ids: Vec<&String> = resources.keys().collect();
    assert_eq!(ids, ["CriticalAlarm", "WarnAlarm", "WarnFilter"]);
    for (id, threshold) in [("WarnAlarm", 5), ("CriticalAlarm", 50)] {
        assert_eq!(resources[id]["DependsOn"], "WarnFilter");
        assert_eq!(resources[id]["Properties"]["Threshold"], threshold);
    }
}

#[test]
fn alarms_that_need_different_filters_for_one_metric_are_left_out() {
    let properties = "Threshold: 1\nComparisonOperator: GreaterThanThreshold";
    let cases = [
        ("FilterPattern", r#"{ $.errorCode = "Other" }"#, ""),
        ("MetricValue", DENIED, "\nMetricValue: '2'"),
        ("DefaultValue", DENIED, "\nDefaultValue: 0"),
        ("Unit", DENIED, "\nUnit: Count"),
    ];
    for (property, pattern, more) in cases {
        let alarms = format!(
            "Alarms:\n{}{}{}",
            alarm("One", DENIED, properties),
            alarm("Other", pattern, &format!("{properties}{more}")),
            alarm("Third", DENIED, &format!("{properties}\nMetricName: Third")),
        );
        let (template, notes) = exported(&alarms, 1);
        let expected = format!(
            "One, Other: left out: alarms on its metric have another `{property}`, and CloudWatch would add up what their \
             filters count; give each a metric of its own\n"
        );
        assert_eq!(notes, expected);
        assert_eq!(
            template["Metadata"]["CloudTrailAlarms"]["Notes"],
            json!([expected.trim_end()])
        );
        let ids: Vec<&String> = template["Resources"]
            .as_object()
            .expect("there are resources")
            .keys()
            .collect();
        assert_eq!(ids, ["ThirdAlarm", "ThirdFilter"]);
    }
}

#[test]
fn parameters_stay_parameters_if_their_values_cannot_change_the_pattern() {
    let alarms = r#"
Parameters:
  Role: {Type: CommaDelimitedList, Description: The role, Example: 'arn:aws:iam::111122223333:role/a'}
  Roles: {Type: CommaDelimitedList, Default: 'a,b'}
  Odd: {Type: String, Default: 'x"y'}
  Limit: {Type: Number, Default: 7}
  LogGroupName: {Type: String, Default: g}
  Unused: {Type: String, Default: u}
Alarms:
  - AlarmName: One
    AlarmDescription: More than ${Limit}, not ${!Limit}
    FilterPattern: '{ $.a = "${Role}" && $.b = "\${x} ${Limit}" }'
    MetricNamespace: N
    MetricName: One
    Period: 60
    EvaluationPeriods: 1
    Threshold: ${Limit}
    ComparisonOperator: GreaterThanThreshold
    AlarmActions: ['arn:aws:sns:eu-central-1:111122223333:t']
  - AlarmName: Two
    AlarmDescription: '${LogGroupName} of ${Limit}'
    FilterPattern: '{ $.a = "${Role}" && ($.b = "${Roles}" || $.c = "${Odd}" || $.d = "${LogGroupName}") }'
    MetricNamespace: N
    MetricName: Two
    Period: 60
    EvaluationPeriods: 1
    Threshold: 1
    ComparisonOperator: GreaterThanThreshold
    AlarmActions: ['arn:aws:sns:eu-central-1:111122223333:t']
"#;
    let (template, notes) = exported(alarms, 0);
    assert_eq!(
        notes,
        "the values of parameter `Roles` are written: it has several, which become alternatives of the pattern\n\
         the values of parameter `Odd` are written: a quote or backslash in a value would change the pattern\n\
         the values of parameter `LogGroupName` are written: the document has another parameter of this name\n\
         parameter `Role` takes one value; for several, export again with --param Role=VALUE,VALUE\n"
    );
    let text = "must have characters, but no quote and no backslash";
    assert_eq!(
        template["Parameters"],
        json!({
            "LogGroupName": {"Type": "String", "Description": "Log group that CloudTrail writes to"},
            "Role": {"Type": "String", "Description": "The role", "AllowedPattern": r#"[^"\\]+"#, "ConstraintDescription": text},
            "Limit": {"Type": "Number", "Default": "7"},
        })
    );
    let resources = &template["Resources"];
    let one = &resources["OneAlarm"]["Properties"];
    assert_eq!(one["Threshold"], json!({"Ref": "Limit"}));
    let description = json!({"Fn::Join": ["", ["More than ", {"Ref": "Limit"}, ", not ${Limit}"]]});
    assert_eq!(one["AlarmDescription"], description);
    let pattern = |id: &str| resources[id]["Properties"]["FilterPattern"].clone();
    assert_eq!(
        pattern("OneFilter"),
        json!({"Fn::Join": ["", [r#"{ $.a = ""#, {"Ref": "Role"}, r#"" && $.b = "${x} "#, {"Ref": "Limit"}, r#"" }"#]]})
    );
    assert_eq!(
        pattern("TwoFilter"),
        json!({"Fn::Sub": r#"{ $.a = "${Role}" && ($.b = "a" || $.b = "b" || $.c = "x\"y" || $.d = "g") }"#})
    );
    let two = &resources["TwoAlarm"]["Properties"];
    assert_eq!(two["AlarmDescription"], json!({"Fn::Sub": "g of ${Limit}"}));
}

#[test]
fn what_cloudwatch_does_not_have_is_said_in_comments_and_on_standard_error() {
    let properties = "
Threshold: 1
ComparisonOperator: GreaterThanThreshold
GroupBy: [$.recipientAccountId]
MaxNotificationsPerHour: 3
CountDistinct: $.eventName
Severity: HIGH
Runbook: https://example.com
TimeSource: EventTime
EvaluationWindow: WallClock
RenotifyAfter: 1h
Exclude:
  - {Pattern: '{ $.e = 1 }', Reason: known, Owner: me, Expires: 2027-01-31}";
    let folder = folder(&[(
        "alarms.yaml",
        &format!("Alarms:\n{}", alarm("A", DENIED, properties.trim())),
    )]);
    let printed = run(&folder, &["export", "cloudformation"], &[], "");
    let expected = [
        "`GroupBy` is not exported: CloudWatch counts all groups together",
        "`CountDistinct` is not exported: CloudWatch counts records",
        "`Exclude` is not exported: CloudWatch counts those records too",
        "`TimeSource` is not exported: CloudWatch counts by delivery",
        "`EvaluationWindow` is not exported: CloudWatch's windows slide",
        "`RenotifyAfter` is not exported: CloudWatch notifies of a state change once",
        "`MaxNotificationsPerHour` is not exported: CloudWatch has no digests",
        "`Severity` is not exported: notifications of CloudWatch have none",
        "`Runbook` is not exported: notifications of CloudWatch have none",
    ];
    let lines =
        |start: &str| -> String { expected.map(|line| format!("{start}A: {line}\n")).concat() };
    assert_eq!((printed.code, printed.stderr), (0, lines("")));
    assert!(
        printed.stdout.starts_with(&lines("# ")),
        "{}",
        printed.stdout
    );
}

#[test]
fn a_parameter_and_its_present_value_need_different_filters() {
    let named = |name: &str, pattern: &str| alarm(name, pattern, ANY_THRESHOLD);
    let alarms = format!(
        "Parameters:\n  P: {{Type: String, Default: x}}\nAlarms:\n{}{}",
        named("One", r#"{ $.a = "${P}" }"#),
        named("Other", "{ $.a = x }"),
    );
    let (_, notes) = exported(&alarms, 1);
    assert!(
        notes
            .starts_with("One, Other: left out: alarms on its metric have another `FilterPattern`"),
        "{notes}"
    );
}

#[test]
fn the_topic_replaces_actions_that_are_not_arns() {
    let properties = format!("{ANY_THRESHOLD}OKActions: [the function's topic]");
    let file = alarm("A", "{ $.a = 1 }", &properties);
    let folder = folder(&[("alarms.yaml", &format!("Alarms:\n{file}"))]);
    let arguments = ["export", "cloudformation", "--output", "json"];
    let exported = run(&folder, &arguments, &[], "");
    let template: Value = serde_json::from_str(&exported.stdout).expect("it is JSON");
    let resources = template["Resources"].as_object().expect("it has resources");
    let actions: Vec<&Value> = resources
        .values()
        .map(|resource| &resource["Properties"]["OKActions"])
        .filter(|actions| !actions.is_null())
        .collect();
    assert_eq!(actions, [&json!([{"Ref": "AlarmTopicArn"}])]);
}
