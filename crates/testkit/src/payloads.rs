//! Results of matching whole payloads.

use cloudtrail_alarms::event::payload::PayloadError;
use cloudtrail_alarms::handler::PayloadMatcher;
use cloudtrail_alarms::matching::{Batch, OwnIdentity, Tally};
use cloudtrail_alarms::metrics::Counters;
use cloudtrail_alarms::series::{Additions, BucketKey};
use jiff::Timestamp;

/// The result of matching a payload, which can be compared.
#[derive(Debug, PartialEq)]
pub struct PayloadOutcome {
    /// The message of the error. Nothing of a payload with an error is counted.
    pub error: Option<String>,
    /// Counts of records and of their matches.
    pub counters: Counters,
    /// The number of matches.
    pub occurrences: u64,
    /// The number of excluded matches.
    pub excluded: u64,
    /// The additions to each bucket.
    pub additions: Vec<(BucketKey, Additions)>,
    /// The latest time of a record.
    pub newest: Option<Timestamp>,
}

impl PayloadOutcome {
    /// Matches the base64 data of a payload.
    pub fn of(
        data: &str,
        payload_matcher: &mut PayloadMatcher,
        own: &OwnIdentity,
        now: Timestamp,
    ) -> Self {
        let result = tally(data, payload_matcher, own, now);
        let error = result.as_ref().err().map(ToString::to_string);
        let tally = result.unwrap_or_default();
        Self {
            error,
            counters: tally.counters,
            occurrences: tally.occurrences,
            excluded: tally.excluded,
            additions: tally.additions.into_iter().collect(),
            newest: tally.newest,
        }
    }
}

/// Matches the base64 data of a payload. `now` is the present time.
pub fn tally(
    data: &str,
    payload_matcher: &mut PayloadMatcher,
    own: &OwnIdentity,
    now: Timestamp,
) -> Result<Tally, PayloadError> {
    let mut tally = Tally::default();
    let mut batch = Batch {
        own,
        now,
        tally: &mut tally,
    };
    payload_matcher.match_payload(data, &mut batch)?;
    Ok(tally)
}
