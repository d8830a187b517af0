//! Linter for alarms that load. [`crate::lint::pattern`] checks their patterns.

mod first_seen;

use std::fmt;

use jiff::civil::Date;

use crate::lint::pattern::unknown_field_of;
use crate::shared_metric::{Conflict, conflicts};
use cloudtrail_alarms::alarm::definition::{
    AlarmDefinition, ComparisonOperator, Exclusion, MetricValue, TreatMissingData,
};
use cloudtrail_alarms::alarm::evaluation::breaches;
use cloudtrail_alarms::alarm::metric::Aggregation;
use cloudwatch_filter_pattern::Language;
use cloudwatch_filter_pattern::excerpt::quoted;

/// A problem in an alarm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The kind of problem.
    pub code: Code,
    /// The property with the problem.
    pub at: Property,
    /// The problem and its reason, on one line.
    pub message: String,
}

/// The kind of a finding in an alarm. The names are stable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Code {
    /// An exclusion whose last day is over.
    ExpiredExclusion,
    /// An exclusion that matches every record of the alarm.
    ExcludesEverything,
    /// No datapoint can cross the threshold.
    ThresholdNeverCrossed,
    /// Every datapoint crosses the threshold.
    ThresholdAlwaysCrossed,
    /// A selector that no record has.
    UnknownField,
    /// Another alarm has the same metric, and needs another metric filter.
    ConflictingMetric,
    /// `FirstSeen` by a value that differs between sessions of one role.
    FirstSeenBySession,
    /// `FirstSeen` by a value that every record has for itself.
    FirstSeenByUniqueValue,
    /// A `WarmUp` that does not learn what is in use.
    WarmUp,
    /// `FirstSeen` in an alarm on few records.
    FirstSeenOnFew,
}

impl Code {
    /// All codes.
    pub const ALL: [Self; 10] = [
        Self::ExpiredExclusion,
        Self::ExcludesEverything,
        Self::ThresholdNeverCrossed,
        Self::ThresholdAlwaysCrossed,
        Self::UnknownField,
        Self::ConflictingMetric,
        Self::FirstSeenBySession,
        Self::FirstSeenByUniqueValue,
        Self::WarmUp,
        Self::FirstSeenOnFew,
    ];

    /// The name of the code.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ExpiredExclusion => "expired-exclusion",
            Self::ExcludesEverything => "excludes-everything",
            Self::ThresholdNeverCrossed => "threshold-never-crossed",
            Self::ThresholdAlwaysCrossed => "threshold-always-crossed",
            Self::UnknownField => "unknown-field",
            Self::ConflictingMetric => "conflicting-metric",
            Self::FirstSeenBySession => "first-seen-by-session",
            Self::FirstSeenByUniqueValue => "first-seen-by-unique-value",
            Self::WarmUp => "warm-up",
            Self::FirstSeenOnFew => "first-seen-on-few",
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A property of an alarm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Property {
    /// `MetricName`.
    MetricName,
    /// `Threshold`.
    Threshold,
    /// `MetricValue`.
    MetricValue,
    /// `CountDistinct`.
    CountDistinct,
    /// The item of `GroupBy` with this index.
    GroupBy(usize),
    /// `FirstSeen`.
    FirstSeen,
    /// The item of `Fields` of `FirstSeen` with this index.
    FirstSeenField(usize),
    /// `Pattern` of the item of `Exclude` with this index.
    ExclusionPattern(usize),
    /// `Expires` of the item of `Exclude` with this index.
    ExclusionExpires(usize),
}

/// Lints an alarm. Exclusions are evaluated on the date `today` (UTC).
pub fn lint(alarm: &AlarmDefinition, today: Date) -> Vec<Finding> {
    let mut findings = Vec::new();
    findings.extend(threshold(alarm));
    findings.extend(fields(alarm));
    findings.extend(first_seen::lint(alarm));
    for (index, exclusion) in alarm.exclude.iter().enumerate() {
        findings.extend(lint_exclusion(index, exclusion, Some(alarm), today));
    }
    findings
}

/// Lints an exclusion with this index, of an alarm or of a file that has no alarms.
pub(super) fn lint_exclusion(
    index: usize,
    exclusion: &Exclusion,
    alarm: Option<&AlarmDefinition>,
    today: Date,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let Some(last) = exclusion.expires.filter(|_| !exclusion.holds_on(today)) {
        let owner: Vec<&str> = exclusion.owner.split_whitespace().collect();
        findings.push(Finding {
                code: Code::ExpiredExclusion,
                at: Property::ExclusionExpires(index),
                message: format!(
                    "the exclusion expired on {last}, so its records count again; remove it, or have {} renew it",
                    owner.join(" ")
                ),
            });
    }
    let excludes_all = alarm.is_some_and(|alarm| exclusion.pattern == alarm.pattern)
        || *exclusion.pattern.language() == Language::Everything;
    if excludes_all {
        findings.push(Finding {
            code: Code::ExcludesEverything,
            at: Property::ExclusionPattern(index),
            message: match alarm {
                Some(_) => {
                    "the exclusion matches every record that the alarm matches, so none counts"
                }
                None => "the exclusion matches every record, so none counts",
            }
            .to_owned(),
        });
    }
    findings
}

/// Lints the alarms of a file together. Each finding has the index of its alarm.
pub fn lint_together(alarms: &[AlarmDefinition]) -> Vec<(usize, Finding)> {
    let finding = |conflict: &Conflict| Finding {
        code: Code::ConflictingMetric,
        at: Property::MetricName,
        message: format!(
            "alarm {} makes this metric with another `{}`; in CloudWatch, both metric filters would write into it; \
             give each alarm a metric of its own",
            quoted(&alarms[conflict.first].name),
            conflict.property
        ),
    };
    let conflicts = conflicts(alarms);
    (conflicts.iter())
        .map(|conflict| (conflict.alarm, finding(conflict)))
        .collect()
}

/// Selectors outside of patterns that no record has.
fn fields(alarm: &AlarmDefinition) -> Vec<Finding> {
    let metric_value = match &alarm.metric_value {
        MetricValue::Field(selector) => Some((Property::MetricValue, selector)),
        MetricValue::Constant(_) => None,
    };
    let distinct = alarm.count_distinct.as_ref();
    let distinct = distinct.map(|selector| (Property::CountDistinct, selector));
    let groups = alarm.group_by.iter().enumerate();
    let groups = groups.map(|(index, selector)| (Property::GroupBy(index), selector));
    let first_seen =
        (alarm.first_seen.iter()).flat_map(|first_seen| first_seen.fields.iter().enumerate());
    let first_seen =
        first_seen.map(|(index, selector)| (Property::FirstSeenField(index), selector));
    (metric_value
        .into_iter()
        .chain(distinct)
        .chain(groups)
        .chain(first_seen))
    .filter_map(|(at, selector)| {
        let message = unknown_field_of(&alarm.pattern, selector)?;
        Some(Finding {
            code: Code::UnknownField,
            at,
            message,
        })
    })
    .collect()
}

/// A threshold that no datapoint or every datapoint crosses.
fn threshold(alarm: &AlarmDefinition) -> Option<Finding> {
    let settings = &alarm.settings;
    let Range { least, greatest } = datapoints(alarm);
    let (most_breaching, least_breaching) = match settings.comparison_operator {
        ComparisonOperator::GreaterThanThreshold
        | ComparisonOperator::GreaterThanOrEqualToThreshold => (greatest, least),
        ComparisonOperator::LessThanThreshold | ComparisonOperator::LessThanOrEqualToThreshold => {
            (least, greatest)
        }
    };
    let missing_breaches = settings.treat_missing_data == TreatMissingData::Breaching;
    let code = if !breaches(most_breaching, settings) && !missing_breaches {
        Code::ThresholdNeverCrossed
    } else if breaches(least_breaching, settings)
        && (missing_breaches || alarm.default_value.is_some())
    {
        Code::ThresholdAlwaysCrossed
    } else {
        return None;
    };
    let values = match (least.is_finite(), greatest.is_finite()) {
        (true, true) if least.to_bits() == greatest.to_bits() => format!("is {least}"),
        (true, true) => format!("is from {least} to {greatest}"),
        (true, false) => format!("is {least} or more"),
        (false, true) => format!("is {greatest} or less"),
        (false, false) => "can be any number".to_owned(),
    };
    let consequence = match code {
        Code::ThresholdNeverCrossed => "none crosses the threshold",
        _ if alarm.default_value.is_some() => {
            "each one breaches the threshold, so the alarm never recovers"
        }
        _ => "each one breaches the threshold, as missing ones do, so the alarm never recovers",
    };
    Some(Finding {
        code,
        at: Property::Threshold,
        message: format!(
            "with `Statistic` {:?} and this `MetricValue` a datapoint {values}: {consequence}",
            alarm.statistic
        ),
    })
}

/// The possible values of a datapoint.
struct Range {
    least: f64,
    greatest: f64,
}

fn datapoints(alarm: &AlarmDefinition) -> Range {
    // A window in which nothing was counted has no datapoint, so there is at least one event.
    let (mut least, mut greatest) = match alarm.aggregation() {
        _ if alarm.count_distinct.is_some() => (1.0, f64::INFINITY),
        Aggregation::FixedAmount(amount) if amount > 0.0 => (amount, f64::INFINITY),
        Aggregation::FixedAmount(amount) if amount < 0.0 => (f64::NEG_INFINITY, amount),
        Aggregation::FixedAmount(_) => (0.0, 0.0),
        Aggregation::Greatest(Some(value)) | Aggregation::Other(Some(value)) => (value, value),
        Aggregation::Greatest(None) | Aggregation::Other(None) => {
            (f64::NEG_INFINITY, f64::INFINITY)
        }
    };
    if let Some(default) = alarm.default_value {
        (least, greatest) = (least.min(default), greatest.max(default));
    }
    Range { least, greatest }
}
