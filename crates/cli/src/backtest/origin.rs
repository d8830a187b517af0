//! The account and Region that records come from.

use cloudwatch_filter_pattern::record::{Reader, Selector, Selectors, Slot};

/// The account and Region that notifications name if the command line does not: those of the first record that has both.
#[derive(Debug, Default)]
pub(super) struct DefaultAccount {
    pub(super) account: String,
    pub(super) region: String,
}

/// Searches records for their account and Region.
pub(super) struct OriginFinder {
    reader: Reader,
    account: Slot,
    region: Slot,
    pub(super) found: Option<DefaultAccount>,
}

impl OriginFinder {
    pub(super) fn new() -> Self {
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

    /// Looks at a record, unless an earlier one had an account and a Region.
    pub(super) fn inspect(&mut self, message: &str) {
        if self.found.is_some() {
            return;
        }
        let record = self.reader.read(message).ok();
        self.found = record.and_then(|record| {
            let account = record.text(self.account)?;
            let region = record.text(self.region)?;
            is_plausible(account, region).then(|| DefaultAccount {
                account: account.to_owned(),
                region: region.to_owned(),
            })
        });
    }
}

/// Whether these can be an account and a Region. Emails show them as trusted text, so the content of a record must not
/// get there unchecked.
fn is_plausible(account: &str, region: &str) -> bool {
    let is_region = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    account.len() == 12
        && account.bytes().all(|c| c.is_ascii_digit())
        && region.len() <= 32
        && region.chars().all(is_region)
}
