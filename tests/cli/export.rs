//! `export`.

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

#[test]
fn a_subscription_filter_lets_through_all_alarms_whatever_a_parameter_is() {
    let folder = folder(
        "export-filter",
        &[("alarms.yaml", ALARMS), ("pack.yaml", PACK)],
    );
    // The variable is that of this machine, not of each deployment.
    let variables = [("ROLE_ARN", "arn:aws:iam::111122223333:role/mine")];
    let printed = run(&folder, &["export", "subscription-filter"], &variables, "");
    assert_eq!(printed.code, 0, "{printed:?}");
    assert_eq!(
        printed.stdout,
        "{ $.errorCode = \"*Denied*\" && $.userIdentity.arn = \"*\" || $.eventName = \"StopLogging\" }\n"
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
        serde_json::from_str(&run(&folder, &arguments, &[], "").fine()).expect("it is JSON");
    let pattern = "{ $.errorCode = \"*Denied*\" && ($.userIdentity.arn = \"a\" || $.userIdentity.arn = \"b\") || $.eventName = \"StopLogging\" }";
    let expected = json!({
        "filterPattern": pattern,
        "length": pattern.len(),
        "gaveUp": ["Errors: `$.errorCode = \"*Denied\"` becomes `$.errorCode = \"*Denied*\"`: CloudWatch may find a piece too early"],
    });
    assert_eq!(report, expected);
}

#[test]
fn a_parameter_that_there_is_not_is_misuse() {
    let arguments = ["export", "subscription-filter", "--param", "Nobody=x"];
    let complaint = tool(&arguments).misuse();
    assert!(
        complaint.contains("--param Nobody: there is no such parameter"),
        "{complaint}"
    );
}
