//! The properties of an alarm that decide how datapoints become a state.
//!
//! Names, defaults and limits are those of `AWS::CloudWatch::Alarm`.

use serde::{Deserialize, Serialize};

/// How datapoints become a state.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// `Period`, seconds: 10, 20, 30 or a multiple of 60.
    pub period: u32,
    /// `EvaluationPeriods` (N): at least 1.
    pub evaluation_periods: u32,
    /// `DatapointsToAlarm` (M): 1 to N. `None` means N.
    pub datapoints_to_alarm: Option<u32>,
    /// `Threshold`.
    pub threshold: f64,
    /// `ComparisonOperator`.
    pub comparison_operator: ComparisonOperator,
    /// `TreatMissingData`.
    pub treat_missing_data: TreatMissingData,
}

impl Settings {
    /// M: how many of the N datapoints must breach.
    pub fn datapoints_needed(&self) -> u32 {
        self.datapoints_to_alarm.unwrap_or(self.evaluation_periods)
    }
}

/// `ComparisonOperator`: compares the statistic (left) with the threshold (right).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "CloudWatch's own names")]
pub enum ComparisonOperator {
    GreaterThanOrEqualToThreshold,
    GreaterThanThreshold,
    LessThanThreshold,
    LessThanOrEqualToThreshold,
}

/// `TreatMissingData`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "CloudWatch's own names")]
pub enum TreatMissingData {
    Breaching,
    NotBreaching,
    Ignore,
    #[default]
    Missing,
}

/// `EvaluationWindow`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum EvaluationWindow {
    /// Windows end at the evaluation instant and slide with it, as CloudWatch's do by default.
    #[default]
    Sliding,
    /// Windows are whole periods of the UTC clock.
    WallClock,
}
