//! Output of the exclusions that match a record.

use std::io::{self, Write};

use jiff::civil::Date;
use serde::Serialize;

use crate::visible::on_one_line;
use cloudtrail_alarms::alarm::definition::Exclusion;

/// Writes the exclusions that match a record, and whether the record counts on this day.
pub(super) fn write_text(
    exclusions: &[&Exclusion],
    today: Date,
    out: &mut dyn Write,
) -> io::Result<()> {
    let counts = !exclusions.iter().any(|exclusion| exclusion.holds_on(today));
    for exclusion in exclusions {
        let verdict = match exclusion.expires {
            None => "excluded without end, so it does not count".to_owned(),
            Some(last) if exclusion.holds_on(today) => {
                format!("excluded until {last}, so it does not count")
            }
            Some(last) if counts => format!("its exclusion expired on {last}, so it counts"),
            Some(last) => format!("another exclusion expired on {last}"),
        };
        let (reason, owner) = (
            on_one_line(&exclusion.reason),
            on_one_line(&exclusion.owner),
        );
        writeln!(out, "{verdict}: {reason} ({owner})")?;
    }
    Ok(())
}

/// An exclusion as JSON.
#[derive(Serialize)]
pub(super) struct ExclusionJson<'r> {
    reason: &'r str,
    owner: &'r str,
    /// `null` if it has no end.
    expires: Option<Date>,
    /// Whether its last day is over.
    expired: bool,
}

impl<'r> ExclusionJson<'r> {
    pub(super) fn new(exclusion: &'r Exclusion, today: Date) -> Self {
        Self {
            reason: &exclusion.reason,
            owner: &exclusion.owner,
            expires: exclusion.expires,
            expired: !exclusion.holds_on(today),
        }
    }
}
