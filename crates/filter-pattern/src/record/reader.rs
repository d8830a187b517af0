use std::borrow::Cow;

use memchr::memchr;
use serde::de::DeserializeSeed as _;
use serde_json::Deserializer;

use super::forms::Forms;
use super::quotes::{Encoding, Quotes};
use super::scratch::Scratch;
use super::skim::Skim;
use super::tree::{self, State};
use super::walk::{Node, Walk};
use super::{Selector, Value};

/// Longest record that is read, in bytes. CloudTrail writes 256 KB at most, and CloudWatch Logs takes 1 MB; what is longer
/// could be a million values below one wildcard, and take the memory for them.
pub const MAX_RECORD: usize = 2 << 20;

/// JSON's white space.
const BLANK: [char; 4] = [' ', '\t', '\r', '\n'];

/// Where the values of one registered selector are found in a [`Record`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Slot(usize);

/// The selectors that somebody wants read; each distinct one once.
#[derive(Clone, Debug, Default)]
pub struct Selectors(Vec<Selector>);

impl Selectors {
    /// The slot of this selector; the same one for an equal selector.
    pub fn slot(&mut self, selector: &Selector) -> Slot {
        let known = self.0.iter().position(|other| other == selector);
        Slot(known.unwrap_or_else(|| {
            self.0.push(selector.clone());
            self.0.len() - 1
        }))
    }

    /// The reader that captures all of them in one walk.
    pub fn into_reader(self) -> Reader {
        Reader {
            states: tree::merge(&self.0),
            bare: Forms::default(),
            in_string: Forms::default(),
            recognised: 0,
            quotes: Quotes::default(),
            scratch: Scratch::with_slots(self.0.len()),
        }
    }
}

/// Why a text is not a CloudTrail record.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RecordError {
    /// The text is longer than is accepted.
    #[error("the record has more than {limit} bytes")]
    TooLarge {
        /// The limit, in bytes.
        limit: usize,
    },
    /// The text does not begin like a JSON object.
    #[error("expected a CloudTrail record, which is one JSON object, found {found}")]
    NotAnObject {
        /// What stands there instead.
        found: &'static str,
    },
    /// The text begins like an object and is none, or has something behind it.
    #[error("the record is not one whole JSON object")]
    Json {
        /// The place and the cause.
        #[source]
        source: serde_json::Error,
    },
}

/// Reads records; made by [`Selectors::into_reader`].
///
/// It owns the memory into which a record's values are captured, so a [`Record`] must be done with before the next one
/// is read.
#[derive(Clone, Debug)]
pub struct Reader {
    states: Vec<State>,
    /// The forms of records by themselves, and of those in a JSON string.
    bare: Forms,
    in_string: Forms,
    recognised: u64,
    quotes: Quotes,
    scratch: Scratch,
}

impl Reader {
    /// Captures the values of one record.
    ///
    /// `message` is the whole text of a log event; white space around the object is allowed.
    ///
    /// # Errors
    /// It is no record, or one of more than [`MAX_RECORD`] bytes.
    pub fn read<'r>(&'r mut self, message: &'r str) -> Result<Record<'r>, RecordError> {
        if message.len() <= MAX_RECORD
            && let Some(end) = self.skimmed::<false>(message.as_bytes())
            && message[end..].trim_start_matches(BLANK).is_empty()
        {
            return Ok(self.record(message.as_bytes(), Encoding::Plain));
        }
        self.read_reference(message)
    }

    /// The same as [`Reader::read`] and slower: the reference that it is held against.
    ///
    /// # Errors
    /// As [`Reader::read`].
    pub fn read_reference<'r>(&'r mut self, message: &'r str) -> Result<Record<'r>, RecordError> {
        if message.len() > MAX_RECORD {
            return Err(RecordError::TooLarge { limit: MAX_RECORD });
        }
        match message.trim_start_matches(BLANK).as_bytes().first() {
            Some(b'{') => {}
            found => {
                return Err(RecordError::NotAnObject {
                    found: describe(found.copied()),
                });
            }
        }
        self.pass(message, Walk::Streaming)
            // A value on the way to a selected one that serde_json cannot represent (a number beyond a double) must
            // not cost the record; the second way looks at such a value's text only.
            .or_else(|_| self.pass(message, Walk::ByText))
            .map_err(|source| RecordError::Json { source })?;
        Ok(self.record(message.as_bytes(), Encoding::Plain))
    }

    /// Disables the layout cache: for benchmarks.
    #[doc(hidden)]
    #[must_use]
    pub fn without_layout_cache(mut self) -> Self {
        self.bare.disable();
        self.in_string.disable();
        self
    }

    fn record<'r>(&'r mut self, text: &'r [u8], place: Encoding) -> Record<'r> {
        self.scratch.link();
        let scratch = &self.scratch;
        Record {
            text,
            place,
            scratch,
        }
    }

    /// Captures the values of the record that `text` begins with, provided that it is written as CloudTrail writes
    /// records; none where it is not, or is no record at all: that is for [`Reader::read`] to tell.
    ///
    /// What it does capture is what [`Reader::read`] captures, except that the JSON text of objects and arrays has the
    /// escapes of the JSON string still, if the record stands in one ([`Record::json`] undoes them). Also returned is how
    /// many bytes the record has.
    pub fn scan<'r>(&'r mut self, text: &'r [u8], place: Encoding) -> Option<(Record<'r>, usize)> {
        let end = match place {
            Encoding::Plain => self.skimmed::<false>(text),
            Encoding::JsonString => self.skimmed::<true>(text),
        }?;
        Some((self.record(&text[..end], place), end))
    }

    /// How many records were not walked, so far, since one that is written alike had been.
    pub fn layout_cache_hits(&self) -> u64 {
        self.recognised
    }

    /// The length of the record that the text begins with, which is UTF-8.
    fn skimmed<const IN_STRING: bool>(&mut self, text: &[u8]) -> Option<usize> {
        let text = &text[..text.len().min(MAX_RECORD)];
        let forms = if IN_STRING {
            &mut self.in_string
        } else {
            &mut self.bare
        };
        self.scratch.clear();
        if let Some(end) = forms.read::<IN_STRING>(text, &mut self.scratch) {
            self.recognised += 1;
            return Some(end);
        }
        if *text.first()? != b'{' {
            return None;
        }
        self.scratch.clear();
        let end = self.quotes.find::<IN_STRING>(text)?;
        let mut skim = Skim::<IN_STRING> {
            text: &text[..end],
            at: 0,
            quotes: self.quotes.as_slice(),
            states: &self.states,
            scratch: &mut self.scratch,
        };
        skim.value(0)?;
        let record = &text[..skim.at];
        std::str::from_utf8(record).ok()?;
        // Only what is one object and nothing else has its quotes all in that object; and only of strings without escapes
        // does the journal say where they stand.
        if record.len() == end && self.scratch.text.is_empty() {
            forms.learn::<IN_STRING>(record, self.quotes.as_slice(), &self.scratch.journal);
        }
        Some(record.len())
    }

    fn pass(&mut self, message: &str, walk: Walk) -> Result<(), serde_json::Error> {
        self.scratch.clear();
        let mut json = Deserializer::from_str(message);
        let root = Node {
            states: &self.states,
            state: 0,
            walk,
            origin: message.as_ptr().addr(),
            scratch: &mut self.scratch,
        };
        root.deserialize(&mut json)?;
        json.end()
    }
}

/// Undoes the escapes of a text that [`Reader::scan`] accepted in a JSON string, or of a part of it: every backslash stands
/// before a quote or another backslash.
///
/// # Panics
/// Never: a text without some of its backslashes is text.
pub fn unescape(escaped: &[u8]) -> String {
    let mut text = Vec::with_capacity(escaped.len());
    undo_escapes(escaped, &mut text);
    String::from_utf8(text).expect("it was text, and lost only backslashes")
}

/// Appends such a text without its escapes.
pub(super) fn undo_escapes(escaped: &[u8], text: &mut Vec<u8>) {
    let mut rest = escaped;
    while let Some(backslash) = memchr(b'\\', rest) {
        text.extend_from_slice(&rest[..backslash]);
        rest = &rest[backslash + 1..];
        text.extend(rest.split_off_first());
    }
    text.extend_from_slice(rest);
}

fn describe(first: Option<u8>) -> &'static str {
    match first {
        None => "nothing",
        Some(b'[') => "an array",
        Some(b'"') => "a string",
        Some(_) => "other text",
    }
}

/// The captured values of one record.
#[derive(Clone, Copy, Debug)]
pub struct Record<'r> {
    text: &'r [u8],
    place: Encoding,
    scratch: &'r Scratch,
}

impl<'r> Record<'r> {
    /// The values that the slot's selector selects, in the record's order; none where it selects nothing.
    pub fn values(self, slot: Slot) -> impl Iterator<Item = Value<'r>> {
        let Self { text, scratch, .. } = self;
        let mut at = scratch.slots[slot.0].first;
        std::iter::from_fn(move || {
            let found = scratch.journal[at?];
            at = found.next;
            Some(scratch.value(text, found.entry))
        })
    }

    /// The first value that the slot's selector selects.
    pub fn value(self, slot: Slot) -> Option<Value<'r>> {
        self.values(slot).next()
    }

    /// The first selected value, if it is a string.
    pub fn text(self, slot: Slot) -> Option<&'r str> {
        self.value(slot).and_then(Value::as_str)
    }

    /// The JSON text of an array or object of this record; none of other values.
    pub fn json(self, value: Value<'r>) -> Option<Cow<'r, str>> {
        let (Value::Array { json, .. } | Value::Object { json }) = value else {
            return None;
        };
        Some(match self.place {
            Encoding::Plain => Cow::Borrowed(json),
            Encoding::JsonString => Cow::Owned(unescape(json.as_bytes())),
        })
    }

    /// The text of the record.
    pub fn message(self) -> Cow<'r, str> {
        match self.place {
            Encoding::Plain => String::from_utf8_lossy(self.text),
            Encoding::JsonString => Cow::Owned(unescape(self.text)),
        }
    }

    /// Whether there is a value of any kind where the wildcard of the slot's selector stands.
    ///
    /// False for a selector without a wildcard.
    pub fn has_container(self, slot: Slot) -> bool {
        self.scratch.slots[slot.0].container
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_may_be_as_long_as_the_limit_and_no_longer() {
        let mut reader = Selectors::default().into_reader();
        let of_length = |length: usize| format!(r#"{{"a":"{}"}}"#, "x".repeat(length - 8));
        let longest = of_length(MAX_RECORD);
        assert!(reader.read(&longest).is_ok());
        assert!(reader.read_reference(&longest).is_ok());
        let blank = format!("{{}}{}", " ".repeat(MAX_RECORD));
        for message in [of_length(MAX_RECORD + 1), blank] {
            for error in [
                reader.read(&message).err(),
                reader.read_reference(&message).err(),
            ] {
                let error = error.map(|error| error.to_string());
                assert_eq!(
                    error.as_deref(),
                    Some("the record has more than 2097152 bytes")
                );
            }
        }
        let written = serde_json::Value::from(of_length(MAX_RECORD + 1)).to_string();
        assert!(
            reader
                .scan(&written.as_bytes()[1..], Encoding::JsonString)
                .is_none()
        );
    }
}
