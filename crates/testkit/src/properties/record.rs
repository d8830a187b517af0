//! Properties of reading and matching records on any text.

use std::path::Path;
use std::sync::LazyLock;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use cloudtrail_alarms::alarm::file::{ParameterDeclaration, load};
use cloudtrail_alarms::evidence::Fact;
use cloudtrail_alarms::handler::{Origin, PayloadMatcher};
use cloudtrail_alarms::matching::{Batch, Matcher, OwnIdentity, RecordParser, Tally};
use cloudtrail_alarms::metrics::Counters;
use cloudtrail_alarms::series::{Additions, BucketKey};
use cloudwatch_filter_pattern_testkit::readers::Readers;
use jiff::Timestamp;
use serde_json::json;

use crate::events::gzip;
use crate::repository::file;

/// When CloudTrail delivered the records, and the present time: 2026-11-20T02:15:00Z.
const DELIVERED: i64 = 1_795_140_900_000;

/// The role of the application's ECS tasks.
const TASK_ROLE: &str = "arn:aws:iam::111122223333:role/pattern1-application-task";

/// The function's role. Seeds contain calls of it.
const OWN_ROLE: &str = "arn:aws:iam::111122223333:role/cloudtrail-alarms-function";

/// Most lines of an input that are read. Further lines take time and show nothing new.
const MAX_LINES: usize = 16;

/// Asserts the properties for lines that are taken as records.
///
/// * All readers capture the same values.
/// * All alarms count the same with both record parsers.
/// * Every record is counted exactly once, as matched, unmatched, own or invalid.
pub fn check(lines: &str) {
    let lines: Vec<&str> = lines.split('\n').take(MAX_LINES).collect();
    READERS.check(&lines);
    check_matchers(&lines);
}

/// Readers of all facts.
static READERS: LazyLock<Readers> = LazyLock::new(|| Readers::new(&Fact::ALL.map(Fact::selector)));

/// All alarms of this repository.
static MATCHER: LazyLock<Matcher> = LazyLock::new(|| {
    let read = |path: &Path| {
        if path.ends_with("all.yaml") {
            let packs = [
                "alarms",
                "catalogue/cis-aws-foundations",
                "catalogue/guard",
                "catalogue/infrastructure-changes",
                "catalogue/kms",
            ];
            let paths = packs.map(|pack| format!("{pack}.yaml"));
            return Ok(json!({"Include": paths}).to_string());
        }
        Ok(file(path))
    };
    let value = |parameter: &ParameterDeclaration| {
        (parameter.name == "EcsTaskRoleArn").then(|| TASK_ROLE.to_owned())
    };
    let file = load(Path::new("all.yaml"), &read, &value);
    let file = file.unwrap_or_else(|error| panic!("{error}"));
    assert!(file.alarms.len() > 40, "{}", file.alarms.len());
    Matcher::new(file.alarms.into())
});

/// Compares the counts of alarms with both record parsers.
fn check_matchers(lines: &[&str]) {
    let data = payload(lines);
    let expected = outcome(RecordParser::Reference, &data);
    let found = outcome(RecordParser::Fast, &data);
    assert_eq!(found, expected, "{lines:#?}");
    let records = 2 * lines.len() as u64;
    assert_eq!(found.counters.records_in, records, "{lines:#?}");
    let settled = found.counters.occurrences.duplicate + found.counters.occurrences.too_late;
    let mut counters = found.counters;
    // A store would count the others as new.
    counters.occurrences.new = found.occurrences - settled;
    assert!(counters.add_up(found.occurrences), "{counters:?}");
}

/// The result of matching a payload.
#[derive(Debug, PartialEq)]
struct Outcome {
    counters: Counters,
    occurrences: u64,
    excluded: u64,
    additions: Vec<(BucketKey, Additions)>,
    newest: Option<Timestamp>,
}

fn outcome(record_parser: RecordParser, data: &str) -> Outcome {
    let now = Timestamp::from_millisecond(DELIVERED).expect("it is a time of this century");
    let own = OwnIdentity {
        role_arn: Some(OWN_ROLE.to_owned()),
        ..OwnIdentity::default()
    };
    let matcher = MATCHER.clone().with_record_parser(record_parser);
    let mut tally = Tally::default();
    let mut batch = Batch {
        own: &own,
        now,
        tally: &mut tally,
    };
    PayloadMatcher::new(matcher, Origin::default())
        .match_payload(data, &mut batch)
        .unwrap_or_else(|error| panic!("{error}"));
    Outcome {
        counters: tally.counters,
        occurrences: tally.occurrences,
        excluded: tally.excluded,
        additions: tally.additions.into_iter().collect(),
        newest: tally.newest,
    }
}

/// A payload that contains each line twice: the second time, the reader can use the cached layout of the line.
fn payload(lines: &[&str]) -> String {
    let events: Vec<String> = (DELIVERED..)
        .zip(lines.iter().chain(lines))
        .map(|(time, line)| {
            let message = json!(line);
            format!(r#"{{"id":"{time:056}","timestamp":{time},"message":{message}}}"#)
        })
        .collect();
    let events = events.join(",");
    let payload = format!(
        r#"{{"messageType":"DATA_MESSAGE","owner":"111122223333","logGroup":"cloudtrail","logStream":"111122223333_CloudTrail_ap-southeast-2","subscriptionFilters":["cloudtrail-alarms"],"logEvents":[{events}]}}"#
    );
    BASE64_STANDARD.encode(gzip(payload.as_bytes()))
}
