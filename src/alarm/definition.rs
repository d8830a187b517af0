//! One alarm: a metric filter and a metric alarm in one, checked.
//!
//! Names, defaults and limits are CloudFormation's (`AWS::Logs::MetricFilter`, `AWS::CloudWatch::Alarm`; `PutMetricAlarm`
//! in the CloudWatch API reference). A value of these types is valid: [`super::file`] is the only way from text to here.

use jiff::SignedDuration;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::AlarmState;
use super::evaluation::{breaches, evaluation_range};
use crate::series;
use cloudwatch_filter_pattern::FilterPattern;
use cloudwatch_filter_pattern::record::Selector;

/// Default `AllowedLateness` of alarms that count by `eventTime`: CloudTrail delivers within minutes as a rule.
pub(super) const EVENT_TIME_LATENESS: SignedDuration = SignedDuration::from_mins(30);

/// A checked alarm.
#[derive(Clone, Debug, PartialEq)]
pub struct AlarmDefinition {
    /// `AlarmName`: 1 to 255 characters, unique in the alarms file.
    pub name: String,
    /// `AlarmDescription`: at most 1,024 characters; empty where none is given.
    pub description: String,
    /// `FilterPattern`, its parameters replaced by their values.
    pub pattern: FilterPattern,
    /// `MetricNamespace` of the metric transformation, `Namespace` of the alarm.
    pub namespace: String,
    /// `MetricName`.
    pub metric_name: String,
    /// `MetricValue`: what a matching record adds.
    pub metric_value: MetricValue,
    /// `DefaultValue`: the datapoint of a closed window without a match; without it such a window has none.
    pub default_value: Option<f64>,
    /// `Unit`, for the notification only.
    pub unit: Option<String>,
    /// `Statistic`.
    pub statistic: Statistic,
    /// How datapoints become a state.
    pub settings: Settings,
    /// `EvaluationWindow`.
    pub evaluation_window: EvaluationWindow,
    /// `ActionsEnabled`: whether a state change notifies at all.
    pub actions_enabled: bool,
    /// `AlarmActions`; none where the property is absent, which here means: notify.
    pub alarm_actions: Option<Vec<String>>,
    /// `OKActions`: where there is one, recovery notifies too.
    pub ok_actions: Vec<String>,
    /// `InsufficientDataActions`: where there is one, falling silent notifies too.
    pub insufficient_data_actions: Vec<String>,
    /// `Severity`.
    pub severity: Option<Severity>,
    /// `Runbook`: where the reader of the mail finds what to do.
    pub runbook: Option<String>,
    /// `GroupBy`: one alarm for each combination of these fields' values; empty for a single alarm.
    pub group_by: Vec<Selector>,
    /// `CountDistinct`: count this field's distinct values instead of records.
    pub count_distinct: Option<Selector>,
    /// `TimeSource`.
    pub time_source: TimeSource,
    /// `AllowedLateness`: how long a window stays open for records that come late.
    pub allowed_lateness: SignedDuration,
    /// `RenotifyAfter`: how long after a notification the next one may follow while the alarm stays in `ALARM`.
    pub renotify_after: Option<SignedDuration>,
    /// `Exclude`.
    pub exclude: Vec<Exclusion>,
    /// `Tests`.
    pub tests: Vec<RecordTest>,
}

impl AlarmDefinition {
    /// Counts by `eventTime` whatever the alarm says.
    ///
    /// A record that is delivered by two paths, minutes apart, is then twice the same element of the same bucket. Its
    /// later copy is expected within half an hour, [`TimeSource::EventTime`]'s default, or `AllowedLateness` where that
    /// is longer.
    pub fn count_by_event_time(&mut self) {
        self.time_source = TimeSource::EventTime;
        self.allowed_lateness = self.allowed_lateness.max(EVENT_TIME_LATENESS);
    }

    /// Whether entering this state notifies.
    pub fn notifies(&self, state: AlarmState) -> bool {
        self.actions_enabled
            && match state {
                // Whoever writes an alarm here wants its mail; CloudWatch would ask for a topic.
                AlarmState::Alarm => self
                    .alarm_actions
                    .as_ref()
                    .is_none_or(|actions| !actions.is_empty()),
                AlarmState::Ok => !self.ok_actions.is_empty(),
                AlarmState::InsufficientData => !self.insufficient_data_actions.is_empty(),
            }
    }

    /// Whether the alarm must be looked at although nothing ever matched: its silence is an alarm.
    pub fn watches_silence(&self) -> bool {
        let breaching = self.settings.treat_missing_data == TreatMissingData::Breaching;
        let default_breaches = self
            .default_value
            .is_some_and(|value| breaches(value, &self.settings));
        self.group_by.is_empty() && (breaching || default_breaches)
    }

    /// Whether a breach stays one whatever else is counted.
    pub fn only_grows(&self) -> bool {
        let greater = matches!(
            self.settings.comparison_operator,
            ComparisonOperator::GreaterThanThreshold
                | ComparisonOperator::GreaterThanOrEqualToThreshold
        );
        let grows = match (self.statistic, &self.metric_value) {
            (Statistic::SampleCount | Statistic::Maximum, _) => true,
            (Statistic::Sum, MetricValue::Constant(value)) => *value >= 0.0,
            (Statistic::Sum, MetricValue::Field(_))
            | (Statistic::Average | Statistic::Minimum, _) => false,
        };
        greater && grows
    }

    /// How many shards each bucket has: enough to tell whether the threshold is crossed also where everything happens in
    /// one bucket.
    pub fn shards(&self) -> u8 {
        events_to_tell(self.statistic, &self.metric_value, &self.settings)
            .map_or(1, series::shards_for)
    }

    /// How far back an evaluation looks: the length of the evaluation range.
    pub fn evaluation_range_duration(&self) -> SignedDuration {
        self.length_of(evaluation_range(&self.settings))
    }

    /// How far back the N newest windows reach.
    pub fn evaluation_periods_duration(&self) -> SignedDuration {
        self.length_of(self.settings.evaluation_periods as usize)
    }

    fn length_of(&self, windows: usize) -> SignedDuration {
        // The newest whole period of the clock can have ended up to a period ago.
        let slack = usize::from(self.evaluation_window == EvaluationWindow::WallClock);
        let periods = i64::try_from(windows + slack).unwrap_or(i64::MAX);
        SignedDuration::from_secs(i64::from(self.settings.period).saturating_mul(periods))
    }
}

/// How many events of one window must be counted so that any further one leaves it on the same side of the threshold;
/// none where that is not a matter of their number.
pub(super) fn events_to_tell(
    statistic: Statistic,
    value: &MetricValue,
    settings: &Settings,
) -> Option<u64> {
    let value_of_event = match (statistic, value) {
        (Statistic::SampleCount, _) => 1.0,
        (Statistic::Sum, MetricValue::Constant(value)) => *value,
        _ => return None,
    };
    let events = settings.threshold / value_of_event;
    if !events.is_finite() || events < 0.0 {
        return None;
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "not negative; more than there can be stay more than there can be"
    )]
    let below = events.floor() as u64;
    Some(below.saturating_add(1))
}

/// How datapoints become a state.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// `Period`, seconds: 10, 20, 30 or a multiple of 60.
    pub period: u32,
    /// `EvaluationPeriods` (N): at least 1.
    pub evaluation_periods: u32,
    /// `DatapointsToAlarm` (M): 1 to N; where absent, M is N.
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

/// `MetricValue`.
#[derive(Clone, Debug, PartialEq)]
pub enum MetricValue {
    /// The same for each record; `1` counts them.
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

/// `ComparisonOperator`: the statistic stands on the left.
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
    /// Windows are whole periods of the clock, in UTC.
    WallClock,
}

/// `TimeSource`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum TimeSource {
    /// When CloudTrail delivered the record; what a metric filter counts by.
    #[default]
    LogTimestamp,
    /// When the call was made (`eventTime`).
    EventTime,
}

/// `Severity`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Severity {
    Informational,
    Low,
    Medium,
    High,
    Critical,
}

impl Severity {
    /// The name, in capitals.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Informational => "INFORMATIONAL",
            Self::Low => "LOW",
            Self::Medium => "MEDIUM",
            Self::High => "HIGH",
            Self::Critical => "CRITICAL",
        }
    }
}

/// One entry of `Exclude`: matching records that shall not count, for a reason, until a day.
#[derive(Clone, Debug, PartialEq)]
pub struct Exclusion {
    /// `Pattern`: which records.
    pub pattern: FilterPattern,
    /// `Reason`.
    pub reason: String,
    /// `Owner`: who answers for it.
    pub owner: String,
    /// `Expires`: the last day (UTC) on which it holds.
    pub expires: Date,
}

impl Exclusion {
    /// Whether it still holds on a day (UTC).
    pub fn holds_on(&self, day: Date) -> bool {
        day <= self.expires
    }
}

/// One entry of `Tests`: a record that must, or must not, match the alarm's pattern.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordTest {
    /// `Name`; where absent, the record's path or its place in the list.
    pub name: String,
    /// `Record`: the text of the record.
    pub record: RecordSource,
    /// `Match`.
    pub matches: bool,
}

/// Where the record of a test is.
#[derive(Clone, Debug, PartialEq)]
pub enum RecordSource {
    /// A file, relative to the current folder.
    File(std::path::PathBuf),
    /// JSON text in the alarms file itself.
    Inline(String),
}
