//! Notifications of alarms that matched records of any text.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, LazyLock};

use cloudtrail_alarms::alarm::AlarmState;
use cloudtrail_alarms::alarm::Series;
use cloudtrail_alarms::alarm::definition::AlarmDefinition;
use cloudtrail_alarms::alarm::file::load;
use cloudtrail_alarms::alarm::state::{IncidentTotals, NewKinds, PendingNotification, StateChange};
use cloudtrail_alarms::alarm::window::Window;
use cloudtrail_alarms::matching::{Batch, Delivery, Matcher, OwnIdentity, Tally};
use cloudtrail_alarms::series::{Additions, Bucket, Group};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::time::DELIVERED;

/// The runbook of some alarms.
pub(super) const RUNBOOK: &str = "https://runbooks.example.com/kms";

/// Four alarms, and the matcher of all.
pub(super) static ALARMS: LazyLock<(Arc<[AlarmDefinition]>, Matcher)> = LazyLock::new(|| {
    let alarm = |name: &str, more: Value| {
        let mut alarm = json!({
            "AlarmName": name,
            "AlarmDescription": "KMS API calls made by the application's ECS task role are failing.",
            "FilterPattern": "{ $.eventVersion = \"1.11\" }",
            "MetricNamespace": "Test",
            "MetricName": name,
            "Period": 60,
            "EvaluationPeriods": 1,
            "Threshold": 1,
            "ComparisonOperator": "GreaterThanOrEqualToThreshold",
            "Severity": "HIGH",
        });
        if let (Some(alarm), Value::Object(more)) = (alarm.as_object_mut(), more) {
            alarm.extend(more);
        }
        alarm
    };
    let fields = ["$.userAgent", "$.userIdentity.arn"];
    let file = json!({"Alarms": [
        alarm("plain", json!({"RenotifyAfter": "1h"})),
        alarm("grouped", json!({"GroupBy": fields, "Runbook": RUNBOOK})),
        alarm("distinct", json!({"CountDistinct": "$.sourceIPAddress"})),
        alarm("event-time", json!({"TimeSource": "EventTime", "GroupBy": ["$.eventName"], "Runbook": RUNBOOK})),
    ]});
    // JSON is YAML.
    let read = |_: &Path| Ok(file.to_string());
    let alarms = load(Path::new("test.yaml"), &read, &|_| None);
    let alarms: Arc<[_]> = alarms
        .unwrap_or_else(|error| panic!("{error}"))
        .alarms
        .into();
    (Arc::clone(&alarms), Matcher::new(alarms))
});

/// A failed KMS call with these texts as its fields. Without a text, a field keeps its usual value.
pub(super) fn record(index: usize, fields: &[&str]) -> Value {
    let text = |field: usize, usual: &str| match fields.get(field) {
        None | Some(&"") => Value::from(usual),
        Some(text) => Value::from(*text),
    };
    let role = "arn:aws:iam::111122223333:role/pattern1-application-task";
    let task = "3f7c1d0a9b5e4c62815fd2ab07e94c38";
    let key = "arn:aws:kms:ap-southeast-2:111122223333:key/1b2c3d4e-5f60-4718-92a3-b4c5d6e7f809";
    let arn = format!("arn:aws:sts::111122223333:assumed-role/pattern1-application-task/{task}");
    let name = fields.get(18).copied().unwrap_or("aws:s3:arn");
    json!({
        "eventVersion": "1.11",
        "eventSource": text(0, "kms.amazonaws.com"),
        "eventName": text(1, "Decrypt"),
        "errorCode": text(2, "AccessDenied"),
        "errorMessage": text(3, "x"),
        "userAgent": text(4, "aws-sdk-java/2.31.40"),
        "sourceIPAddress": text(5, "10.0.12.47"),
        "vpcEndpointId": text(6, ""),
        "awsRegion": text(7, "ap-southeast-2"),
        "recipientAccountId": text(8, "111122223333"),
        "eventID": text(9, &format!("a93e5b71-0c4d-4e86-b2f9-7d1c8e30f46{index}")),
        "requestID": text(10, "b7a1d9c4-2e6f-4835-8c70-93d5e4f1a26b"),
        "eventTime": text(11, "2026-11-20T02:15:03Z"),
        "userIdentity": {
            "type": text(12, "AssumedRole"),
            "arn": text(13, &arn),
            "principalId": text(14, "AROAEXAMPLETASKROLE01"),
            "accountId": "111122223333",
            "accessKeyId": text(15, "ASIAIOSFODNN7EXAMPLE"),
            "invokedBy": text(16, ""),
            "userName": text(16, ""),
            "sessionContext": {"sessionIssuer": {"type": "Role", "arn": text(17, role)}},
        },
        "requestParameters": {
            "keyId": text(20, key),
            "roleName": text(20, "app"),
            "encryptionContext": if fields.len() > 18 { json!({name: text(19, "x")}) } else { Value::Null },
        },
        "resources": [{"ARN": text(21, key)}],
        "responseElements": {"ConsoleLogin": text(22, "Failure"), "vpcId": text(22, "vpc-1")},
        "additionalEventData": {"MFAUsed": text(23, "No")},
    })
}

/// The notifications of an alarm that matched these records, one for each group.
pub(super) fn pending_notifications(
    definition: &AlarmDefinition,
    records: &[Value],
    kind: usize,
) -> Vec<(Group, PendingNotification)> {
    let own = OwnIdentity::default();
    let mut tally = Tally::default();
    let mut matcher = ALARMS.1.clone();
    for (index, record) in records.iter().enumerate() {
        let message = record.to_string();
        let delivery = Delivery {
            log_group: "aws-cloudtrail-logs/management",
            log_stream: "111122223333_CloudTrail_ap-southeast-2",
            id: &index.to_string(),
            time: DELIVERED,
            message: &message,
        };
        let mut batch = Batch {
            own: &own,
            now: DELIVERED,
            tally: &mut tally,
        };
        matcher.match_event(delivery, &mut batch);
    }
    assert_eq!(tally.counters.matched, records.len() as u64);

    let mut groups: BTreeMap<Group, BTreeMap<Timestamp, Bucket>> = BTreeMap::new();
    for (key, additions) in tally.additions {
        if key.series.alarm == definition.name {
            let group = groups.entry(key.series.group).or_default();
            group.entry(key.start).or_default().merge(bucket(additions));
        }
    }
    let at = DELIVERED + SignedDuration::from_mins(1);
    let span = Window {
        start: at - SignedDuration::from_mins(30),
        end: at + SignedDuration::from_mins(30),
    };
    let notification = |(group, buckets)| {
        let evidence = Series::new(definition, buckets).evidence(span);
        let (from, to, repeat) = [
            (AlarmState::Ok, AlarmState::Alarm, 0),
            (AlarmState::Alarm, AlarmState::Alarm, 2),
            (AlarmState::Alarm, AlarmState::Ok, 0),
            (AlarmState::Alarm, AlarmState::InsufficientData, 0),
        ][kind];
        let examples = evidence.tallies.iter().map(|tally| tally.facts.clone());
        let new_kinds = NewKinds {
            count: evidence.tallies.len() as u64,
            examples: examples.take(3).collect(),
        };
        let pending = PendingNotification {
            id: "9f0045ab6c838f5c54e027976fefe522".to_owned(),
            change: StateChange {
                from,
                to,
                at,
                reason: "Threshold Crossed: 1 datapoint was greater than the threshold (1.0)."
                    .to_owned(),
            },
            repeat,
            since: at,
            totals: (kind > 0).then_some(IncidentTotals {
                since: DELIVERED,
                count: evidence.count + 40,
                at_least: false,
                notifications: 1,
            }),
            evidence,
            dropped_before: 0,
            already_reported: 0,
            new_kinds: (repeat > 0).then_some(new_kinds),
            decided_by_older_windows: false,
            digest: None,
            lease: None,
        };
        (group, pending)
    };
    groups.into_iter().map(notification).collect()
}

/// The bucket that has only these additions.
fn bucket(additions: Additions) -> Bucket {
    Bucket {
        members: additions.members,
        deliveries: additions.deliveries,
        facts: additions.facts,
        fingerprints: additions.fingerprints.into_keys().collect(),
        times: additions.times,
        excluded: additions.excluded,
        too_late: additions.too_late,
        superseded: additions.superseded,
        overflow: false,
    }
}
