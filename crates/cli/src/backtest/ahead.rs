//! Files of the second reading, read by rayon's threads ahead of the clock.
//!
//! Reading a file, decoding and matching, is what a backtest takes; what happens on the clock is little beside it. So each
//! file is read by a thread of its own, as far as there is room, and of a record that no alarm's pattern matches only its
//! time comes to the clock.

use std::fs::File;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::vec;

use jiff::Timestamp;

use super::input::{Arrival, DeliveryInterval, InputError, Item, Records};
use super::screen::Screen;

/// How many records are handed over at once, and how many bytes at most unless one has more.
const CHUNK: usize = 1_000;
const CHUNK_BYTES: usize = 128 << 10;

/// How many bytes may have been read ahead, of all files together. Of a file that has its turn a chunk is read in any case.
const ROOM: usize = 16 << 20;

/// A record at its time.
#[derive(Debug)]
pub(super) struct Due {
    /// When CloudTrail delivers it.
    pub(super) time: Timestamp,
    /// None where no alarm's pattern matches it.
    pub(super) arrival: Option<Box<Arrival>>,
    /// How many items of the file were read up to here.
    pub(super) read: u64,
}

impl Due {
    /// About how much memory it takes, in bytes.
    pub(super) fn bytes(&self) -> usize {
        let of_arrival = |arrival: &Arrival| size_of::<Arrival>() + arrival.message.len();
        size_of::<Self>() + self.arrival.as_deref().map_or(0, of_arrival)
    }
}

/// What all files share.
#[derive(Debug)]
pub(super) struct Shelf {
    interval: DeliveryInterval,
    screen: Screen,
    /// Screens that no thread uses now: one for each thread, with its buffers.
    idle: Mutex<Vec<Screen>>,
    /// Bytes that were read and wait for the clock.
    held: AtomicUsize,
}

impl Shelf {
    pub(super) fn new(interval: DeliveryInterval, screen: Screen) -> Arc<Self> {
        Arc::new(Self {
            interval,
            screen,
            idle: Mutex::default(),
            held: AtomicUsize::new(0),
        })
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Screen>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Records that were read together; their room is free again when it is dropped.
struct Chunk {
    due: vec::IntoIter<Due>,
    bytes: usize,
    shelf: Arc<Shelf>,
}

impl Chunk {
    fn new(due: Vec<Due>, bytes: usize, shelf: &Arc<Shelf>) -> Self {
        shelf.held.fetch_add(bytes, Ordering::Relaxed);
        Self {
            due: due.into_iter(),
            bytes,
            shelf: Arc::clone(shelf),
        }
    }
}

impl Drop for Chunk {
    fn drop(&mut self) {
        self.shelf.held.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

/// What a thread says of a file.
enum Word {
    Records(Chunk),
    /// There is no room for more.
    Pause(Box<Reading>),
    End,
    Failed(InputError),
}

/// Where the reading of a file stands.
struct Reading {
    records: Records,
    read: u64,
}

/// One file that is being read.
pub(super) struct Ahead {
    shelf: Arc<Shelf>,
    chunk: Chunk,
    words: Receiver<Word>,
}

impl Ahead {
    /// Begins to read a file, behind its first `read` items.
    pub(super) fn begin(file: File, read: u64, shelf: &Arc<Shelf>) -> Self {
        let words = spawn(shelf, move |shelf| open(file, read, shelf.interval));
        Self {
            shelf: Arc::clone(shelf),
            chunk: Chunk::new(Vec::new(), 0, shelf),
            words,
        }
    }

    /// The next record that has a time.
    pub(super) fn next(&mut self) -> Result<Option<Due>, InputError> {
        loop {
            if let Some(due) = self.chunk.due.next() {
                return Ok(Some(due));
            }
            match self.words.recv() {
                Ok(Word::Records(chunk)) => self.chunk = chunk,
                Ok(Word::Pause(reading)) => self.words = spawn(&self.shelf, |_| Ok(*reading)),
                Ok(Word::Failed(error)) => return Err(error),
                Ok(Word::End) => return Ok(None),
                Err(gone) => panic!("the thread that read a file ended without a word: {gone}"),
            }
        }
    }
}

/// Reads a file on one of rayon's threads.
fn spawn(
    shelf: &Arc<Shelf>,
    begin: impl FnOnce(&Shelf) -> Result<Reading, InputError> + Send + 'static,
) -> Receiver<Word> {
    let (words, said) = mpsc::channel();
    let shelf = Arc::clone(shelf);
    rayon::spawn(move || {
        let last = begin(&shelf).and_then(|reading| read_on(reading, &shelf, &words));
        // Nobody listens where the file was closed.
        let _ = words.send(last.unwrap_or_else(Word::Failed));
    });
    said
}

fn open(file: File, read: u64, interval: DeliveryInterval) -> Result<Reading, InputError> {
    let mut records = Records::of(file, interval)?;
    for _ in 0..read {
        records.next().ok_or(InputError::Shorter)??;
    }
    Ok(Reading { records, read })
}

/// Reads a file until it ends or there is no room; what is to be said last.
fn read_on(
    mut reading: Reading,
    shelf: &Arc<Shelf>,
    words: &Sender<Word>,
) -> Result<Word, InputError> {
    let taken = shelf.idle().pop();
    let mut screen = taken.unwrap_or_else(|| shelf.screen.clone());
    let last = loop {
        let (due, bytes, end) = chunk(&mut reading, &mut screen);
        let said = words.send(Word::Records(Chunk::new(due, bytes, shelf)));
        match end {
            Some(end) => break end,
            None if said.is_err() => break Ok(Word::End),
            None if shelf.held.load(Ordering::Relaxed) > ROOM => {
                break Ok(Word::Pause(Box::new(reading)));
            }
            None => {}
        }
    };
    shelf.idle().push(screen);
    last
}

/// Reads some records; last comes what ended them.
fn chunk(
    reading: &mut Reading,
    screen: &mut Screen,
) -> (Vec<Due>, usize, Option<Result<Word, InputError>>) {
    let mut all = Vec::new();
    let mut bytes = 0;
    while all.len() < CHUNK && bytes < CHUNK_BYTES {
        let item = match reading.records.next() {
            None => return (all, bytes, Some(Ok(Word::End))),
            Some(Err(error)) => return (all, bytes, Some(Err(error))),
            Some(Ok(item)) => item,
        };
        reading.read += 1;
        if let Item::Logged(arrival) | Item::Batched(arrival) = item {
            let due = Due {
                time: arrival.time,
                arrival: screen.passes(&arrival.message).then(|| Box::new(arrival)),
                read: reading.read,
            };
            bytes += due.bytes();
            all.push(due);
        }
    }
    (all, bytes, None)
}
