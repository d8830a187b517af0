//! Properties of reading and matching records on any text.

use std::sync::LazyLock;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use cloudtrail_alarms::evidence::Fact;
use cloudtrail_alarms::handler::{Origin, PayloadMatcher};
use cloudtrail_alarms::matching::{Matcher, OwnIdentity, RecordParser};
use cloudwatch_filter_pattern_testkit::readers::Readers;

use crate::alarms::{TASK_ROLE, load_for_role};
use crate::events::{TRAIL, gzip, payload_text};
use crate::payloads::PayloadOutcome;
use crate::time::DELIVERED;

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
    let packs = [
        "alarms.yaml",
        "catalogue/cis-aws-foundations.yaml",
        "catalogue/common-threats.yaml",
        "catalogue/first-seen.yaml",
        "catalogue/guard.yaml",
        "catalogue/infrastructure-changes.yaml",
        "catalogue/kms.yaml",
    ];
    let alarms_of = |pack| load_for_role(pack, TASK_ROLE).alarms;
    let alarms: Vec<_> = packs.into_iter().flat_map(alarms_of).collect();
    assert!(alarms.len() > 40, "{}", alarms.len());
    Matcher::new(alarms.into())
});

/// Compares the counts of alarms with both record parsers.
fn check_matchers(lines: &[&str]) {
    let data = payload(lines);
    let expected = outcome(RecordParser::Reference, &data);
    let found = outcome(RecordParser::Fast, &data);
    assert_eq!(found, expected, "{lines:#?}");
    assert_eq!(found.error, None, "{lines:#?}");
    let records = 2 * lines.len() as u64;
    assert_eq!(found.counters.records_in, records, "{lines:#?}");
    let settled = found.counters.occurrences.duplicate + found.counters.occurrences.too_late;
    let mut counters = found.counters;
    // A store would count the others as new.
    counters.occurrences.new = found.occurrences - settled;
    assert!(counters.add_up(found.occurrences), "{counters:?}");
}

fn outcome(record_parser: RecordParser, data: &str) -> PayloadOutcome {
    let own = OwnIdentity {
        role_arn: Some(OWN_ROLE.to_owned()),
        ..OwnIdentity::default()
    };
    let matcher = MATCHER.clone().with_record_parser(record_parser);
    let mut payload_matcher = PayloadMatcher::new(matcher, Origin::default());
    PayloadOutcome::of(data, &mut payload_matcher, &own, DELIVERED)
}

/// A payload that contains each line twice: the second time, the reader can use the cached layout of the line.
fn payload(lines: &[&str]) -> String {
    let log_events = (DELIVERED.as_millisecond()..).zip(lines.iter().chain(lines).copied());
    let payload = payload_text(&TRAIL, log_events);
    BASE64_STANDARD.encode(gzip(payload.as_bytes()))
}
