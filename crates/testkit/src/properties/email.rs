//! Properties of notifications of records with any text in their fields.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, LazyLock};

use cloudtrail_alarms::alarm::AlarmState;
use cloudtrail_alarms::alarm::Series;
use cloudtrail_alarms::alarm::definition::AlarmDefinition;
use cloudtrail_alarms::alarm::file::load;
use cloudtrail_alarms::alarm::state::{IncidentTotals, PendingNotification, StateChange};
use cloudtrail_alarms::alarm::window::Window;
use cloudtrail_alarms::matching::{Batch, Delivery, Matcher, OwnIdentity, Tally};
use cloudtrail_alarms::notification::{DeploymentContext, Format, MAX_EMAIL, Notification, render};
use cloudtrail_alarms::series::{Additions, Bucket, Group};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

/// Separates the records of an input.
const RECORD: char = '\u{1e}';

/// Separates the fields of a record.
const FIELD: char = '\u{1f}';

/// Maximum number of records of an input that are used. Further records take time and show nothing new.
const MAX_RECORDS: usize = 6;

/// When CloudTrail delivered the records: 2026-11-20T02:15:00Z.
const DELIVERED: i64 = 1_795_140_900_000;

const RUNBOOK: &str = "https://runbooks.example.com/kms";

/// Longest message that SNS accepts, in bytes.
const MAX_MESSAGE: usize = 256 << 10;

/// Asserts the properties for a text that has the fields of records, with separators.
///
/// The first field selects the alarm, the format, the Region and the kind of the notification. The others are the
/// fields of a record.
///
/// * The records match, and rendering them does not panic.
/// * Email and text message have no control character (except the end of a line) and no invisible character.
/// * All that an email client would link leads into the AWS console or is the runbook.
/// * The email has at most [`MAX_EMAIL`] bytes and each section at most once.
/// * In commands, values of records are quoted.
/// * The subject has at most 100 printable ASCII characters.
/// * The text for programs is JSON.
pub fn check(input: &str) {
    let (options, records) = input.split_once(FIELD).unwrap_or((input, ""));
    let mut options = options.bytes().map(usize::from).chain([0; 4]);
    let mut option = |choices: usize| options.next().unwrap_or_default() % choices;
    let (alarm, format, region, kind) = (option(4), option(2), option(4), option(4));
    let records: Vec<Value> = (records.split(RECORD).take(MAX_RECORDS))
        .enumerate()
        .map(|(index, fields)| record(index, &fields.split(FIELD).collect::<Vec<_>>()))
        .collect();
    let definition = &ALARMS.0[alarm];
    for (group, pending) in pending_notifications(definition, &records, kind) {
        let region = ["ap-southeast-2", "cn-north-1", "us-gov-west-1", "nowhere"][region];
        let context = DeploymentContext {
            account: "111122223333".to_owned(),
            region: region.to_owned(),
            topic_arn: Some("arn:aws:sns:ap-southeast-2:111122223333:alarms".to_owned()),
            log_group: Some("aws-cloudtrail-logs/management".to_owned()),
            format: [Format::CloudWatch, Format::AmazonQ][format],
        };
        let notification = render(definition, &group, &pending, &context);
        check_notification(&notification);
        match context.format {
            Format::CloudWatch => check_document(&notification),
            Format::AmazonQ => check_custom(&notification),
        }
    }
}

/// Four alarms, and the matcher of all.
static ALARMS: LazyLock<(Arc<[AlarmDefinition]>, Matcher)> = LazyLock::new(|| {
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
fn record(index: usize, fields: &[&str]) -> Value {
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
fn pending_notifications(
    definition: &AlarmDefinition,
    records: &[Value],
    kind: usize,
) -> Vec<(Group, PendingNotification)> {
    let delivered = Timestamp::from_millisecond(DELIVERED).expect("it is a time of this century");
    let own = OwnIdentity::default();
    let mut tally = Tally::default();
    let mut matcher = ALARMS.1.clone();
    for (index, record) in records.iter().enumerate() {
        let message = record.to_string();
        let delivery = Delivery {
            log_group: "aws-cloudtrail-logs/management",
            log_stream: "111122223333_CloudTrail_ap-southeast-2",
            id: &index.to_string(),
            time: delivered,
            message: &message,
        };
        let mut batch = Batch {
            own: &own,
            now: delivered,
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
    let at = delivered + SignedDuration::from_mins(1);
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
                since: delivered,
                count: evidence.count + 40,
                at_least: false,
                notifications: 1,
            }),
            evidence,
            dropped_before: 0,
            already_reported: 0,
            decided_by_older_windows: false,
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
        overflow: false,
    }
}

fn check_notification(notification: &Notification) {
    let Notification {
        subject,
        email,
        sms,
        ..
    } = notification;
    assert!(email.len() <= MAX_EMAIL, "{} bytes", email.len());
    assert!(notification.message().len() <= MAX_MESSAGE);
    assert!(subject.len() <= 100, "{subject:?}");
    for text in [subject, sms] {
        let is_printable = |c: char| matches!(c, ' '..='~');
        assert!(text.chars().all(is_printable), "{text:?}");
    }
    assert!(!email.contains(is_harmful), "{email:?}");
    for line in email.lines() {
        assert!(!is_linked_elsewhere(line), "{line}");
    }
    check_sections(email);
    for command in commands(email) {
        assert!(is_quoted(command), "{command}");
    }
}

fn check_document(notification: &Notification) {
    let document: Value = serde_json::from_str(&notification.default).expect("it is JSON");
    assert!(document["AlarmArn"].is_string());
    assert_eq!(document["CloudTrailAlarms"]["id"], notification.id.as_str());
}

fn check_custom(notification: &Notification) {
    let custom: Value = serde_json::from_str(&notification.default).expect("it is JSON");
    for text in [
        &custom["content"]["title"],
        &custom["content"]["description"],
        &custom["metadata"]["summary"],
    ] {
        let text = text.as_str().expect("it is a text");
        assert!(!text.contains(is_harmful), "{text:?}");
        // Chat clients take them for mentions and links.
        assert!(!text.contains(['<', '>']), "{text:?}");
        for line in text.lines() {
            // A link of the notification follows its label.
            let rest = match line.rsplit_once(": ") {
                Some((label, link)) if link == RUNBOOK || is_console(link) => label,
                _ => line,
            };
            assert!(!is_linked_elsewhere(rest), "{line}");
        }
    }
}

/// Control characters except the end of a line, and characters that are invisible or change the direction of text
/// (Unicode's `Default_Ignorable_Code_Point`, `Bidi_Control`, and line separators).
fn is_harmful(c: char) -> bool {
    c.is_control() && c != '\n'
        || matches!(c, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
            | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// Whether an email client would make a link of a part of the line that leads neither into the console nor to the
/// runbook.
fn is_linked_elsewhere(line: &str) -> bool {
    if line == RUNBOOK || is_console(line) {
        return false;
    }
    // Two backslashes begin the name of a server. If a text is truncated after them, a space follows.
    let parts = line.replace("[\\\\]", "[]");
    let mut servers = parts.split("\\\\").skip(1);
    let has_server = servers.any(|name| !name.starts_with(' '));
    line.contains("://") || has_server || holds_host(line)
}

/// Whether the line is one link into the AWS console and nothing else.
fn is_console(line: &str) -> bool {
    let Some((host, _)) = line
        .strip_prefix("https://")
        .and_then(|rest| rest.split_once('/'))
    else {
        return false;
    };
    let is_region = |name: &str| {
        name.chars()
            .all(|c| matches!(c, 'a'..='z' | '0'..='9' | '-'))
    };
    let is_host = match host.strip_suffix(".console.aws.amazon.com") {
        Some(region) => is_region(region),
        None => [
            "console.aws.amazon.com",
            "console.amazonaws.cn",
            "console.amazonaws-us-gov.com",
        ]
        .contains(&host),
    };
    is_host
        && line.ends_with(|c: char| c.is_ascii_alphanumeric())
        && line
            .chars()
            .all(|c| c.is_ascii_graphic() && !"<>\"'()[]{}".contains(c))
}

/// Separators of the labels of a domain (UTS #46, 2.3).
const DOTS: [char; 4] = ['.', '\u{3002}', '\u{ff0e}', '\u{ff61}'];

/// Whether a well-known top-level domain follows a name and a dot, or a name and a dot follow `www.`.
fn holds_host(line: &str) -> bool {
    const DOMAINS: [&str; 16] = [
        "com", "net", "org", "example", "io", "co", "dev", "app", "info", "biz", "ru", "cn", "xyz",
        "zip", "mov", "internal",
    ];
    let is_of_name = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_');
    line.match_indices(DOTS).any(|(at, dot)| {
        let (before, after) = (&line[..at], &line[at + dot.len()..]);
        let label = before.rsplit(|c| !is_of_name(c)).next().unwrap_or_default();
        let end = after.find(|c| !is_of_name(c)).unwrap_or(after.len());
        let domain = after[..end].to_ascii_lowercase();
        let is_web = label.eq_ignore_ascii_case("www") && !domain.is_empty();
        let is_domain = !label.is_empty() && DOMAINS.contains(&domain.as_str());
        // An error code of EC2 is not a host.
        let is_code = matches!(label, "Client" | "Server")
            && after[..end].chars().skip(1).any(|c| c.is_ascii_uppercase());
        (is_web || is_domain) && !is_code && !is_service(before, after)
    })
}

/// Whether this is the end of a service's name as records have it: `kms.amazonaws.com`, without a path.
fn is_service(before: &str, after: &str) -> bool {
    let is_of_host = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_') || DOTS.contains(&c);
    let host = before.rsplit(|c| !is_of_host(c)).next().unwrap_or_default();
    let rest = match (host.strip_suffix(".amazonaws"), after.strip_prefix("com")) {
        (Some(name), Some(rest)) if !name.contains(DOTS) => rest,
        _ => match (
            host.strip_suffix(".amazonaws.com"),
            after.strip_prefix("cn"),
        ) {
            (Some(name), Some(rest)) if !name.contains(DOTS) => rest,
            _ => return false,
        },
    };
    let is_port = |rest: &str| rest.starts_with(|c: char| c.is_ascii_digit());
    !rest.starts_with(['/', '@', '?', '#']) && !rest.strip_prefix(':').is_some_and(is_port)
}

const TITLES: [&str; 7] = [
    "How often",
    "Who",
    "What",
    "Likely cause",
    "Next commands",
    "Links",
    "Alarm",
];

/// Each section begins at most once, in their order: a record cannot add one.
fn check_sections(email: &str) {
    let begun: Vec<&str> = email.lines().filter(|line| TITLES.contains(line)).collect();
    let mut expected = TITLES.to_vec();
    expected.retain(|title| begun.contains(title));
    assert_eq!(begun, expected);
}

/// The lines to copy into a shell.
fn commands(email: &str) -> impl Iterator<Item = &str> {
    let lines = email.lines().skip_while(|line| *line != "Next commands");
    let lines = lines.skip(1).take_while(|line| !line.is_empty());
    lines.filter(|line| !line.starts_with("  ["))
}

/// Whether the line is one of the expected commands for a shell: each value from a record is one word.
fn is_quoted(command: &str) -> bool {
    // Commands about keys of foreign accounts are comments. They are quoted like the others.
    let command = match command.strip_prefix("# ") {
        Some(command) if command.starts_with("aws ") => command,
        Some(_) => return true,
        None => command,
    };
    // Shell syntax beyond words is only in these lines.
    let fixed = [
        ("for c in $(aws ecs list-clusters", " "),
        (
            " --query 'clusterArns[]' --output text); do aws ecs describe-tasks",
            " ",
        ),
        (
            " --cluster \"$c\" --query 'tasks[].[clusterArn,group,taskDefinitionArn,lastStatus]' --output text; done",
            "",
        ),
    ];
    let mut words = command.to_owned();
    if command.starts_with(fixed[0].0) {
        for (text, word) in fixed {
            assert_eq!(command.matches(text).count(), 1, "{command}");
            words = words.replacen(text, word, 1);
        }
    } else if !["aws kms ", "aws iam ", "aws cloudtrail "]
        .iter()
        .any(|known| command.starts_with(known))
    {
        return false;
    }
    let mut chars = words.chars();
    while let Some(c) = chars.next() {
        let is_plain = match c {
            // Up to the next quote, everything is text.
            '\'' => chars.any(|c| c == '\''),
            '\\' => chars.next() == Some('\''),
            c => c.is_ascii_alphanumeric() || "-_./:@%+=, ".contains(c),
        };
        if !is_plain {
            return false;
        }
    }
    true
}
