//! How counted events become the value of a datapoint.

use cloudwatch_filter_pattern::record::Selector;
use serde::{Deserialize, Serialize};

/// `MetricValue`.
#[derive(Clone, Debug, PartialEq)]
pub enum MetricValue {
    /// The same value for each record; `1` counts records.
    Constant(f64),
    /// The number in this field; a record without it adds nothing.
    Field(Selector),
}

/// `Statistic`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "CloudWatch's own names")]
pub enum Statistic {
    SampleCount,
    Average,
    Sum,
    Minimum,
    Maximum,
}

/// How a statistic aggregates the values of a window's events.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Aggregation {
    /// Each event adds this amount.
    FixedAmount(f64),
    /// The greatest value of an event; `Some` if all events have this value.
    Greatest(Option<f64>),
    /// Any other function of the values; `Some` if all events have this value, which then is the result.
    Other(Option<f64>),
}

impl Aggregation {
    /// The aggregation of `value` by `statistic`.
    pub fn new(statistic: Statistic, value: &MetricValue) -> Self {
        let constant = match value {
            MetricValue::Constant(value) => Some(*value),
            MetricValue::Field(_) => None,
        };
        match (statistic, constant) {
            (Statistic::SampleCount, _) => Self::FixedAmount(1.0),
            (Statistic::Sum, Some(value)) => Self::FixedAmount(value),
            (Statistic::Maximum, _) => Self::Greatest(constant),
            (Statistic::Sum | Statistic::Average | Statistic::Minimum, _) => Self::Other(constant),
        }
    }

    /// The amount that each event adds to the datapoint. `None` if the datapoint does not depend on the number of events alone.
    pub fn amount_per_event(self) -> Option<f64> {
        match self {
            Self::FixedAmount(amount) => Some(amount),
            Self::Greatest(_) | Self::Other(_) => None,
        }
    }

    /// Whether further events never lower the datapoint.
    pub fn only_grows(self) -> bool {
        match self {
            Self::FixedAmount(amount) => amount >= 0.0,
            Self::Greatest(_) => true,
            Self::Other(_) => false,
        }
    }
}
