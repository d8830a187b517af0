//! Few, many and more combinations of facts than are kept.

use cloudtrail_alarms::alarm::definition::Exclusion;
use cloudtrail_alarms::evidence::{ExcludedCount, ExclusionId};
use cloudtrail_alarms_testkit::records::merge;
use cloudwatch_filter_pattern::FilterPattern;
use jiff::civil::date;
use serde_json::{Value, json};

use super::ON_KEY;
use crate::input::{KEY, RenderInput, default_alarm, denied, failed};

/// Three failures within ten seconds, each for another reason.
pub(super) fn mixed() -> RenderInput {
    let mut denied = denied(&format!(
        "{ON_KEY} because no identity-based policy allows the kms:Decrypt action"
    ));
    merge(
        &mut denied,
        &json!({"eventTime": "2026-11-20T02:15:01Z", "eventID": "4c6f1a0e-8d2b-4f57-9b63-1e0a7c95d240"}),
    );
    let disabled = failed("DisabledException", Some(&format!("{KEY} is disabled.")));
    let mut wrong_key = failed(
        "IncorrectKeyException",
        Some("The key ID in the request is another one."),
    );
    merge(
        &mut wrong_key,
        &json!({"eventTime": "2026-11-20T02:15:06Z", "eventName": "ReEncrypt",
            "eventID": "e05d7c38-64fa-4b19-8a2e-c9f3b10d7e56",
            "requestParameters": {"encryptionContext": {"application": "pattern1"}}}),
    );
    default_alarm(&[denied, disabled, wrong_key])
}

/// 2,437 calls of forty tasks with forty addresses: forty kinds, which are all reported.
pub(super) fn storm() -> RenderInput {
    let record = |number: u32| {
        let mut record = failed("ThrottlingException", Some("Rate exceeded"));
        let task = format!("{:032x}", 0x3f7c_1d0a_u32 + number % 40);
        merge(
            &mut record,
            &json!({
                "userIdentity": {"arn": format!("arn:aws:sts::111122223333:assumed-role/pattern1-application-task/{task}")},
                "sourceIPAddress": format!("10.0.12.{}", number % 40),
                "eventTime": format!("2026-11-20T02:1{}:{:02}Z", number / 60 % 5, number % 60),
                "eventID": format!("a93e5b71-0c4d-4e86-b2f9-{number:012x}"),
            }),
        );
        record
    };
    let records: Vec<Value> = (0..300).map(record).collect();
    let scanner = Exclusion {
        pattern: "{ $.userIdentity.arn = \"*:assumed-role/scanner/*\" }"
            .parse::<FilterPattern>()
            .unwrap(),
        reason: "A scanner calls every API.\nIts role may not.".to_owned(),
        owner: "security team".to_owned(),
        expires: Some(date(2027, 1, 31)),
    };
    let id = scanner.id();
    let input = default_alarm(&records).definition(|definition| definition.exclude.push(scanner));
    input.evidence(|evidence| {
        evidence.count = 2_437;
        evidence.at_least = true;
        for (task, tally) in evidence.tallies.iter_mut().enumerate() {
            // 37 more than forty times sixty.
            tally.count = 60 + u64::from(task < 37);
        }
        evidence.records.truncate(25);
        evidence.excluded = 11;
        evidence.exclusions = vec![
            ExcludedCount {
                exclusion: id,
                records: 9,
            },
            ExcludedCount {
                exclusion: ExclusionId::of_pattern("removed"),
                records: 2,
            },
        ];
        evidence.duplicates = 40;
        evidence.too_late = 3;
        evidence.timeline.counts = vec![0, 0, 0, 0, 60, 300, 702, 815, 560, 0];
    })
}

/// 3,240 calls of more kinds than are kept: most of them throttled, some by another role on another key.
pub(super) fn overflow() -> RenderInput {
    let throttled = |number: u32| {
        let mut record = failed("ThrottlingException", Some("Rate exceeded"));
        merge(
            &mut record,
            &json!({
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
            &json!({
                "eventName": "ScheduleKeyDeletion",
                "userIdentity": {"arn": format!("arn:aws:sts::111122223333:assumed-role/another/session-{number}")},
                "eventTime": "2026-11-20T02:15:59Z",
                "eventID": format!("b93e5b71-0c4d-4e86-b2f9-{number:012x}"),
            }),
        );
        record
    };
    let records: Vec<Value> = (0..300).map(throttled).chain((0..40).map(denied)).collect();
    default_alarm(&records).evidence(|evidence| {
        evidence.count = 3_240;
        evidence.timeline.counts = vec![0, 0, 0, 0, 0, 3_240, 0, 0, 0, 0];
        evidence.tallies.truncate(32);
        let tallied: u64 = evidence.tallies.iter().map(|tally| tally.count).sum();
        evidence.uncounted = evidence.count - tallied;
        evidence.records.truncate(25);
    })
}

/// The same with one kind listed.
pub(super) fn overflow_of_one_kind() -> RenderInput {
    let mut input = overflow();
    input.pending.evidence.tallies.truncate(1);
    input.pending.evidence.uncounted =
        input.pending.evidence.count - input.pending.evidence.tallies[0].count;
    input
}
