//! The exclusions that kept records from counting, with their reasons in the alarms file.

use jiff::civil::Date;
use serde::Serialize;

use crate::notification::render_input::RenderInput;

/// Reason of an exclusion that a deployment has removed since its records arrived.
const REMOVED: &str = "an exclusion that is no longer in the alarms file";

/// An exclusion and the number of records that it kept from counting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(super) struct ExcludedBy<'a> {
    pub(super) reason: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) owner: Option<&'a str>,
    /// The last day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) expires: Option<Date>,
    pub(super) records: u64,
}

/// The exclusions that kept records from counting, the most frequent first.
pub(super) fn excluded_by<'a>(input: &RenderInput<'a>) -> Vec<ExcludedBy<'a>> {
    let definition = input.definition;
    let counts = input.evidence().exclusions.iter();
    counts
        .map(|count| {
            let exclusion = definition.exclusion(count.exclusion);
            ExcludedBy {
                reason: exclusion.map_or(REMOVED, |exclusion| &exclusion.reason),
                owner: exclusion.map(|exclusion| exclusion.owner.as_str()),
                expires: exclusion.and_then(|exclusion| exclusion.expires),
                records: count.records,
            }
        })
        .collect()
}
