//! One file of the second reading: its records in the order of their delivery, whether it is open or not.
//!
//! As much is held of it as it is out of order: once a record is read that is `disorder` newer than the oldest one held,
//! no older one can come. A file that is closed knows how much of it was read; opened again, it passes over that.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;
use std::io;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::ahead::{Ahead, Due, Shelf};
use super::input::InputError;
use super::sources::Source;
use super::survey::Surveyed;

/// The records of one file that were not yet handed on.
pub(super) struct Held {
    pub(super) source: Source,
    shelf: Arc<Shelf>,
    disorder: SignedDuration,
    /// None while the file is closed.
    ahead: Option<Ahead>,
    waiting: BinaryHeap<Reverse<Waiting>>,
    /// How many items were read of it.
    read: u64,
    newest: Timestamp,
    is_at_end: bool,
}

impl Held {
    /// Nothing of it is read yet, and it is closed.
    pub(super) fn new(file: Surveyed, shelf: &Arc<Shelf>) -> Self {
        Self {
            source: file.source,
            shelf: Arc::clone(shelf),
            disorder: file.disorder,
            ahead: None,
            waiting: BinaryHeap::new(),
            read: 0,
            newest: Timestamp::MIN,
            is_at_end: false,
        }
    }

    pub(super) fn is_open(&self) -> bool {
        self.ahead.is_some()
    }

    /// Opens the file, for other threads to read it.
    pub(super) fn open(&mut self) -> io::Result<()> {
        let file = self.source.open()?;
        self.ahead = Some(Ahead::begin(file, self.read, &self.shelf));
        Ok(())
    }

    /// The record that is delivered next, those of one time in the order of the file. It opens the file where what is
    /// held does not tell.
    pub(super) fn next(&mut self) -> Result<Option<Due>, InputError> {
        while !self.is_at_end && !self.is_first_known() {
            self.read_on()?;
        }
        Ok(self.waiting.pop().map(|Reverse(waiting)| waiting.0))
    }

    /// Closes the file. Records of about `ahead` bytes more are read before, so that many a file need not be opened again.
    pub(super) fn close(&mut self, ahead: usize) {
        let mut bytes = 0;
        // An error comes again when the record is needed.
        while bytes < ahead
            && !self.is_at_end
            && let Ok(read) = self.read_on()
        {
            bytes += read;
        }
        self.ahead = None;
    }

    /// Takes one record, and says how much memory it takes, in bytes.
    fn read_on(&mut self) -> Result<usize, InputError> {
        let Some(ahead) = &mut self.ahead else {
            self.open()?;
            return Ok(0);
        };
        let Some(due) = ahead.next()? else {
            self.is_at_end = true;
            self.ahead = None;
            return Ok(0);
        };
        self.read = due.read;
        self.newest = self.newest.max(due.time);
        let bytes = due.bytes();
        self.waiting.push(Reverse(Waiting(due)));
        Ok(bytes)
    }

    /// Whether no record that is still to be read comes before the first one held.
    fn is_first_known(&self) -> bool {
        self.waiting
            .peek()
            .is_some_and(|Reverse(first)| self.newest.duration_since(first.0.time) >= self.disorder)
    }
}

/// A record that may have to wait for an earlier one.
struct Waiting(Due);

impl Waiting {
    fn key(&self) -> (Timestamp, u64) {
        (self.0.time, self.0.read)
    }
}

impl Ord for Waiting {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key().cmp(&other.key())
    }
}

impl PartialOrd for Waiting {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Waiting {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Waiting {}
