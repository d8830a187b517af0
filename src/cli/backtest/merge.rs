//! The second reading: the records of all files in the order of their delivery.
//!
//! A file is opened when the first of its records is next, and closed after the last. Of an open file as much is held
//! as it is out of order: once a record is read that is `disorder` newer than the oldest one held, no older one can come.

use std::cmp::{Ordering, Reverse};
use std::collections::{BinaryHeap, VecDeque};

use jiff::{SignedDuration, Timestamp};

use super::input::{Arrival, DeliveryInterval, InputError, Item, Records};
use super::sources::{Source, Unused};
use super::survey::Surveyed;

/// All records, those of one time in the order of the files.
pub(super) struct Merge {
    interval: DeliveryInterval,
    /// Not opened yet, with their places among all files, in the order of their first records.
    waiting: VecDeque<(Timestamp, usize, Surveyed)>,
    /// Open, the one that holds the next record on top.
    open: BinaryHeap<Reverse<Open>>,
    failed: Vec<Unused>,
}

impl Merge {
    pub(super) fn of(files: Vec<Surveyed>, interval: DeliveryInterval) -> Self {
        let mut waiting: Vec<_> = files
            .into_iter()
            .enumerate()
            .filter_map(|(place, file)| Some((file.earliest?, place, file)))
            .collect();
        waiting.sort_by_key(|&(earliest, place, _)| (earliest, place));
        Self {
            interval,
            waiting: waiting.into(),
            open: BinaryHeap::new(),
            failed: Vec::new(),
        }
    }

    /// The files that could be read once and not twice.
    pub(super) fn into_failed(self) -> Vec<Unused> {
        self.failed
    }

    /// Opens every file that has a record before, or at the time of, the next one.
    fn open_due(&mut self) {
        while let Some(&(earliest, ..)) = self.waiting.front()
            && (self.open.peek()).is_none_or(|Reverse(open)| earliest <= open.next.time)
            && let Some((_, place, file)) = self.waiting.pop_front()
        {
            let Surveyed {
                source, disorder, ..
            } = file;
            let opened = source
                .open()
                .and_then(|file| Records::of(file, self.interval));
            match opened {
                Ok(records) => self.refill(place, Held::new(source, records, disorder)),
                Err(error) => self.fail(&source, &error.into()),
            }
        }
    }

    /// Puts a file back among the open ones, unless it is at its end.
    fn refill(&mut self, place: usize, mut held: Held) {
        match held.next() {
            Ok(Some(next)) => self.open.push(Reverse(Open { next, place, held })),
            Ok(None) => {}
            Err(error) => self.fail(&held.source, &error),
        }
    }

    fn fail(&mut self, source: &Source, error: &InputError) {
        self.failed.push(Unused {
            file: source.name.clone(),
            reason: format!("it changed while it was in use: {error}"),
        });
    }
}

impl Iterator for Merge {
    type Item = Arrival;

    fn next(&mut self) -> Option<Arrival> {
        self.open_due();
        let Reverse(Open { next, place, held }) = self.open.pop()?;
        self.refill(place, held);
        Some(next)
    }
}

/// An open file, ordered by its next record.
struct Open {
    next: Arrival,
    place: usize,
    held: Held,
}

impl Open {
    fn key(&self) -> (Timestamp, usize) {
        (self.next.time, self.place)
    }
}

impl Ord for Open {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key().cmp(&other.key())
    }
}

impl PartialOrd for Open {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Open {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Open {}

/// The records of one file that were read and not yet handed on.
struct Held {
    source: Source,
    records: Records,
    disorder: SignedDuration,
    waiting: BinaryHeap<Reverse<Waiting>>,
    read: u64,
    newest: Timestamp,
    is_at_end: bool,
}

impl Held {
    fn new(source: Source, records: Records, disorder: SignedDuration) -> Self {
        Self {
            source,
            records,
            disorder,
            waiting: BinaryHeap::new(),
            read: 0,
            newest: Timestamp::MIN,
            is_at_end: false,
        }
    }

    /// The record that is delivered next; those of one time in the order of the file.
    fn next(&mut self) -> Result<Option<Arrival>, InputError> {
        while !self.is_at_end && !self.is_first_known() {
            match self.records.next().transpose()? {
                Some(Item::Logged(arrival) | Item::Batched(arrival)) => {
                    self.newest = self.newest.max(arrival.time);
                    self.read += 1;
                    let place = self.read;
                    self.waiting.push(Reverse(Waiting { arrival, place }));
                }
                Some(Item::Undated | Item::Invalid) => {}
                None => self.is_at_end = true,
            }
        }
        Ok(self.waiting.pop().map(|Reverse(waiting)| waiting.arrival))
    }

    /// Whether no record that is still to be read comes before the first one held.
    fn is_first_known(&self) -> bool {
        self.waiting.peek().is_some_and(|Reverse(first)| {
            self.newest.duration_since(first.arrival.time) >= self.disorder
        })
    }
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
