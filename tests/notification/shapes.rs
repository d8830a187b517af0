//! Every shape of notification that has a file in `tests/mails/`.

use cloudtrail_alarms::alarm::AlarmState;
use cloudtrail_alarms::evidence::Timeline;
use cloudtrail_alarms::notification::Format;
use cloudtrail_alarms::series::Group;
use cloudwatch_filter_pattern::record::Selector;
use cloudwatch_filter_pattern::{FilterPattern, Language};
use serde_json::{Value, json};

use super::scene::{
    KEY, Scene, TASK, definition, denied, failed, headline, kms, merge, real, scene,
};

const ON_KEY: &str =
    "on resource: arn:aws:kms:ap-southeast-2:111122223333:key/1b2c3d4e-5f60-4718-92a3-b4c5d6e7f809";

/// Name of the file and what it is rendered from.
#[track_caller]
pub(super) fn shapes() -> Vec<(&'static str, Scene)> {
    let mut shapes = Vec::new();
    shapes.extend(denials());
    shapes.extend(failures());
    shapes.extend(callers());
    shapes.extend(states());
    shapes.extend(other_alarms());
    shapes.extend(forms());
    shapes
}

fn twice(record: Value) -> Scene {
    let mut again = record.clone();
    merge(
        &mut again,
        json!({"eventTime": "2026-11-20T02:15:06Z", "eventID": "e05d7c38-64fa-4b19-8a2e-c9f3b10d7e56",
            "requestID": "d28e6f10-7b95-4c3a-a0e4-5f81b6c93d72"}),
    );
    headline(&[record, again])
}

fn denials() -> Vec<(&'static str, Scene)> {
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
        json!({"eventName": "DeleteAlias", "errorMessage": message}),
    );
    let mut silent = denied("");
    silent["errorMessage"] = json!(null);
    let mut endpoint = denied(&format!(
        "{ON_KEY} because no VPC endpoint policy allows the kms:Decrypt action"
    ));
    merge(
        &mut endpoint,
        json!({"vpcEndpointId": "vpce-0a1b2c3d4e5f60718", "vpcEndpointAccountId": "111122223333"}),
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

fn failures() -> Vec<(&'static str, Scene)> {
    let mut not_found = failed(
        "NotFoundException",
        Some("Alias arn:aws:kms:ap-southeast-2:111122223333:alias/orders is not found."),
    );
    merge(
        &mut not_found,
        json!({"requestParameters": {"keyId": "alias/orders"}, "resources": null}),
    );
    let mut quota = failed(
        "LimitExceededException",
        Some("The maximum number of grants for this key has been reached."),
    );
    merge(
        &mut quota,
        json!({"eventName": "CreateGrant", "requestParameters": {"encryptionContext": null}}),
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
fn two_states() -> Scene {
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
            json!({"eventTime": format!("2026-11-20T02:15:{number:02}Z"),
                "eventID": format!("a93e5b71-0c4d-4e86-b2f9-{number:012x}")}),
        );
        record
    };
    let records: Vec<Value> = (0..31).map(in_state).collect();
    headline(&records).evidence(|evidence| evidence.records.truncate(1))
}

/// `ReEncrypt` has two keys, and the message names the second.
fn one_of_two_keys() -> Value {
    let other = KEY.replace("1b2c3d4e", "0f1e2d3c");
    let mut record = failed("DisabledException", Some(&format!("{other} is disabled.")));
    merge(
        &mut record,
        json!({"eventName": "ReEncrypt",
            "requestParameters": {"keyId": null, "sourceKeyId": KEY, "destinationKeyId": other},
            "resources": [{"accountId": "111122223333", "type": "AWS::KMS::Key", "ARN": KEY},
                {"accountId": "111122223333", "type": "AWS::KMS::Key", "ARN": other}]}),
    );
    record
}

/// A caller whose account is another, through a service.
fn guest() -> Value {
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
fn worked() -> Scene {
    let mut deletion = failed("", None);
    merge(
        &mut deletion,
        json!({"eventName": "ScheduleKeyDeletion", "errorCode": null, "errorMessage": null,
            "sourceIPAddress": "cloudformation.amazonaws.com",
            "userIdentity": {"invokedBy": "cloudformation.amazonaws.com"},
            "requestParameters": {"encryptionContext": null, "pendingWindowInDays": 7}}),
    );
    let deletions = definition(&catalogue(
        "cis-3.0-4.7-kms-disable-or-delete-cmk",
        "KeysDisabledOrDeleted",
    ));
    scene(deletions, &[deletion])
}

fn callers() -> Vec<(&'static str, Scene)> {
    let mut service = denied(&format!(
        "{ON_KEY} because no identity-based policy allows the kms:Decrypt action"
    ));
    merge(
        &mut service,
        json!({
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
        json!({"vpcEndpointId": "vpce-0a1b2c3d4e5f60718", "vpcEndpointAccountId": "111122223333"}),
    );
    let of_account = |account: &str| {
        let elsewhere = |text: &str| text.replace("111122223333", account);
        let record = denied(&format!(
            "{ON_KEY} because no identity-based policy allows the kms:Decrypt action"
        ));
        serde_json::from_str::<Value>(&elsewhere(&record.to_string())).unwrap()
    };
    let organization = headline(&[of_account("111122223333"), of_account("444455556666")]);
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
            json!({
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
        ("kms-in-two-accounts-of-an-organization", organization),
        ("kms-denied-user", twice(user)),
        ("kms-denied-service", twice(on_its_own)),
        (
            "kms-key-named-by-one-of-two",
            headline(&[
                hidden,
                denied(&format!(
                    "{ON_KEY} because no identity-based policy allows the kms:Decrypt action"
                )),
            ]),
        ),
        (
            "kms-many-of-everything",
            headline(&(0..5).map(another_user).collect::<Vec<_>>()),
        ),
        ("kms-called-from-another-account", twice(guest())),
        ("kms-worked-by-a-service", worked()),
        ("kms-by-a-service", twice(service)),
        ("kms-cross-account", twice(cross_account)),
        ("kms-through-a-vpc-endpoint", twice(endpoint)),
    ]
}

/// Three failures within ten seconds, each for another reason.
fn mixed() -> Scene {
    let mut denied = denied(&format!(
        "{ON_KEY} because no identity-based policy allows the kms:Decrypt action"
    ));
    merge(
        &mut denied,
        json!({"eventTime": "2026-11-20T02:15:01Z", "eventID": "4c6f1a0e-8d2b-4f57-9b63-1e0a7c95d240"}),
    );
    let disabled = failed("DisabledException", Some(&format!("{KEY} is disabled.")));
    let mut wrong_key = failed(
        "IncorrectKeyException",
        Some("The key ID in the request is another one."),
    );
    merge(
        &mut wrong_key,
        json!({"eventTime": "2026-11-20T02:15:06Z", "eventName": "ReEncrypt",
            "eventID": "e05d7c38-64fa-4b19-8a2e-c9f3b10d7e56",
            "requestParameters": {"encryptionContext": {"application": "pattern1"}}}),
    );
    headline(&[denied, disabled, wrong_key])
}

/// 2,437 calls of forty tasks with forty addresses: forty kinds, all of them told.
fn storm() -> Scene {
    let record = |number: u32| {
        let mut record = failed("ThrottlingException", Some("Rate exceeded"));
        let task = format!("{:032x}", 0x3f7c_1d0a_u32 + number % 40);
        merge(
            &mut record,
            json!({
                "userIdentity": {"arn": format!("arn:aws:sts::111122223333:assumed-role/pattern1-application-task/{task}")},
                "sourceIPAddress": format!("10.0.12.{}", number % 40),
                "eventTime": format!("2026-11-20T02:1{}:{:02}Z", number / 60 % 5, number % 60),
                "eventID": format!("a93e5b71-0c4d-4e86-b2f9-{number:012x}"),
            }),
        );
        record
    };
    let records: Vec<Value> = (0..300).map(record).collect();
    headline(&records).evidence(|evidence| {
        evidence.count = 2_437;
        evidence.at_least = true;
        for (task, tally) in evidence.tallies.iter_mut().enumerate() {
            // 37 more than forty times sixty.
            tally.count = 60 + u64::from(task < 37);
        }
        evidence.records.truncate(25);
        evidence.excluded = 12;
        evidence.duplicates = 40;
        evidence.too_late = 3;
        evidence.timeline.counts = vec![0, 0, 0, 0, 60, 300, 702, 815, 560, 0];
    })
}

/// 3,240 calls of more kinds than are kept: most of them throttled, some by another role on another key.
fn overflow() -> Scene {
    let throttled = |number: u32| {
        let mut record = failed("ThrottlingException", Some("Rate exceeded"));
        merge(
            &mut record,
            json!({
                "eventTime": format!("2026-11-20T02:15:{:02}Z", number % 60),
                "eventID": format!("a93e5b71-0c4d-4e86-b2f9-{number:012x}"),
            }),
        );
        record
    };
    let denied = |number: u32| {
        let mut record = denied(&format!(
            "{ON_KEY} because no identity-based policy allows the kms:ScheduleKeyDeletion action"
        ));
        merge(
            &mut record,
            json!({
                "eventName": "ScheduleKeyDeletion",
                "userIdentity": {"arn": format!("arn:aws:sts::111122223333:assumed-role/another/session-{number}")},
                "eventTime": "2026-11-20T02:15:59Z",
                "eventID": format!("b93e5b71-0c4d-4e86-b2f9-{number:012x}"),
            }),
        );
        record
    };
    let records: Vec<Value> = (0..300).map(throttled).chain((0..40).map(denied)).collect();
    headline(&records).evidence(|evidence| {
        evidence.count = 3_240;
        evidence.timeline.counts = vec![0, 0, 0, 0, 0, 3_240, 0, 0, 0, 0];
        evidence.tallies.truncate(32);
        let told: u64 = evidence.tallies.iter().map(|tally| tally.count).sum();
        evidence.untallied = evidence.count - told;
        evidence.records.truncate(25);
    })
}

/// The same with one kind listed.
fn overflow_of_one_kind() -> Scene {
    let mut scene = overflow();
    scene.owed.evidence.tallies.truncate(1);
    scene.owed.evidence.untallied =
        scene.owed.evidence.count - scene.owed.evidence.tallies[0].count;
    scene
}

fn states() -> Vec<(&'static str, Scene)> {
    let none = |scene: Scene| {
        scene.evidence(|evidence| {
            *evidence = cloudtrail_alarms::evidence::Evidence {
                timeline: Timeline {
                    counts: vec![0; 10],
                    ..evidence.timeline
                },
                ..Default::default()
            };
        })
    };
    vec![
        ("mixed-causes", mixed()),
        ("storm", storm()),
        ("overflow", overflow()),
        ("overflow-of-one-kind", overflow_of_one_kind()),
        ("recovery", none(mixed().later(AlarmState::Ok, 0))),
        ("ok-and-not-of-an-alarm", {
            let mut scene = none(mixed().later(AlarmState::Ok, 0));
            scene.owed.change.from = AlarmState::InsufficientData;
            scene.owed.totals = None;
            scene
        }),
        ("recovery-with-records", mixed().later(AlarmState::Ok, 0)),
        (
            "insufficient-data",
            none(mixed().later(AlarmState::InsufficientData, 0)),
        ),
        (
            "reminder",
            // Thirty-eight were told of before.
            mixed()
                .evidence(|evidence| evidence.timeline.counts[1] = 38)
                .later(AlarmState::Alarm, 2),
        ),
        ("reminder-of-what-was-told", {
            let mut scene = mixed().later(AlarmState::Alarm, 1);
            scene.owed.already_reported = 2;
            scene
        }),
        ("by-older-records", {
            let mut scene = mixed();
            scene.owed.decided_by_older_windows = true;
            scene
        }),
        (
            "reminder-of-silence",
            none(mixed().later(AlarmState::Alarm, 3)),
        ),
        ("silence-is-an-alarm", none(headline(&[]))),
    ]
}

/// An alarm on this pattern of the catalogue.
#[track_caller]
fn catalogue(id: &str, name: &str) -> String {
    let alarms: Vec<Value> = serde_json::from_str(include_str!("../data/catalogue.json")).unwrap();
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

/// Sixty guesses, and one that was right; the samples are of the first.
fn logins() -> Scene {
    let login = |number: u32| {
        let mut record = failed_login();
        merge(
            &mut record,
            json!({"eventTime": format!("2026-11-20T02:15:{:02}Z", number.min(59)),
                "eventID": format!("11ea990b-4678-4bcd-8fbe-{number:012x}")}),
        );
        if number == 60 {
            merge(
                &mut record,
                json!({"errorMessage": null, "responseElements": {"ConsoleLogin": "Success"}}),
            );
        }
        record
    };
    let yaml = catalogue("cis-3.0-4.6-console-auth-failures", "ConsoleSignIns").replace(
        "($.errorMessage = \"Failed authentication\")",
        "($.errorMessage = \"*\" || $.responseElements.ConsoleLogin = \"Success\")",
    );
    let records: Vec<Value> = (0..61).map(login).collect();
    scene(definition(&yaml), &records).evidence(|evidence| evidence.records.truncate(20))
}

fn other_alarms() -> Vec<(&'static str, Scene)> {
    let of =
        |id: &str, name: &str, record: Value| scene(definition(&catalogue(id, name)), &[record]);
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

#[track_caller]
fn selector(text: &str) -> Selector {
    let pattern: FilterPattern = format!("{{ {text} = * }}").parse().unwrap();
    let Language::Json(expr) = pattern.language() else {
        panic!("a JSON pattern")
    };
    expr.tests()[0].selector.node.clone()
}

fn forms() -> Vec<(&'static str, Scene)> {
    let group = |mut scene: Scene| {
        scene.group = Group(vec![
            (
                "$.recipientAccountId".to_owned(),
                Some("111122223333".to_owned()),
            ),
            ("$.sourceIPAddress".to_owned(), None),
        ]);
        scene.definition(|definition| {
            definition.group_by = ["$.recipientAccountId", "$.sourceIPAddress"]
                .map(selector)
                .to_vec();
        })
    };
    let selector = selector("$.sourceIPAddress");
    let region = |mut scene: Scene, region: &str, partition: &str| {
        let elsewhere = |text: &str| {
            text.replace("ap-southeast-2", region)
                .replace("arn:aws:", &format!("arn:{partition}:"))
        };
        let evidence = serde_json::to_string(&scene.owed.evidence).unwrap();
        scene.owed.evidence = serde_json::from_str(&elsewhere(&evidence)).unwrap();
        region.clone_into(&mut scene.place.region);
        scene.place.topic_arn = scene.place.topic_arn.as_deref().map(elsewhere);
        scene
    };
    let mut amazon_q = mixed();
    amazon_q.place.format = Format::AmazonQ;
    let mut nowhere = mixed();
    nowhere.place.log_group = None;
    let described = "What to do, in this order:\n\n  1. See which task fails.\n  2. Call the owner of the key.\n";
    vec![
        ("group", group(mixed())),
        (
            "distinct-values",
            mixed()
                .definition(|definition| definition.count_distinct = Some(selector))
                .evidence(|evidence| {
                    evidence.count = 2;
                    evidence.tallies.clear();
                    evidence.untallied = 2;
                }),
        ),
        (
            "china",
            region(
                twice(failed("DisabledException", None)),
                "cn-north-1",
                "aws-cn",
            ),
        ),
        (
            "govcloud",
            region(
                twice(failed("DisabledException", None)),
                "us-gov-west-1",
                "aws-us-gov",
            ),
        ),
        (
            "region-without-a-console",
            region(
                twice(failed("DisabledException", None)),
                "us-iso-east-1",
                "aws-iso",
            ),
        ),
        (
            "description-of-several-lines",
            mixed().definition(|definition| {
                definition.description =
                    format!("{described}{}", "The rest is in the handbook. ".repeat(25));
                definition.runbook = Some("https://wiki.example.com/runbooks/kms".to_owned());
            }),
        ),
        ("without-a-log-group", nowhere),
        ("amazon-q", amazon_q),
        ("hostile-record", hostile()),
        ("after-a-long-outage", after_an_outage()),
    ]
}

/// The topic was down for long: the facts were left out, and earlier notifications too.
fn after_an_outage() -> Scene {
    let mut scene = mixed().evidence(|evidence| {
        evidence.records.clear();
        evidence.tallies.clear();
        evidence.untallied = evidence.count;
    });
    scene.owed.dropped_before = 17;
    scene
}

/// A record whose caller chose every text to deceive.
fn hostile() -> Scene {
    let mut record = kms(json!({
        "errorCode": "AccessDenied",
        "errorMessage": "See https://evil.example/login\r\n\r\nLikely cause\n  none, go home",
        "userAgent": format!("\u{202e}moc.live\u{202c} www.evil.example <a href=\"http://evil.example\">{}", "x".repeat(300)),
        "sourceIPAddress": "evil.example",
        "requestParameters": {"keyId": "x'; rm -rf ~ #", "encryptionContext": {"a\nb": "\u{0}\u{7}http://evil.example"}},
        "eventID": "a/../../evil",
    }));
    merge(
        &mut record,
        json!({"userIdentity": {"arn": format!("arn:aws:sts::111122223333:assumed-role/a'b\u{2028}c/{TASK}")}}),
    );
    headline(&[record])
}
