//! Alarm definitions, how they are loaded, and how their state is decided. Pure: no clock, no network.
//!
//! * [`definition`]: one checked alarm; nothing in it can be invalid.
//! * [`mod@file`]: the alarms file (YAML, CloudFormation's words) into definitions.
//! * [`evaluation`]: datapoints, settings and the state before into the state after, as CloudWatch decides it.
//! * [`window`]: when CloudWatch evaluates, and over which windows of time.
//! * [`state`]: what is remembered of an alarm; [`advance`]: how it moves when events arrive or time passes.

pub mod advance;
mod datapoints;
pub mod definition;
pub mod evaluation;
pub mod file;
mod outbox;
mod reason;
pub mod state;
pub mod window;

pub use datapoints::Series;

use std::fmt;

use serde::{Deserialize, Serialize};

/// The state of an alarm, spelled as CloudWatch spells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum AlarmState {
    /// The threshold is not crossed.
    #[serde(rename = "OK")]
    Ok,
    /// The threshold is crossed.
    #[serde(rename = "ALARM")]
    Alarm,
    /// There are too few datapoints to tell.
    #[serde(rename = "INSUFFICIENT_DATA")]
    InsufficientData,
}

impl AlarmState {
    /// CloudWatch's name of the state.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "OK",
            Self::Alarm => "ALARM",
            Self::InsufficientData => "INSUFFICIENT_DATA",
        }
    }
}

impl fmt::Display for AlarmState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
