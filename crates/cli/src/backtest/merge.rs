//! The second reading: the records of all files in the order of their delivery.
//!
//! A file is opened when the first of its records is next, and closed after the last. An organisation trail delivers more
//! files at one time than a process may have open, so of those that are begun only some stay open: the one whose next
//! record comes last is closed, and opened again when it is its turn. Of those that come next, some are open too: other
//! threads read them meanwhile.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use jiff::Timestamp;

use super::ahead::{Due, Shelf};
use super::held::Held;
use super::input::InputError;
use super::sources::{Source, Unused};
use super::survey::Surveyed;

/// How much is kept of the files that are begun.
#[derive(Clone, Copy, Debug)]
struct Limits {
    /// Most files that are open.
    open: usize,
    /// How many bytes of records are read ahead of a file that is closed.
    ahead: usize,
    /// Most files that are open before it is their turn.
    begun: usize,
}

/// Half of the 256 descriptors that macOS allows a process (Linux: 1,024); a file of gzip takes 200 KB of buffers, and a
/// log file of CloudTrail seldom has more text than 64 KiB behind its first delivery.
const LIMITS: Limits = Limits {
    open: 128,
    ahead: 64 << 10,
    begun: 16,
};

/// Too many open files: `EMFILE` in `errno.h` of Linux, macOS and the BSDs.
const EMFILE: i32 = 24;

/// All records, those of one time in the order of the files.
pub(super) struct Merge {
    limits: Limits,
    /// Of which nothing is delivered yet, with their places among all files, in the order of their first records.
    waiting: VecDeque<(Key, Held)>,
    /// How many of these, the first ones, are being read.
    ahead: usize,
    /// Begun and open.
    open: BTreeMap<Key, Begun>,
    /// Begun and closed.
    closed: BTreeMap<Key, Begun>,
    failed: Vec<Unused>,
}

/// When the next record of a file is delivered, and the place of the file among all.
type Key = (Timestamp, usize);

/// A file and its next record.
struct Begun {
    next: Due,
    held: Held,
}

impl Merge {
    pub(super) fn of(files: Vec<Surveyed>, shelf: &Arc<Shelf>) -> Self {
        Self::within(LIMITS, files, shelf)
    }

    fn within(limits: Limits, files: Vec<Surveyed>, shelf: &Arc<Shelf>) -> Self {
        let mut waiting: Vec<(Key, Held)> = files
            .into_iter()
            .enumerate()
            .filter_map(|(place, file)| Some(((file.earliest?, place), Held::new(file, shelf))))
            .collect();
        waiting.sort_by_key(|&(key, _)| key);
        Self {
            limits,
            waiting: waiting.into(),
            ahead: 0,
            open: BTreeMap::new(),
            closed: BTreeMap::new(),
            failed: Vec::new(),
        }
    }

    /// The files that could be read once and not twice.
    pub(super) fn into_failed(self) -> Vec<Unused> {
        self.failed
    }

    /// Begins every file whose first record comes before the next one of those that are begun.
    fn begin_due(&mut self) {
        while let Some(&(key, _)) = self.waiting.front()
            && self.first_begun().is_none_or(|first| key < first)
            && let Some(((_, place), held)) = self.waiting.pop_front()
        {
            self.ahead = self.ahead.saturating_sub(1);
            self.look_ahead();
            self.refill(place, held);
        }
    }

    /// Has the files read that come next.
    fn look_ahead(&mut self) {
        while self.ahead < self.limits.begun
            && self.open.len() + self.ahead + 1 < self.limits.open
            && let Some((_, next)) = self.waiting.get_mut(self.ahead)
            // What cannot be opened now is opened when it is its turn.
            && next.open().is_ok()
        {
            self.ahead += 1;
        }
    }

    fn first_begun(&self) -> Option<Key> {
        let first = |files: &BTreeMap<Key, Begun>| files.keys().next().copied();
        [first(&self.open), first(&self.closed)]
            .into_iter()
            .flatten()
            .min()
    }

    /// Puts a file back among those that are begun, unless it is at its end.
    fn refill(&mut self, place: usize, mut held: Held) {
        let next = match held.next() {
            Ok(Some(next)) => next,
            Ok(None) => return,
            Err(error) => return self.fail(&held.source, &error),
        };
        let files = if held.is_open() {
            &mut self.open
        } else {
            &mut self.closed
        };
        files.insert((next.time, place), Begun { next, held });
        while self.open.len() + self.ahead > self.limits.open
            && let Some((key, mut last)) = self.open.pop_last()
        {
            last.held.close(self.limits.ahead);
            self.closed.insert(key, last);
        }
    }

    fn fail(&mut self, source: &Source, error: &InputError) {
        self.failed.push(Unused {
            file: source.name.clone(),
            reason: reason(error),
        });
    }
}

impl Iterator for Merge {
    type Item = Due;

    fn next(&mut self) -> Option<Due> {
        self.begin_due();
        let first = self.first_begun()?;
        let begun = self.open.remove(&first);
        let Begun { next, held } = begun.or_else(|| self.closed.remove(&first))?;
        self.refill(first.1, held);
        Some(next)
    }
}

/// Why a file that was read before is not read again.
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

    use super::super::input::DeliveryInterval;
    use super::super::progress::Progress;
    use super::super::screen::Screen;
    use super::super::sources;
    use super::super::survey::Survey;
    use super::*;
    use cloudtrail_alarms::alarm::file::load;
    use cloudtrail_alarms::matching::RecordParser;

    fn interval() -> DeliveryInterval {
        DeliveryInterval::new(SignedDuration::from_mins(5)).expect("it is allowed")
    }

    /// Every record is one that an alarm counts.
    fn shelf() -> Arc<Shelf> {
        let alarm = "AlarmName: A, FilterPattern: '', MetricNamespace: N, MetricName: M, Period: 60, \
                     EvaluationPeriods: 1, Threshold: 1, ComparisonOperator: GreaterThanThreshold";
        let yaml = format!("Alarms: [{{{alarm}}}]");
        let file = load(Path::new("alarms.yaml"), &|_| Ok(yaml.clone()), &|_| None);
        let alarms = file.expect("the file is valid").alarms;
        Shelf::new(interval(), Screen::new(&alarms, RecordParser::Fast))
    }

    /// Files with calls in these minutes, every other one gzip, and what the first reading says of them.
    fn surveyed(minutes: &[Vec<u8>]) -> (TempDir, Vec<Surveyed>) {
        let folder = TempDir::new().expect("there is room for a folder");
        for (place, minutes) in minutes.iter().enumerate() {
            let mut text = String::new();
            for (line, minute) in minutes.iter().enumerate() {
                let call = format!(r#""eventTime":"2026-03-01T12:{minute:02}:30Z""#);
                writeln!(text, "{{{call},\"place\":[{place},{line}]}}\nnone").expect("it is text");
            }
            let mut bytes = text.into_bytes();
            if place % 2 == 1 {
                let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
                gzip.write_all(&bytes).expect("it is memory");
                bytes = gzip.finish().expect("it is memory");
            }
            let path = folder.path().join(format!("{place:03}.jsonl"));
            fs::write(path, bytes).expect("a file can be written");
        }
        let found = sources::find(&[folder.path().to_owned()]).found;
        let survey = Survey::of(found, interval(), &mut Progress::new());
        (folder, survey.files)
    }

    /// `"place":[FILE,LINE]` of each record, in the order in which they come.
    fn order(merge: &mut Merge) -> Vec<String> {
        let place = |due: Due| {
            let arrival = due.arrival?;
            let (_, place) = arrival.message.split_once("place")?;
            Some(place.to_owned())
        };
        merge.filter_map(place).collect()
    }

    /// The same by sorting everything.
    fn sorted(minutes: &[Vec<u8>]) -> Vec<String> {
        let mut all = Vec::new();
        for (place, minutes) in minutes.iter().enumerate() {
            let lines = minutes.iter().enumerate();
            all.extend(lines.map(|(line, minute)| (minute / 5, place, line)));
        }
        all.sort_unstable();
        let shown = |(_, place, line)| format!("\":[{place},{line}]}}");
        all.into_iter().map(shown).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn however_few_files_are_open_the_order_is_that_of_sorting_everything(
            minutes in prop::collection::vec(prop::collection::vec(0_u8..40, 0..12), 0..10),
            open in 0_usize..4,
            ahead in prop::sample::select(vec![0, 1, 150, 10_000]),
            begun in 0_usize..3,
        ) {
            let (_folder, files) = surveyed(&minutes);
            let mut merge = Merge::within(Limits { open, ahead, begun }, files, &shelf());
            prop_assert_eq!(order(&mut merge), sorted(&minutes));
            prop_assert!(merge.into_failed().is_empty());
        }
    }

    #[test]
    fn files_of_one_delivery_are_open_one_at_a_time() {
        let (_folder, files) = surveyed(&vec![vec![1, 2, 3]; 20]);
        let mut merge = Merge::of(files, &shelf());
        let mut most = 0;
        while merge.next().is_some() {
            most = most.max(merge.open.len());
        }
        assert_eq!(most, 1);
    }

    #[test]
    fn a_file_that_became_shorter_while_it_was_closed_has_changed() {
        let (folder, files) = surveyed(&[vec![1, 11, 21], vec![2]]);
        let limits = Limits {
            open: 0,
            ahead: 0,
            begun: 0,
        };
        let mut merge = Merge::within(limits, files, &shelf());
        assert!(merge.next().is_some());
        fs::write(folder.path().join("000.jsonl"), "{}\n").expect("a file can be written");
        assert_eq!(order(&mut merge).len(), 2);
        let reasons: Vec<String> = (merge.into_failed().into_iter())
            .map(|unused| unused.reason)
            .collect();
        assert_eq!(
            reasons,
            ["it changed while it was in use: it is shorter than before"]
        );
    }

    #[test]
    fn what_the_system_refuses_is_not_called_a_change() {
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
