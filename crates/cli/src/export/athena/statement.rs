//! The statement that lists the windows in which an alarm's threshold is crossed.

use jiff::ToSpan as _;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::columns::{Column, column};
use crate::export::losses::empty_window_breaches;
use crate::export::queries::threshold;
use cloudtrail_alarms::alarm::definition::AlarmDefinition;
use cloudtrail_alarms::query::Unsupported;
use cloudwatch_filter_pattern::record::Selector;

/// Maximum number of elements that `sequence` returns.
const MAX_SEQUENCE: i64 = 10_000;

/// Length of the inner one of two sequences whose elements are combined.
const INNER_SEQUENCE: i64 = 1_000;

/// The days that a statement searches (UTC), both inclusive.
#[derive(Clone, Copy, Debug)]
pub(super) struct Days {
    pub(super) start: Option<Date>,
    pub(super) end: Option<Date>,
}

impl Days {
    /// The conditions on the time of a record and on the partition.
    fn conditions(self) -> Result<Vec<String>, Unsupported> {
        let mut conditions = Vec::new();
        if let Some(start) = self.start {
            conditions.push(format!(
                "concat(year, month, day) >= '{}'",
                start.strftime("%Y%m%d")
            ));
            conditions.push(format!("eventtime >= '{start}'"));
        }
        if let Some(end) = self.end {
            let next = tomorrow(end)?;
            // CloudTrail delivers the last records of a day to the partition of the next day.
            conditions.push(format!(
                "concat(year, month, day) <= '{}'",
                next.strftime("%Y%m%d")
            ));
            conditions.push(format!("eventtime < '{next}'"));
        }
        Ok(conditions)
    }

    /// The numbers of the first and the last whole window of this many seconds. `None` if the days have no start or end.
    fn windows(self, period: i64) -> Result<Option<(i64, i64)>, Unsupported> {
        let (Some(start), Some(end)) = (self.start, self.end) else {
            return Ok(None);
        };
        let first =
            seconds(start)?.div_euclid(period) + i64::from(seconds(start)?.rem_euclid(period) > 0);
        Ok(Some((
            first,
            seconds(tomorrow(end)?)?.div_euclid(period) - 1,
        )))
    }
}

fn out_of_range<E>(_: E) -> Unsupported {
    Unsupported("its days are out of range".to_owned())
}

fn tomorrow(day: Date) -> Result<Date, Unsupported> {
    day.checked_add(1.day()).map_err(out_of_range)
}

/// The start of a day, in seconds since 1970.
fn seconds(day: Date) -> Result<i64, Unsupported> {
    let midnight = day.to_zoned(TimeZone::UTC).map_err(out_of_range)?;
    Ok(midnight.timestamp().as_second())
}

/// The statement of an alarm with this translated pattern.
pub(super) fn statement(
    alarm: &AlarmDefinition,
    table: &str,
    days: Days,
    condition: &str,
) -> Result<String, Unsupported> {
    let mut conditions = days.conditions()?;
    let condition = if conditions.is_empty() {
        condition.to_owned()
    } else {
        conditions.push(format!("({condition})"));
        conditions.join("\n  AND ")
    };
    let count = match &alarm.count_distinct {
        Some(selector) => format!("count(DISTINCT {})", single(selector)?),
        None => "count(*)".to_owned(),
    };
    if empty_window_breaches(alarm) {
        return of_all_windows(alarm, table, days, &condition, &count);
    }
    let period = alarm.settings.period;
    let window = format!("floor(to_unixtime(from_iso8601_timestamp(eventtime)) / {period})");
    let mut columns = vec![format!("from_unixtime({window} * {period}) AS period")];
    for (number, selector) in (1..).zip(&alarm.group_by) {
        columns.push(format!("{} AS group_{number}", single(selector)?));
    }
    let grouped: Vec<String> = (1..=columns.len())
        .map(|number| number.to_string())
        .collect();
    columns.push(format!("{count} AS matches"));
    Ok(format!(
        "SELECT {}\nFROM {table}\nWHERE {condition}\nGROUP BY {}\nHAVING {count} {}\nORDER BY 1;",
        columns.join(",\n       "),
        grouped.join(", "),
        threshold(alarm),
    ))
}

/// A statement that also lists the windows without a record.
fn of_all_windows(
    alarm: &AlarmDefinition,
    table: &str,
    days: Days,
    condition: &str,
    count: &str,
) -> Result<String, Unsupported> {
    let period = alarm.settings.period;
    let Some((first, last)) = days.windows(i64::from(period))? else {
        return Err(Unsupported(
            "windows without a record raise it; give the days to search with --start-date and --end-date".to_owned(),
        ));
    };
    let outer = (last - first).div_euclid(INNER_SEQUENCE);
    if outer >= MAX_SEQUENCE {
        return Err(Unsupported(format!(
            "the days have more than {} windows; give fewer days",
            MAX_SEQUENCE * INNER_SEQUENCE
        )));
    }
    Ok(format!(
        "WITH windows AS (
  SELECT {first} + {INNER_SEQUENCE} * a + b AS number
  FROM UNNEST(sequence(0, {outer})) AS outer_part (a)
  CROSS JOIN UNNEST(sequence(0, {inner})) AS inner_part (b)
  WHERE {first} + {INNER_SEQUENCE} * a + b <= {last}
), matched AS (
  SELECT CAST(floor(to_unixtime(from_iso8601_timestamp(eventtime)) / {period}) AS BIGINT) AS number,
         {count} AS matches
  FROM {table}
  WHERE {condition}
  GROUP BY 1
)
SELECT from_unixtime(windows.number * {period}) AS period,
       coalesce(matched.matches, 0) AS matches
FROM windows
LEFT JOIN matched ON windows.number = matched.number
WHERE matched.matches IS NULL OR matched.matches {threshold}
ORDER BY 1;",
        inner = INNER_SEQUENCE - 1,
        threshold = threshold(alarm),
    ))
}

/// The value of a field that has one.
fn single(selector: &Selector) -> Result<String, Unsupported> {
    match column(selector)? {
        Column::Text(column) => Ok(column.text),
        Column::Json(value) => Ok(value.scalar),
        Column::Struct(_) | Column::Document | Column::Elements(_) => Err(Unsupported(format!(
            "`{selector}` does not select a single value"
        ))),
    }
}
