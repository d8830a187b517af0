//! Splits a JSON stream into the values that hold records, with one value in memory at a time.
//!
//! The input is one of
//!
//! * an array, or an object whose first key is `Records`, `events` or `Events`: split into the elements of the array, of any
//!   length;
//! * JSON Lines: split into lines; a broken line does not affect the others;
//! * other JSON, which must fit into memory as a whole.
//!
//! Several objects of the first kind may follow each other, as in the output of `zcat *.json.gz`. Values are split, not
//! validated.

mod scanner;

use std::io::BufRead;

use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use scanner::{Keep, Scanner};

pub(super) use scanner::JsonStreamError;

/// Keys of the arrays that are read element by element.
const STREAMED: [&[u8]; 3] = [b"\"Records\"", b"\"events\"", b"\"Events\""];

/// Length of the longest of these keys, in bytes.
const MAX_KEY: usize = 9;

/// An iterator over the values of a stream, except that a value borrows from the stream.
pub(super) struct JsonStream<R> {
    scanner: Scanner<R>,
    state: State,
}

/// The context of the next byte.
#[derive(Clone, Copy)]
enum State {
    /// An object of any kind, or an array.
    Start,
    /// An array, after its opening bracket.
    FirstElement(Parent),
    /// An array, after an element.
    Element(Parent),
    /// A line of JSON Lines.
    Line,
    /// A document that is in memory as a whole, at this byte offset.
    Document(usize),
}

/// The parent of an array.
#[derive(Clone, Copy)]
enum Parent {
    /// An object, which continues after the array.
    Object,
    /// The stream.
    Stream,
}

impl<R: BufRead> JsonStream<R> {
    pub(super) fn new(input: R) -> Self {
        Self {
            scanner: Scanner::new(input),
            state: State::Start,
        }
    }

    /// The text of the next value; `None` at the end.
    pub(super) fn next_value(&mut self) -> Result<Option<&[u8]>, JsonStreamError> {
        loop {
            if !matches!(self.state, State::Document(_)) {
                self.scanner.text.clear();
            }
            match self.state {
                State::Start => match self.scanner.peek()? {
                    None => return Ok(None),
                    Some(b'{') if self.is_streamed()? => {
                        self.state = State::FirstElement(Parent::Object);
                    }
                    Some(b'[') => {
                        self.scanner.take()?;
                        self.state = State::FirstElement(Parent::Stream);
                    }
                    Some(b'{') => {
                        self.scanner.rest_of_line()?;
                        if serde_json::from_slice::<IgnoredAny>(&self.scanner.text).is_ok() {
                            self.state = State::Line;
                            return Ok(Some(&self.scanner.text));
                        }
                        while self.scanner.rest_of_line()? {}
                        self.state = State::Document(0);
                    }
                    Some(found) => {
                        return Err(unexpected(
                            "a CloudTrail log file, a subscription payload, records as JSON Lines or as an array, or the \
                             output of `aws logs filter-log-events` or `aws cloudtrail lookup-events`",
                            found,
                        ));
                    }
                },
                State::FirstElement(parent) | State::Element(parent) => {
                    if self.element(parent)? {
                        return Ok(Some(&self.scanner.text));
                    }
                    self.state = State::Start;
                }
                State::Line => {
                    if self.scanner.peek()?.is_none() {
                        return Ok(None);
                    }
                    self.scanner.rest_of_line()?;
                    return Ok(Some(&self.scanner.text));
                }
                State::Document(from) => {
                    let mut values =
                        serde_json::Deserializer::from_slice(&self.scanner.text[from..])
                            .into_iter::<&RawValue>();
                    let value = values.next().transpose().map_err(JsonStreamError::Json)?;
                    self.state = State::Document(from + values.byte_offset());
                    return Ok(value.map(|value| value.get().as_bytes()));
                }
            }
        }
    }

    /// Reads the start of an object, up to the bracket of a streamed array. If the first value is not such an array, the
    /// scanner's `text` holds what was read, without white space.
    fn is_streamed(&mut self) -> Result<bool, JsonStreamError> {
        self.scanner.take()?;
        if self.scanner.peek()? != Some(b'"') {
            return Ok(false);
        }
        let key = self.scanner.text.len();
        self.scanner.take()?;
        // None of the keys has escapes.
        while self.scanner.text.len() - key < MAX_KEY
            && self.scanner.take()?.is_some_and(|byte| byte != b'"')
        {}
        if !STREAMED.contains(&&self.scanner.text[key..]) || self.scanner.peek()? != Some(b':') {
            return Ok(false);
        }
        self.scanner.take()?;
        if self.scanner.peek()? != Some(b'[') {
            return Ok(false);
        }
        self.scanner.take()?;
        Ok(true)
    }

    /// Reads the next element of an array into the scanner's `text`. At the end of the array, skips the rest of its parent
    /// object and returns false.
    fn element(&mut self, parent: Parent) -> Result<bool, JsonStreamError> {
        let mut next = self.scanner.peek()?;
        match (self.state, next) {
            (State::Element(_), Some(b',')) => {
                self.scanner.take()?;
                next = self.scanner.peek()?;
            }
            (State::Element(_), Some(found)) if found != b']' => {
                return Err(unexpected("`,` or `]` after a record", found));
            }
            _ => {}
        }
        self.scanner.text.clear();
        match next {
            None => Err(JsonStreamError::Truncated {
                within: "a list of records",
            }),
            Some(b'{') => {
                self.scanner.take()?;
                self.scanner.rest_of_object(Keep::Text)?;
                self.state = State::Element(parent);
                Ok(true)
            }
            Some(b']') => {
                self.scanner.take()?;
                if let Parent::Object = parent {
                    self.scanner.rest_of_object(Keep::Nothing)?;
                }
                Ok(false)
            }
            Some(found) => Err(unexpected("a record, which is a JSON object", found)),
        }
    }
}

fn unexpected(expected: &'static str, found: u8) -> JsonStreamError {
    JsonStreamError::Unexpected {
        expected,
        found: char::from(found),
    }
}

#[cfg(test)]
mod tests {
    use std::io::BufReader;

    use super::*;

    /// The values, read through a buffer of one byte, or the error.
    fn split(text: &str) -> Result<Vec<String>, String> {
        let mut stream = JsonStream::new(BufReader::with_capacity(1, text.as_bytes()));
        let mut values = Vec::new();
        loop {
            match stream.next_value() {
                Ok(Some(value)) => {
                    values.push(String::from_utf8(value.to_vec()).unwrap().trim().to_owned());
                }
                Ok(None) => return Ok(values),
                Err(error) => return Err(error.to_string()),
            }
        }
    }

    #[test]
    fn a_list_is_split_into_its_elements() {
        let text = r#" { "Records" : [ {"a":"}]\"\\"} , {"b":[{}]} ], "next": {"c":[1]} }"#;
        assert_eq!(split(text).unwrap(), [r#"{"a":"}]\"\\"}"#, r#"{"b":[{}]}"#]);
        assert_eq!(split(r#"{"events":[]}"#).unwrap(), [""; 0]);
        let text = r#" [ {"a":[1]}, {"b":2} ] [] [{"c":3}]"#;
        let elements = [r#"{"a":[1]}"#, r#"{"b":2}"#, r#"{"c":3}"#];
        assert_eq!(split(text).unwrap(), elements);
    }

    #[test]
    fn lists_may_follow_each_other() {
        let text = r#"{"Records":[{"a":1}]}{"Records":[{"a":2}]}"#;
        assert_eq!(split(text).unwrap(), [r#"{"a":1}"#, r#"{"a":2}"#]);
    }

    #[test]
    fn a_broken_line_does_not_affect_the_others() {
        let text = "{\"a\":1}\r\n\n{\"a\":\nnone\n{\"a\":3}";
        assert_eq!(
            split(text).unwrap(),
            [r#"{"a":1}"#, r#"{"a":"#, "none", r#"{"a":3}"#]
        );
    }

    #[test]
    fn a_document_may_have_any_layout() {
        let text = "{\n  \"a\": 1\n}\n{\n  \"a\": 2\n}\n";
        // The white space before the first key is dropped.
        assert_eq!(split(text).unwrap(), ["{\"a\": 1\n}", "{\n  \"a\": 2\n}"]);
        assert_eq!(split("").unwrap(), [""; 0]);
        assert_eq!(split(r#"{"Records":7}"#).unwrap(), [r#"{"Records":7}"#]);
        assert_eq!(split("{}").unwrap(), ["{}"]);
    }

    #[test]
    fn truncated_and_unexpected_input_is_an_error() {
        assert_eq!(
            split(r#"{"Records":[{"a":1},{"#).unwrap_err(),
            "unexpected end of file in a JSON object"
        );
        assert_eq!(
            split(r#"{"Records":[{"a":1}"#).unwrap_err(),
            "unexpected end of file in a list of records"
        );
        assert_eq!(
            split(r#"{"Records":[{"a":1}]"#).unwrap_err(),
            "unexpected end of file in a JSON object"
        );
        assert_eq!(
            split(r#"[{"a":1}"#).unwrap_err(),
            "unexpected end of file in a list of records"
        );
        assert_eq!(
            split(r#"{"Records":[7]}"#).unwrap_err(),
            "expected a record, which is a JSON object, found '7'"
        );
        assert_eq!(
            split(r#"{"Records":[{} {}]}"#).unwrap_err(),
            "expected `,` or `]` after a record, found '{'"
        );
        assert!(
            split("{\n\"a\":")
                .unwrap_err()
                .starts_with("it is neither JSON nor JSON Lines: EOF")
        );
        assert!(
            split("# Notes")
                .unwrap_err()
                .ends_with("`aws cloudtrail lookup-events`, found '#'")
        );
    }
}
