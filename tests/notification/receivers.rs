//! Notifications, as other programs read them.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use aws_lambda_events::sns::{CloudWatchAlarmPayload, SnsEvent, SnsEventObj};
use cloudtrail_alarms::alarm::AlarmState;
use cloudtrail_alarms::notification::{Format, Notification};
use serde_json::{Value, json};

use crate::cases::{cases, cloudwatch_cases};

/// The event that a Lambda function gets which is subscribed to the topic.
pub(crate) fn event(notification: &Notification) -> Value {
    let attributes: serde_json::Map<String, Value> = (notification.attributes.iter())
        .map(|(name, value)| {
            (
                (*name).to_owned(),
                json!({"Type": "String", "Value": value}),
            )
        })
        .collect();
    json!({"Records": [{
        "EventSource": "aws:sns",
        "EventVersion": "1.0",
        "EventSubscriptionArn": "arn:aws:sns:ap-southeast-2:111122223333:alarms:4e7b2f0a-9c1d-4f3e-8a6b-5d2c1e0f9a8b",
        "Sns": {
            "Type": "Notification",
            "MessageId": "95df01b4-ee98-5cb9-9903-4c221d41eb5e",
            "TopicArn": "arn:aws:sns:ap-southeast-2:111122223333:alarms",
            "Subject": notification.subject,
            "Message": notification.default,
            "Timestamp": "2026-11-20T02:20:11.123Z",
            "SignatureVersion": "1",
            "Signature": "EXAMPLE",
            "SigningCertUrl": "EXAMPLE",
            "UnsubscribeUrl": "EXAMPLE",
            "MessageAttributes": attributes,
        },
    }]})
}

#[test]
fn aws_lambda_events_reads_the_alarm() {
    for (name, input) in cloudwatch_cases() {
        let event = event(&input.render()).to_string();
        let event: SnsEventObj<CloudWatchAlarmPayload> =
            serde_json::from_str(&event).unwrap_or_else(|error| panic!("{name}: {error}"));
        let alarm = &event.records[0].sns.message;
        assert_eq!(alarm.alarm_name, input.definition.name, "{name}");
        assert_eq!(
            alarm.new_state_value,
            input.pending.change.to.as_str(),
            "{name}"
        );
        assert_eq!(
            alarm.new_state_reason, input.pending.change.reason,
            "{name}"
        );
        assert!(
            (alarm.trigger.threshold - input.definition.settings.threshold).abs() < f64::EPSILON,
            "{name}"
        );
        assert_eq!(
            alarm.trigger.metric_name.as_deref(),
            Some(input.definition.metric_name.as_str()),
            "{name}"
        );
        assert_eq!(
            alarm.trigger.dimensions.len(),
            input.group.0.len(),
            "{name}"
        );
    }
}

#[test]
fn the_attributes_are_texts_that_a_filter_policy_can_ask_for() {
    for (name, input) in cloudwatch_cases() {
        let notification = input.render();
        let event: SnsEvent = serde_json::from_str(&event(&notification).to_string()).unwrap();
        let attributes = &event.records[0].sns.message_attributes;
        // A filter policy takes more; raw delivery to SQS takes no more than ten (SNS Developer Guide).
        assert!(attributes.len() <= 10, "{name}");
        for key in ["alarm", "state", "id", "account", "region"] {
            assert!(!attributes[key].value.is_empty(), "{name}: {key}");
        }
        assert_eq!(attributes["id"].value, input.pending.id, "{name}");
    }
}

/// alerta and a forwarder to Slack, as pip installs them.
#[test]
fn receivers_of_others_read_the_alarm() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let python = root.join(".tools/receivers/bin/python");
    let mut receivers = Command::new(&python)
        .arg(root.join("tests/notification/receivers.py"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| {
            panic!("{}: {error}; run scripts/tools receivers", python.display())
        });
    let cases = cloudwatch_cases();
    let mut stdin = receivers.stdin.take().unwrap();
    for (_, input) in &cases {
        writeln!(stdin, "{}", event(&input.render())).unwrap();
    }
    drop(stdin);
    let output = receivers.wait_with_output().unwrap();
    assert!(
        output.status.success(),
        "see what the receivers wrote above"
    );
    let answers = String::from_utf8(output.stdout).unwrap();
    assert_eq!(answers.lines().count(), cases.len());
    for (answer, (name, input)) in answers.lines().zip(&cases) {
        let answer: Value = serde_json::from_str(answer).unwrap();
        let (alerta, slack) = (&answer["alerta"], &answer["slack"]);
        assert_eq!(alerta["event"], input.definition.name.as_str(), "{name}");
        assert_eq!(
            alerta["text"],
            input.definition.description.as_str(),
            "{name}"
        );
        assert_eq!(
            alerta["group"],
            input.definition.namespace.as_str(),
            "{name}"
        );
        assert_eq!(alerta["service"], json!(["111122223333"]), "{name}");
        let (severity, color) = match input.pending.change.to {
            AlarmState::Alarm => ("major", "danger"),
            AlarmState::Ok => ("normal", "good"),
            AlarmState::InsufficientData => ("warning", "warning"),
        };
        assert_eq!(
            (&alerta["severity"], &slack["color"]),
            (&json!(severity), &json!(color)),
            "{name}"
        );
        assert_eq!(
            slack["Alarm Name"],
            input.definition.name.as_str(),
            "{name}"
        );
        let trigger = slack["Trigger"].as_str().unwrap();
        assert!(
            trigger.starts_with(&format!("SUM of {} Greater", input.definition.metric_name)),
            "{name}: {trigger}"
        );
    }
}

/// Amazon Q Developer drops, without a word, what is not of this schema (its administrator guide, "Custom notifications").
#[test]
fn a_custom_notification_of_amazon_q_has_its_keys_and_no_other() {
    for (name, mut input) in cases() {
        input.context.format = Format::AmazonQ;
        let custom: Value = serde_json::from_str(&input.render().default).unwrap();
        let keys =
            |value: &Value| -> Vec<String> { value.as_object().unwrap().keys().cloned().collect() };
        assert_eq!(
            keys(&custom),
            ["content", "id", "metadata", "source", "version"],
            "{name}"
        );
        assert_eq!(
            (&custom["version"], &custom["source"]),
            (&json!("1.0"), &json!("custom")),
            "{name}"
        );
        let content = &custom["content"];
        assert_eq!(
            keys(content),
            ["description", "keywords", "nextSteps", "textType", "title"],
            "{name}"
        );
        assert_eq!(content["textType"], "client-markdown", "{name}");
        let length = |value: &Value| value.as_str().unwrap().chars().count();
        assert!((1..=250).contains(&length(&content["title"])), "{name}");
        assert!(
            (1..=8_000).contains(&length(&content["description"])),
            "{name}"
        );
        let metadata = &custom["metadata"];
        let expected = [
            "additionalContext",
            "eventType",
            "relatedResources",
            "summary",
            "threadId",
        ];
        assert_eq!(keys(metadata), expected, "{name}");
        assert!(
            metadata["additionalContext"]
                .as_object()
                .unwrap()
                .values()
                .all(Value::is_string),
            "{name}"
        );
        for text in [&content["description"], &metadata["summary"]] {
            let text = text.as_str().unwrap();
            assert!(
                !text.contains(['<', '>']),
                "{name}: nobody is mentioned and no link has another text"
            );
        }
    }
}
