//! The first pass reads all files: the first delivery of each file, and how far its records are out of order.

use std::ops::AddAssign;

use jiff::{SignedDuration, Timestamp};
use rayon::iter::{IntoParallelIterator as _, ParallelIterator as _};

use super::inputs::{SkippedFile, Source};
use super::origin::{DefaultAccount, OriginFinder};
use super::progress::Progress;
use crate::records::{DeliveryInterval, InputError, Item, RecordReader};

/// Number of records between two progress updates of a file.
const PROGRESS_RECORDS: u64 = 1_000;

/// The index entry of a file that can be read to its end.
#[derive(Debug)]
pub(super) struct FileIndex {
    pub(super) source: Source,
    /// When its first record is delivered; `None` if it has no record to deliver.
    pub(super) earliest: Option<Timestamp>,
    /// The longest time by which a record is delivered before an earlier record of the file.
    pub(super) disorder: SignedDuration,
}

/// Number of items in all files that are used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    /// Log events, which have their own delivery time.
    pub(super) logged: u64,
    /// Records without a delivery time.
    pub(super) batched: u64,
    /// Records without any time.
    pub(super) undated: u64,
    /// Items that are not JSON objects.
    pub(super) invalid: u64,
}

impl Counts {
    /// Number of records that can be delivered.
    pub(super) fn records(self) -> u64 {
        self.logged + self.batched
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.logged += other.logged;
        self.batched += other.batched;
        self.undated += other.undated;
        self.invalid += other.invalid;
    }
}

/// Result of the first pass.
#[derive(Debug, Default)]
pub(super) struct Index {
    /// The files to replay, in the order of the inputs.
    pub(super) files: Vec<FileIndex>,
    /// Files that cannot be read to their end. None of their records is used: half a file would look like a quiet day.
    pub(super) failed: Vec<SkippedFile>,
    /// Digest files.
    pub(super) skipped: Vec<SkippedFile>,
    pub(super) counts: Counts,
    /// `None` if no record has an account and a Region.
    pub(super) origin: Option<DefaultAccount>,
    /// Lines for standard error.
    pub(super) warnings: Vec<String>,
}

impl Index {
    /// Reads every file once, on all processors.
    pub(super) fn build(
        sources: Vec<Source>,
        interval: DeliveryInterval,
        progress: &Progress,
    ) -> Self {
        let scanned: Vec<_> = sources
            .into_par_iter()
            .map(|source| scan(source, interval, progress))
            .collect();
        let mut index = Self::default();
        for result in scanned {
            match result {
                Ok(scan) => {
                    index.warnings.extend(scan.warning());
                    index.origin = index.origin.or(scan.origin);
                    index.counts += scan.counts;
                    index.files.push(scan.file);
                }
                Err((source, error)) => {
                    let files = match error {
                        InputError::Digest => &mut index.skipped,
                        _ => &mut index.failed,
                    };
                    files.push(SkippedFile {
                        file: source.name,
                        reason: error.to_string(),
                    });
                }
            }
        }
        index
    }
}

/// Result of the first pass for one file.
struct Scan {
    file: FileIndex,
    counts: Counts,
    origin: Option<DefaultAccount>,
    /// JSON text of the first `eventTime` that is not a time.
    unreadable_time: Option<String>,
}

impl Scan {
    /// A warning of records without a time.
    fn warning(&self) -> Option<String> {
        let name = &self.file.source.name;
        let undated = self.counts.undated;
        let time = match &self.unreadable_time {
            None => format!("`eventTime` in {undated} of its records"),
            Some(found) => format!(
                "readable `eventTime` in {undated} of its records (expected a time such as \"2026-01-31T12:00:00Z\", found \
                 {found})"
            ),
        };
        (undated > 0)
            .then(|| format!("warning: {name}: no delivery time and no {time}; they are skipped"))
    }
}

/// Reads one file.
fn scan(
    source: Source,
    interval: DeliveryInterval,
    progress: &Progress,
) -> Result<Scan, (Source, InputError)> {
    let mut origin = OriginFinder::new();
    let mut unreported = 0;
    let mut counts = Counts::default();
    let mut order = Order::default();
    let mut unreadable_time = None;
    let mut read = || -> Result<(), InputError> {
        for item in RecordReader::new(source.open()?, interval)? {
            match item? {
                Item::Logged(arrival) => {
                    counts.logged += 1;
                    order.add(arrival.time);
                    origin.inspect(&arrival.message);
                }
                Item::Batched(arrival) => {
                    counts.batched += 1;
                    order.add(arrival.time);
                    origin.inspect(&arrival.message);
                }
                Item::Undated { event_time, .. } => {
                    counts.undated += 1;
                    unreadable_time = unreadable_time.take().or(event_time);
                }
                Item::Invalid { .. } => counts.invalid += 1,
            }
            unreported += 1;
            if unreported == PROGRESS_RECORDS {
                progress.indexed(std::mem::take(&mut unreported));
            }
        }
        Ok(())
    };
    let result = read();
    progress.indexed(unreported);
    match result {
        Ok(()) => Ok(Scan {
            file: FileIndex {
                source,
                earliest: order.earliest,
                disorder: order.disorder,
            },
            counts,
            origin: origin.found,
            unreadable_time,
        }),
        Err(error) => Err((source, error)),
    }
}

/// Measures how far a sequence of times is out of order.
#[derive(Debug, Default)]
struct Order {
    earliest: Option<Timestamp>,
    latest: Option<Timestamp>,
    disorder: SignedDuration,
}

impl Order {
    fn add(&mut self, time: Timestamp) {
        self.earliest = Some(self.earliest.map_or(time, |earliest| earliest.min(time)));
        let latest = self.latest.map_or(time, |latest| latest.max(time));
        self.latest = Some(latest);
        self.disorder = self.disorder.max(latest.duration_since(time));
    }
}
