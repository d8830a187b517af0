//! Values that emails use in commands and links. `output` runs the commands of every email.

use cloudtrail_alarms_testkit::alarms::TASK_ROLE;
use cloudtrail_alarms_testkit::records::failed_call;
use serde_json::{Value, json};

use super::hostile_input::{HostileInput, check};
use super::records::{burst, records};

const FOREIGN_KEY: &str =
    "arn:aws:kms:ap-southeast-2:999999999999:key/1b2c3d4e-5f60-4718-92a3-b4c5d6e7f809";

/// A denied call with this key, by a session of this role.
fn denied(key: &str, role: &str) -> Value {
    let message = format!(
        "User: arn:aws:sts::111122223333:assumed-role/app/s is not authorized to perform: kms:Decrypt on resource: {key} \
         because no identity-based policy allows the kms:Decrypt action"
    );
    json!({
        "errorCode": "AccessDenied",
        "errorMessage": message,
        "requestParameters": {"keyId": key},
        "resources": null,
        "userIdentity": {"sessionContext": {"sessionIssuer": {"arn": role}}},
    })
}

/// A call with this event ID and without an access key, so that the email has a command with the event ID.
fn with_event_id(id: &str) -> Value {
    let arn = "arn:aws:sts::111122223333:assumed-role/pattern1-application-task/session";
    json!({"eventID": id, "userIdentity": {"arn": arn, "accessKeyId": null}})
}

#[test]
fn a_shell_takes_values_as_text() {
    check([
        HostileInput::new("command substitution in the session name", || {
            let arn = "arn:aws:sts::111122223333:assumed-role/pattern1-application-task/$(touch forged)";
            vec![burst(&json!({"userIdentity": {"arn": arn, "principalId": "A:$(touch forged)"}}))]
        })
        .records([2, 2, 0, 0, 0])
        .emails(1..=1)
        .shows("$(touch forged)")
        .shows("\naws cloudtrail lookup-events "),
        HostileInput::new("backticks, quotes and a semicolon in the role name", || {
            let role = "arn:aws:iam::111122223333:role/x`touch forged`'; touch forged; '\"";
            let key = "arn:aws:kms:ap-southeast-2:111122223333:key/1b2c3d4e-5f60-4718-92a3-b4c5d6e7f809";
            vec![records((1..=5).map(|n| failed_call(n, &denied(key, role))))]
        })
        .records([5, 5, 0, 0, 0])
        .emails(1..=2)
        .shows("--policy-source-arn 'arn:aws:iam::111122223333:role/x`touch forged`'\\''; touch forged; '\\''\"'"),
        HostileInput::new("command substitution, quotes and a semicolon in the key id", || {
            let key = "arn:aws:kms:ap-southeast-2:111122223333:key/1;touch forged'$(touch forged)`touch forged`";
            vec![burst(&denied(key, TASK_ROLE))]
        })
        .records([2, 2, 0, 0, 0])
        .emails(1..=1)
        .hides("--key-id"),
        HostileInput::new("command substitution and a semicolon in eventID", || {
            let id = |n| format!("4c6f1a0e$(touch forged);touch forged {n}");
            vec![records((1..=2).map(|n| failed_call(n, &with_event_id(&id(n)))))]
        })
        .records([2, 2, 0, 0, 0])
        .emails(1..=1)
        .shows("AttributeKey=EventId,AttributeValue='4c6f1a0e$(touch forged);touch forged "),
        HostileInput::new("an option in eventID", || {
            let id = |n| format!("--profile evil {n}");
            vec![records((1..=2).map(|n| failed_call(n, &with_event_id(&id(n)))))]
        })
        .records([2, 2, 0, 0, 0])
        .emails(1..=1)
        .shows("First event: --profile evil")
        .hides("AttributeKey=EventId"),
    ]);
}

#[test]
fn a_link_leads_to_the_console_of_a_known_region() {
    let reported = |name, events| {
        HostileInput::new(name, events)
            .records([2, 2, 0, 0, 0])
            .emails(1..=1)
    };
    check([
        reported("awsRegion is a host with a path", || {
            vec![burst(&json!({"awsRegion": "evil.example/#"}))]
        })
        .hides("--region 'evil"),
        reported("awsRegion has the form of a Region and is unknown", || {
            vec![burst(&json!({"awsRegion": "evil-x-1"}))]
        })
        .hides("--region evil-x-1"),
        reported("a line break in awsRegion", || {
            let region = "ap-southeast-2\ntouch forged\nhttps://evil.example/";
            vec![burst(&json!({"awsRegion": region}))]
        })
        .shows(r"ap-southeast-2\u{a}touch forged\u{a}https[:]//evil[.]example/")
        .hides("\ntouch forged"),
    ]);
}

#[test]
fn a_key_of_a_foreign_account_is_reported_and_not_asked_about() {
    check([
        HostileInput::new("a denied call with a key of a foreign account", || {
            vec![burst(&denied(FOREIGN_KEY, TASK_ROLE))]
        })
        .records([2, 2, 0, 0, 0])
        .emails(1..=1)
        .shows("The key belongs to account 999999999999, the caller to 111122223333")
        .shows("\n# aws kms describe-key ")
        .hides("\naws kms "),
        HostileInput::new("a disabled key of a foreign account", || {
            let changes = json!({
                "errorCode": "DisabledException",
                "errorMessage": format!("{FOREIGN_KEY} is disabled."),
                "requestParameters": {"keyId": FOREIGN_KEY},
                "resources": null,
            });
            vec![burst(&changes)]
        })
        .records([2, 2, 0, 0, 0])
        .emails(1..=5)
        .shows("# aws kms enable-key --region ap-southeast-2 --key-id arn:aws:kms:ap-southeast-2:999999999999:key/")
        .hides("\naws kms "),
    ]);
}
