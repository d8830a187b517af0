//! `export subscription-filter`.

use serde_json::{Value, json};

use super::super::{folder, run, tool};

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
        "widened": ["Errors: `$.errorCode = \"*Denied\"` becomes `$.errorCode = \"*Denied*\"`: CloudWatch may find a piece too early"],
    });
    assert_eq!(report, expected);
}

/// An empty parameter would select the pattern that the alarms of this repository need.
#[test]
fn a_subscription_filter_that_passes_everything_is_not_empty() {
    let alarms = PACK.replace("{ $.eventName = StopLogging }", "StopLogging");
    let folder = folder(&[("alarms.yaml", &alarms)]);
    let printed = run(&folder, &["export", "subscription-filter"], &[], "");
    assert_eq!(
        printed.stdout, "{ $.eventVersion = \"*\" }\n",
        "{printed:?}"
    );
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
