//! The pure part of an invocation: a payload, decoded and matched as it comes.

use jiff::Timestamp;

use super::origin::Origin;
use crate::event::payload::{
    Decoder, Envelope, Head, LogEvent, LogEventError, PayloadError, Receiver, logged_at,
};
use crate::matching::{Delivery, Matcher, OwnIdentity, Tally};

/// A decoder and a matcher: used by one invocation at a time, and kept for the next.
#[derive(Debug)]
pub struct PayloadMatcher {
    decoder: Decoder,
    matcher: Matcher,
    origin: Origin,
}

impl PayloadMatcher {
    /// Matches payloads from `origin` by this matcher.
    pub fn new(matcher: Matcher, origin: Origin) -> Self {
        Self {
            decoder: Decoder::default(),
            matcher,
            origin,
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
    pub fn match_payload(
        &mut self,
        data: &str,
        own: &OwnIdentity,
        now: Timestamp,
        tally: &mut Tally,
    ) -> Result<Envelope, PayloadError> {
        let Self {
            decoder,
            matcher,
            origin,
        } = self;
        let matching = Matching {
            matcher,
            origin,
            own,
            now,
            tally,
            checked: None,
        };
        decoder.read(data, matching)
    }
}

/// Matches the log events of a payload as they come.
struct Matching<'a> {
    matcher: &'a mut Matcher,
    origin: &'a Origin,
    own: &'a OwnIdentity,
    now: Timestamp,
    tally: &'a mut Tally,
    /// Whether the payload comes from `origin`. Set by the first log event, because a payload has one envelope.
    checked: Option<bool>,
}

impl Matching<'_> {
    /// Whether the log events of the payload are matched. If not, logs the reason once for each payload.
    fn admits(&mut self, envelope: &Envelope) -> bool {
        *self.checked.get_or_insert_with(|| {
            let refusal = self.origin.check(envelope);
            if let Err(foreign) = &refusal {
                tracing::error!(
                    owner = envelope.owner,
                    log_group = envelope.log_group,
                    log_stream = envelope.log_stream,
                    error = %foreign,
                    "refused the log events of a payload"
                );
            }
            refusal.is_ok()
        })
    }
}

impl Receiver for Matching<'_> {
    fn offer(
        &mut self,
        envelope: &Envelope,
        head: Head<'_>,
        rest: &[u8],
        end: &[u8],
    ) -> Option<usize> {
        if !self.admits(envelope) {
            return None;
        }
        let delivery = delivery(envelope, head.id, logged_at(head.timestamp).ok()?, "");
        (self.matcher).match_escaped(delivery, rest, end, self.own, self.now, self.tally)
    }

    fn take(&mut self, envelope: &Envelope, event: Result<LogEvent<'_>, LogEventError>) {
        if !self.admits(envelope) {
            return self.tally.reject_silently();
        }
        match event {
            Ok(event) => match logged_at(event.timestamp) {
                Ok(time) => {
                    let delivery = delivery(envelope, &event.id, time, &event.message);
                    self.matcher
                        .match_event(delivery, self.own, self.now, self.tally);
                }
                // Counted at no time or at a wrong one, it would belie the alarm.
                Err(error) => {
                    let delivery = delivery(envelope, &event.id, self.now, &event.message);
                    self.tally.reject(&delivery, &error);
                }
            },
            Err(error) => {
                let delivery = delivery(envelope, "", self.now, "");
                self.tally.reject(&delivery, &error);
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
