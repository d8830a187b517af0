//! Kinds of callers.

use cloudtrail_alarms_testkit::records::merge;
use serde_json::{Value, json};

use super::other_alarms::catalogue;
use super::{ON_KEY, twice};
use crate::input::{KEY, RenderInput, TASK, default_alarm, definition, denied, failed, input};

/// A caller whose account is another, through a service.
pub(super) fn guest() -> Value {
    let mut guest = denied(&format!(
        "{ON_KEY} because no resource-based policy allows the kms:Decrypt action"
    ));
    let message = guest["errorMessage"].as_str().unwrap();
    let elsewhere = "arn:aws:sts::444455556666:assumed-role/deployment/deploy";
    let whom = format!("arn:aws:sts::111122223333:assumed-role/pattern1-application-task/{TASK}");
    guest["errorMessage"] = json!(message.replace(&whom, elsewhere));
    guest["userIdentity"] = json!({"type": "AWSAccount", "principalId": "AROAEXAMPLE:deploy",
        "accountId": "444455556666", "invokedBy": "AWS Internal"});
    guest
}

/// A call that worked, made by a service.
fn worked() -> RenderInput {
    let mut deletion = failed("", None);
    merge(
        &mut deletion,
        &json!({"eventName": "ScheduleKeyDeletion", "errorCode": null, "errorMessage": null,
            "sourceIPAddress": "cloudformation.amazonaws.com",
            "userIdentity": {"invokedBy": "cloudformation.amazonaws.com"},
            "requestParameters": {"encryptionContext": null, "pendingWindowInDays": 7}}),
    );
    let deletions = definition(&catalogue(
        "cis-3.0-4.7-kms-disable-or-delete-cmk",
        "KeysDisabledOrDeleted",
    ));
    input(deletions, &[deletion])
}

/// A denied call whose account, caller and key are of this account.
fn of_account(account: &str) -> Value {
    let record = denied(&format!(
        "{ON_KEY} because no identity-based policy allows the kms:Decrypt action"
    ));
    serde_json::from_str(&record.to_string().replace("111122223333", account)).unwrap()
}

/// Calls in two accounts of an organization.
pub(super) fn in_two_accounts() -> RenderInput {
    default_alarm(&[of_account("111122223333"), of_account("444455556666")])
}

pub(super) fn callers() -> Vec<(&'static str, RenderInput)> {
    let mut service = denied(&format!(
        "{ON_KEY} because no identity-based policy allows the kms:Decrypt action"
    ));
    merge(
        &mut service,
        &json!({
            "userIdentity": {"invokedBy": "secretsmanager.amazonaws.com"},
            "sourceIPAddress": "secretsmanager.amazonaws.com",
            "userAgent": "secretsmanager.amazonaws.com",
            "requestParameters": {"encryptionContext": {
                "SecretARN": "arn:aws:secretsmanager:ap-southeast-2:111122223333:secret:orders/database-a1B2c3",
                "SecretVersionId": "8f4c2d1e-0b9a-4876-a5c4-d3e2f1a0b9c8",
            }},
        }),
    );
    let foreign =
        "arn:aws:kms:ap-southeast-2:444455556666:key/mrk-0f1e2d3c4b5a69788796a5b4c3d2e1f0";
    let cross_account = denied(&format!(
        "on resource: {foreign} because no resource-based policy allows the kms:Decrypt action"
    ));
    let mut endpoint = failed("DisabledException", Some(&format!("{KEY} is disabled.")));
    merge(
        &mut endpoint,
        &json!({"vpcEndpointId": "vpce-0a1b2c3d4e5f60718", "vpcEndpointAccountId": "111122223333"}),
    );
    let mut user = of_account("111122223333");
    user["userIdentity"] = json!({"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/ops/bob",
        "accountId": "111122223333", "accessKeyId": "AKIAIOSFODNN7EXAMPLE", "userName": "bob"});
    let mut on_its_own = of_account("111122223333");
    on_its_own["userIdentity"] = json!({"type": "AWSService", "invokedBy": "rds.amazonaws.com"});
    on_its_own["sourceIPAddress"] = json!("rds.amazonaws.com");
    let hidden = denied(
        "on the resource associated with this ciphertext because no identity-based policy allows the kms:Decrypt action",
    );
    let another_user = |number: u8| {
        let forbidden = format!(
            "on resource: {} with an explicit deny in a service control policy: \
             arn:aws:organizations::999988887777:policy/o-a1b2c3d4e5/service_control_policy/p-{number}",
            KEY.replace("1b2c", &format!("000{number}"))
        );
        let mut record = denied(&forbidden);
        let role = format!("arn:aws:iam::111122223333:role/role-{number}");
        merge(
            &mut record,
            &json!({
                "userIdentity": {
                    "arn": format!("arn:aws:sts::111122223333:assumed-role/role-{number}/{TASK}"),
                    "accessKeyId": format!("ASIAIOSFODNN7EXAMPL{number}"),
                    "invokedBy": format!("service{number}.amazonaws.com"),
                    "sessionContext": {"sessionIssuer": {"arn": role}},
                },
                "eventID": format!("a93e5b71-0c4d-4e86-b2f9-{number:012x}"),
            }),
        );
        record
    };
    vec![
        ("kms-in-two-accounts-of-an-organization", in_two_accounts()),
        ("kms-denied-user", twice(user)),
        ("kms-denied-service", twice(on_its_own)),
        (
            "kms-key-named-by-one-of-two",
            default_alarm(&[
                hidden,
                denied(&format!(
                    "{ON_KEY} because no identity-based policy allows the kms:Decrypt action"
                )),
            ]),
        ),
        (
            "kms-many-of-everything",
            default_alarm(&(0..5).map(another_user).collect::<Vec<_>>()),
        ),
        ("kms-called-from-another-account", twice(guest())),
        ("kms-worked-by-a-service", worked()),
        ("kms-by-a-service", twice(service)),
        ("kms-cross-account", twice(cross_account)),
        ("kms-through-a-vpc-endpoint", twice(endpoint)),
    ]
}
