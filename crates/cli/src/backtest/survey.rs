//! The first reading: when each file begins, and how far it is out of order.

use std::ops::AddAssign;
use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use rayon::iter::{IntoParallelIterator as _, ParallelIterator as _};

use super::input::{DeliveryInterval, InputError, Item, Records};
use super::progress::Progress;
use super::sources::{Source, Unused};
use cloudwatch_filter_pattern::record::{Reader, Selector, Selectors, Slot};

/// Records of a file between two words about it.
const STRIDE: u64 = 1_000;

/// A file that can be read to its end, and holds something to deliver or nothing at all.
#[derive(Debug)]
pub(super) struct Surveyed {
    pub(super) source: Source,
    /// When its first record is delivered; none where it has no record to deliver.
    pub(super) earliest: Option<Timestamp>,
    /// The longest time by which a record is delivered before one that stands further up.
    pub(super) disorder: SignedDuration,
}

/// What was found in all files that are used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    /// Log events, which say when they were delivered.
    pub(super) logged: u64,
    /// Records that do not.
    pub(super) batched: u64,
    /// Records without any time.
    pub(super) undated: u64,
    /// What is no JSON object.
    pub(super) invalid: u64,
}

impl Counts {
    /// Everything that can be delivered.
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

/// An account and a Region.
type AccountAndRegion = (String, String);

/// What the first reading found.
#[derive(Debug, Default)]
pub(super) struct Survey {
    /// In the order in which they were named.
    pub(super) files: Vec<Surveyed>,
    /// Cannot be read to their end. Nothing of them is used: half a file would pass for a quiet day.
    pub(super) failed: Vec<Unused>,
    /// Digest files.
    pub(super) skipped: Vec<Unused>,
    pub(super) counts: Counts,
    /// The first delivery of all.
    pub(super) first: Option<Timestamp>,
    /// The account and the Region of the first record that says them.
    pub(super) home: Option<AccountAndRegion>,
}

impl Survey {
    /// Reads every file once, as many at a time as there are processors.
    pub(super) fn of(
        sources: Vec<Source>,
        interval: DeliveryInterval,
        progress: &mut Progress,
    ) -> Self {
        let shared = Mutex::new(&mut *progress);
        let read: Vec<_> = sources
            .into_par_iter()
            .map(|source| read(source, interval, &shared))
            .collect();
        let mut survey = Self::default();
        for read in read {
            match read {
                Ok((surveyed, counts, home)) => {
                    survey.home = survey.home.or(home);
                    if counts.undated > 0 {
                        progress.clear();
                        let name = &surveyed.source.name;
                        let undated = counts.undated;
                        super::say(format_args!(
                            "warning: {name}: no time of delivery and no `eventTime` in {undated} of its records; they \
                             are passed over"
                        ));
                    }
                    survey.counts += counts;
                    survey.first = [survey.first, surveyed.earliest]
                        .into_iter()
                        .flatten()
                        .min();
                    survey.files.push(surveyed);
                }
                Err((source, error)) => {
                    let unused = match error {
                        InputError::Digest => &mut survey.skipped,
                        _ => &mut survey.failed,
                    };
                    unused.push(Unused {
                        file: source.name,
                        reason: error.to_string(),
                    });
                }
            }
        }
        survey
    }
}

/// Reads one file; also returned are the account and the Region of its first record that says them.
fn read(
    source: Source,
    interval: DeliveryInterval,
    progress: &Mutex<&mut Progress>,
) -> Result<(Surveyed, Counts, Option<AccountAndRegion>), (Source, InputError)> {
    let mut home = Home::default();
    let mut unsaid = 0;
    let mut counts = Counts::default();
    let mut order = Order::default();
    let mut read = || -> Result<(), InputError> {
        for item in Records::of(source.open()?, interval)? {
            match item? {
                Item::Logged(arrival) => {
                    counts.logged += 1;
                    order.enter(arrival.time);
                    home.look(&arrival.message);
                }
                Item::Batched(arrival) => {
                    counts.batched += 1;
                    order.enter(arrival.time);
                    home.look(&arrival.message);
                }
                Item::Undated => counts.undated += 1,
                Item::Invalid => counts.invalid += 1,
            }
            unsaid += 1;
            if unsaid == STRIDE {
                say(progress, std::mem::take(&mut unsaid));
            }
        }
        Ok(())
    };
    let read = read();
    say(progress, unsaid);
    match read {
        Ok(()) => {
            let Order {
                earliest, disorder, ..
            } = order;
            let surveyed = Surveyed {
                source,
                earliest,
                disorder,
            };
            Ok((surveyed, counts, home.found))
        }
        Err(error) => Err((source, error)),
    }
}

fn say(progress: &Mutex<&mut Progress>, records: u64) {
    let mut progress = progress.lock().unwrap_or_else(PoisonError::into_inner);
    progress.surveyed(records);
}

/// In which order times come.
#[derive(Debug, Default)]
struct Order {
    earliest: Option<Timestamp>,
    latest: Option<Timestamp>,
    disorder: SignedDuration,
}

impl Order {
    fn enter(&mut self, time: Timestamp) {
        self.earliest = Some(self.earliest.map_or(time, |earliest| earliest.min(time)));
        let latest = self.latest.map_or(time, |latest| latest.max(time));
        self.latest = Some(latest);
        self.disorder = self.disorder.max(latest.duration_since(time));
    }
}

/// Looks for the account and the Region that records are about.
struct Home {
    reader: Reader,
    account: Slot,
    region: Slot,
    found: Option<(String, String)>,
}

impl Default for Home {
    fn default() -> Self {
        let mut selectors = Selectors::default();
        let account = selectors.slot(&Selector::of_members(&["recipientAccountId"]));
        let region = selectors.slot(&Selector::of_members(&["awsRegion"]));
        Self {
            reader: selectors.into_reader(),
            account,
            region,
            found: None,
        }
    }
}

/// Whether these could be an account and a Region: what a record says goes into the mails as if it were ours.
fn is_home(account: &str, region: &str) -> bool {
    let is_region = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    account.len() == 12
        && account.bytes().all(|c| c.is_ascii_digit())
        && region.len() <= 32
        && region.chars().all(is_region)
}

impl Home {
    fn look(&mut self, message: &str) {
        if self.found.is_some() {
            return;
        }
        let record = self.reader.read(message).ok();
        self.found = record.and_then(|record| {
            let account = record.text(self.account)?;
            let region = record.text(self.region)?;
            is_home(account, region).then(|| (account.to_owned(), region.to_owned()))
        });
    }
}
