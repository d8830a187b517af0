//! Incremental parser of the JSON of a payload.
//!
//! It works in steps, such as a key with its value or a log event. Each step needs its whole text. A step whose text is
//! incomplete in the window is repeated when there is more text.

use std::io::Read;

use serde::de::{Error as _, IgnoredAny};
use serde_json::Error as JsonError;

use super::cursor::{Cursor, Obstacle, error_offset};
use super::error::PayloadError;
use super::log_event::Text;
use super::receiver::{Envelope, Receiver};
use super::window::Window;

/// The fields of a payload that have been read so far.
#[derive(Debug, Default)]
pub(super) struct Document {
    message_type: Option<String>,
    owner: Option<String>,
    log_group: Option<String>,
    log_stream: Option<String>,
    pub(super) events: Events,
}

/// Whether log events were passed to the receiver.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Events {
    /// There were none yet, or they came after the envelope, as CloudWatch Logs writes them.
    #[default]
    Taken,
    /// They came before the envelope was complete, and were skipped.
    Skipped,
    /// This is the second pass, in which they are passed in any order.
    Again,
}

/// The next step.
enum Stage {
    Start,
    /// A key, after a comma unless it is the first one.
    Key {
        comma: bool,
    },
    /// A log event. Without an envelope, log events are skipped.
    Event {
        comma: bool,
        envelope: Option<Envelope>,
    },
    /// White space after the object.
    Trailing,
    End,
}

impl Document {
    /// The envelope, from the fields that have been read so far.
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
                Err(Obstacle::Incomplete) if !window.is_at_end() => window.extend()?,
                Err(Obstacle::Incomplete) => {
                    let at = window.bytes().len();
                    return Err(error_in(window, at, JsonError::custom("it ends early")));
                }
                Err(Obstacle::Json { at, source }) => return Err(error_in(window, at, source)),
                Err(Obstacle::Envelope(error)) => return Err(error),
            }
        }
        Ok(())
    }

    /// Makes one step. A step that fails changes nothing.
    fn step(
        &mut self,
        stage: &mut Stage,
        cursor: &mut Cursor<'_>,
        receiver: &mut impl Receiver,
    ) -> Result<(), Obstacle> {
        match stage {
            Stage::Start => {
                cursor.expect(b'{', "expected `{`")?;
                *stage = Stage::Key { comma: false };
            }
            Stage::Key { comma } => {
                if cursor.peek()? == b'}' {
                    cursor.at += 1;
                    *stage = Stage::Trailing;
                    return Ok(());
                }
                if *comma {
                    cursor.expect(b',', "expected `,` or `}`")?;
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
                    cursor.expect(b',', "expected `,` or `]`")?;
                    cursor.peek()?;
                }
                match envelope {
                    Some(envelope) => cursor.event(envelope, receiver)?,
                    None => _ = cursor.value::<IgnoredAny>()?,
                }
                *comma = true;
            }
            Stage::Trailing => match cursor.peek() {
                Err(Obstacle::Incomplete) if cursor.is_whole => *stage = Stage::End,
                Err(obstacle) => return Err(obstacle),
                Ok(_) => return Err(cursor.expected("expected nothing after the last `}`")),
            },
            Stage::End => {}
        }
        Ok(())
    }

    /// Reads a key and its value. Of the log events, reads only the opening bracket.
    fn member(&mut self, cursor: &mut Cursor<'_>) -> Result<Stage, Obstacle> {
        cursor.peek()?;
        let Text(key) = cursor.value()?;
        cursor.expect(b':', "expected `:`")?;
        let next = cursor.peek()?;
        let field = match &*key {
            "messageType" => &mut self.message_type,
            "owner" => &mut self.owner,
            "logGroup" => &mut self.log_group,
            "logStream" => &mut self.log_stream,
            "logEvents" if next != b'n' => {
                cursor.expect(b'[', "expected `[`")?;
                let is_early = !self.is_complete() && self.events != Events::Again;
                // After skipped log events, all others are skipped too: the second pass reads all of them.
                if is_early || self.events == Events::Skipped {
                    self.events = Events::Skipped;
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
        // `null` does not replace a known value.
        if let Some(Text(text)) = cursor.value()? {
            *field = Some(text.into_owned());
        }
        Ok(Stage::Key { comma: true })
    }
}

/// The error for invalid JSON or invalid UTF-8 at byte offset `at` of the window.
fn error_in(window: &Window<'_, impl Read>, at: usize, source: JsonError) -> PayloadError {
    let bytes = window.bytes();
    let offset = at + error_offset(&bytes[at..], &source);
    let found = std::str::from_utf8(bytes.get(offset..).unwrap_or_default());
    if found.is_err_and(|cause| cause.valid_up_to() == 0 && cause.error_len().is_some()) {
        let at = window.offset() + offset;
        return PayloadError::Utf8 { at };
    }
    let at = window.offset() + at;
    PayloadError::Json { at, source }
}
