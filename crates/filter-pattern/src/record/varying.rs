//! What varies among records of one form: the contents of strings, numbers, booleans.

use super::quotes::{Quote, Quotes, Special};
use super::scratch::Kind;
use super::skim::number_length;

/// What stands behind a fixed text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Varies {
    /// The content of a string, without its quotes.
    String,
    /// A number, `true` or `false`.
    Scalar,
    /// Nothing: the record is at its end.
    End,
}

/// A value of a record, that varies.
pub(super) struct Varying {
    pub(super) varies: Varies,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// The content of a string.
pub(super) struct Content {
    pub(super) end: usize,
    pub(super) is_escaped: bool,
}

impl Content {
    /// Passes the content that begins here, up to the quote that ends it; none where something in it is not accepted, or
    /// the text is cut.
    #[inline]
    pub(super) fn of<const IN_STRING: bool>(text: &[u8], start: usize) -> Option<Self> {
        let mut end = start;
        let mut is_escaped = false;
        let mut is_ascii = true;
        loop {
            end = Special::next(text, end)?;
            match text[end] {
                b'"' if !IN_STRING => break,
                b'\\' if IN_STRING && text.get(end + 1) == Some(&b'"') => break,
                b'\\' => {
                    end += Quotes::escape::<IN_STRING>(&text[end..])?;
                    is_escaped = true;
                }
                0x80.. => {
                    end += text[end..]
                        .iter()
                        .take_while(|byte| !byte.is_ascii())
                        .count();
                    is_ascii = false;
                }
                _ => return None,
            }
        }
        if !is_ascii {
            std::str::from_utf8(&text[start..end]).ok()?;
        }
        Some(Self { end, is_escaped })
    }
}

pub(super) fn is_scalar(byte: Option<&u8>) -> bool {
    matches!(byte, Some(b'-' | b'0'..=b'9' | b't' | b'f'))
}

/// The kind of the number or boolean that begins here, and where it ends.
pub(super) fn scalar(text: &[u8], start: usize) -> Option<(Kind, usize)> {
    let rest = &text[start..];
    match rest.first()? {
        b't' => rest.starts_with(b"true").then_some((Kind::True, start + 4)),
        b'f' => rest
            .starts_with(b"false")
            .then_some((Kind::False, start + 5)),
        _ => Some((Kind::Number, start + number_length(rest)?)),
    }
}

/// The values of a record that vary, in their order, and last its end.
pub(super) fn varying<const IN_STRING: bool>(record: &[u8], quotes: &[Quote]) -> Vec<Varying> {
    let width = if IN_STRING { 2 } else { 1 };
    let mut values = Vec::with_capacity(quotes.len() / 4 + 2);
    let mut outside = 0;
    let (pairs, _) = quotes.as_chunks::<2>();
    for [open, close] in pairs {
        scalars(record, outside, open.place(), &mut values);
        let (start, end) = (open.place() + width, close.place());
        outside = end + width;
        if record.get(outside) != Some(&b':') {
            values.push(Varying {
                varies: Varies::String,
                start,
                end,
            });
        }
    }
    scalars(record, outside, record.len(), &mut values);
    values.push(Varying {
        varies: Varies::End,
        start: record.len(),
        end: record.len(),
    });
    values
}

/// The numbers and booleans between two strings.
fn scalars(record: &[u8], from: usize, to: usize, values: &mut Vec<Varying>) {
    let mut at = from;
    while at < to {
        match record[at] {
            b'n' => at += b"null".len(),
            byte if is_scalar(Some(&byte)) => {
                let is_part = |byte: &&u8| !matches!(byte, b',' | b']' | b'}');
                let end = at + record[at..to].iter().take_while(is_part).count();
                values.push(Varying {
                    varies: Varies::Scalar,
                    start: at,
                    end,
                });
                at = end;
            }
            _ => at += 1,
        }
    }
}
