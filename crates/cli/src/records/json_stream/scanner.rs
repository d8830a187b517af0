//! Scans JSON bytes, one token or one value at a time, and keeps only the requested text.

use std::io::{self, BufRead};

use cloudtrail_alarms::event::payload::MAX_INFLATED;

/// Maximum size of one value, or of a document that is read as a whole, in bytes. Same limit as for an inflated payload.
const MAX_VALUE: usize = MAX_INFLATED;

/// Why a stream cannot be split into JSON values.
#[derive(Debug, thiserror::Error)]
pub(crate) enum JsonStreamError {
    /// The file cannot be read, or its gzip data is invalid.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// The stream ends early.
    #[error("unexpected end of file in {within}")]
    Truncated {
        /// The incomplete part.
        within: &'static str,
    },
    /// Invalid syntax.
    #[error("expected {expected}, found {found:?}")]
    Unexpected {
        /// The expected token.
        expected: &'static str,
        /// The first character of the token that was found.
        found: char,
    },
    /// A value is too large.
    #[error("one JSON value in it is larger than {MAX_VALUE} bytes")]
    TooLarge,
    /// A document is not JSON.
    #[error("it is neither JSON nor JSON Lines: {0}")]
    Json(serde_json::Error),
}

/// Reads a stream.
pub(super) struct Scanner<R> {
    input: R,
    /// The text that was kept.
    pub(super) text: Vec<u8>,
}

/// Whether to keep the text that is read.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Keep {
    Text,
    Nothing,
}

impl<R: BufRead> Scanner<R> {
    pub(super) fn new(input: R) -> Self {
        let text = Vec::new();
        Self { input, text }
    }

    /// Reads up to the bracket that closes the current object.
    pub(super) fn rest_of_object(&mut self, keep: Keep) -> Result<(), JsonStreamError> {
        let mut depth = 1_usize;
        let mut in_string = false;
        let mut escaped = false;
        while depth > 0 {
            let available = self.input.fill_buf()?;
            if available.is_empty() {
                return Err(JsonStreamError::Truncated {
                    within: "a JSON object",
                });
            }
            let ends = |&byte: &u8| {
                match byte {
                    _ if escaped => escaped = false,
                    b'\\' => escaped = in_string,
                    b'"' => in_string = !in_string,
                    b'{' | b'[' if !in_string => depth += 1,
                    b'}' | b']' if !in_string => depth -= 1,
                    _ => {}
                }
                depth == 0
            };
            let used = available
                .iter()
                .position(ends)
                .map_or(available.len(), |last| last + 1);
            if keep == Keep::Text {
                if self.text.len() + used > MAX_VALUE {
                    return Err(JsonStreamError::TooLarge);
                }
                self.text.extend_from_slice(&available[..used]);
            }
            self.input.consume(used);
        }
        Ok(())
    }

    /// Reads to the end of the line. Returns false at the end of the stream.
    pub(super) fn rest_of_line(&mut self) -> Result<bool, JsonStreamError> {
        let remaining = (MAX_VALUE + 1).saturating_sub(self.text.len());
        let mut line = io::Read::take(&mut self.input, remaining as u64);
        let read = line.read_until(b'\n', &mut self.text)?;
        if self.text.len() > MAX_VALUE {
            return Err(JsonStreamError::TooLarge);
        }
        Ok(read > 0)
    }

    /// Skips white space and byte order marks, and returns the next byte without taking it.
    pub(super) fn peek(&mut self) -> Result<Option<u8>, JsonStreamError> {
        loop {
            let available = self.input.fill_buf()?;
            let is_space = |byte: &u8| b" \t\r\n\xef\xbb\xbf".contains(byte);
            match available.iter().position(|byte| !is_space(byte)) {
                Some(at) => {
                    let found = available[at];
                    self.input.consume(at);
                    return Ok(Some(found));
                }
                None if available.is_empty() => return Ok(None),
                None => {
                    let spaces = available.len();
                    self.input.consume(spaces);
                }
            }
        }
    }

    /// Moves the next byte to `text`.
    pub(super) fn take(&mut self) -> Result<Option<u8>, JsonStreamError> {
        let byte = self.input.fill_buf()?.first().copied();
        if let Some(byte) = byte {
            self.input.consume(1);
            self.text.push(byte);
        }
        Ok(byte)
    }
}
