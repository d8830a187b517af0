//! The fast record parser and the reference parser give the same counts for a payload.
//!
//! They are compared on real records, and on mutated ones: escapes, repeated or reordered members, white space, truncation, and
//! text that is not JSON. The alarms are those of the published catalogue, and some on members that records rarely have.

use std::sync::LazyLock;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use cloudtrail_alarms::alarm::definition::AlarmDefinition;
use cloudtrail_alarms::handler::{Origin, PayloadMatcher};
use cloudtrail_alarms::matching::{Batch, Delivery, Matcher, OwnIdentity, RecordParser, Tally};
use cloudtrail_alarms_testkit as testkit;
use cloudtrail_alarms_testkit::alarms::alarm_item;
use cloudtrail_alarms_testkit::events::{TRAIL, gzip, payload_text};
use cloudtrail_alarms_testkit::payloads::PayloadOutcome;
use cloudtrail_alarms_testkit::time::DELIVERED;
use cloudtrail_alarms_testkit::{records, vectors};
use cloudwatch_filter_pattern::FilterPattern;
use cloudwatch_filter_pattern_testkit::mutation::mutation;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::json;

static RECORDS: LazyLock<Vec<String>> = LazyLock::new(records::real);

/// Patterns on what records seldom have, or that a careless filter would get wrong.
const ODD: [&str; 16] = [
    "{ $.resources[*].ARN != \"arn:aws:kms:*\" }",
    "{ $.resources IS NULL }",
    "{ $.requestParameters.items[*].a != \"b\" && $.responseElements NOT EXISTS }",
    "{ $.errorCode NOT EXISTS }",
    "{ $.responseElements IS NULL && $.readOnly IS FALSE }",
    "{ $.resources[*].ARN = \"arn:aws:kms:*\" }",
    "{ $.requestParameters.ipPermissions.items[0].fromPort >= 22 }",
    "{ $.additionalEventData.bytesTransferredOut > 0 }",
    "{ $.userAgent = %[Bb]oto3|Terraform% }",
    "{ $.eventName != \"Get*\" && $.eventName != \"List*\" && $.userIdentity.type != \"AWSService\" }",
    "{ $.userIdentity.type = \"Root\" && $.userIdentity.invokedBy NOT EXISTS && $.eventType != \"AwsServiceEvent\" }",
    "{ $.userIdentity NOT EXISTS || $.requestParameters NOT EXISTS }",
    "{ $.requestParameters.policyDocument = \"*Allow*\" }",
    "{ $.eventVersion = 1.08 || $.apiVersion = \"2016-11-15\" }",
    "{ $.userIdentity.sessionContext.sessionIssuer.arn = \"*\" && $.errorMessage = \"*not authorized*\" }",
    "{ $.tlsDetails.tlsVersion = TLSv1.3 && $.managementEvent IS TRUE }",
];

/// A wildcard over an object, which only the reference parser supports.
const WILDCARD: &str = "{ $.requestParameters.* = \"*policy*\" }";

/// An alarm for each pattern; some are grouped, and some have an exclusion.
fn alarms(patterns: &[String]) -> Vec<AlarmDefinition> {
    let alarm = |(index, pattern): (usize, &String)| {
        let mut lines = vec![
            format!("AlarmName: alarm {index}"),
            format!("FilterPattern: {}", json!(pattern)),
            "MetricNamespace: Test".to_owned(),
            format!("MetricName: \"{index}\""),
            "ComparisonOperator: GreaterThanOrEqualToThreshold".to_owned(),
        ];
        if index % 3 == 0 {
            lines.push("GroupBy: [$.userIdentity.arn]".to_owned());
        }
        if index % 4 == 0 {
            let pattern = "{ $.sourceIPAddress = \"*.amazonaws.com\" }";
            let exclusion = json!([{"Pattern": pattern, "Reason": "a test", "Owner": "x", "Expires": "2027-01-31"}]);
            lines.push(format!("Exclude: {exclusion}"));
        }
        alarm_item(&lines.join("\n"))
    };
    let items: String = patterns.iter().enumerate().map(alarm).collect();
    testkit::alarms::alarms(&format!("Alarms:\n{items}"))
}

/// Keys of records that are nearly alike, and what they may have.
const KEYS: [&str; 4] = ["a", "list", "b", "c"];
const VALUES: [&str; 14] = [
    "\"x\"",
    "\"\"",
    "\"\\n\"",
    "1",
    "-0.5",
    "true",
    "null",
    "[]",
    "{}",
    "[\"x\"]",
    "[\"x\",null]",
    "[{\"k\":\"x\"}]",
    "[{\"k\":\"y\",\"l\":{}},{\"k\":null}]",
    "{\"k\":\"x\",\"a\":[1]}",
];

/// Selectors that a cached layout could get wrong: wildcards, containers, and `null` in a list.
static NEARLY_ALIKE: LazyLock<Matcher> = LazyLock::new(|| {
    let patterns = [
        "{ $.list[*].k != \"x\" }",
        "{ $.list IS NULL }",
        "{ $.list[*].k != \"y\" && $.c NOT EXISTS }",
        "{ $.list[1].k IS NULL || $.a[0] = \"x\" }",
        "{ $.a.k = \"x\" && $.b != 1 }",
        "{ $.c.a[*] = 1 || $.b IS TRUE }",
        "{ $.b = \"\\n\" || $.c = -0.5 }",
    ];
    Matcher::new(alarms(&patterns.map(str::to_owned)).into())
});

fn nearly_alike(values: &[Option<&str>]) -> String {
    let members = KEYS.iter().zip(values);
    let members: Vec<String> = members
        .filter_map(|(key, value)| Some(format!("\"{key}\":{}", (*value)?)))
        .collect();
    format!(
        "{{\"eventTime\":\"2026-11-20T02:15:00Z\"{}{}}}",
        if members.is_empty() { "" } else { "," },
        members.join(",")
    )
}

/// The sets of alarms: each alone would not do, since one pattern that matches hides what others do.
static MATCHERS: LazyLock<Vec<Matcher>> = LazyLock::new(|| {
    let catalogue = vectors::published_alarms();
    let published: Vec<String> = catalogue
        .iter()
        .flat_map(|entry| [&entry["pattern"], &entry["recommended_pattern"]])
        .filter_map(|pattern| Some(pattern.as_str()?.to_owned()))
        // Some were published with faults that CloudWatch refuses.
        .filter(|pattern| pattern.parse::<FilterPattern>().is_ok())
        .collect();
    assert!(published.len() > 100);
    let odd = ODD.map(str::to_owned);
    let all = [published.as_slice(), &odd].concat();
    let mut sets: Vec<Vec<String>> = vec![all, published.clone(), odd.to_vec()];
    sets.extend(
        published
            .iter()
            .chain(&odd)
            .map(|pattern| vec![pattern.clone()]),
    );
    sets.push([published.as_slice(), &odd, &[WILDCARD.to_owned()]].concat());
    sets.push(vec!["Terraform -boto3".to_owned(), published[0].clone()]);
    sets.push(vec![String::new()]);
    sets.iter()
        .map(|patterns| Matcher::new(alarms(patterns).into()))
        .collect()
});

fn own() -> OwnIdentity {
    OwnIdentity {
        role_arn: Some(records::REAL_ROLE.to_owned()),
        ..OwnIdentity::default()
    }
}

/// The result of a payload, and the number of its records that had a cached layout.
fn outcome(matcher: &Matcher, record_parser: RecordParser, data: &str) -> (PayloadOutcome, u64) {
    let matcher = matcher.clone().with_record_parser(record_parser);
    let mut payload_matcher = PayloadMatcher::new(matcher, Origin::default());
    let outcome = PayloadOutcome::of(data, &mut payload_matcher, &own(), DELIVERED);
    (outcome, payload_matcher.matcher().layout_cache_hits())
}

/// Whether the fast parser reads this message in a payload.
fn is_read_by_fast_path(matcher: &mut Matcher, message: &str) -> bool {
    let written = json!(message).to_string() + "}";
    let delivery = Delivery {
        log_group: "g",
        log_stream: "s",
        id: "1",
        time: DELIVERED,
        message: "",
    };
    matcher
        .match_escaped(
            delivery,
            &written.as_bytes()[1..],
            b"\"}",
            &mut Batch {
                own: &own(),
                now: DELIVERED,
                tally: &mut Tally::default(),
            },
        )
        .is_some()
}

/// The text of a payload of these messages, one in each millisecond.
fn payload(messages: &[String]) -> String {
    let messages = messages.iter().map(String::as_str);
    payload_text(&TRAIL, (DELIVERED.as_millisecond()..).zip(messages))
}

fn encoded(payload: &[u8]) -> String {
    BASE64_STANDARD.encode(gzip(payload))
}

#[test]
fn the_fast_path_reads_nearly_all_real_records() {
    let data = encoded(payload(&RECORDS).as_bytes());
    for (index, matcher) in MATCHERS.iter().take(3).enumerate() {
        let (expected, _) = outcome(matcher, RecordParser::Reference, &data);
        let (found, layout_hits) = outcome(matcher, RecordParser::Fast, &data);
        assert_eq!(found, expected, "set {index}");
        assert_eq!(found.counters.records_in, RECORDS.len() as u64);
        assert!(found.counters.own > 0 && found.counters.matched > 0);
        let mut matcher = matcher.clone();
        let fast = RECORDS
            .iter()
            .filter(|record| is_read_by_fast_path(&mut matcher, record));
        assert!(fast.count() * 100 > RECORDS.len() * 95);
        assert!(layout_hits > 100, "{layout_hits}");
    }
}

#[test]
fn a_pattern_on_text_disables_the_fast_path() {
    let mut text = Matcher::new(alarms(&["Terraform".to_owned()]).into());
    assert!(
        RECORDS[..50]
            .iter()
            .all(|record| !is_read_by_fast_path(&mut text, record))
    );
    let data = encoded(payload(&RECORDS[..50]).as_bytes());
    assert_eq!(
        outcome(&text, RecordParser::Fast, &data).0,
        outcome(&text, RecordParser::Reference, &data).0
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn both_parsers_agree_on_mutated_records(
        set in any::<Index>(),
        records in prop::collection::vec((any::<Index>(), prop::collection::vec(mutation(), 0..4)), 1..12),
    ) {
        let matcher = set.get(&MATCHERS);
        let messages: Vec<String> = records
            .iter()
            .flat_map(|(record, mutations)| {
                // A record that is written like one before it is read in another way than the first.
                let record = record.get(&RECORDS).clone();
                let mutated = mutations.iter().fold(record.clone(), |text, mutation| mutation.apply(&text));
                [record, mutated]
            })
            .collect();
        let data = encoded(payload(&messages).as_bytes());
        let (expected, _) = outcome(matcher, RecordParser::Reference, &data);
        let (found, _) = outcome(matcher, RecordParser::Fast, &data);
        prop_assert_eq!(&found, &expected, "{:#?}", messages);
        prop_assert_eq!(found.error, None);
        prop_assert_eq!(found.counters.records_in, messages.len() as u64);
    }

    /// There are few keys and values, so that cached layouts differ only by one of them, in every order.
    #[test]
    fn both_parsers_agree_on_similar_records(
        kinds in prop::collection::vec(prop::collection::vec(prop::option::of(select(VALUES.to_vec())), KEYS.len()), 1..6),
        order in prop::collection::vec(any::<Index>(), 2..24),
    ) {
        let messages: Vec<String> = order.iter().map(|kind| nearly_alike(kind.get::<Vec<_>>(&kinds))).collect();
        let data = encoded(payload(&messages).as_bytes());
        let (expected, _) = outcome(&NEARLY_ALIKE, RecordParser::Reference, &data);
        let (found, _) = outcome(&NEARLY_ALIKE, RecordParser::Fast, &data);
        prop_assert_eq!(found, expected, "{:#?}", messages);
    }

    #[test]
    fn both_parsers_agree_on_mutated_payloads(
        records in prop::collection::vec(any::<Index>(), 1..6),
        mutations in prop::collection::vec(mutation(), 1..4),
        spoilt in prop::option::of((any::<Index>(), prop_oneof![any::<u8>(), ..0x20_u8])),
    ) {
        let matcher = &MATCHERS[0];
        let messages: Vec<String> = records.iter().chain(&records).map(|record| record.get(&RECORDS).clone()).collect();
        let text = mutations.iter().fold(payload(&messages), |text, mutation| mutation.apply(&text));
        let mut bytes = text.into_bytes();
        if let Some((index, byte)) = spoilt && !bytes.is_empty() {
            let index = index.index(bytes.len());
            bytes[index] = byte;
        }
        let data = encoded(&bytes);
        let (expected, _) = outcome(matcher, RecordParser::Reference, &data);
        let (found, _) = outcome(matcher, RecordParser::Fast, &data);
        prop_assert_eq!(found, expected, "{}", String::from_utf8_lossy(&bytes));
    }
}
