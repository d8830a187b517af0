//! `export`.

use std::collections::BTreeSet;

use insta::assert_snapshot;
use serde_json::{Value, json};

use super::{folder, run, tool};

const ALARMS: &str = r#"
Include: [pack.yaml]
Parameters:
  RoleArn: {Type: CommaDelimitedList, Default: arn:aws:iam::111122223333:role/app}
Alarms:
  - AlarmName: Errors
    FilterPattern: '{ $.errorCode = "*Denied" && $.userIdentity.arn = "${RoleArn}" }'
    MetricNamespace: App
    MetricName: Errors
    Period: 60
    EvaluationPeriods: 1
    Threshold: 1
    ComparisonOperator: GreaterThanThreshold
"#;

const PACK: &str = r"
Alarms:
  - AlarmName: Stop
    FilterPattern: '{ $.eventName = StopLogging }'
    MetricNamespace: Guard
    MetricName: Stop
    Period: 60
    EvaluationPeriods: 1
    Threshold: 1
    ComparisonOperator: GreaterThanOrEqualToThreshold
";

/// The clause that the records of the canary match.
const CANARY: &str = r#"$.errorCode = "*" && $.eventSource = "kms.amazonaws.com" && $.eventName = "GenerateDataKeyWithoutPlaintext" && $.userIdentity.sessionContext.sessionIssuer.arn = "*""#;

#[test]
fn a_subscription_filter_passes_all_alarms_for_any_value_of_a_parameter() {
    let folder = folder(&[("alarms.yaml", ALARMS), ("pack.yaml", PACK)]);
    // The variable is that of this machine, not of each deployment.
    let variables = [("ROLE_ARN", "arn:aws:iam::111122223333:role/mine")];
    let printed = run(&folder, &["export", "subscription-filter"], &variables, "");
    assert_eq!(printed.code, 0, "{printed:?}");
    assert_eq!(
        printed.stdout,
        format!(
            "{{ $.errorCode = \"*Denied*\" && $.userIdentity.arn = \"*\" || $.eventName = \"StopLogging\" || {CANARY} }}\n"
        )
    );
    assert_eq!(
        printed.stderr,
        "Errors: `$.errorCode = \"*Denied\"` becomes `$.errorCode = \"*Denied*\"`: CloudWatch may find a piece too early\n\
         Errors: `$.userIdentity.arn = \"${RoleArn}\"` becomes `$.userIdentity.arn = \"*\"`: the parameter may have any value\n"
    );

    let arguments = [
        "export",
        "subscription-filter",
        "alarms.yaml",
        "--param",
        "RoleArn=a,b",
        "--output",
        "json",
    ];
    let report: Value =
        serde_json::from_str(&run(&folder, &arguments, &[], "").success()).expect("it is JSON");
    let pattern = format!(
        "{{ $.errorCode = \"*Denied*\" && ($.userIdentity.arn = \"a\" || $.userIdentity.arn = \"b\") || $.eventName = \"StopLogging\" || {CANARY} }}"
    );
    let expected = json!({
        "filterPattern": pattern,
        "length": pattern.len(),
        "gaveUp": ["Errors: `$.errorCode = \"*Denied\"` becomes `$.errorCode = \"*Denied*\"`: CloudWatch may find a piece too early"],
    });
    assert_eq!(report, expected);
}

#[test]
fn a_parameter_that_there_is_not_is_a_usage_error() {
    let arguments = ["export", "subscription-filter", "--param", "Nobody=x"];
    let complaint = tool(&arguments).usage_error();
    assert!(
        complaint.contains("--param Nobody: unknown parameter"),
        "{complaint}"
    );
}

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

const FILES: [&str; 5] = [
    "alarms.yaml",
    "catalogue/cis-aws-foundations.yaml",
    "catalogue/infrastructure-changes.yaml",
    "catalogue/kms.yaml",
    "catalogue/guard.yaml",
];

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

/// An alarm that has a little of everything that a pattern can say.
const QUERIED: &str = r#"
Alarms:
  - AlarmName: All
    FilterPattern: '{ $.eventName = Put*Policy && $.errorCode != "Access_Denied" && ($.readOnly IS FALSE || $.userIdentity.invokedBy NOT EXISTS) && $.requestParameters.a-b > 5 && $.userAgent != %curl/[0-9]% && $.resources[0].ARN = "*" && $.errorMessage = "it''s \"so\"" }'
    MetricNamespace: N
    MetricName: M
    Period: 300
    EvaluationPeriods: 1
    Threshold: 3
    ComparisonOperator: GreaterThanThreshold
    GroupBy: [$.recipientAccountId]
    CountDistinct: $.resources[0].ARN
  - AlarmName: Wildcard
    FilterPattern: '{ $.requestParameters.items[*].name != "a" && $.resources[*].ARN NOT EXISTS }'
    MetricNamespace: N
    MetricName: M
    Period: 60
    EvaluationPeriods: 1
    Threshold: 1
    ComparisonOperator: GreaterThanOrEqualToThreshold
  - AlarmName: Slash
    FilterPattern: '{ $.userAgent = %x\/y% && $.requestParameters.n = 5 && $.requestParameters.t IS TRUE }'
    MetricNamespace: N
    MetricName: M
    Period: 60
    EvaluationPeriods: 1
    Threshold: 1
    ComparisonOperator: GreaterThanOrEqualToThreshold
  - AlarmName: Dot
    FilterPattern: '{ $.requestParameters.[''a.b''] = x }'
    MetricNamespace: N
    MetricName: M
    Period: 60
    EvaluationPeriods: 1
    Threshold: 1
    ComparisonOperator: GreaterThanOrEqualToThreshold
  - AlarmName: Terms
    FilterPattern: ERROR
    MetricNamespace: N
    MetricName: M
    Period: 60
    EvaluationPeriods: 1
    Threshold: 1
    ComparisonOperator: GreaterThanOrEqualToThreshold
"#;

#[test]
fn a_query_of_insights_asks_what_the_alarm_asks() {
    let folder = folder(&[("alarms.yaml", QUERIED)]);
    let printed = run(&folder, &["export", "logs-insights"], &[], "");
    assert_snapshot!(printed.stdout, @r#"
    # All
    filter eventName like /^Put.*Policy$/ and (ispresent(errorCode) and errorCode != "Access_Denied") and (readOnly = 0 or not ispresent(userIdentity.invokedBy)) and `requestParameters.a-b` > 5 and (ispresent(userAgent) and userAgent not like /curl\/[0-9]/) and ispresent(resources.0.ARN) and errorMessage = "it's \"so\""
    | stats count_distinct(resources.0.ARN) as matches by bin(300s), recipientAccountId
    | filter matches > 3

    # Slash
    filter userAgent like /x\/y/ and requestParameters.n = 5 and requestParameters.t = 1
    | stats count(*) as matches by bin(60s)
    | filter matches >= 1
    "#);
    assert_snapshot!(printed.stderr, @r#"
    Wildcard: left out: Insights has no wildcard, as in `$.requestParameters.items[*].name`
    Dot: left out: Insights cannot name a field with a dot or backtick in its name, as in `$.requestParameters.['a.b']`
    Terms: left out: its pattern is not about fields
    "#);
}

#[test]
fn the_sql_of_athena_asks_what_the_alarm_asks() {
    let folder = folder(&[("alarms.yaml", QUERIED)]);
    let printed = run(&folder, &["export", "athena"], &[], "");
    assert_snapshot!(printed.stdout, @r#"
    -- All
    SELECT from_unixtime(floor(to_unixtime(from_iso8601_timestamp(eventtime)) / 300) * 300) AS period,
           recipientaccountid AS group_1,
           count(DISTINCT element_at(resources, 1).arn) AS matches
    FROM cloudtrail_logs
    WHERE eventname LIKE 'Put%Policy' AND errorcode <> 'Access_Denied' AND (readonly = 'false' OR useridentity.invokedby IS NULL) AND try_cast(json_extract_scalar(requestparameters, '$["a-b"]') AS DOUBLE) > 5 AND NOT regexp_like(useragent, 'curl/[0-9]') AND element_at(resources, 1).arn IS NOT NULL AND errormessage = 'it''s "so"'
    GROUP BY 1, 2
    HAVING count(DISTINCT element_at(resources, 1).arn) > 3
    ORDER BY 1;

    -- Wildcard
    SELECT from_unixtime(floor(to_unixtime(from_iso8601_timestamp(eventtime)) / 60) * 60) AS period,
           count(*) AS matches
    FROM cloudtrail_logs
    WHERE (CAST(json_extract(requestparameters, '$["items"]') AS ARRAY(JSON)) IS NOT NULL AND NOT coalesce(any_match(CAST(json_extract(requestparameters, '$["items"]') AS ARRAY(JSON)), element -> json_extract_scalar(element, '$["name"]') = 'a'), false)) AND NOT coalesce(any_match(resources, element -> element.arn IS NOT NULL), false)
    GROUP BY 1
    HAVING count(*) >= 1
    ORDER BY 1;

    -- Slash
    SELECT from_unixtime(floor(to_unixtime(from_iso8601_timestamp(eventtime)) / 60) * 60) AS period,
           count(*) AS matches
    FROM cloudtrail_logs
    WHERE regexp_like(useragent, 'x\/y') AND json_extract_scalar(requestparameters, '$["n"]') = '5' AND json_extract_scalar(requestparameters, '$["t"]') = 'true'
    GROUP BY 1
    HAVING count(*) >= 1
    ORDER BY 1;

    -- Dot
    SELECT from_unixtime(floor(to_unixtime(from_iso8601_timestamp(eventtime)) / 60) * 60) AS period,
           count(*) AS matches
    FROM cloudtrail_logs
    WHERE json_extract_scalar(requestparameters, '$["a.b"]') = 'x'
    GROUP BY 1
    HAVING count(*) >= 1
    ORDER BY 1;
    "#);
    assert_snapshot!(printed.stderr, @r#"Terms: left out: its pattern is not about fields"#);
    let json = run(&folder, &["export", "athena", "--output", "json"], &[], "").stdout;
    let rows: Value = serde_json::from_str(&json).expect("it is JSON");
    assert_eq!(
        (&rows[0]["alarm"], &rows[1]["alarm"]),
        (&json!("All"), &json!("Wildcard"))
    );
}
