//! Input of the renderer.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use cloudtrail_alarms::alarm::AlarmState;
use cloudtrail_alarms::alarm::definition::{AlarmDefinition, ComparisonOperator};
use cloudtrail_alarms::alarm::file::load;
use cloudtrail_alarms::alarm::state::{IncidentTotals, PendingNotification, StateChange};
use cloudtrail_alarms::evidence::{Evidence, FactExtractor, Facts, Tally, Timeline};
use cloudtrail_alarms::notification::{DeploymentContext, Notification, render};
use cloudtrail_alarms::series::Group;
use cloudtrail_alarms_testkit::records::{gunzip_file, merge};
use cloudtrail_alarms_testkit::repository;
use cloudwatch_filter_pattern::record::Selectors;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

/// The role of the ECS task, which the default alarm watches.
pub(crate) const ROLE: &str = "arn:aws:iam::111122223333:role/service/pattern1-application-task";

/// ARN of the KMS key.
pub(crate) const KEY: &str =
    "arn:aws:kms:ap-southeast-2:111122223333:key/1b2c3d4e-5f60-4718-92a3-b4c5d6e7f809";

/// ID of the ECS task.
pub(crate) const TASK: &str = "3f7c1d0a9b5e4c62815fd2ab07e94c38";

/// The input of the renderer.
#[derive(Clone, Debug)]
pub(crate) struct RenderInput {
    pub(crate) definition: AlarmDefinition,
    pub(crate) group: Group,
    pub(crate) pending: PendingNotification,
    pub(crate) context: DeploymentContext,
}

impl RenderInput {
    pub(crate) fn render(&self) -> Notification {
        render(&self.definition, &self.group, &self.pending, &self.context)
    }

    pub(crate) fn evidence(mut self, change: impl FnOnce(&mut Evidence)) -> Self {
        change(&mut self.pending.evidence);
        let state = &mut self.pending.change;
        if state.from == AlarmState::Ok {
            state.reason = reason(&self.definition, self.pending.evidence.count, state.at);
        }
        self
    }

    pub(crate) fn definition(mut self, change: impl FnOnce(&mut AlarmDefinition)) -> Self {
        change(&mut self.definition);
        self
    }

    /// A later notification of this alarm, 37 minutes after it, with totals.
    pub(crate) fn later(mut self, to: AlarmState, repeat: u32) -> Self {
        let since = self.pending.change.at;
        let totals = IncidentTotals {
            since,
            count: 41,
            at_least: false,
            notifications: repeat.max(1),
        };
        let reason = match (to, repeat) {
            (AlarmState::Ok, _) => {
                "Threshold Crossed: no datapoints were received for 1 period and 1 missing datapoint was treated as \
                 [NonBreaching]."
                    .to_owned()
            }
            (AlarmState::InsufficientData, _) => "Insufficient Data: 1 datapoint was unknown.".to_owned(),
            (AlarmState::Alarm, _) => format!("The alarm has been in the ALARM state since {since}."),
        };
        self.pending.change = StateChange {
            from: AlarmState::Alarm,
            to,
            at: since + SignedDuration::from_mins(37),
            reason,
        };
        self.pending.repeat = repeat;
        self.pending.totals = Some(totals);
        self
    }
}

/// A notification of the default alarm in Sydney with these records.
#[track_caller]
pub(crate) fn default_alarm(records: &[Value]) -> RenderInput {
    let yaml = include_str!("../../alarms.yaml");
    input(definition(yaml), records)
}

/// The first alarm of an alarms file.
#[track_caller]
pub(crate) fn definition(yaml: &str) -> AlarmDefinition {
    let read = |path: &Path| -> io::Result<String> {
        if path == Path::new("alarms.yaml") {
            return Ok(yaml.to_owned());
        }
        std::fs::read_to_string(repository::path(path))
    };
    let value = |parameter: &cloudtrail_alarms::alarm::file::ParameterDeclaration| {
        (parameter.name == "EcsTaskRoleArn").then(|| ROLE.to_owned())
    };
    let file =
        load(Path::new("alarms.yaml"), &read, &value).unwrap_or_else(|error| panic!("{error}"));
    file.alarms.into_iter().next().unwrap()
}

/// An alarm that was raised by these records, ten minutes after the first of them.
#[track_caller]
pub(crate) fn input(definition: AlarmDefinition, records: &[Value]) -> RenderInput {
    let facts = facts(records);
    let first = facts.iter().filter_map(Facts::time).min();
    let minute = SignedDuration::from_mins(1);
    let begin: Timestamp = "2026-11-20T02:10:00Z".parse().unwrap();
    let at = first.unwrap_or(begin).round(jiff::Unit::Minute).unwrap() + 5 * minute;
    let reason = reason(&definition, facts.len() as u64, at);
    RenderInput {
        definition,
        group: Group::default(),
        pending: PendingNotification {
            id: "9f0045ab6c838f5c54e027976fefe522".to_owned(),
            change: StateChange {
                from: AlarmState::Ok,
                to: AlarmState::Alarm,
                at,
                reason,
            },
            repeat: 0,
            since: at,
            evidence: evidence(&facts, at),
            totals: None,
            dropped_before: 0,
            already_reported: 0,
            new_kinds: None,
            decided_by_older_windows: false,
            digest: None,
            lease: None,
        },
        context: DeploymentContext {
            account: "111122223333".to_owned(),
            region: "ap-southeast-2".to_owned(),
            topic_arn: Some("arn:aws:sns:ap-southeast-2:111122223333:alarms".to_owned()),
            log_group: Some("aws-cloudtrail-logs/management".to_owned()),
            ..DeploymentContext::default()
        },
    }
}

/// The reason for an alarm on one datapoint that has this many records.
fn reason(definition: &AlarmDefinition, count: u64, at: Timestamp) -> String {
    let words = match definition.settings.comparison_operator {
        ComparisonOperator::GreaterThanOrEqualToThreshold => "greater than or equal to",
        _ => "greater than",
    };
    format!(
        "Threshold Crossed: 1 out of the last 1 datapoints [{count}.0 ({})] was {words} the threshold ({:?}) \
         (minimum 1 datapoint for OK -> ALARM transition).",
        at.strftime("%d/%m/%y %T"),
        definition.settings.threshold,
    )
}

/// The facts of the records.
#[track_caller]
pub(crate) fn facts(records: &[Value]) -> Vec<Facts> {
    let mut selectors = Selectors::default();
    let fields = FactExtractor::register(&mut selectors);
    let mut reader = selectors.into_reader();
    let mut facts: Vec<Facts> = (records.iter())
        .map(|record| fields.facts(reader.read(&record.to_string()).unwrap()))
        .collect();
    facts.sort();
    facts
}

/// The evidence of the records, counted in a simple way.
fn evidence(facts: &[Facts], end: Timestamp) -> Evidence {
    let mut counts: BTreeMap<Facts, u64> = BTreeMap::new();
    for facts in facts {
        *counts.entry(facts.tallied()).or_default() += 1;
    }
    let mut tallies: Vec<Tally> = counts
        .into_iter()
        .map(|(facts, count)| Tally { facts, count })
        .collect();
    tallies.sort_by_key(|tally| std::cmp::Reverse(tally.count));
    let times = || facts.iter().filter_map(Facts::time);
    let start = end - SignedDuration::from_mins(10);
    let slot = |slot: i32| {
        let from = start + slot * SignedDuration::from_mins(1);
        let until = from + SignedDuration::from_mins(1);
        times().filter(|time| (from..until).contains(time)).count() as u64
    };
    Evidence {
        count: facts.len() as u64,
        first: times().min(),
        last: times().max(),
        tallies,
        timeline: Timeline {
            start,
            slot_seconds: 60,
            counts: (0..10).map(slot).collect(),
        },
        records: facts.to_vec(),
        ..Evidence::default()
    }
}

/// A failed KMS call by the task, changed as in [`merge`]. Assembled like real records.
pub(crate) fn kms(change: &Value) -> Value {
    let role = "pattern1-application-task";
    let mut record = json!({
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "AssumedRole",
            "principalId": format!("AROAEXAMPLETASKROLE01:{TASK}"),
            "arn": format!("arn:aws:sts::111122223333:assumed-role/{role}/{TASK}"),
            "accountId": "111122223333",
            "accessKeyId": "ASIAIOSFODNN7EXAMPLE",
            "sessionContext": {"sessionIssuer": {"type": "Role", "arn": ROLE, "userName": role}},
        },
        "eventTime": "2026-11-20T02:15:03Z",
        "eventSource": "kms.amazonaws.com",
        "eventName": "Decrypt",
        "awsRegion": "ap-southeast-2",
        "sourceIPAddress": "10.0.12.47",
        "userAgent": "aws-sdk-java/2.31.40 ua/2.1 os/Linux#5.10.240 lang/java#21.0.8 exec-env/AWS_ECS_FARGATE",
        "requestParameters": null,
        "responseElements": null,
        "requestID": "b7a1d9c4-2e6f-4835-8c70-93d5e4f1a26b",
        "eventID": "a93e5b71-0c4d-4e86-b2f9-7d1c8e30f465",
        "readOnly": true,
        "eventType": "AwsApiCall",
        "managementEvent": true,
        "recipientAccountId": "111122223333",
        "eventCategory": "Management",
    });
    merge(&mut record, change);
    record
}

/// A call that was denied; `reason` is the end of the message.
pub(crate) fn denied(reason: &str) -> Value {
    let caller = format!("arn:aws:sts::111122223333:assumed-role/pattern1-application-task/{TASK}");
    kms(&json!({
        "errorCode": "AccessDenied",
        "errorMessage": format!("User: {caller} is not authorized to perform: kms:Decrypt {reason}"),
    }))
}

/// A call on the key that failed for another reason.
pub(crate) fn failed(code: &str, message: Option<&str>) -> Value {
    kms(&json!({
        "errorCode": code,
        "errorMessage": message,
        "requestParameters": {
            "encryptionAlgorithm": "SYMMETRIC_DEFAULT",
            "keyId": KEY,
            "encryptionContext": {"aws:s3:arn": "arn:aws:s3:::pattern1-archive/2026/11/orders.json"},
        },
        "resources": [{"accountId": "111122223333", "type": "AWS::KMS::Key", "ARN": KEY}],
    }))
}

/// One of the real records in `tests/data/cloudtrail/`, by the line, from 0.
#[track_caller]
pub(crate) fn real(file: &str, line: usize) -> Value {
    let text = gunzip_file(&repository::path(format!(
        "tests/data/cloudtrail/{file}.jsonl.gz"
    )));
    serde_json::from_str(text.lines().nth(line).unwrap()).unwrap()
}
