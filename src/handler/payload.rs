//! The pure part of an invocation: a payload, decoded and matched as it comes.

use jiff::Timestamp;

use crate::event::payload::{
    Decoder, Envelope, Head, LogEvent, LogEventError, PayloadError, Receiver, logged_at,
};
use crate::matching::{Delivery, Matcher, OwnIdentity, Tally};

/// A decoder and a matcher: used by one invocation at a time, and kept for the next.
#[derive(Debug)]
pub struct PayloadMatcher {
    decoder: Decoder,
    matcher: Matcher,
}

impl PayloadMatcher {
    /// Matches payloads by this matcher.
    pub fn new(matcher: Matcher) -> Self {
        Self {
            decoder: Decoder::default(),
            matcher,
        }
    }

    /// The matcher, for log events that come without a payload.
    pub fn matcher(&mut self) -> &mut Matcher {
        &mut self.matcher
    }

    /// Matches the log events of a payload, which is the text of `awslogs.data`; `now` is the present time.
    ///
    /// # Errors
    /// It cannot be decoded. Some of its log events may be in `tally` by then, which must not be counted.
    pub fn tally(
        &mut self,
        data: &str,
        own: &OwnIdentity,
        now: Timestamp,
        tally: &mut Tally,
    ) -> Result<Envelope, PayloadError> {
        let Self { decoder, matcher } = self;
        let matching = Matching {
            matcher,
            own,
            now,
            tally,
        };
        decoder.read(data, matching)
    }
}

/// Matches the log events of a payload as they come.
struct Matching<'a> {
    matcher: &'a mut Matcher,
    own: &'a OwnIdentity,
    now: Timestamp,
    tally: &'a mut Tally,
}

impl Receiver for Matching<'_> {
    fn offer(
        &mut self,
        envelope: &Envelope,
        head: Head<'_>,
        rest: &[u8],
        end: &[u8],
    ) -> Option<usize> {
        let delivery = delivery(envelope, head.id, logged_at(head.timestamp).ok()?, "");
        (self.matcher).tally_escaped(delivery, rest, end, self.own, self.now, self.tally)
    }

    fn take(&mut self, envelope: &Envelope, event: Result<LogEvent<'_>, LogEventError>) {
        match event {
            Ok(event) => match logged_at(event.timestamp) {
                Ok(time) => {
                    let delivery = delivery(envelope, &event.id, time, &event.message);
                    self.matcher.tally(delivery, self.own, self.now, self.tally);
                }
                // Counted at no time or at a wrong one, it would belie the alarm.
                Err(error) => {
                    let delivery = delivery(envelope, &event.id, self.now, &event.message);
                    self.tally.refuse(&delivery, &error);
                }
            },
            Err(error) => {
                let delivery = delivery(envelope, "", self.now, "");
                self.tally.refuse(&delivery, &error);
            }
        }
    }
}

fn delivery<'a>(
    envelope: &'a Envelope,
    id: &'a str,
    time: Timestamp,
    message: &'a str,
) -> Delivery<'a> {
    Delivery {
        log_group: &envelope.log_group,
        log_stream: &envelope.log_stream,
        id,
        time,
        message,
    }
}
