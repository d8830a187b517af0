//! A stream of JSON, cut into the values that hold records, each in memory by itself.
//!
//! What comes may be
//!
//! * an object whose first key is `Records` or `events`: cut into the elements of that array, however long it is;
//! * JSON Lines: cut into lines, of which one that is broken does not spoil the others;
//! * any other JSON, which must fit into memory as a whole.
//!
//! Several of the first kind may follow each other, as `zcat *.json.gz` writes them. Values are cut out, not checked.

use std::io::{self, BufRead};

use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use crate::event::payload::MAX_INFLATED;

/// Arrays that are read element by element.
const STREAMED: [&[u8]; 2] = [b"\"Records\"", b"\"events\""];

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

/// Cuts a stream.
pub(super) struct Splitter<R> {
    input: R,
    text: Vec<u8>,
    place: Place,
}

/// Where the stream has been read to.
#[derive(Clone, Copy)]
enum Place {
    /// Before an object that can be of any kind.
    Start,
    /// In an array, behind its opening bracket.
    FirstElement,
    /// In an array, behind an element.
    Element,
    /// Between lines.
    Line,
    /// In a document that is in memory as a whole, at this byte of it.
    Document(usize),
}

impl<R: BufRead> Splitter<R> {
    pub(super) fn new(input: R) -> Self {
        Self {
            input,
            text: Vec::new(),
            place: Place::Start,
        }
    }

    /// The text of the next value; none at the end.
    pub(super) fn next_value(&mut self) -> Result<Option<&[u8]>, SplitError> {
        loop {
            if !matches!(self.place, Place::Document(_)) {
                self.text.clear();
            }
            match self.place {
                Place::Start => match self.peek()? {
                    None => return Ok(None),
                    Some(b'{') if self.is_streamed()? => self.place = Place::FirstElement,
                    Some(b'{') => {
                        self.rest_of_line()?;
                        if serde_json::from_slice::<IgnoredAny>(&self.text).is_ok() {
                            self.place = Place::Line;
                            return Ok(Some(&self.text));
                        }
                        while self.rest_of_line()? {}
                        self.place = Place::Document(0);
                    }
                    Some(found) => {
                        return Err(unexpected(
                            "a subscription payload, a CloudTrail log file, JSON Lines of records or the output of \
                             `aws logs filter-log-events`",
                            found,
                        ));
                    }
                },
                Place::FirstElement | Place::Element => {
                    if self.element()? {
                        return Ok(Some(&self.text));
                    }
                    self.place = Place::Start;
                }
                Place::Line => {
                    if self.peek()?.is_none() {
                        return Ok(None);
                    }
                    self.rest_of_line()?;
                    return Ok(Some(&self.text));
                }
                Place::Document(from) => {
                    let mut values = serde_json::Deserializer::from_slice(&self.text[from..])
                        .into_iter::<&RawValue>();
                    let value = values.next().transpose().map_err(SplitError::Json)?;
                    self.place = Place::Document(from + values.byte_offset());
                    return Ok(value.map(|value| value.get().as_bytes()));
                }
            }
        }
    }

    /// Reads an object's opening up to where it shows whether a streamed array comes first. Where none does, what was
    /// read stands in `text`.
    fn is_streamed(&mut self) -> Result<bool, SplitError> {
        self.take()?;
        if self.peek()? != Some(b'"') {
            return Ok(false);
        }
        let key = self.text.len();
        self.take()?;
        // The keys that are looked for have no escapes, and are shorter than a line.
        while self.text.len() - key <= MAX_KEY && self.take()?.is_some_and(|byte| byte != b'"') {}
        if !STREAMED.contains(&&self.text[key..]) || self.peek()? != Some(b':') {
            return Ok(false);
        }
        self.take()?;
        if self.peek()? != Some(b'[') {
            return Ok(false);
        }
        self.take()?;
        Ok(true)
    }

    /// Reads the next element of an array into `text`, or what follows the array in its object.
    fn element(&mut self) -> Result<bool, SplitError> {
        let mut next = self.peek()?;
        match (self.place, next) {
            (Place::Element, Some(b',')) => {
                self.take()?;
                next = self.peek()?;
            }
            (Place::Element, Some(found)) if found != b']' => {
                return Err(unexpected("`,` or `]` behind a record", found));
            }
            _ => {}
        }
        self.text.clear();
        match next {
            None => Err(SplitError::Truncated {
                within: "a list of records",
            }),
            Some(b'{') => {
                self.take()?;
                self.to_close(Keep::Text)?;
                self.place = Place::Element;
                Ok(true)
            }
            Some(b']') => {
                self.take()?;
                self.to_close(Keep::Nothing)?;
                Ok(false)
            }
            Some(found) => Err(unexpected("a record, which is a JSON object", found)),
        }
    }

    /// Reads on to the bracket that closes the object at hand.
    fn to_close(&mut self, keep: Keep) -> Result<(), SplitError> {
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
    fn rest_of_line(&mut self) -> Result<bool, SplitError> {
        let room = (MAX_VALUE + 1).saturating_sub(self.text.len());
        let mut line = io::Read::take(&mut self.input, room as u64);
        let read = line.read_until(b'\n', &mut self.text)?;
        if self.text.len() > MAX_VALUE {
            return Err(SplitError::TooLarge);
        }
        Ok(read > 0)
    }

    /// The next byte that is no white space, and no byte order mark.
    fn peek(&mut self) -> Result<Option<u8>, SplitError> {
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
    fn take(&mut self) -> Result<Option<u8>, SplitError> {
        let byte = self.input.fill_buf()?.first().copied();
        if let Some(byte) = byte {
            self.input.consume(1);
            self.text.push(byte);
        }
        Ok(byte)
    }
}

/// Longest key, in bytes, that can be one of those looked for.
const MAX_KEY: usize = 16;

/// What becomes of a text that is passed.
#[derive(Clone, Copy, PartialEq)]
enum Keep {
    Text,
    Nothing,
}

fn unexpected(expected: &'static str, found: u8) -> SplitError {
    SplitError::Unexpected {
        expected,
        found: char::from(found),
    }
}

#[cfg(test)]
mod tests {
    use std::io::BufReader;

    use super::*;

    /// The values, read through the smallest buffer, or the error.
    fn split(text: &str) -> Result<Vec<String>, String> {
        let mut splitter = Splitter::new(BufReader::with_capacity(1, text.as_bytes()));
        let mut values = Vec::new();
        loop {
            match splitter.next_value() {
                Ok(Some(value)) => {
                    values.push(String::from_utf8(value.to_vec()).unwrap().trim().to_owned())
                }
                Ok(None) => return Ok(values),
                Err(error) => return Err(error.to_string()),
            }
        }
    }

    #[test]
    fn a_list_is_cut_at_its_elements() {
        let text = r#" { "Records" : [ {"a":"}]\"\\"} , {"b":[{}]} ], "next": {"c":[1]} }"#;
        assert_eq!(split(text).unwrap(), [r#"{"a":"}]\"\\"}"#, r#"{"b":[{}]}"#]);
        assert_eq!(split(r#"{"events":[]}"#).unwrap(), [""; 0]);
    }

    #[test]
    fn lists_may_follow_each_other() {
        let text = r#"{"Records":[{"a":1}]}{"Records":[{"a":2}]}"#;
        assert_eq!(split(text).unwrap(), [r#"{"a":1}"#, r#"{"a":2}"#]);
    }

    #[test]
    fn a_broken_line_does_not_spoil_the_others() {
        let text = "{\"a\":1}\r\n\n{\"a\":\nnone\n{\"a\":3}";
        assert_eq!(
            split(text).unwrap(),
            [r#"{"a":1}"#, r#"{"a":"#, "none", r#"{"a":3}"#]
        );
    }

    #[test]
    fn a_document_may_be_laid_out_in_any_way() {
        let text = "{\n  \"a\": 1\n}\n{\n  \"a\": 2\n}\n";
        assert_eq!(
            split(text).unwrap(),
            ["{\n  \"a\": 1\n}", "{\n  \"a\": 2\n}"]
        );
        assert_eq!(split("").unwrap(), [""; 0]);
        assert_eq!(split(r#"{"Records":7}"#).unwrap(), [r#"{"Records":7}"#]);
        assert_eq!(split("{}").unwrap(), ["{}"]);
    }

    #[test]
    fn what_ends_early_or_is_something_else_is_told() {
        assert_eq!(
            split(r#"{"Records":[{"a":1},{"#).unwrap_err(),
            "it ends within a JSON object"
        );
        assert_eq!(
            split(r#"{"Records":[{"a":1}"#).unwrap_err(),
            "it ends within a list of records"
        );
        assert_eq!(
            split(r#"{"Records":[{"a":1}]"#).unwrap_err(),
            "it ends within a JSON object"
        );
        assert_eq!(
            split(r#"{"Records":[7]}"#).unwrap_err(),
            "expected a record, which is a JSON object, found '7'"
        );
        assert_eq!(
            split(r#"{"Records":[{} {}]}"#).unwrap_err(),
            "expected `,` or `]` behind a record, found '{'"
        );
        assert!(
            split("{\n\"a\":")
                .unwrap_err()
                .starts_with("it is neither JSON nor JSON Lines: EOF")
        );
        assert!(
            split("# Notes")
                .unwrap_err()
                .ends_with("`aws logs filter-log-events`, found '#'")
        );
    }
}
