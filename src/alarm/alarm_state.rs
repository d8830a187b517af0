//! The three states of a CloudWatch alarm.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The state of an alarm. Displayed and serialized as in CloudWatch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum AlarmState {
    /// The threshold is not crossed.
    #[serde(rename = "OK")]
    Ok,
    /// The threshold is crossed.
    #[serde(rename = "ALARM")]
    Alarm,
    /// There are too few datapoints to decide.
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
