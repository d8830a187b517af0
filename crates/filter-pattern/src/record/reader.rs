//! The reader of records, and the record that it returns.

use std::borrow::Cow;

use super::captures::CaptureBuffer;
use super::fast::FastParser;
use super::reference;
use super::selector::Selector;
use super::text::{Encoding, unescape};
use super::tree::{self, SelectorNode};
use super::value::Value;

/// Maximum length of a record, in bytes.
///
/// CloudWatch Logs accepts log events of 1 MB. The limit bounds the memory for the values that one wildcard selects.
pub const MAX_RECORD: usize = 2 << 20;

/// JSON's white space.
const WHITE_SPACE: [char; 4] = [' ', '\t', '\r', '\n'];

/// Identifies the values of one registered selector in a [`Record`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Slot(usize);

/// The selectors whose values a [`Reader`] captures.
#[derive(Clone, Debug, Default)]
pub struct Selectors(Vec<Selector>);

impl Selectors {
    /// Registers a selector. Equal selectors have the same slot.
    pub fn slot(&mut self, selector: &Selector) -> Slot {
        let known = self.0.iter().position(|other| other == selector);
        Slot(known.unwrap_or_else(|| {
            self.0.push(selector.clone());
            self.0.len() - 1
        }))
    }

    /// Builds the reader that captures the values of all registered selectors in one pass.
    pub fn into_reader(self) -> Reader {
        Reader {
            tree: tree::merge(&self.0),
            fast: FastParser::default(),
            captures: CaptureBuffer::with_slots(self.0.len()),
        }
    }
}

/// Why a text is not a record.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RecordError {
    /// The text is longer than [`MAX_RECORD`].
    #[error("the record has more than {limit} bytes")]
    TooLarge {
        /// The limit, in bytes.
        limit: usize,
    },
    /// The text does not start with `{`.
    #[error("expected one JSON object, found {found}")]
    NotAnObject {
        /// The beginning of the text.
        found: &'static str,
    },
    /// The text starts with `{` but is not one valid JSON object, or has more text after it.
    #[error("the record is not one whole JSON object")]
    Json {
        /// The position and the cause.
        #[source]
        source: serde_json::Error,
    },
}

/// Reads records. [`Selectors::into_reader`] builds it.
///
/// The reader owns the memory of the captured values, so a [`Record`] must be dropped before the next one is read.
#[derive(Clone, Debug)]
pub struct Reader {
    tree: Vec<SelectorNode>,
    fast: FastParser,
    captures: CaptureBuffer,
}

impl Reader {
    /// Captures the selected values of one record: on the fast path, or else with the reference parser.
    ///
    /// `message` is the whole text of a log event. White space around the object is allowed.
    ///
    /// # Errors
    /// If the text is not a record, or is longer than [`MAX_RECORD`].
    pub fn read<'r>(&'r mut self, message: &'r str) -> Result<Record<'r>, RecordError> {
        if message.len() <= MAX_RECORD
            && let Some(end) = self.parse_fast::<false>(message.as_bytes())
            && message[end..].trim_start_matches(WHITE_SPACE).is_empty()
        {
            return Ok(self.record(message.as_bytes(), Encoding::Plain));
        }
        self.read_reference(message)
    }

    /// Captures the selected values of one record with the reference parser. The result is that of [`Reader::read`].
    ///
    /// # Errors
    /// As [`Reader::read`].
    pub fn read_reference<'r>(&'r mut self, message: &'r str) -> Result<Record<'r>, RecordError> {
        if message.len() > MAX_RECORD {
            return Err(RecordError::TooLarge { limit: MAX_RECORD });
        }
        match message.trim_start_matches(WHITE_SPACE).as_bytes().first() {
            Some(b'{') => {}
            first => {
                return Err(RecordError::NotAnObject {
                    found: describe(first.copied()),
                });
            }
        }
        reference::parse(message, &self.tree, &mut self.captures)
            .map_err(|source| RecordError::Json { source })?;
        Ok(self.record(message.as_bytes(), Encoding::Plain))
    }

    /// Captures the selected values of the record at the start of a UTF-8 text, on the fast path alone.
    ///
    /// Returns the record and its length in bytes. `None` if the fast path cannot decide: use [`Reader::read`], which also
    /// reports errors.
    ///
    /// The values are those of [`Reader::read`], except that the JSON text of objects and arrays keeps the escapes of
    /// [`Encoding::JsonString`]. [`Record::json`] unescapes it.
    pub fn scan<'r>(
        &'r mut self,
        text: &'r [u8],
        encoding: Encoding,
    ) -> Option<(Record<'r>, usize)> {
        let end = match encoding {
            Encoding::Plain => self.parse_fast::<false>(text),
            Encoding::JsonString => self.parse_fast::<true>(text),
        }?;
        Some((self.record(&text[..end], encoding), end))
    }

    /// Number of records so far that the layout cache parsed.
    pub fn layout_cache_hits(&self) -> u64 {
        self.fast.layout_hits()
    }

    /// Disables the layout cache, for benchmarks.
    #[doc(hidden)]
    #[must_use]
    pub fn without_layout_cache(self) -> Self {
        Self {
            fast: FastParser::without_layouts(),
            ..self
        }
    }

    fn parse_fast<const IN_STRING: bool>(&mut self, text: &[u8]) -> Option<usize> {
        let text = &text[..text.len().min(MAX_RECORD)];
        (self.fast).parse::<IN_STRING>(text, &self.tree, &mut self.captures)
    }

    fn record<'r>(&'r mut self, text: &'r [u8], encoding: Encoding) -> Record<'r> {
        self.captures.link_slots();
        Record {
            text,
            encoding,
            captures: &self.captures,
        }
    }
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
    encoding: Encoding,
    captures: &'r CaptureBuffer,
}

impl<'r> Record<'r> {
    /// The values that the slot's selector selects, in the record's order.
    pub fn values(self, slot: Slot) -> impl Iterator<Item = Value<'r>> {
        let Self { text, captures, .. } = self;
        let mut at = captures.slots[slot.0].first;
        std::iter::from_fn(move || {
            let entry = captures.log[at?];
            at = entry.next;
            Some(captures.value(text, entry.capture))
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

    /// The JSON text of an array or object of this record, or `None` for other values.
    pub fn json(self, value: Value<'r>) -> Option<Cow<'r, str>> {
        let (Value::Array { json, .. } | Value::Object { json }) = value else {
            return None;
        };
        Some(match self.encoding {
            Encoding::Plain => Cow::Borrowed(json),
            Encoding::JsonString => Cow::Owned(unescape(json.as_bytes())),
        })
    }

    /// The text of the record.
    pub fn message(self) -> Cow<'r, str> {
        match self.encoding {
            Encoding::Plain => String::from_utf8_lossy(self.text),
            Encoding::JsonString => Cow::Owned(unescape(self.text)),
        }
    }

    /// Whether the record has a value to which the wildcard of the slot's selector applies, of any kind.
    ///
    /// False for a selector without a wildcard.
    pub fn has_container(self, slot: Slot) -> bool {
        self.captures.slots[slot.0].has_container
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
        let white_space = format!("{{}}{}", " ".repeat(MAX_RECORD));
        for message in [of_length(MAX_RECORD + 1), white_space] {
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
        let escaped = serde_json::Value::from(of_length(MAX_RECORD + 1)).to_string();
        assert!(
            reader
                .scan(&escaped.as_bytes()[1..], Encoding::JsonString)
                .is_none()
        );
    }

    /// The values that a record has for each slot.
    fn values(record: Record<'_>, slots: &[Slot]) -> Vec<Vec<String>> {
        let text = |value| match record.json(value) {
            Some(json) => json.into_owned(),
            None => format!("{value:?}"),
        };
        (slots.iter())
            .map(|&slot| record.values(slot).map(text).collect())
            .collect()
    }

    /// Each record differs from the one before in one value: its length, its end or its type.
    #[test]
    fn the_layout_cache_captures_what_the_reference_parser_captures() {
        let values_of_members = [
            r#""""#,
            r#""a""#,
            r#""ab""#,
            r#""a\n""#,
            r#""a\"b""#,
            r#""é""#,
            r#""a, b""#,
            "1",
            "12",
            "1.5",
            "true",
            "false",
            "null",
            "{}",
            "[]",
            r#"["a",null]"#,
            r#"{"x":"a"}"#,
            r#""arn:aws:iam::111122223333:role/a-role-with-a-long-name""#,
        ];
        let mut seed = 3_usize;
        let mut draw = |limit: usize| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (seed >> 33) % limit
        };
        let mut selectors = Selectors::default();
        let selected = [&["a"][..], &["b"], &["b", "x"], &["d", "e"], &["d"], &["g"]];
        let slots = selected.map(|names| selectors.slot(&Selector::of_members(names)));
        let mut fast = selectors.into_reader();
        let mut reference = fast.clone();
        let mut drawn = [1_usize; 7];
        for _ in 0..20_000 {
            // Mostly strings, so that layouts repeat.
            let limit = if draw(30) == 0 {
                values_of_members.len()
            } else {
                7
            };
            drawn[draw(7)] = draw(limit);
            let [first, second, long, inner, deep, listed, last] =
                drawn.map(|index| values_of_members[index]);
            let record = format!(
                r#"{{"a":{first},"b":{second},"long":{long},"d":{{"e":{deep},"f":{inner},"":"the same in all"}},"f":[{listed}],"g":{last}}}"#
            );
            let outer = serde_json::Value::from(record.as_str()).to_string();
            let expected = values(reference.read_reference(&record).unwrap(), &slots);
            let read = fast.read(&record).unwrap();
            assert_eq!(values(read, &slots), expected, "{record}");
            let (scanned, length) = fast
                .scan(&outer.as_bytes()[1..], Encoding::JsonString)
                .unwrap();
            assert_eq!(values(scanned, &slots), expected, "{record}");
            assert_eq!(length, outer.len() - 2);
        }
        let hits = fast.layout_cache_hits();
        assert!(hits > 10_000, "{hits}");
    }
}
