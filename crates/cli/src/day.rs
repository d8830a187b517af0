//! The date on which exclusions are evaluated.

use clap::Args;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::argument::date;

#[derive(Debug, Args)]
pub(super) struct DayArguments {
    /// Date for checking whether exclusions have expired [default: today (UTC)]
    #[arg(long, value_name = "DATE", value_parser = date)]
    today: Option<Date>,
}

impl DayArguments {
    /// The date of the argument, otherwise of the clock.
    pub(super) fn today(&self) -> Date {
        (self.today).unwrap_or_else(|| Timestamp::now().to_zoned(TimeZone::UTC).date())
    }
}
