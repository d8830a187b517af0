//! One file of the second reading: its records in the order of their delivery, whether it is open or not.
//!
//! As much is held of it as it is out of order: once a record is read that is `disorder` newer than the oldest one held,
//! no older one can come. A file that is closed knows how much of it was read; opened again, it passes over that.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

use jiff::{SignedDuration, Timestamp};

use super::input::{Arrival, DeliveryInterval, InputError, Item, Records};
use super::sources::Source;
use super::survey::Surveyed;

/// The records of one file that were not yet handed on.
pub(super) struct Held {
    pub(super) source: Source,
    interval: DeliveryInterval,
    disorder: SignedDuration,
    /// None while the file is closed.
    records: Option<Records>,
    waiting: BinaryHeap<Reverse<Waiting>>,
    /// How many items were read of it.
    read: u64,
    newest: Timestamp,
    is_at_end: bool,
}

impl Held {
    /// Nothing of it is read yet, and it is closed.
    pub(super) fn new(file: Surveyed, interval: DeliveryInterval) -> Self {
        Self {
            source: file.source,
            interval,
            disorder: file.disorder,
            records: None,
            waiting: BinaryHeap::new(),
            read: 0,
            newest: Timestamp::MIN,
            is_at_end: false,
        }
    }

    pub(super) fn is_open(&self) -> bool {
        self.records.is_some()
    }

    /// The record that is delivered next, those of one time in the order of the file. It opens the file where what is
    /// held does not tell.
    pub(super) fn next(&mut self) -> Result<Option<Arrival>, InputError> {
        while !self.is_at_end && !self.is_first_known() {
            self.read_on()?;
        }
        Ok(self.waiting.pop().map(|Reverse(waiting)| waiting.arrival))
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
        self.records = None;
    }

    /// Reads one item, and says how long its message is, in bytes.
    fn read_on(&mut self) -> Result<usize, InputError> {
        let records = match &mut self.records {
            Some(records) => records,
            closed @ None => closed.insert(open(&self.source, self.interval, self.read)?),
        };
        let Some(item) = records.next().transpose()? else {
            self.is_at_end = true;
            self.records = None;
            return Ok(0);
        };
        self.read += 1;
        Ok(match item {
            Item::Logged(arrival) | Item::Batched(arrival) => {
                let bytes = arrival.message.len();
                self.newest = self.newest.max(arrival.time);
                let place = self.read;
                self.waiting.push(Reverse(Waiting { arrival, place }));
                bytes
            }
            Item::Undated | Item::Invalid => 0,
        })
    }

    /// Whether no record that is still to be read comes before the first one held.
    fn is_first_known(&self) -> bool {
        self.waiting.peek().is_some_and(|Reverse(first)| {
            self.newest.duration_since(first.arrival.time) >= self.disorder
        })
    }
}

/// The records of a file behind the first `read` items.
fn open(source: &Source, interval: DeliveryInterval, read: u64) -> Result<Records, InputError> {
    let mut records = Records::of(source.open()?, interval)?;
    for _ in 0..read {
        records.next().ok_or(InputError::Shorter)??;
    }
    Ok(records)
}

/// A record that may have to wait for an earlier one.
struct Waiting {
    arrival: Arrival,
    place: u64,
}

impl Waiting {
    fn key(&self) -> (Timestamp, u64) {
        (self.arrival.time, self.place)
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
