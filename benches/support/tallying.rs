//! An invocation from its text to what its alarms count of it: what this crate does before it asks the table.

use std::time::Duration;

use cloudtrail_alarms::event::Event;
use cloudtrail_alarms::event::payload::{
    Decoder, Envelope, Head, LogEvent, LogEventError, Receiver,
};
use cloudtrail_alarms::matching::{Delivery, Matcher, OwnIdentity, Tally};
use jiff::Timestamp;
use rustix::time::{ClockId, clock_gettime};

/// Takes log events out of a payload and into a tally.
struct Matching<'a> {
    matcher: &'a mut Matcher,
    own: OwnIdentity,
    tally: Tally,
    now: Timestamp,
}

fn delivery<'a>(
    envelope: &'a Envelope,
    id: &'a str,
    timestamp: i64,
    message: &'a str,
) -> Delivery<'a> {
    Delivery {
        log_group: &envelope.log_group,
        log_stream: &envelope.log_stream,
        id,
        time: Timestamp::from_millisecond(timestamp).expect("a time of this century"),
        message,
    }
}

impl Receiver for &mut Matching<'_> {
    fn offer(
        &mut self,
        envelope: &Envelope,
        head: Head<'_>,
        rest: &[u8],
        end: &[u8],
    ) -> Option<usize> {
        let delivery = delivery(envelope, head.id, head.timestamp, "");
        (self.matcher).tally_escaped(delivery, rest, end, &self.own, self.now, &mut self.tally)
    }

    fn take(&mut self, envelope: &Envelope, event: Result<LogEvent<'_>, LogEventError>) {
        let event = event.expect("the payload holds log events");
        let delivery = delivery(envelope, &event.id, event.timestamp, &event.message);
        (self.matcher).tally(delivery, &self.own, self.now, &mut self.tally);
    }
}

/// Decodes an invocation and matches its records; `now` is the present time.
pub fn tally(event: &str, matcher: &mut Matcher, decoder: &mut Decoder, now: Timestamp) -> Tally {
    let Ok(Event::Logs { data }) = Event::read(event) else {
        unreachable!("the event is a payload")
    };
    let mut matching = Matching {
        matcher,
        own: OwnIdentity::default(),
        tally: Tally::default(),
        now,
    };
    decoder
        .read(&data, &mut matching)
        .expect("the payload is one");
    matching.tally
}

/// Processor time of this thread so far.
pub fn processor_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.try_into().expect("a time since the thread began")
}
