//! Parsers of argument values. Their errors name the expected form with an example.

use std::num::NonZeroUsize;

use jiff::Timestamp;
use jiff::civil::Date;

/// A day.
pub(crate) fn date(text: &str) -> Result<Date, &'static str> {
    text.parse()
        .map_err(|_| "expected a date such as 2026-01-31")
}

/// An instant.
pub(crate) fn time(text: &str) -> Result<Timestamp, &'static str> {
    text.parse()
        .map_err(|_| "expected a time (RFC 3339) such as 2026-01-31T12:00:00Z")
}

/// The number of an item, from 1.
pub(crate) fn number(text: &str) -> Result<NonZeroUsize, &'static str> {
    text.parse().map_err(|_| "expected a whole number from 1")
}
