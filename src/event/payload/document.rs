//! The JSON of a payload, read while it comes.
//!
//! It is read in steps (a key with its value, a log event) that each need their text as a whole. A step whose text is
//! cut by the window's edge is tried again when there is more.

use std::io::Read;

use serde::de::{Error as _, IgnoredAny};
use serde_json::Error as JsonError;

use super::cursor::{Cursor, Obstacle, fault_of};
use super::log_event::Text;
use super::window::Window;
use super::{Envelope, PayloadError, Receiver};

/// What is known of a payload.
#[derive(Debug, Default)]
pub(super) struct Document {
    message_type: Option<String>,
    owner: Option<String>,
    log_group: Option<String>,
    log_stream: Option<String>,
    pub(super) events: Events,
}

/// What became of the log events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Events {
    /// They have not come, or came behind the envelope, as CloudWatch Logs writes it.
    #[default]
    Taken,
    /// They came before the envelope was complete, and were passed over.
    PassedOver,
    /// They are to be taken now, whatever comes first.
    Again,
}

/// What comes next.
enum Stage {
    Start,
    /// A key; not the first one, if a comma has to come before it.
    Key {
        comma: bool,
    },
    /// A log event. Without an envelope they are passed over.
    Event {
        comma: bool,
        envelope: Option<Envelope>,
    },
    /// Nothing but white space.
    Behind,
    End,
}

impl Document {
    /// The envelope, so far as it is known.
    pub(super) fn envelope(&self) -> Result<Envelope, PayloadError> {
        let is_control_message = match self.message_type.as_deref() {
            None | Some("" | "DATA_MESSAGE") => false,
            Some("CONTROL_MESSAGE") => true,
            Some(found) => {
                return Err(PayloadError::MessageType {
                    found: found.to_owned(),
                });
            }
        };
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        Ok(Envelope {
            is_control_message,
            owner: text(&self.owner),
            log_group: text(&self.log_group),
            log_stream: text(&self.log_stream),
        })
    }

    fn is_complete(&self) -> bool {
        self.message_type.is_some()
            && self.owner.is_some()
            && self.log_group.is_some()
            && self.log_stream.is_some()
    }

    /// Reads a payload to its end.
    pub(super) fn read(
        &mut self,
        window: &mut Window<'_, impl Read>,
        receiver: &mut impl Receiver,
    ) -> Result<(), PayloadError> {
        let mut stage = Stage::Start;
        while !matches!(stage, Stage::End) {
            let mut cursor = Cursor {
                bytes: window.bytes(),
                at: 0,
                is_whole: window.is_at_end(),
            };
            match self.step(&mut stage, &mut cursor, receiver) {
                Ok(()) => {
                    let used = cursor.at;
                    window.consume(used);
                }
                Err(Obstacle::Cut) if !window.is_at_end() => window.extend()?,
                Err(Obstacle::Cut) => {
                    let at = window.bytes().len();
                    return Err(error_in(window, at, JsonError::custom("it ends early")));
                }
                Err(Obstacle::Json { at, source }) => return Err(error_in(window, at, source)),
                Err(Obstacle::Envelope(error)) => return Err(error),
            }
        }
        Ok(())
    }

    /// Makes one step. Where it cannot, nothing has changed.
    fn step(
        &mut self,
        stage: &mut Stage,
        cursor: &mut Cursor<'_>,
        receiver: &mut impl Receiver,
    ) -> Result<(), Obstacle> {
        match stage {
            Stage::Start => {
                cursor.pass(b'{', "expected `{`")?;
                *stage = Stage::Key { comma: false };
            }
            Stage::Key { comma } => {
                if cursor.peek()? == b'}' {
                    cursor.at += 1;
                    *stage = Stage::Behind;
                    return Ok(());
                }
                if *comma {
                    cursor.pass(b',', "expected `,` or `}`")?;
                }
                *stage = self.member(cursor)?;
            }
            Stage::Event { comma, envelope } => {
                let next = cursor.peek()?;
                if next == b']' {
                    cursor.at += 1;
                    *stage = Stage::Key { comma: true };
                    return Ok(());
                }
                if *comma {
                    cursor.pass(b',', "expected `,` or `]`")?;
                    cursor.peek()?;
                }
                match envelope {
                    Some(envelope) => cursor.event(envelope, receiver)?,
                    None => _ = cursor.value::<IgnoredAny>()?,
                }
                *comma = true;
            }
            Stage::Behind => match cursor.peek() {
                Err(Obstacle::Cut) if cursor.is_whole => *stage = Stage::End,
                Err(obstacle) => return Err(obstacle),
                Ok(_) => return Err(cursor.expected("expected nothing behind the last `}`")),
            },
            Stage::End => {}
        }
        Ok(())
    }

    /// Reads a key and its value, but of the log events only the bracket that opens them.
    fn member(&mut self, cursor: &mut Cursor<'_>) -> Result<Stage, Obstacle> {
        cursor.peek()?;
        let Text(key) = cursor.value()?;
        cursor.pass(b':', "expected `:`")?;
        let next = cursor.peek()?;
        let field = match &*key {
            "messageType" => &mut self.message_type,
            "owner" => &mut self.owner,
            "logGroup" => &mut self.log_group,
            "logStream" => &mut self.log_stream,
            "logEvents" if next != b'n' => {
                cursor.pass(b'[', "expected `[`")?;
                let is_early = !self.is_complete() && self.events != Events::Again;
                // Behind log events that were passed over all are, since they are all read again.
                if is_early || self.events == Events::PassedOver {
                    self.events = Events::PassedOver;
                    return Ok(Stage::Event {
                        comma: false,
                        envelope: None,
                    });
                }
                let envelope = self.envelope().map_err(Obstacle::Envelope)?;
                return Ok(Stage::Event {
                    comma: false,
                    envelope: (!envelope.is_control_message).then_some(envelope),
                });
            }
            _ => {
                cursor.value::<IgnoredAny>()?;
                return Ok(Stage::Key { comma: true });
            }
        };
        // `null` says nothing: what is known stays so.
        if let Some(Text(text)) = cursor.value()? {
            *field = Some(text.into_owned());
        }
        Ok(Stage::Key { comma: true })
    }
}

/// The error for what is seen, which from the byte `at` on is not as it should be, or no text at all.
fn error_in(window: &Window<'_, impl Read>, at: usize, source: JsonError) -> PayloadError {
    let seen = window.bytes();
    let fault = at + fault_of(&seen[at..], &source);
    let found = std::str::from_utf8(seen.get(fault..).unwrap_or_default());
    if found.is_err_and(|cause| cause.valid_up_to() == 0 && cause.error_len().is_some()) {
        let at = window.passed() + fault;
        return PayloadError::Utf8 { at };
    }
    let at = window.passed() + at;
    PayloadError::Json { at, source }
}
