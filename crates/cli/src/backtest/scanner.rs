//! Bytes of JSON, one token or one value at a time; nothing is kept that was not asked for.

use std::io::{self, BufRead};

use cloudtrail_alarms::event::payload::MAX_INFLATED;

/// Most bytes of one value, or of a document that is read as a whole. It is what a payload may inflate to.
const MAX_VALUE: usize = MAX_INFLATED;

/// Why a stream cannot be cut.
#[derive(Debug, thiserror::Error)]
pub(super) enum SplitError {
    /// The file, or the gzip in it, cannot be read.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// It ends before it is complete.
    #[error("it ends within {within}")]
    Truncated {
        /// Within what.
        within: &'static str,
    },
    /// Something else stands there.
    #[error("expected {expected}, found {found:?}")]
    Unexpected {
        /// What should.
        expected: &'static str,
        /// What does.
        found: char,
    },
    /// A value is too large.
    #[error("one JSON value in it is larger than {MAX_VALUE} bytes")]
    TooLarge,
    /// A document is no JSON.
    #[error("it is neither JSON nor JSON Lines: {0}")]
    Json(serde_json::Error),
}

/// Reads a stream.
pub(super) struct Scanner<R> {
    input: R,
    /// What was taken so far.
    pub(super) text: Vec<u8>,
}

/// What becomes of a text that is passed.
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

    /// Reads on to the bracket that closes the object at hand, whose opening one has been read.
    pub(super) fn rest_of_object(&mut self, keep: Keep) -> Result<(), SplitError> {
        let mut depth = 1_usize;
        let mut in_string = false;
        let mut escaped = false;
        while depth > 0 {
            let available = self.input.fill_buf()?;
            if available.is_empty() {
                return Err(SplitError::Truncated {
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
                    return Err(SplitError::TooLarge);
                }
                self.text.extend_from_slice(&available[..used]);
            }
            self.input.consume(used);
        }
        Ok(())
    }

    /// Reads on to the end of the line, and says whether there was anything.
    pub(super) fn rest_of_line(&mut self) -> Result<bool, SplitError> {
        let room = (MAX_VALUE + 1).saturating_sub(self.text.len());
        let mut line = io::Read::take(&mut self.input, room as u64);
        let read = line.read_until(b'\n', &mut self.text)?;
        if self.text.len() > MAX_VALUE {
            return Err(SplitError::TooLarge);
        }
        Ok(read > 0)
    }

    /// The next byte that is no white space, and no byte order mark.
    pub(super) fn peek(&mut self) -> Result<Option<u8>, SplitError> {
        loop {
            let available = self.input.fill_buf()?;
            let blank = |byte: &u8| b" \t\r\n\xef\xbb\xbf".contains(byte);
            match available.iter().position(|byte| !blank(byte)) {
                Some(place) => {
                    let found = available[place];
                    self.input.consume(place);
                    return Ok(Some(found));
                }
                None if available.is_empty() => return Ok(None),
                None => {
                    let blank = available.len();
                    self.input.consume(blank);
                }
            }
        }
    }

    /// Moves the next byte to `text`.
    pub(super) fn take(&mut self) -> Result<Option<u8>, SplitError> {
        let byte = self.input.fill_buf()?.first().copied();
        if let Some(byte) = byte {
            self.input.consume(1);
            self.text.push(byte);
        }
        Ok(byte)
    }
}
