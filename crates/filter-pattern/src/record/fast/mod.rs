//! The fast path: the layout cache, and the scanner for records whose layout is not cached.
//!
//! A `Some` result is exact: the text starts with one valid JSON object, and the captures are those of the reference
//! parser. `None` means that the fast path cannot decide; use the reference parser.

mod layouts;
mod placeholders;
mod quotes;
mod scanner;

use self::layouts::LayoutCache;
use self::quotes::QuoteIndex;
use self::scanner::Scanner;
use super::captures::CaptureBuffer;
use super::tree::SelectorNode;

/// The fast path of a reader, and the memory that it keeps between records.
#[derive(Clone, Debug, Default)]
pub(super) struct FastParser {
    /// Layouts of plain records.
    plain: LayoutCache,
    /// Layouts of records in JSON strings.
    in_string: LayoutCache,
    layout_hits: u64,
    quotes: QuoteIndex,
}

impl FastParser {
    /// A parser that scans every record.
    pub(super) fn without_layouts() -> Self {
        Self {
            plain: LayoutCache::disabled(),
            in_string: LayoutCache::disabled(),
            ..Self::default()
        }
    }

    /// Number of records so far that the layout cache parsed.
    pub(super) fn layout_hits(&self) -> u64 {
        self.layout_hits
    }

    /// Captures the selected values of the record at the start of a UTF-8 text. Returns the record's length in bytes.
    ///
    /// `IN_STRING` states that the text is the content of a JSON string, still escaped.
    pub(super) fn parse<const IN_STRING: bool>(
        &mut self,
        text: &[u8],
        tree: &[SelectorNode],
        captures: &mut CaptureBuffer,
    ) -> Option<usize> {
        let layouts = if IN_STRING {
            &mut self.in_string
        } else {
            &mut self.plain
        };
        captures.clear();
        if let Some(end) = layouts.parse::<IN_STRING>(text, captures) {
            self.layout_hits += 1;
            return Some(end);
        }
        if *text.first()? != b'{' {
            return None;
        }
        captures.clear();
        let end = self.quotes.build::<IN_STRING>(text)?;
        let quotes = self.quotes.as_slice();
        let length = Scanner::<IN_STRING>::new(&text[..end], quotes, tree, captures).record()?;
        let record = &text[..length];
        std::str::from_utf8(record).ok()?;
        // If other text follows the record, the index contains its quotes too. Captured strings with escapes have no
        // offsets in the record.
        if length == end && captures.text.is_empty() {
            layouts.insert::<IN_STRING>(record, quotes, &captures.log);
        }
        Some(length)
    }
}
