//! Problems of single invocations that scheduled runs report.

/// A problem of one invocation. The function keeps working, so only the stored time of the problem makes it visible to
/// scheduled runs, which can run in another process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum HealthEvent {
    /// The counters of records and matches did not add up.
    AccountingError,
    /// Log events were not CloudTrail records of the monitored log group.
    InvalidRecords,
    /// Matches were not counted because they arrived too late, or have a time in the future.
    LateRecords,
}

impl HealthEvent {
    /// All events.
    pub const ALL: [Self; 3] = [
        Self::AccountingError,
        Self::InvalidRecords,
        Self::LateRecords,
    ];

    /// The name under which the time of the event is stored. It does not change between releases.
    pub(super) fn attribute(self) -> &'static str {
        match self {
            Self::AccountingError => "accounting_error",
            Self::InvalidRecords => "invalid_records",
            Self::LateRecords => "late_records",
        }
    }
}
