//! Estimates of how many records hold a value.

use crate::record::Selector;

/// An estimate of the share of records that hold a value, in ascending order.
///
/// Estimates affect only the speed of a [`PatternSet`](crate::PatternSet), never its results.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Frequency {
    /// About 1 in 100 records.
    Rare,
    /// About 1 in 20 records.
    Occasional,
    /// 1 in 5 records, or more.
    Common,
    /// All records.
    Everywhere,
}

/// Estimates frequencies for the records that a [`PatternSet`](crate::PatternSet) will match.
///
/// Of the tests that a record must satisfy to match a pattern, the set looks up the least frequent one first. The default
/// methods suit records of unknown fields.
pub trait EstimateFrequency {
    /// How often the value at `selector` is one certain string.
    fn text(&self, selector: &Selector) -> Frequency {
        let _ = selector;
        Frequency::Rare
    }

    /// How often there is a value at `selector`.
    fn value(&self, selector: &Selector) -> Frequency {
        let _ = selector;
        Frequency::Everywhere
    }
}

/// The estimates for records of unknown fields.
#[derive(Clone, Copy, Debug, Default)]
pub struct DefaultFrequencies;

impl EstimateFrequency for DefaultFrequencies {}
