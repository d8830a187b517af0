//! Reads files of the second pass ahead of the replay, on rayon's threads.
//!
//! Reading, decoding and matching take most of a backtest's time; the replay itself takes little. Each file is read by one
//! task, within a byte budget that all files share. Of a record that no alarm's pattern matches, only the time is passed on.

use std::fs::File;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::vec;

use jiff::Timestamp;

use crate::records::{Arrival, DeliveryInterval, InputError, Item, RecordReader};
use cloudtrail_alarms::matching::Matcher;

/// Maximum number of records in a chunk.
const CHUNK_RECORDS: usize = 1_000;

/// Size in bytes at which a chunk is full.
const CHUNK_BYTES: usize = 128 << 10;

/// Size in bytes of all prefetched records at which reading pauses. The file that the replay waits for still gets a chunk.
const MAX_PREFETCHED: usize = 16 << 20;

/// A record and its delivery time.
#[derive(Debug)]
pub(super) struct TimedRecord {
    /// When CloudTrail delivers it.
    pub(super) time: Timestamp,
    /// `None` if no alarm's pattern matches the record.
    pub(super) arrival: Option<Box<Arrival>>,
    /// Number of items of the file up to and including this one.
    pub(super) position: u64,
}

impl TimedRecord {
    /// Approximate memory use, in bytes.
    pub(super) fn bytes(&self) -> usize {
        let of_arrival = |arrival: &Arrival| size_of::<Arrival>() + arrival.message.len();
        size_of::<Self>() + self.arrival.as_deref().map_or(0, of_arrival)
    }
}

/// The memory that prefetched records take.
#[derive(Debug, Default)]
struct ReadBudget {
    bytes: AtomicUsize,
}

impl ReadBudget {
    fn take(&self, bytes: usize) {
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    fn release(&self, bytes: usize) {
        self.bytes.fetch_sub(bytes, Ordering::Relaxed);
    }

    fn is_exhausted(&self) -> bool {
        self.bytes.load(Ordering::Relaxed) > MAX_PREFETCHED
    }
}

/// Starts the reading of files.
#[derive(Debug)]
pub(super) struct Prefetcher {
    interval: DeliveryInterval,
    matcher: Matcher,
    /// Matchers that no thread uses at the moment. They are reused for their buffers.
    idle_matchers: Mutex<Vec<Matcher>>,
    budget: ReadBudget,
}

impl Prefetcher {
    pub(super) fn new(interval: DeliveryInterval, matcher: Matcher) -> Arc<Self> {
        Arc::new(Self {
            interval,
            matcher,
            idle_matchers: Mutex::default(),
            budget: ReadBudget::default(),
        })
    }

    /// Starts to read a file after its first `skip` items.
    pub(super) fn start(self: &Arc<Self>, file: File, skip: u64) -> PrefetchedFile {
        let receiver = self.spawn(move |prefetcher| FileReader::open(file, skip, prefetcher));
        PrefetchedFile {
            prefetcher: Arc::clone(self),
            chunk: Chunk::new(Vec::new(), 0, self),
            receiver,
        }
    }

    /// Reads a file on one of rayon's threads.
    fn spawn(
        self: &Arc<Self>,
        open: impl FnOnce(&Self) -> Result<FileReader, InputError> + Send + 'static,
    ) -> Receiver<Message> {
        let (sender, receiver) = mpsc::channel();
        let prefetcher = Arc::clone(self);
        rayon::spawn(move || {
            let last = open(&prefetcher).and_then(|reader| reader.read_on(&prefetcher, &sender));
            // Sending fails if the file was closed.
            let _ = sender.send(last.unwrap_or_else(Message::Failed));
        });
        receiver
    }

    fn idle_matchers(&self) -> MutexGuard<'_, Vec<Matcher>> {
        self.idle_matchers
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// Consecutive records of a file. Dropping it releases its share of the budget.
struct Chunk {
    records: vec::IntoIter<TimedRecord>,
    bytes: usize,
    prefetcher: Arc<Prefetcher>,
}

impl Chunk {
    fn new(records: Vec<TimedRecord>, bytes: usize, prefetcher: &Arc<Prefetcher>) -> Self {
        prefetcher.budget.take(bytes);
        Self {
            records: records.into_iter(),
            bytes,
            prefetcher: Arc::clone(prefetcher),
        }
    }
}

impl Drop for Chunk {
    fn drop(&mut self) {
        self.prefetcher.budget.release(self.bytes);
    }
}

/// Message from the task that reads a file. All but `Records` end the task.
enum Message {
    Records(Chunk),
    /// The budget is exhausted. The receiver resumes the reading.
    Paused(Box<FileReader>),
    End,
    Failed(InputError),
}

/// A file that is being read in the background.
pub(super) struct PrefetchedFile {
    prefetcher: Arc<Prefetcher>,
    chunk: Chunk,
    receiver: Receiver<Message>,
}

impl PrefetchedFile {
    /// The next record that has a time. Waits until it is read.
    pub(super) fn next(&mut self) -> Result<Option<TimedRecord>, InputError> {
        loop {
            if let Some(record) = self.chunk.records.next() {
                return Ok(Some(record));
            }
            match self.receiver.recv() {
                Ok(Message::Records(chunk)) => self.chunk = chunk,
                Ok(Message::Paused(reader)) => {
                    self.receiver = self.prefetcher.spawn(|_| Ok(*reader));
                }
                Ok(Message::Failed(error)) => return Err(error),
                Ok(Message::End) => return Ok(None),
                Err(closed) => {
                    panic!("the task that reads a file ended without a message: {closed}")
                }
            }
        }
    }
}

/// A file and its position.
struct FileReader {
    records: RecordReader,
    /// Number of items read so far.
    position: u64,
}

impl FileReader {
    fn open(file: File, skip: u64, prefetcher: &Prefetcher) -> Result<Self, InputError> {
        let mut records = RecordReader::new(file, prefetcher.interval)?;
        for _ in 0..skip {
            records.next().ok_or(InputError::Shorter)??;
        }
        Ok(Self {
            records,
            position: skip,
        })
    }

    /// Sends chunks until the file ends or the budget is exhausted. Returns the last message.
    fn read_on(
        mut self,
        prefetcher: &Arc<Prefetcher>,
        sender: &Sender<Message>,
    ) -> Result<Message, InputError> {
        let idle = prefetcher.idle_matchers().pop();
        let mut matcher = idle.unwrap_or_else(|| prefetcher.matcher.clone());
        let last = loop {
            let (records, bytes, end) = self.read_chunk(&mut matcher);
            let sent = sender.send(Message::Records(Chunk::new(records, bytes, prefetcher)));
            match end {
                Some(end) => break end,
                None if sent.is_err() => break Ok(Message::End),
                None if prefetcher.budget.is_exhausted() => {
                    break Ok(Message::Paused(Box::new(self)));
                }
                None => {}
            }
        };
        prefetcher.idle_matchers().push(matcher);
        last
    }

    /// Reads the records of one chunk. Returns them, their size in bytes and, at the end of the file or after an error, the
    /// last message.
    fn read_chunk(
        &mut self,
        matcher: &mut Matcher,
    ) -> (Vec<TimedRecord>, usize, Option<Result<Message, InputError>>) {
        let mut records = Vec::new();
        let mut bytes = 0;
        while records.len() < CHUNK_RECORDS && bytes < CHUNK_BYTES {
            let item = match self.records.next() {
                None => return (records, bytes, Some(Ok(Message::End))),
                Some(Err(error)) => return (records, bytes, Some(Err(error))),
                Some(Ok(item)) => item,
            };
            self.position += 1;
            if let Item::Logged(arrival) | Item::Batched(arrival) = item {
                let record = TimedRecord {
                    time: arrival.time,
                    arrival: matcher
                        .may_match(&arrival.message)
                        .then(|| Box::new(arrival)),
                    position: self.position,
                };
                bytes += record.bytes();
                records.push(record);
            }
        }
        (records, bytes, None)
    }
}
