//! All record readers capture the same values, of recorded events and of mutated ones.

use std::sync::LazyLock;

use cloudwatch_filter_pattern_testkit::mutation::mutation;
use cloudwatch_filter_pattern_testkit::readers::{Readers, selector};
use proptest::prelude::*;
use proptest::sample::Index;

use super::vectors::events;

/// Paths of members of CloudTrail records and of the events of the vectors.
const PATHS: [&str; 12] = [
    "eventName",
    "eventSource",
    "errorCode",
    "errorMessage",
    "eventTime",
    "userAgent",
    "userIdentity",
    "userIdentity.type",
    "userIdentity.sessionContext.sessionIssuer.arn",
    "requestParameters.policyDocument",
    "requestParameters.*",
    "eventType",
];

static READERS: LazyLock<Readers> = LazyLock::new(|| Readers::new(&PATHS.map(selector)));
static EVENTS: LazyLock<Vec<String>> = LazyLock::new(events);

#[test]
fn recorded_events_are_read_alike() {
    let lines: Vec<&str> = EVENTS.iter().map(String::as_str).collect();
    assert!(lines.len() > 500, "{}", lines.len());
    READERS.check(&lines);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn mutated_events_are_read_alike(
        events in prop::collection::vec((any::<Index>(), prop::collection::vec(mutation(), 0..4)), 1..12),
    ) {
        let texts: Vec<String> = events
            .iter()
            .flat_map(|(event, mutations)| {
                // A record with the layout of the one before it is read in another way than the first.
                let event = event.get(&EVENTS).clone();
                let mutated = mutations.iter().fold(event.clone(), |text, mutation| mutation.apply(&text));
                [event, mutated]
            })
            .collect();
        let lines: Vec<&str> = texts.iter().map(String::as_str).collect();
        READERS.check(&lines);
    }
}
