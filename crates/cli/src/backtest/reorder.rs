//! Reorder buffer of one file: its records in the order of their delivery.
//!
//! The buffer spans the file's disorder: once a record was read that is `disorder` newer than the oldest one in the buffer,
//! no older record can follow. The file can be closed at any time. When it is opened again, it skips what was read.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;
use std::io;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::index::FileIndex;
use super::inputs::Source;
use super::prefetch::{PrefetchedFile, Prefetcher, TimedRecord};
use crate::records::InputError;

/// The remaining records of one file.
pub(super) struct ReorderBuffer {
    pub(super) source: Source,
    prefetcher: Arc<Prefetcher>,
    disorder: SignedDuration,
    /// `None` while the file is closed.
    file: Option<PrefetchedFile>,
    heap: BinaryHeap<Reverse<Entry>>,
    /// Number of items of the file that were read.
    position: u64,
    newest: Timestamp,
    is_at_end: bool,
}

impl ReorderBuffer {
    /// An empty buffer of a closed file.
    pub(super) fn new(file: FileIndex, prefetcher: &Arc<Prefetcher>) -> Self {
        Self {
            source: file.source,
            prefetcher: Arc::clone(prefetcher),
            disorder: file.disorder,
            file: None,
            heap: BinaryHeap::new(),
            position: 0,
            newest: Timestamp::MIN,
            is_at_end: false,
        }
    }

    pub(super) fn is_open(&self) -> bool {
        self.file.is_some()
    }

    /// Opens the file and starts to prefetch it.
    pub(super) fn open(&mut self) -> io::Result<()> {
        let file = self.source.open()?;
        self.file = Some(self.prefetcher.start(file, self.position));
        Ok(())
    }

    /// The record that is delivered next; records with the same time come in the order of the file. Opens the file if the
    /// buffer does not suffice.
    pub(super) fn next(&mut self) -> Result<Option<TimedRecord>, InputError> {
        while !self.is_at_end && !self.is_first_final() {
            self.fill()?;
        }
        Ok(self.heap.pop().map(|Reverse(entry)| entry.0))
    }

    /// Closes the file after buffering about `bytes` more, so that a small file need not be opened again.
    pub(super) fn close(&mut self, bytes: usize) {
        let mut buffered = 0;
        // An error is reported when its record is needed.
        while buffered < bytes
            && !self.is_at_end
            && let Ok(read) = self.fill()
        {
            buffered += read;
        }
        self.file = None;
    }

    /// Opens the file, or buffers one more record. Returns the memory that the record takes, in bytes.
    fn fill(&mut self) -> Result<usize, InputError> {
        let Some(file) = &mut self.file else {
            self.open()?;
            return Ok(0);
        };
        let Some(record) = file.next()? else {
            self.is_at_end = true;
            self.file = None;
            return Ok(0);
        };
        self.position = record.position;
        self.newest = self.newest.max(record.time);
        let bytes = record.bytes();
        self.heap.push(Reverse(Entry(record)));
        Ok(bytes)
    }

    /// Whether no record that is still to be read precedes the first one of the buffer.
    fn is_first_final(&self) -> bool {
        self.heap
            .peek()
            .is_some_and(|Reverse(first)| self.newest.duration_since(first.0.time) >= self.disorder)
    }
}

/// A buffered record, ordered by time and position in the file.
struct Entry(TimedRecord);

impl Entry {
    fn key(&self) -> (Timestamp, u64) {
        (self.0.time, self.0.position)
    }
}

impl Ord for Entry {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key().cmp(&other.key())
    }
}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Entry {}
