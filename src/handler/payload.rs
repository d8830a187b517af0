//! Decoding and matching of a subscription payload in one pass. Pure.

use jiff::Timestamp;

use super::origin::Origin;
use crate::event::payload::{
    Decoder, Envelope, Head, LogEvent, LogEventError, PayloadError, Receiver, logged_at,
};
use crate::matching::{Batch, Delivery, Matcher};

/// A decoder and a matcher. One invocation at a time uses it; its buffers and caches stay for the next one.
#[derive(Debug)]
pub struct PayloadMatcher {
    decoder: Decoder,
    matcher: Matcher,
    origin: Origin,
}

impl PayloadMatcher {
    /// Matches payloads from `origin` with this matcher.
    pub fn new(matcher: Matcher, origin: Origin) -> Self {
        Self {
            decoder: Decoder::default(),
            matcher,
            origin,
        }
    }

    /// The matcher, for log events that are not in a payload.
    pub fn matcher(&mut self) -> &mut Matcher {
        &mut self.matcher
    }

    /// Matches the log events of a payload. `data` is the text of `awslogs.data`.
    ///
    /// # Errors
    /// The payload cannot be decoded. The result of the batch is incomplete then, and must not be counted.
    pub fn match_payload(
        &mut self,
        data: &str,
        batch: &mut Batch<'_>,
    ) -> Result<Envelope, PayloadError> {
        let Self {
            decoder,
            matcher,
            origin,
        } = self;
        let receiver = MatchingReceiver {
            matcher,
            origin,
            batch,
            is_admitted: None,
        };
        decoder.read(data, receiver)
    }
}

/// Matches the log events of a payload as the decoder reads them.
struct MatchingReceiver<'a, 'b> {
    matcher: &'a mut Matcher,
    origin: &'a Origin,
    batch: &'a mut Batch<'b>,
    /// Whether the payload comes from `origin`. Set by the first log event, because a payload has one envelope.
    is_admitted: Option<bool>,
}

impl MatchingReceiver<'_, '_> {
    /// Whether the log events of the payload are matched. If not, logs the reason once for each payload.
    fn admits(&mut self, envelope: &Envelope) -> bool {
        *self.is_admitted.get_or_insert_with(|| {
            let result = self.origin.check(envelope);
            if let Err(error) = &result {
                tracing::error!(
                    owner = envelope.owner,
                    log_group = envelope.log_group,
                    log_stream = envelope.log_stream,
                    %error,
                    "refused the log events of a payload"
                );
            }
            result.is_ok()
        })
    }
}

impl Receiver for MatchingReceiver<'_, '_> {
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
        (self.matcher).match_escaped(delivery, rest, end, self.batch)
    }

    fn take(&mut self, envelope: &Envelope, event: Result<LogEvent<'_>, LogEventError>) {
        if !self.admits(envelope) {
            return self.batch.tally.reject_silently();
        }
        let now = self.batch.now;
        match event {
            Ok(event) => match logged_at(event.timestamp) {
                Ok(time) => {
                    let delivery = delivery(envelope, &event.id, time, &event.message);
                    self.matcher.match_event(delivery, self.batch);
                }
                // Without its time the event cannot be counted: at any other time it could change the state of an alarm.
                Err(error) => {
                    let delivery = delivery(envelope, &event.id, now, &event.message);
                    self.batch.tally.reject(&delivery, &error);
                }
            },
            Err(error) => {
                let delivery = delivery(envelope, "", now, "");
                self.batch.tally.reject(&delivery, &error);
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
