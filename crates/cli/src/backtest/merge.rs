//! Second pass: a k-way merge of all files, in the order of delivery.
//!
//! A file is opened when its first record is next, and closed after its last. An organization trail delivers more files at
//! one time than a process may have open. So of the started files only some stay open: the file whose next record comes
//! last is closed, and opened again when that record is next. The files that start next are prefetched on other threads.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use jiff::Timestamp;

use super::index::FileIndex;
use super::inputs::{SkippedFile, Source};
use super::prefetch::{Prefetcher, TimedRecord};
use super::reorder::ReorderBuffer;
use crate::records::InputError;

/// Limits on open files and buffers.
#[derive(Clone, Copy, Debug)]
struct Limits {
    /// Maximum number of open files.
    open: usize,
    /// Number of bytes of records that are buffered when a file is closed.
    buffered: usize,
    /// Maximum number of files that are open before they start.
    prefetched: usize,
}

/// Half of the 256 descriptors that macOS allows a process (Linux: 1,024). The read buffers of a gzip file take 200 KB. A
/// CloudTrail log file seldom has more than 64 KiB of text after its first delivery.
const LIMITS: Limits = Limits {
    open: 128,
    buffered: 64 << 10,
    prefetched: 16,
};

/// Too many open files: `EMFILE` in `errno.h` of Linux, macOS and the BSDs.
const EMFILE: i32 = 24;

/// An iterator over the records of all files. Records with the same time come in the order of the files.
pub(super) struct Merge {
    limits: Limits,
    /// Files that have not started, in the order of their first records.
    waiting: VecDeque<(Key, ReorderBuffer)>,
    /// How many of the waiting files, from the front, are being prefetched.
    prefetching: usize,
    /// Started files that are open.
    open: BTreeMap<Key, Head>,
    /// Started files that are closed.
    closed: BTreeMap<Key, Head>,
    failed: Vec<SkippedFile>,
}

/// When the next record of a file is delivered, and the index of the file.
type Key = (Timestamp, usize);

/// The next record of a file, and the records after it.
struct Head {
    next: TimedRecord,
    buffer: ReorderBuffer,
}

impl Merge {
    pub(super) fn new(files: Vec<FileIndex>, prefetcher: &Arc<Prefetcher>) -> Self {
        Self::with_limits(LIMITS, files, prefetcher)
    }

    fn with_limits(limits: Limits, files: Vec<FileIndex>, prefetcher: &Arc<Prefetcher>) -> Self {
        let mut waiting: Vec<(Key, ReorderBuffer)> = files
            .into_iter()
            .enumerate()
            .filter_map(|(index, file)| {
                let key = (file.earliest?, index);
                Some((key, ReorderBuffer::new(file, prefetcher)))
            })
            .collect();
        waiting.sort_by_key(|&(key, _)| key);
        Self {
            limits,
            waiting: waiting.into(),
            prefetching: 0,
            open: BTreeMap::new(),
            closed: BTreeMap::new(),
            failed: Vec::new(),
        }
    }

    /// The files that could be read in the first pass but not in the second.
    pub(super) fn into_failed(self) -> Vec<SkippedFile> {
        self.failed
    }

    /// Starts every file whose first record comes before the next one of the started files.
    fn start_due(&mut self) {
        while let Some(&(key, _)) = self.waiting.front()
            && self.first_key().is_none_or(|first| key < first)
            && let Some(((_, index), buffer)) = self.waiting.pop_front()
        {
            self.prefetching = self.prefetching.saturating_sub(1);
            self.prefetch();
            self.advance(index, buffer);
        }
    }

    /// Opens the files that start next.
    fn prefetch(&mut self) {
        while self.prefetching < self.limits.prefetched
            && self.open.len() + self.prefetching + 1 < self.limits.open
            && let Some((_, next)) = self.waiting.get_mut(self.prefetching)
            // If it cannot be opened now, it is opened when it starts.
            && next.open().is_ok()
        {
            self.prefetching += 1;
        }
    }

    fn first_key(&self) -> Option<Key> {
        let first = |files: &BTreeMap<Key, Head>| files.keys().next().copied();
        [first(&self.open), first(&self.closed)]
            .into_iter()
            .flatten()
            .min()
    }

    /// Puts a file among the started ones by its next record, unless it is at its end.
    fn advance(&mut self, index: usize, mut buffer: ReorderBuffer) {
        let next = match buffer.next() {
            Ok(Some(next)) => next,
            Ok(None) => return,
            Err(error) => return self.fail(&buffer.source, &error),
        };
        let files = if buffer.is_open() {
            &mut self.open
        } else {
            &mut self.closed
        };
        files.insert((next.time, index), Head { next, buffer });
        while self.open.len() + self.prefetching > self.limits.open
            && let Some((key, mut last)) = self.open.pop_last()
        {
            last.buffer.close(self.limits.buffered);
            self.closed.insert(key, last);
        }
    }

    fn fail(&mut self, source: &Source, error: &InputError) {
        self.failed.push(SkippedFile {
            file: source.name.clone(),
            reason: reason(error),
        });
    }
}

impl Iterator for Merge {
    type Item = TimedRecord;

    fn next(&mut self) -> Option<TimedRecord> {
        self.start_due();
        let first = self.first_key()?;
        let head = self.open.remove(&first);
        let Head { next, buffer } = head.or_else(|| self.closed.remove(&first))?;
        self.advance(first.1, buffer);
        Some(next)
    }
}

/// Why a file cannot be read in the second pass.
fn reason(error: &InputError) -> String {
    match error.os_error() {
        Some(EMFILE) => {
            format!("it cannot be opened a second time: {error}; `ulimit -n` allows more")
        }
        Some(_) => format!("it cannot be read a second time: {error}"),
        None => format!("it changed while it was in use: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;
    use std::fs;
    use std::io::{self, Write as _};
    use std::path::Path;

    use flate2::Compression;
    use flate2::write::GzEncoder;
    use jiff::SignedDuration;
    use proptest::prelude::*;
    use tempfile::TempDir;

    use super::*;
    use crate::backtest::index::Index;
    use crate::backtest::inputs::Inputs;
    use crate::backtest::progress::Progress;
    use crate::records::DeliveryInterval;
    use cloudtrail_alarms::alarm::file::load;
    use cloudtrail_alarms::matching::Matcher;

    fn interval() -> DeliveryInterval {
        DeliveryInterval::new(SignedDuration::from_mins(5)).expect("it is allowed")
    }

    /// With an alarm that matches every record.
    fn prefetcher() -> Arc<Prefetcher> {
        let alarm = "AlarmName: A, FilterPattern: '', MetricNamespace: N, MetricName: M, Period: 60, \
                     EvaluationPeriods: 1, Threshold: 1, ComparisonOperator: GreaterThanThreshold";
        let yaml = format!("Alarms: [{{{alarm}}}]");
        let file = load(Path::new("alarms.yaml"), &|_| Ok(yaml.clone()), &|_| None);
        let alarms = file.expect("the file is valid").alarms;
        Prefetcher::new(interval(), Matcher::new(alarms.into()))
    }

    /// Files with calls in these minutes, every other one gzip, and their index.
    fn indexed(minutes: &[Vec<u8>]) -> (TempDir, Vec<FileIndex>) {
        let folder = TempDir::new().expect("a folder can be created");
        for (file, minutes) in minutes.iter().enumerate() {
            let mut text = String::new();
            for (line, minute) in minutes.iter().enumerate() {
                let call = format!(r#""eventTime":"2026-03-01T12:{minute:02}:30Z""#);
                writeln!(text, "{{{call},\"place\":[{file},{line}]}}\nnone").expect("it is text");
            }
            let mut bytes = text.into_bytes();
            if file % 2 == 1 {
                let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
                gzip.write_all(&bytes).expect("it is memory");
                bytes = gzip.finish().expect("it is memory");
            }
            let path = folder.path().join(format!("{file:03}.jsonl"));
            fs::write(path, bytes).expect("a file can be written");
        }
        let inputs = Inputs::find(&[folder.path().to_owned()]);
        let index = Index::build(inputs.sources, interval(), &Progress::new());
        (folder, index.files)
    }

    /// `"place":[FILE,LINE]` of each record, in the order of the merge.
    fn order(merge: &mut Merge) -> Vec<String> {
        let place = |record: TimedRecord| {
            let arrival = record.arrival?;
            let (_, place) = arrival.message.split_once("place")?;
            Some(place.to_owned())
        };
        merge.filter_map(place).collect()
    }

    /// The same by sorting everything.
    fn sorted(minutes: &[Vec<u8>]) -> Vec<String> {
        let mut all = Vec::new();
        for (file, minutes) in minutes.iter().enumerate() {
            let lines = minutes.iter().enumerate();
            all.extend(lines.map(|(line, minute)| (minute / 5, file, line)));
        }
        all.sort_unstable();
        let shown = |(_, file, line)| format!("\":[{file},{line}]}}");
        all.into_iter().map(shown).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn however_few_files_are_open_the_order_is_that_of_sorting_everything(
            minutes in prop::collection::vec(prop::collection::vec(0_u8..40, 0..12), 0..10),
            open in 0_usize..4,
            buffered in prop::sample::select(vec![0, 1, 150, 10_000]),
            prefetched in 0_usize..3,
        ) {
            let (_folder, files) = indexed(&minutes);
            let mut merge = Merge::with_limits(Limits { open, buffered, prefetched }, files, &prefetcher());
            prop_assert_eq!(order(&mut merge), sorted(&minutes));
            prop_assert!(merge.into_failed().is_empty());
        }
    }

    #[test]
    fn files_of_one_delivery_are_open_one_at_a_time() {
        let (_folder, files) = indexed(&vec![vec![1, 2, 3]; 20]);
        let mut merge = Merge::new(files, &prefetcher());
        let mut most = 0;
        while merge.next().is_some() {
            most = most.max(merge.open.len());
        }
        assert_eq!(most, 1);
    }

    #[test]
    fn a_file_that_became_shorter_while_it_was_closed_has_changed() {
        let (folder, files) = indexed(&[vec![1, 11, 21], vec![2]]);
        let limits = Limits {
            open: 0,
            buffered: 0,
            prefetched: 0,
        };
        let mut merge = Merge::with_limits(limits, files, &prefetcher());
        assert!(merge.next().is_some());
        fs::write(folder.path().join("000.jsonl"), "{}\n").expect("a file can be written");
        assert_eq!(order(&mut merge).len(), 2);
        let reasons: Vec<String> = (merge.into_failed().into_iter())
            .map(|file| file.reason)
            .collect();
        assert_eq!(
            reasons,
            ["it changed while it was in use: it is shorter than before"]
        );
    }

    #[test]
    fn an_error_of_the_system_is_not_reported_as_a_change() {
        let reason = |error: io::Error| reason(&error.into());
        assert_eq!(
            reason(io::Error::from_raw_os_error(EMFILE)),
            "it cannot be opened a second time: Too many open files (os error 24); `ulimit -n` allows more"
        );
        assert_eq!(
            reason(io::Error::from_raw_os_error(2)),
            "it cannot be read a second time: No such file or directory (os error 2)"
        );
        assert_eq!(
            reason(io::Error::other("corrupt deflate stream")),
            "it changed while it was in use: corrupt deflate stream"
        );
    }
}
