//! Properties of reading and matching records on any text.

use std::io::{self, Write as _};
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
use cloudwatch_filter_pattern::record::{
    Encoding, Reader, Record, Selector, Selectors, Slot, Step, Value as Captured,
};
use flate2::Compression;
use flate2::write::GzEncoder;
use jiff::Timestamp;
use serde_json::json;

/// When CloudTrail delivered the records, and the present time: 2026-11-20T02:15:00Z.
const DELIVERED: i64 = 1_795_140_900_000;

/// The role of the application's tasks.
const TASK_ROLE: &str = "arn:aws:iam::111122223333:role/pattern1-application-task";

/// The function's role. Seeds contain calls of it.
const OWN_ROLE: &str = "arn:aws:iam::111122223333:role/cloudtrail-alarms-function";

/// Maximum number of lines of an input that are read. Further lines take time and show nothing new.
const MAX_LINES: usize = 16;

/// Asserts the properties for lines that are taken as records.
///
/// * `Reader::read` and `Reader::scan` capture the same as `Reader::read_reference`.
/// * With both record parsers, all alarms count the same.
/// * Every record is counted exactly once, as matched, unmatched, own or invalid.
pub(crate) fn check(lines: &str) {
    let lines: Vec<&str> = lines.split('\n').take(MAX_LINES).collect();
    check_readers(&lines);
    check_matchers(&lines);
}

/// A reader and its slots.
static READER: LazyLock<(Reader, Vec<Slot>)> = LazyLock::new(|| {
    let mut selectors = Selectors::default();
    let odd = [
        "resources.*.ARN",
        "resources.0",
        "resources",
        "requestParameters.items.*.a",
        "requestParameters",
        "requestParameters.eventSelectors.*.excludeManagementEventSources.0",
        "responseElements.*.0",
        "size",
        "deep.*.*",
        "empty",
        "list.*.k",
        "list.1.k",
        "a.0",
        "b",
    ];
    let odd = odd.map(|path| {
        let step = |name: &str| match name.parse() {
            _ if name == "*" => Step::Any,
            Ok(index) => Step::Element(index),
            Err(_) => Step::Member(name.into()),
        };
        Selector::new(path.split('.').map(step).collect())
    });
    let facts = Fact::ALL.map(Fact::selector);
    let slots = facts.iter().chain(&odd);
    let slots = slots.map(|selector| selectors.slot(selector)).collect();
    (selectors.into_reader(), slots)
});

/// Compares the fast paths of the record reader with the reference parser. Each reader caches the layouts of earlier lines.
fn check_readers(lines: &[&str]) {
    let (mut fast, slots) = READER.clone();
    let mut escaped = fast.clone();
    let mut reference = fast.clone();
    // The second time, the layout of each line is cached.
    for line in lines.iter().chain(lines) {
        let expected = reference.read_reference(line);
        let expected = expected.map(|record| captured(record, &slots));
        let expected = expected.map_err(|error| error.to_string());
        let found = fast.read(line).map(|record| captured(record, &slots));
        let found = found.map_err(|error| error.to_string());
        assert_eq!(found, expected, "{line}");

        let written = json!(line).to_string();
        let text = &written.as_bytes()[1..];
        // A record with text after it is left to the reference parser.
        if let Some((record, length)) = escaped.scan(text, Encoding::JsonString)
            && text[length..] == *b"\""
        {
            assert_eq!(Ok(captured(record, &slots)), expected, "{line}");
        }
    }
}

/// All values of all slots as text.
fn captured(record: Record<'_>, slots: &[Slot]) -> Vec<(bool, Vec<String>)> {
    let written = |value: Captured<'_>| match (value, record.json(value)) {
        (Captured::Array { holds_null, .. }, Some(json)) => format!("{holds_null} {json}"),
        (_, Some(json)) => json.into_owned(),
        (value, None) => format!("{value:?}"),
    };
    let of_slot = |slot: &Slot| {
        let values = record.values(*slot).map(written).collect();
        (record.has_container(*slot), values)
    };
    slots.iter().map(of_slot).collect()
}

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
        // The package of the fuzz targets is one folder below the root.
        let package = Path::new(env!("CARGO_MANIFEST_DIR"));
        let is_root = package.join("alarms.yaml").exists();
        let root = if is_root {
            package.to_owned()
        } else {
            package.join("..")
        };
        std::fs::read_to_string(root.join(path)).map_err(io::Error::other)
    };
    let value = |parameter: &ParameterDeclaration| {
        (parameter.name == "EcsTaskRoleArn").then(|| TASK_ROLE.to_owned())
    };
    let file = load(Path::new("all.yaml"), &read, &value);
    let file = file.unwrap_or_else(|error| panic!("{error}"));
    assert!(file.alarms.len() > 40, "{}", file.alarms.len());
    Matcher::new(file.alarms.into())
});

/// Compares what alarms count with both record parsers.
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

/// What matching a payload gives.
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

/// A payload that contains each line twice: the second time, its layout is cached.
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
    let mut gzip = GzEncoder::new(Vec::new(), Compression::none());
    gzip.write_all(payload.as_bytes())
        .expect("memory does not fail");
    BASE64_STANDARD.encode(gzip.finish().expect("memory does not fail"))
}
