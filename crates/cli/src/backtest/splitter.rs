//! A stream of JSON, cut into the values that hold records, each in memory by itself.
//!
//! What comes may be
//!
//! * an object whose first key is `Records` or `events`: cut into the elements of that array, however long it is;
//! * JSON Lines: cut into lines, of which one that is broken does not spoil the others;
//! * any other JSON, which must fit into memory as a whole.
//!
//! Several of the first kind may follow each other, as `zcat *.json.gz` writes them. Values are cut out, not checked.

use std::io::BufRead;

use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use super::scanner::{Keep, Scanner};

pub(super) use super::scanner::SplitError;

/// Arrays that are read element by element.
const STREAMED: [&[u8]; 2] = [b"\"Records\"", b"\"events\""];

/// Longest key, in bytes and with its quotes, that can be one of these.
const MAX_KEY: usize = 9;

/// Cuts a stream.
pub(super) struct Splitter<R> {
    scanner: Scanner<R>,
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
            scanner: Scanner::new(input),
            place: Place::Start,
        }
    }

    /// The text of the next value; none at the end.
    pub(super) fn next_value(&mut self) -> Result<Option<&[u8]>, SplitError> {
        loop {
            if !matches!(self.place, Place::Document(_)) {
                self.scanner.text.clear();
            }
            match self.place {
                Place::Start => match self.scanner.peek()? {
                    None => return Ok(None),
                    Some(b'{') if self.is_streamed()? => self.place = Place::FirstElement,
                    Some(b'{') => {
                        self.scanner.rest_of_line()?;
                        if serde_json::from_slice::<IgnoredAny>(&self.scanner.text).is_ok() {
                            self.place = Place::Line;
                            return Ok(Some(&self.scanner.text));
                        }
                        while self.scanner.rest_of_line()? {}
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
                        return Ok(Some(&self.scanner.text));
                    }
                    self.place = Place::Start;
                }
                Place::Line => {
                    if self.scanner.peek()?.is_none() {
                        return Ok(None);
                    }
                    self.scanner.rest_of_line()?;
                    return Ok(Some(&self.scanner.text));
                }
                Place::Document(from) => {
                    let mut values =
                        serde_json::Deserializer::from_slice(&self.scanner.text[from..])
                            .into_iter::<&RawValue>();
                    let value = values.next().transpose().map_err(SplitError::Json)?;
                    self.place = Place::Document(from + values.byte_offset());
                    return Ok(value.map(|value| value.get().as_bytes()));
                }
            }
        }
    }

    /// Reads an object's opening up to where it shows whether a streamed array comes first. Where none does, what was
    /// read stands in `text`, but for white space.
    fn is_streamed(&mut self) -> Result<bool, SplitError> {
        self.scanner.take()?;
        if self.scanner.peek()? != Some(b'"') {
            return Ok(false);
        }
        let key = self.scanner.text.len();
        self.scanner.take()?;
        // The keys that are looked for have no escapes.
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

    /// Reads the next element of an array into `text`, or what follows the array in its object.
    fn element(&mut self) -> Result<bool, SplitError> {
        let mut next = self.scanner.peek()?;
        match (self.place, next) {
            (Place::Element, Some(b',')) => {
                self.scanner.take()?;
                next = self.scanner.peek()?;
            }
            (Place::Element, Some(found)) if found != b']' => {
                return Err(unexpected("`,` or `]` behind a record", found));
            }
            _ => {}
        }
        self.scanner.text.clear();
        match next {
            None => Err(SplitError::Truncated {
                within: "a list of records",
            }),
            Some(b'{') => {
                self.scanner.take()?;
                self.scanner.rest_of_object(Keep::Text)?;
                self.place = Place::Element;
                Ok(true)
            }
            Some(b']') => {
                self.scanner.take()?;
                self.scanner.rest_of_object(Keep::Nothing)?;
                Ok(false)
            }
            Some(found) => Err(unexpected("a record, which is a JSON object", found)),
        }
    }
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
                    values.push(String::from_utf8(value.to_vec()).unwrap().trim().to_owned());
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
        // The white space in front of the first key is not kept.
        assert_eq!(split(text).unwrap(), ["{\"a\": 1\n}", "{\n  \"a\": 2\n}"]);
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
