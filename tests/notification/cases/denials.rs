//! Denied KMS calls: the policy types that deny.

use cloudtrail_alarms_testkit::records::merge;
use serde_json::json;

use super::{ON_KEY, twice};
use crate::input::{RenderInput, denied};

pub(super) fn denials() -> Vec<(&'static str, RenderInput)> {
    let no_allow = |kind: &str| {
        twice(denied(&format!(
            "{ON_KEY} because no {kind} allows the kms:Decrypt action"
        )))
    };
    let deny = |kind: &str| twice(denied(&format!("{ON_KEY} with an explicit deny in {kind}")));
    let scp = "a service control policy: arn:aws:organizations::444455556666:policy/o-a1b2c3d4e5/\
               service_control_policy/p-f6g7h8i9";
    let mut alias = denied(
        "on resource: arn:aws:kms:ap-southeast-2:111122223333:alias/orders because no identity-based policy allows \
         the kms:DeleteAlias action",
    );
    let message = alias["errorMessage"].as_str().unwrap();
    let message = message.replace("kms:Decrypt", "kms:DeleteAlias");
    merge(
        &mut alias,
        &json!({"eventName": "DeleteAlias", "errorMessage": message}),
    );
    let mut silent = denied("");
    silent["errorMessage"] = json!(null);
    let mut endpoint = denied(&format!(
        "{ON_KEY} because no VPC endpoint policy allows the kms:Decrypt action"
    ));
    merge(
        &mut endpoint,
        &json!({"vpcEndpointId": "vpce-0a1b2c3d4e5f60718", "vpcEndpointAccountId": "111122223333"}),
    );
    vec![
        (
            "kms-denied-identity-policy",
            no_allow("identity-based policy"),
        ),
        ("kms-denied-key-policy", no_allow("resource-based policy")),
        ("kms-denied-session-policy", no_allow("session policy")),
        (
            "kms-denied-permissions-boundary",
            no_allow("permissions boundary"),
        ),
        ("kms-denied-vpc-endpoint-policy", twice(endpoint)),
        (
            "kms-denied-service-control-policy",
            no_allow("service control policy"),
        ),
        (
            "kms-forbidden-identity-policy",
            deny("an identity-based policy"),
        ),
        ("kms-forbidden-key-policy", deny("a resource-based policy")),
        ("kms-forbidden-session-policy", deny("a session policy")),
        (
            "kms-forbidden-permissions-boundary",
            deny("a permissions boundary"),
        ),
        (
            "kms-forbidden-vpc-endpoint-policy",
            deny("a VPC endpoint policy"),
        ),
        ("kms-forbidden-service-control-policy", deny(scp)),
        (
            "kms-forbidden-resource-control-policy",
            deny("a resource control policy"),
        ),
        (
            "kms-denied-key-of-ciphertext",
            twice(denied(
                "on the resource associated with this ciphertext because no identity-based policy allows the \
                 kms:Decrypt action",
            )),
        ),
        (
            "kms-denied-or-not-there",
            twice(denied(
                "on this resource because the resource does not exist in this Region, no resource-based policies allow \
                 access, or a resource-based policy explicitly denies access",
            )),
        ),
        (
            "kms-denied-unknown-wording",
            twice(denied(&format!("{ON_KEY} since the moon is full"))),
        ),
        ("kms-denied-without-a-reason", twice(silent)),
        ("kms-denied-alias", twice(alias)),
    ]
}
