//! Calls that delete, stop or share something.

use cloudtrail_alarms::alarm::AlarmState;
use cloudtrail_alarms::alarm::state::NewKinds;
use cloudtrail_alarms_testkit::records::merge;
use serde_json::{Value, json};

use crate::input::{KEY, RenderInput, definition, input, kms};

/// An alarm that counts calls of this service.
#[track_caller]
fn alarm(name: &str, service: &str, severity: &str) -> String {
    format!(
        "Alarms:\n  - AlarmName: {name}\n    FilterPattern: '{{ $.eventSource = \"{service}.amazonaws.com\" }}'\n    \
         MetricNamespace: Security\n    MetricName: {name}\n    MetricValue: '1'\n    Statistic: Sum\n    Period: 300\n    \
         EvaluationPeriods: 1\n    Threshold: 1\n    ComparisonOperator: GreaterThanOrEqualToThreshold\n    \
         TreatMissingData: notBreaching\n    Severity: {severity}\n    Runbook: https://wiki.example.com/runbooks/{name}\n"
    )
}

/// A successful call by an administrator.
fn call(service: &str, name: &str, request: &Value) -> Value {
    let mut record = kms(&json!({
        "eventSource": format!("{service}.amazonaws.com"),
        "eventName": name,
        "requestParameters": request,
        "readOnly": false,
        "sourceIPAddress": "198.51.100.23",
        "userAgent": "aws-cli/2.31.2 md/awscrt#0.28.2 ua/2.1 os/linux#6.8.0 lang/python#3.13.7",
    }));
    merge(
        &mut record,
        &json!({"userIdentity": {
            "principalId": "AROAEXAMPLEADMIN00001:mallory",
            "arn": "arn:aws:sts::111122223333:assumed-role/admin/mallory",
            "sessionContext": {"sessionIssuer": {"arn": "arn:aws:iam::111122223333:role/admin", "userName": "admin"}},
        }}),
    );
    record
}

pub(super) fn destructive() -> Vec<(&'static str, RenderInput)> {
    let of = |alarm_name: &str, service: &str, name: &str, request: Value| {
        let yaml = alarm(alarm_name, service, "CRITICAL");
        input(definition(&yaml), &[call(service, name, &request)])
    };
    let trail = "arn:aws:cloudtrail:ap-southeast-2:111122223333:trail/management";
    vec![
        (
            "destructive-stop-logging",
            of(
                "TrailChanges",
                "cloudtrail",
                "StopLogging",
                json!({"name": trail}),
            ),
        ),
        (
            "destructive-delete-trail",
            of(
                "TrailChanges",
                "cloudtrail",
                "DeleteTrail",
                json!({"name": "management"}),
            ),
        ),
        (
            "destructive-delete-bucket",
            of(
                "BucketChanges",
                "s3",
                "DeleteBucket",
                json!({"bucketName": "audit-archive"}),
            ),
        ),
        (
            "destructive-disable-key",
            of("KeyChanges", "kms", "DisableKey", json!({"keyId": KEY})),
        ),
        (
            "destructive-key-deletion-default",
            of(
                "KeyChanges",
                "kms",
                "ScheduleKeyDeletion",
                json!({"keyId": KEY}),
            ),
        ),
        (
            "destructive-delete-secret",
            of(
                "SecretChanges",
                "secretsmanager",
                "DeleteSecret",
                json!({"secretId": "orders/database", "recoveryWindowInDays": 7}),
            ),
        ),
        (
            "destructive-snapshot-shared",
            of(
                "SnapshotSharing",
                "ec2",
                "ModifySnapshotAttribute",
                json!({"snapshotId": "snap-0a1b2c3d4e5f60718", "attributeType": "CREATE_VOLUME_PERMISSION",
                    "createVolumePermission": {"add": {"items": [{"userId": "999988887777"}]}}}),
            ),
        ),
        (
            "destructive-snapshot-public",
            of(
                "SnapshotSharing",
                "rds",
                "ModifyDBSnapshotAttribute",
                json!({"dBSnapshotIdentifier": "orders-2026-11-19", "attributeName": "restore", "valuesToAdd": ["all"]}),
            ),
        ),
        ("reminder-of-a-destructive-call", {
            let request = json!({"keyId": KEY, "pendingWindowInDays": 7});
            let mut input = of("KeyChanges", "kms", "ScheduleKeyDeletion", request);
            input = input.later(AlarmState::Alarm, 1);
            let examples = input.pending.evidence.records.clone();
            input.pending.new_kinds = Some(NewKinds { count: 1, examples });
            input
        }),
        ("destructive-two-calls", {
            let yaml = alarm("TrailChanges", "cloudtrail", "CRITICAL");
            let stop = call("cloudtrail", "StopLogging", &json!({"name": trail}));
            let mut delete = call("cloudtrail", "DeleteTrail", &json!({"name": trail}));
            merge(
                &mut delete,
                &json!({"eventTime": "2026-11-20T02:15:41Z", "eventID": "c0ffee00-0c4d-4e86-b2f9-7d1c8e30f465"}),
            );
            input(definition(&yaml), &[stop, delete])
        }),
    ]
}
