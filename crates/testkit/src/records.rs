//! CloudTrail records: samples, generated calls, and real records of `tests/data/cloudtrail`.

use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use flate2::read::MultiGzDecoder;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::repository::{self, file};

/// A record of `events/records`, as CloudTrail writes it: JSON on one line.
#[track_caller]
pub fn sample(name: &str) -> String {
    let record: Value = serde_json::from_str(&file(format!("events/records/{name}.json")))
        .expect("a sample record is JSON");
    record.to_string()
}

/// The `eventID` of the n-th generated record.
pub fn event_id(n: usize) -> String {
    format!("4c6f1a0e-8d2b-4f57-9b63-{n:012x}")
}

/// The n-th of several failed KMS calls by the application's task role, changed as in [`merge`].
pub fn failed_call(n: usize, changes: &Value) -> Value {
    static SAMPLE: LazyLock<Value> = LazyLock::new(|| {
        serde_json::from_str(&sample("kms-incorrect-key")).expect("a sample record is JSON")
    });
    let mut record = SAMPLE.clone();
    merge(&mut record, &json!({"eventID": event_id(n)}));
    merge(&mut record, changes);
    record
}

/// Changes a record: merges objects, and replaces all other values.
pub fn merge(target: &mut Value, changes: &Value) {
    match (target, changes) {
        (Value::Object(target), Value::Object(changes)) => {
            for (name, value) in changes {
                merge(target.entry(name).or_insert(Value::Null), value);
            }
        }
        (target, changes) => *target = changes.clone(),
    }
}

/// The key ID that the canary's call names. KMS never assigns it.
pub const CANARY_KEY: &str = "00000000-0000-0000-0000-000000000000";

/// The record of the canary: a KMS call that `EventBridge Scheduler` makes with this role, and that always fails.
///
/// Assembled from `catalogue/records/kms-describe-key-not-found-exception.json`; not recorded from AWS.
pub fn canary(role_arn: &str, key: &str) -> Value {
    let role_name = role_arn.rsplit('/').next().unwrap_or_default();
    json!({
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "AssumedRole",
            "principalId": "AROAEXAMPLESCHEDULER1:0f2b6c1e",
            "arn": format!("arn:aws:sts::111122223333:assumed-role/{role_name}/0f2b6c1e"),
            "accountId": "111122223333",
            "sessionContext": {"sessionIssuer": {
                "type": "Role",
                "principalId": "AROAEXAMPLESCHEDULER1",
                "arn": role_arn,
                "accountId": "111122223333",
                "userName": role_name,
            }},
            "invokedBy": "scheduler.amazonaws.com",
        },
        "eventTime": Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        "eventSource": "kms.amazonaws.com",
        "eventName": "GenerateDataKeyWithoutPlaintext",
        "awsRegion": "ap-southeast-2",
        "sourceIPAddress": "scheduler.amazonaws.com",
        "userAgent": "scheduler.amazonaws.com",
        "errorCode": "NotFoundException",
        "errorMessage": format!("Key 'arn:aws:kms:ap-southeast-2:111122223333:key/{key}' does not exist"),
        "requestParameters": null,
        "responseElements": null,
        "requestID": "3d1c7f60-9e1b-4a35-8f0a-2b6d4c8e5a71",
        "eventID": "8b5e0a94-6c3d-4f12-9a7e-d4c1b2f3a605",
        "readOnly": true,
        "eventType": "AwsApiCall",
        "managementEvent": true,
        "recipientAccountId": "111122223333",
        "eventCategory": "Management",
    })
}

/// A role in the real records. Two of its KMS calls failed.
pub const REAL_ROLE: &str = "arn:aws:iam::111111111111:role/aws-reserved/sso.amazonaws.com/us-east-2/AWSReservedSSO_ReadOnlyAccess_ff7f8c5c5851db50";

/// The files with real records, one for each publisher, in the order of their names.
pub fn real_paths() -> Vec<PathBuf> {
    let folder = repository::path("tests/data/cloudtrail");
    let entries = fs::read_dir(folder).expect("the folder exists");
    let mut paths: Vec<_> = entries
        .map(|entry| entry.expect("the folder can be read").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "gz"))
        .collect();
    paths.sort();
    paths
}

/// All real records in the order of the files: JSON on one line each.
pub fn real() -> Vec<String> {
    let read = |path: PathBuf| {
        let lines = gunzip_file(&path);
        lines.lines().map(str::to_owned).collect::<Vec<_>>()
    };
    real_paths().into_iter().flat_map(read).collect()
}

/// The text of a gzip file.
#[track_caller]
pub fn gunzip_file(path: &Path) -> String {
    let mut text = String::new();
    let file = File::open(path).expect("the file can be opened");
    let mut gzip = MultiGzDecoder::new(file);
    gzip.read_to_string(&mut text)
        .expect("the file is gzip of text");
    text
}
