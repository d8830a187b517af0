//! The measured part of the pipeline, from the text of an invocation to the counts of its alarms, and the clock.

use std::time::Duration;

use cloudtrail_alarms::event::{Event, RecordEvent, SingleEvent};
use cloudtrail_alarms::handler::PayloadMatcher;
use cloudtrail_alarms::matching::{OwnIdentity, Tally};
use jiff::Timestamp;
use rustix::time::{ClockId, clock_gettime};

use crate::payloads;

/// Decodes an invocation and matches its records. `now` is the present time.
pub fn tally(event: &str, payload_matcher: &mut PayloadMatcher, now: Timestamp) -> Tally {
    let Ok(Event::Single(SingleEvent::Records(RecordEvent::Subscription { data }))) =
        Event::read(event, now)
    else {
        unreachable!("the event is a subscription payload")
    };
    let own = OwnIdentity::default();
    payloads::tally(&data, payload_matcher, &own, now).expect("the payload is one")
}

/// CPU time of this thread so far.
pub fn cpu_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.try_into().expect("CPU time is not negative")
}
