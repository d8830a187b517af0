//! KMS calls that fail for other reasons.

use cloudtrail_alarms_testkit::records::merge;
use serde_json::{Value, json};

use super::twice;
use crate::input::{KEY, RenderInput, default_alarm, failed};

pub(super) fn failures() -> Vec<(&'static str, RenderInput)> {
    let mut not_found = failed(
        "NotFoundException",
        Some("Alias arn:aws:kms:ap-southeast-2:111122223333:alias/orders is not found."),
    );
    merge(
        &mut not_found,
        &json!({"requestParameters": {"keyId": "alias/orders"}, "resources": null}),
    );
    let mut quota = failed(
        "LimitExceededException",
        Some("The maximum number of grants for this key has been reached."),
    );
    merge(
        &mut quota,
        &json!({"eventName": "CreateGrant", "requestParameters": {"encryptionContext": null}}),
    );
    vec![
        (
            "kms-disabled",
            twice(failed(
                "DisabledException",
                Some(&format!("{KEY} is disabled.")),
            )),
        ),
        (
            "kms-pending-deletion",
            twice(failed(
                "KMSInvalidStateException",
                Some(&format!("{KEY} is pending deletion.")),
            )),
        ),
        ("kms-two-states-of-one-key", two_states()),
        ("kms-one-of-two-keys-disabled", twice(one_of_two_keys())),
        ("kms-quota-used-up", twice(quota)),
        (
            "kms-wrong-key",
            twice(failed(
                "IncorrectKeyException",
                Some(
                    "The key ID in the request does not identify a CMK that can perform this operation.",
                ),
            )),
        ),
        (
            "kms-bad-ciphertext",
            twice(failed("InvalidCiphertextException", None)),
        ),
        ("kms-not-found", twice(not_found)),
        (
            "kms-throttled",
            twice(failed(
                "ThrottlingException",
                Some(
                    "You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls.",
                ),
            )),
        ),
        (
            "kms-unknown-error",
            twice(failed(
                "NovelException",
                Some("Something that nobody has seen before."),
            )),
        ),
    ]
}

/// Thirty calls failed for another reason than the first one.
fn two_states() -> RenderInput {
    let in_state = |number: u32| {
        let state = if number == 0 {
            "pending deletion"
        } else {
            "unavailable"
        };
        let mut record = failed(
            "KMSInvalidStateException",
            Some(&format!("{KEY} is {state}.")),
        );
        merge(
            &mut record,
            &json!({"eventTime": format!("2026-11-20T02:15:{number:02}Z"),
                "eventID": format!("a93e5b71-0c4d-4e86-b2f9-{number:012x}")}),
        );
        record
    };
    let records: Vec<Value> = (0..31).map(in_state).collect();
    default_alarm(&records).evidence(|evidence| evidence.records.truncate(1))
}

/// `ReEncrypt` has two keys, and the message names the second.
fn one_of_two_keys() -> Value {
    let other = KEY.replace("1b2c3d4e", "0f1e2d3c");
    let mut record = failed("DisabledException", Some(&format!("{other} is disabled.")));
    merge(
        &mut record,
        &json!({"eventName": "ReEncrypt",
            "requestParameters": {"keyId": null, "sourceKeyId": KEY, "destinationKeyId": other},
            "resources": [{"accountId": "111122223333", "type": "AWS::KMS::Key", "ARN": KEY},
                {"accountId": "111122223333", "type": "AWS::KMS::Key", "ARN": other}]}),
    );
    record
}
