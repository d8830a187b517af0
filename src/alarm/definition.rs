//! One alarm: a metric filter and a metric alarm in one, checked.
//!
//! Names, defaults and limits are CloudFormation's (`AWS::Logs::MetricFilter`, `AWS::CloudWatch::Alarm`; `PutMetricAlarm`
//! in the CloudWatch API reference). A value of these types is valid: only [`crate::alarm::file`] creates them from text.

use std::path::PathBuf;

use cloudwatch_filter_pattern::FilterPattern;
use cloudwatch_filter_pattern::record::Selector;
use jiff::SignedDuration;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::alarm_state::AlarmState;
use super::evaluation::{breaches, evaluation_range};
use super::first_seen::FirstSeen;
use super::metric::Aggregation;
use crate::evidence::ExclusionId;
use crate::series;

pub use super::metric::{MetricValue, Statistic};
pub use super::rule::{ComparisonOperator, EvaluationWindow, Settings, TreatMissingData};

/// Default `AllowedLateness` of alarms that count by `eventTime`: CloudTrail usually delivers within minutes.
pub(super) const EVENT_TIME_LATENESS: SignedDuration = SignedDuration::from_mins(30);

/// Default `MaxNotificationsPerHour`.
pub const DEFAULT_NOTIFICATIONS_PER_HOUR: u32 = 10;

/// Longest interval between two reminders, unless `RenotifyAfter` is longer.
const MAX_REMINDER_INTERVAL: SignedDuration = SignedDuration::from_hours(24);

/// A checked alarm.
#[derive(Clone, Debug, PartialEq)]
pub struct AlarmDefinition {
    /// `AlarmName`: 1 to 255 characters, unique in the alarms file.
    pub name: String,
    /// `AlarmDescription`: at most 1,024 characters; empty if the property is absent.
    pub description: String,
    /// `FilterPattern`, its parameters replaced by their values.
    pub pattern: FilterPattern,
    /// `MetricNamespace` of the metric transformation, `Namespace` of the alarm.
    pub namespace: String,
    /// `MetricName`.
    pub metric_name: String,
    /// `MetricValue`: what a matching record adds.
    pub metric_value: MetricValue,
    /// `DefaultValue`: the datapoint of a closed window without a match. `None`: such a window has no datapoint.
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
    /// `AlarmActions`. `None` if the property is absent; the alarm then notifies.
    pub alarm_actions: Option<Vec<String>>,
    /// `OKActions`: if there are any, recovery notifies too.
    pub ok_actions: Vec<String>,
    /// `InsufficientDataActions`: if there are any, this state notifies too.
    pub insufficient_data_actions: Vec<String>,
    /// `Severity`.
    pub severity: Option<Severity>,
    /// `Runbook`: where the recipient of the email finds instructions.
    pub runbook: Option<String>,
    /// `GroupBy`: one alarm for each combination of these fields' values; empty for a single alarm.
    pub group_by: Vec<Selector>,
    /// `MaxNotificationsPerHour`: how many notifications of single groups are published in an hour, at least 1. Further ones
    /// are in a digest.
    pub max_notifications_per_hour: u32,
    /// `CountDistinct`: count this field's distinct values instead of records.
    pub count_distinct: Option<Selector>,
    /// `FirstSeen`: count only records whose combination of values was not seen before.
    pub first_seen: Option<FirstSeen>,
    /// `TimeSource`.
    pub time_source: TimeSource,
    /// `AllowedLateness`: how long a window stays open for late records.
    pub allowed_lateness: SignedDuration,
    /// `RenotifyAfter`: how long after the first notification a reminder of an alarm that stays in `ALARM` may follow. It
    /// follows only if there are records that no notification has reported. `None`: no reminders, as in CloudWatch.
    pub renotify_after: Option<SignedDuration>,
    /// `Exclude`.
    pub exclude: Vec<Exclusion>,
    /// `Tests`.
    pub tests: Vec<RecordTest>,
}

impl AlarmDefinition {
    /// Makes the alarm count by `eventTime`, regardless of its `TimeSource`.
    ///
    /// A record that arrives by two paths, minutes apart, is then the same element of the same bucket. The later copy is
    /// expected within half an hour ([`TimeSource::EventTime`]'s default), or within `AllowedLateness` if that is longer.
    pub fn count_by_event_time(&mut self) {
        self.time_source = TimeSource::EventTime;
        self.allowed_lateness = self.allowed_lateness.max(EVENT_TIME_LATENESS);
    }

    /// Whether entering this state notifies.
    pub fn notifies(&self, state: AlarmState) -> bool {
        self.actions_enabled
            && match state {
                // CloudWatch needs a topic in `AlarmActions`; here an alarm without the property sends email.
                AlarmState::Alarm => self
                    .alarm_actions
                    .as_ref()
                    .is_none_or(|actions| !actions.is_empty()),
                AlarmState::Ok => !self.ok_actions.is_empty(),
                AlarmState::InsufficientData => !self.insufficient_data_actions.is_empty(),
            }
    }

    /// Minimum time from a notification to the reminder after it, if `notifications` were sent in the incident. Doubles with
    /// each notification. `None` if there are no reminders.
    pub fn reminder_interval(&self, notifications: u32) -> Option<SignedDuration> {
        let first = self.renotify_after?;
        let doublings = notifications.saturating_sub(1);
        let factor = 2_i32.checked_pow(doublings).unwrap_or(i32::MAX);
        let interval = first.checked_mul(factor).unwrap_or(SignedDuration::MAX);
        Some(interval.min(MAX_REMINDER_INTERVAL.max(first)))
    }

    /// The exclusion with this ID, which the alarm or its file has. If several have the same pattern, the one that ends last,
    /// because it applies if any of them does.
    pub fn exclusion(&self, id: ExclusionId) -> Option<&Exclusion> {
        let same = self.exclude.iter().filter(|exclusion| exclusion.id() == id);
        same.max_by_key(|exclusion| exclusion.expires.unwrap_or(Date::MAX))
    }

    /// Whether missing data raises the alarm, so that it must be evaluated even if nothing ever matched.
    pub fn watches_silence(&self) -> bool {
        let breaching = self.settings.treat_missing_data == TreatMissingData::Breaching;
        let default_breaches = self
            .default_value
            .is_some_and(|value| breaches(value, &self.settings));
        self.group_by.is_empty() && (breaching || default_breaches)
    }

    /// Whether a datapoint that breaches keeps breaching if more events are counted.
    pub fn only_grows(&self) -> bool {
        let greater = matches!(
            self.settings.comparison_operator,
            ComparisonOperator::GreaterThanThreshold
                | ComparisonOperator::GreaterThanOrEqualToThreshold
        );
        greater && self.aggregation().only_grows()
    }

    /// How the events of a window become its datapoint.
    pub fn aggregation(&self) -> Aggregation {
        Aggregation::new(self.statistic, &self.metric_value)
    }

    /// How many shards each bucket has: enough to decide the threshold even if all events fall into one bucket.
    pub fn shards(&self) -> u8 {
        events_to_decide(self.aggregation(), &self.settings).map_or(1, series::shards_for)
    }

    /// Length of the evaluation range: how far back an evaluation looks.
    pub fn evaluation_range_duration(&self) -> SignedDuration {
        self.length_of(evaluation_range(&self.settings))
    }

    /// Length of the N newest windows.
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

/// How many events of one window must be counted so that further ones cannot change whether the threshold is crossed.
/// `None` if that does not depend on the number of events alone.
pub(super) fn events_to_decide(aggregation: Aggregation, settings: &Settings) -> Option<u64> {
    let value_of_event = aggregation.amount_per_event()?;
    let events = settings.threshold / value_of_event;
    if !events.is_finite() || events < 0.0 {
        return None;
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "not negative; the cast saturates"
    )]
    let below = events.floor() as u64;
    Some(below.saturating_add(1))
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
#[expect(missing_docs, reason = "the names are self-explanatory")]
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

/// One entry of `Exclude`, of an alarm or of a file: matching records that do not count, with a reason and an expiry date.
#[derive(Clone, Debug, PartialEq)]
pub struct Exclusion {
    /// `Pattern`: which records.
    pub pattern: FilterPattern,
    /// `Reason`.
    pub reason: String,
    /// `Owner`: who is responsible for it.
    pub owner: String,
    /// `Expires`: the last day (UTC) on which it applies. `None` for `never`.
    pub expires: Option<Date>,
}

impl Exclusion {
    /// Identifies the exclusion by its pattern, also after a deployment that changes its place, reason, owner or last day.
    pub fn id(&self) -> ExclusionId {
        ExclusionId::of_pattern(&self.pattern.to_string())
    }

    /// Whether it still applies on a day (UTC).
    pub fn holds_on(&self, day: Date) -> bool {
        self.expires.is_none_or(|last| day <= last)
    }
}

/// One entry of `Tests`: a record that must, or must not, match the alarm's pattern.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordTest {
    /// `Name`; if absent, the record's path or its number in the list.
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
    File(PathBuf),
    /// JSON text in the alarms file itself.
    Inline(String),
}
