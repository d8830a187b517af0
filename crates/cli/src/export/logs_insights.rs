//! `export logs-insights`: a CloudWatch Logs Insights query for each alarm.

use super::losses::{Service, empty_window_breaches};
use super::queries::{self, QueryLanguage};
use cloudtrail_alarms::alarm::definition::AlarmDefinition;
use cloudtrail_alarms::query::Unsupported;
use cloudtrail_alarms::query::logs_insights::{LogsInsights, field};

impl QueryLanguage for LogsInsights {
    const COMMENT: &'static str = "#";
    const EXTENSION: &'static str = ".txt";
    const SERVICE: Service = Service::LogsInsights;

    fn query(&self, alarm: &AlarmDefinition, condition: &str) -> Result<String, Unsupported> {
        if empty_window_breaches(alarm) {
            return Err(Unsupported(
                "windows without a record raise it, and Insights has no rows for them".to_owned(),
            ));
        }
        let mut by = vec![format!("bin({}s)", alarm.settings.period)];
        for selector in &alarm.group_by {
            by.push(field(selector)?);
        }
        let count = match &alarm.count_distinct {
            Some(selector) => format!("count_distinct({})", field(selector)?),
            None => "count(*)".to_owned(),
        };
        let threshold = queries::threshold(alarm);
        Ok(format!(
            "filter {condition}\n| stats {count} as matches by {}\n| filter matches {threshold}",
            by.join(", ")
        ))
    }
}
