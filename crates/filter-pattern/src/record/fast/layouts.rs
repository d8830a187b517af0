//! The layout cache: records with the layout of an earlier record are parsed by comparing text.
//!
//! The layout of a record is its text with a placeholder for each string, number and boolean value: keys, brackets,
//! commas, `null`. Most records of an account share one of a few hundred layouts. The cache learns layouts from records
//! that the scanner accepted. To parse a record, it compares the literal parts and validates only the placeholders.
//!
//! # Structure
//!
//! The layouts form a trie. A node is a literal part and the placeholder after it, so layouts that start alike share nodes:
//!
//! ```text
//! root ── {"a":" string ─┬─ ","b": scalar ── } end       {"a":"x","b":1}
//!                        └─ "} end                       {"a":"x"}
//! ```
//!
//! The children of a node are a linked list in which a node moves to the front when it is used.
//!
//! # Why a `Some` result is exact
//!
//! * A layout is the token sequence of one accepted record. A text with the same literal parts, a string content for each
//!   [`Placeholder::String`], and a number or boolean for each [`Placeholder::Scalar`], has the same token sequence.
//! * So the text is one whole JSON object, with the same keys at the same depth.
//! * Keys and array indices alone decide which values are selected, so these are the same, too.
//!
//! Nodes are shared, so what a node captures must not depend on the text after it. For a captured array it does: the array
//! states whether it contains `null`. Records with a captured array are therefore not cached. A wildcard's container
//! is captured at the byte in front of it, regardless of the value.

use std::iter::{Enumerate, Peekable};
use std::slice::Iter;

use super::placeholders::{Placeholder, Span, StringContent, is_scalar, parse_scalar, spans};
use super::quotes::Quote;
use crate::record::captures::{Capture, CaptureBuffer, Kind, LogEntry};

/// Maximum number of nodes, and of captures in all nodes; an object counts twice, for its start and its end. A node
/// takes some 150 bytes. A full cache is emptied.
const MAX_NODES: usize = 16 << 10;

/// Maximum length of all literal parts, in bytes.
const MAX_LITERAL_BYTES: usize = 1 << 20;

/// Maximum number of children per node. They are compared one by one, and attackers can choose the keys of records.
const MAX_CHILDREN: usize = 64;

/// Maximum number of placeholders of a record that is cached, so that one record cannot displace many layouts.
const MAX_PLACEHOLDERS: usize = MAX_NODES / 16;

/// Bytes of cached records not followed by hits, after which only one record in [`SAMPLE_RATE`] is cached. It bounds the
/// cost of caching for traffic whose keys never repeat.
const MAX_WASTED_BYTES: usize = 512 << 10;

/// Prime, so that sampling does not alias with periodic traffic.
const SAMPLE_RATE: u8 = 17;

/// The index of the node that all layouts start from, and in links: no node.
const ROOT: usize = 0;

/// The layouts of records, as a trie.
#[derive(Clone, Debug, Default)]
pub(super) struct LayoutCache {
    /// The first node is [`ROOT`].
    nodes: Vec<Node>,
    /// Bytes of the literal parts of all nodes.
    literal_bytes: usize,
    /// Captures of all nodes.
    captures: usize,
    /// Bytes of cached records minus those of hits, at most twice [`MAX_WASTED_BYTES`].
    wasted_bytes: usize,
    /// Records skipped since the last one that was sampled.
    skipped_records: u8,
    is_disabled: bool,
}

/// A literal part of a layout and the placeholder after it.
#[derive(Clone, Debug)]
struct Node {
    literal: Box<[u8]>,
    placeholder: Placeholder,
    /// Whether nothing is captured here.
    is_plain: bool,
    /// The most recently used child, or 0.
    first_child: u32,
    /// The next child of the same parent, or 0.
    next_sibling: u32,
    /// The captures that start in the literal part.
    starts: Vec<CaptureStart>,
    /// The earlier captures that end in the literal part.
    ends: Vec<CaptureEnd>,
    /// Slots that capture the placeholder's value.
    slots: Vec<usize>,
}

/// A captured `null` or object, or a wildcard's container.
#[derive(Clone, Copy, Debug, PartialEq)]
struct CaptureStart {
    /// The capture, empty and at offset 0.
    capture: Capture,
    /// Offset in the literal part.
    offset: usize,
}

/// The end of a captured object.
#[derive(Clone, Copy, Debug, PartialEq)]
struct CaptureEnd {
    /// Index of the object's log entry.
    entry: usize,
    /// Offset in the literal part.
    offset: usize,
}

impl LayoutCache {
    /// A cache that stays empty.
    pub(super) fn disabled() -> Self {
        Self {
            is_disabled: true,
            ..Self::default()
        }
    }

    /// Captures the selected values of the record at the start of the text. Returns the record's length in bytes.
    ///
    /// `None` if the record's layout is not cached; the buffer may then contain captures.
    pub(super) fn parse<const IN_STRING: bool>(
        &mut self,
        text: &[u8],
        captures: &mut CaptureBuffer,
    ) -> Option<usize> {
        let mut parent = ROOT;
        let mut at = 0;
        loop {
            let (this, start) = self.find_child(parent, text, at)?;
            let node = &self.nodes[this];
            if !node.is_plain {
                node.capture_literal(at, captures);
            }
            let (kind, end) = match node.placeholder {
                Placeholder::End => {
                    self.wasted_bytes = self.wasted_bytes.saturating_sub(start);
                    return Some(start);
                }
                Placeholder::String => {
                    let content = StringContent::parse::<IN_STRING>(text, start)?;
                    if content.has_escapes && !node.slots.is_empty() {
                        let (kind, from, to) =
                            captures.unescape::<IN_STRING>(&text[start..content.end])?;
                        captures.push_values(&node.slots, kind, from, to);
                        (at, parent) = (content.end, this);
                        continue;
                    }
                    (Kind::String, content.end)
                }
                Placeholder::Scalar => parse_scalar(text, start)?,
            };
            if !node.is_plain {
                captures.push_values(&node.slots, kind, start, end);
            }
            at = end;
            parent = this;
        }
    }

    /// Finds the child whose literal part is at this offset of the text. Returns its index and the end of the literal part.
    #[inline]
    fn find_child(&mut self, parent: usize, text: &[u8], at: usize) -> Option<(usize, usize)> {
        let rest = text.get(at..)?;
        let first = self.nodes.get(parent)?.first_child as usize;
        let (mut this, mut previous) = (first, 0);
        while this != 0 {
            let node = &self.nodes[this];
            let literal = &*node.literal;
            // The literal part in front of a scalar may be a prefix of others: `"b":` of `"b":null}` and `"b":"`.
            if rest.starts_with(literal)
                && (node.placeholder != Placeholder::Scalar || is_scalar(rest.get(literal.len())))
            {
                let end = at + literal.len();
                if previous != 0 {
                    // Moves the node to the front.
                    self.nodes[previous].next_sibling = node.next_sibling;
                    self.nodes[this].next_sibling = self.nodes[parent].first_child;
                    self.nodes[parent].first_child = link_to(this);
                }
                return Some((this, end));
            }
            (this, previous) = (node.next_sibling as usize, this);
        }
        None
    }

    /// Adds the layout of a record that the scanner accepted, given its quotes and the log of its captures.
    ///
    /// Some records are not cached: those above the limits, and most of traffic whose layouts do not repeat.
    pub(super) fn insert<const IN_STRING: bool>(
        &mut self,
        record: &[u8],
        quotes: &[Quote],
        log: &[LogEntry],
    ) {
        let is_decided_at_start = |entry: &LogEntry| entry.capture.is_decided_at_start();
        if self.is_disabled
            || record.len() > MAX_LITERAL_BYTES
            || quotes.len() > MAX_NODES
            || 2 * log.len() > MAX_NODES
            || !log.iter().all(is_decided_at_start)
            || !self.is_sampled(record.len())
        {
            return;
        }
        let spans = spans::<IN_STRING>(record, quotes);
        if spans.len() > MAX_PLACEHOLDERS {
            return;
        }
        self.make_room(spans.len(), 2 * log.len(), record.len());
        let mut log = UnassignedCaptures::new(log);
        let (mut parent, mut from) = (ROOT, 0);
        for span in spans {
            let literal = &record[from..span.start];
            let node = log.node(literal, from, &span);
            let known = self.children(parent).find(|&child| {
                let child = &self.nodes[child];
                child.placeholder == span.placeholder && *child.literal == *literal
            });
            parent = if let Some(known) = known {
                debug_assert!(self.nodes[known].captures_like(&node), "{node:?}");
                known
            } else {
                self.add_child(parent, node)
            };
            from = span.end;
        }
    }

    /// Whether a record of this length is to be cached. While too many cached records are not followed by hits, only one
    /// record in [`SAMPLE_RATE`] is.
    fn is_sampled(&mut self, length: usize) -> bool {
        if self.wasted_bytes > MAX_WASTED_BYTES && self.skipped_records < SAMPLE_RATE - 1 {
            self.skipped_records += 1;
            return false;
        }
        self.skipped_records = 0;
        self.wasted_bytes = (self.wasted_bytes + length).min(2 * MAX_WASTED_BYTES);
        true
    }

    /// Empties the cache if it cannot take so much more.
    fn make_room(&mut self, nodes: usize, captures: usize, literal_bytes: usize) {
        if self.nodes.len() + nodes > MAX_NODES
            || self.captures + captures > MAX_NODES
            || self.literal_bytes + literal_bytes > MAX_LITERAL_BYTES
        {
            self.nodes.clear();
            self.literal_bytes = 0;
            self.captures = 0;
        }
        if self.nodes.is_empty() {
            self.nodes.push(Node::new(b"", Placeholder::End));
        }
    }

    /// The children of a node, the most recently used first.
    fn children(&self, parent: usize) -> impl Iterator<Item = usize> {
        let linked = |link: u32| (link != 0).then_some(link as usize);
        std::iter::successors(linked(self.nodes[parent].first_child), move |&node| {
            linked(self.nodes[node].next_sibling)
        })
    }

    /// Adds a node as the first child. If the parent has [`MAX_CHILDREN`], removes the least recently used one.
    fn add_child(&mut self, parent: usize, node: Node) -> usize {
        let this = self.nodes.len();
        let last_kept = self.children(parent).nth(MAX_CHILDREN - 2);
        if let Some(last_kept) = last_kept {
            self.nodes[last_kept].next_sibling = 0;
        }
        self.captures += node.starts.len() + node.ends.len() + node.slots.len();
        self.literal_bytes += node.literal.len();
        let next_sibling = self.nodes[parent].first_child;
        self.nodes.push(Node {
            next_sibling,
            is_plain: node.starts.is_empty() && node.ends.is_empty() && node.slots.is_empty(),
            ..node
        });
        self.nodes[parent].first_child = link_to(this);
        this
    }
}

impl Node {
    fn new(literal: &[u8], placeholder: Placeholder) -> Self {
        Self {
            literal: literal.into(),
            placeholder,
            is_plain: true,
            first_child: 0,
            next_sibling: 0,
            starts: Vec::new(),
            ends: Vec::new(),
            slots: Vec::new(),
        }
    }

    /// Captures what starts and ends in the literal part, which is at this offset of the record.
    fn capture_literal(&self, at: usize, captures: &mut CaptureBuffer) {
        for start in &self.starts {
            captures.push(start.capture.empty_at(at + start.offset));
        }
        for end in &self.ends {
            captures.log[end.entry].capture.set_end(at + end.offset);
        }
    }

    /// Whether both capture the same.
    fn captures_like(&self, other: &Self) -> bool {
        self.starts == other.starts && self.ends == other.ends && self.slots == other.slots
    }
}

/// The log entries of a record that are not assigned to nodes yet.
struct UnassignedCaptures<'l> {
    entries: Peekable<Enumerate<Iter<'l, LogEntry>>>,
    /// Captured objects that have not ended: the index of the log entry, and the end.
    open: Vec<(usize, usize)>,
}

impl<'l> UnassignedCaptures<'l> {
    fn new(log: &'l [LogEntry]) -> Self {
        Self {
            entries: log.iter().enumerate().peekable(),
            open: Vec::new(),
        }
    }

    /// Builds the node of a literal part, which starts at `from`, and of the placeholder after it.
    fn node(&mut self, literal: &[u8], from: usize, span: &Span) -> Node {
        let mut node = Node::new(literal, span.placeholder);
        while let Some((entry, capture, start)) = self.next_if(|start| start < span.start) {
            if let Some(end) = capture.object_end() {
                self.open.push((entry, end));
            }
            node.starts.push(CaptureStart {
                capture: capture.empty_at(0),
                offset: start - from,
            });
        }
        self.open.retain(|&(entry, end)| {
            let ends_here = end <= span.start;
            if ends_here {
                let offset = end - from;
                node.ends.push(CaptureEnd { entry, offset });
            }
            !ends_here
        });
        while let Some((_, Capture::Value { slot, .. }, _)) =
            self.next_if(|start| start == span.start)
        {
            node.slots.push(slot);
        }
        node
    }

    /// The next entry's index, capture and start, if the start meets the condition.
    fn next_if(&mut self, condition: impl Fn(usize) -> bool) -> Option<(usize, Capture, usize)> {
        let (_, entry) = self.entries.peek()?;
        let start = entry.capture.start().filter(|&start| condition(start))?;
        let (index, entry) = self.entries.next()?;
        Some((index, entry.capture, start))
    }
}

/// A link to a node; [`MAX_NODES`] bounds the index.
fn link_to(node: usize) -> u32 {
    u32::try_from(node).expect("the index is below MAX_NODES")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::fast::quotes::QuoteIndex;

    fn insert(cache: &mut LayoutCache, record: &str, log: &[LogEntry]) {
        let mut quotes = QuoteIndex::default();
        quotes.build::<false>(record.as_bytes()).unwrap();
        cache.insert::<false>(record.as_bytes(), quotes.as_slice(), log);
    }

    fn parse(cache: &mut LayoutCache, record: &str) -> Option<usize> {
        cache.parse::<false>(record.as_bytes(), &mut CaptureBuffer::default())
    }

    #[test]
    fn keys_that_never_repeat_neither_slow_down_lookups_nor_displace_layouts_in_use() {
        let mut cache = LayoutCache::default();
        let usual = r#"{"usual":"a"}"#;
        insert(&mut cache, usual, &[]);
        // Fewer than would empty the cache.
        for number in 0..MAX_NODES / 4 {
            insert(&mut cache, &format!(r#"{{"a{number}":"a"}}"#), &[]);
            assert_eq!(parse(&mut cache, usual), Some(usual.len()));
        }
        assert!(cache.nodes.len() > 4 * MAX_CHILDREN);
        for node in 0..cache.nodes.len() {
            assert!(cache.children(node).count() <= MAX_CHILDREN);
        }
    }

    #[test]
    fn few_records_whose_layouts_never_repeat_are_cached() {
        let mut cache = LayoutCache::default();
        let insert = |cache: &mut LayoutCache, record: &str| {
            let before = (cache.nodes.len(), cache.literal_bytes);
            insert(cache, record, &[]);
            before != (cache.nodes.len(), cache.literal_bytes)
        };
        let usual = r#"{"a":1}"#;
        let ones = |count| vec!["1"; count].join(",");
        assert!(insert(&mut cache, usual));
        let too_many = format!("[{}]", ones(MAX_PLACEHOLDERS));
        assert!(!insert(&mut cache, &too_many));
        let (mut scanned, mut cached) = (0, 0);
        while scanned < 8 * MAX_WASTED_BYTES {
            let record = format!(r#"{{"k{scanned}":[{}]}}"#, ones(500));
            scanned += record.len();
            if insert(&mut cache, &record) {
                cached += record.len();
            }
            if parse(&mut cache, usual).is_none() {
                insert(&mut cache, usual);
            }
        }
        let most = MAX_WASTED_BYTES + scanned / 16;
        assert!(cached < most, "{cached} of {scanned}");
        assert!(cached > MAX_WASTED_BYTES, "{cached} of {scanned}");
    }

    #[test]
    fn the_number_of_captures_is_limited() {
        let mut cache = LayoutCache::default();
        for number in 0..20 {
            let record = format!(r#"{{"k{number}":[{}]}}"#, vec!["null"; 2_000].join(","));
            let first = record.find("null").unwrap();
            let log: Vec<LogEntry> = (first..)
                .step_by("null,".len())
                .take(2_000)
                .map(|start| LogEntry {
                    capture: Capture::Value {
                        slot: 0,
                        kind: Kind::Null,
                        start,
                        end: start,
                    },
                    next: None,
                })
                .collect();
            insert(&mut cache, &record, &log);
            let captures: usize = cache.nodes.iter().map(|node| node.starts.len()).sum();
            assert!((2_000..=MAX_NODES).contains(&captures), "{captures}");
        }
    }
}
