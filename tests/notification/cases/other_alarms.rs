//! Alarms of the published catalogue.

use cloudtrail_alarms_testkit::records::merge;
use cloudtrail_alarms_testkit::vectors;
use serde_json::{Value, json};

use crate::input::{RenderInput, definition, input, real};

/// An alarm on this pattern of the catalogue.
#[track_caller]
pub(super) fn catalogue(id: &str, name: &str) -> String {
    let alarms = vectors::published_alarms();
    let alarm = alarms
        .iter()
        .find(|alarm| alarm["id"] == id)
        .unwrap_or_else(|| panic!("{id}"));
    format!(
        "Alarms:\n  - AlarmName: {name}\n    FilterPattern: '{}'\n    MetricNamespace: CISBenchmark\n    \
         MetricName: {name}\n    MetricValue: '1'\n    Statistic: Sum\n    Period: 300\n    EvaluationPeriods: 1\n    \
         Threshold: 1\n    ComparisonOperator: GreaterThanOrEqualToThreshold\n    TreatMissingData: notBreaching\n    \
         AlarmDescription: {}\n",
        alarm["pattern"].as_str().unwrap(),
        alarm["name"],
    )
}

fn root_login() -> Value {
    json!({
        "eventVersion": "1.11",
        "userIdentity": {"type": "Root", "principalId": "111122223333", "arn": "arn:aws:iam::111122223333:root",
            "accountId": "111122223333", "accessKeyId": ""},
        "eventTime": "2026-11-20T02:15:03Z",
        "eventSource": "signin.amazonaws.com",
        "eventName": "ConsoleLogin",
        "awsRegion": "us-east-1",
        "sourceIPAddress": "203.0.113.12",
        "userAgent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
        "requestParameters": null,
        "responseElements": {"ConsoleLogin": "Success"},
        "additionalEventData": {"LoginTo": "https://console.aws.amazon.com/console/home", "MobileVersion": "No", "MFAUsed": "No"},
        "eventID": "7d0f2c9e-5a41-4b83-9e6d-c1f80a2b3d45",
        "eventType": "AwsConsoleSignIn",
        "recipientAccountId": "111122223333",
    })
}

fn failed_login() -> Value {
    json!({
        "eventVersion": "1.05",
        "userIdentity": {"type": "IAMUser", "accountId": "111122223333", "accessKeyId": "", "userName": "anaya"},
        "eventTime": "2026-11-20T02:15:03Z",
        "eventSource": "signin.amazonaws.com",
        "eventName": "ConsoleLogin",
        "awsRegion": "us-east-1",
        "sourceIPAddress": "192.0.2.0",
        "userAgent": "Mozilla/5.0",
        "errorMessage": "Failed authentication",
        "requestParameters": null,
        "responseElements": {"ConsoleLogin": "Failure"},
        "additionalEventData": {"MobileVersion": "No", "LoginTo": "https://console.aws.amazon.com/sns", "MFAUsed": "No"},
        "eventID": "11ea990b-4678-4bcd-8fbe-62509088b7cf",
        "eventType": "AwsConsoleSignIn",
        "recipientAccountId": "111122223333",
    })
}

/// Sixty failed logins and a successful one. The sampled records are failed ones.
fn logins() -> RenderInput {
    let login = |number: u32| {
        let mut record = failed_login();
        merge(
            &mut record,
            &json!({"eventTime": format!("2026-11-20T02:15:{:02}Z", number.min(59)),
                "eventID": format!("11ea990b-4678-4bcd-8fbe-{number:012x}")}),
        );
        if number == 60 {
            merge(
                &mut record,
                &json!({"errorMessage": null, "responseElements": {"ConsoleLogin": "Success"}}),
            );
        }
        record
    };
    let yaml = catalogue("cis-3.0-4.6-console-auth-failures", "ConsoleSignIns").replace(
        "($.errorMessage = \"Failed authentication\")",
        "($.errorMessage = \"*\" || $.responseElements.ConsoleLogin = \"Success\")",
    );
    let records: Vec<Value> = (0..61).map(login).collect();
    input(definition(&yaml), &records).evidence(|evidence| evidence.records.truncate(20))
}

pub(super) fn other_alarms() -> Vec<(&'static str, RenderInput)> {
    let of =
        |id: &str, name: &str, record: Value| input(definition(&catalogue(id, name)), &[record]);
    let (root, login) = (root_login(), failed_login());
    vec![
        (
            "failed-login",
            of(
                "cis-3.0-4.6-console-auth-failures",
                "ConsoleSignInFailures",
                login,
            ),
        ),
        ("logins-of-both-outcomes", logins()),
        (
            "root-login",
            of("cis-3.0-4.3-root-account-usage", "RootAccountUsage", root),
        ),
        (
            "infrastructure-security-group",
            of(
                "cis-3.0-4.10-security-group-changes",
                "SecurityGroupChanges",
                real("invictus", 397),
            ),
        ),
        (
            "infrastructure-network-acl",
            of(
                "cis-3.0-4.11-nacl-changes",
                "NetworkAclChanges",
                real("traildiscover", 64),
            ),
        ),
        (
            "infrastructure-gateway",
            of(
                "cis-3.0-4.12-network-gateway-changes",
                "NetworkGatewayChanges",
                real("invictus", 179),
            ),
        ),
        (
            "infrastructure-route-table",
            of(
                "cis-3.0-4.13-route-table-changes",
                "RouteTableChanges",
                real("invictus", 48),
            ),
        ),
        (
            "infrastructure-vpc",
            of(
                "cis-3.0-4.14-vpc-changes",
                "VpcChanges",
                real("invictus", 34),
            ),
        ),
        (
            "infrastructure-instances",
            of(
                "blog-ec2-instance-changes",
                "InstanceChanges",
                real("invictus", 185),
            ),
        ),
        (
            "infrastructure-iam",
            of(
                "blog-iam-policy-changes",
                "IamPolicyChanges",
                real("invictus", 35),
            ),
        ),
    ]
}
