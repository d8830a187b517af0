//! The results that the statements must have.

use std::collections::{BTreeMap, BTreeSet};

use cloudtrail_alarms::alarm::definition::AlarmDefinition;
use cloudtrail_alarms::alarm::evaluation::breaches;
use cloudwatch_filter_pattern::record::{Selector, Selectors, Step};
use cloudwatch_filter_pattern::{FilterPattern, PatternSet};
use jiff::Timestamp;
use serde_json::{Value, json};

/// The text of the selected value, as SQL has it.
fn text(record: &Value, selector: &Selector) -> Option<String> {
    let selected = selector
        .steps()
        .iter()
        .try_fold(record, |value, step| match step {
            Step::Member(name) => value.get(&**name),
            Step::Element(index) => value.get(index),
            Step::Any => None,
        });
    match selected? {
        Value::String(text) => Some(text.clone()),
        Value::Null => None,
        other => Some(other.to_string()),
    }
}

/// The indexes of the records that each alarm matches.
pub(super) fn matching(alarms: &[AlarmDefinition], records: &[Value]) -> Vec<Vec<usize>> {
    let patterns: Vec<FilterPattern> = alarms.iter().map(|alarm| alarm.pattern.clone()).collect();
    let mut selectors = Selectors::default();
    let set = PatternSet::new(&patterns, &mut selectors);
    let mut reader = selectors.into_reader();
    let mut matching = vec![Vec::new(); alarms.len()];
    for (index, record) in records.iter().enumerate() {
        let text = record.to_string();
        let mut hits = Vec::new();
        set.matches(&text, reader.read(&text).ok(), &mut hits);
        for alarm in hits {
            matching[alarm].push(index);
        }
    }
    matching
}

/// The start of a window, and the values of `GroupBy`.
type Window = (i64, Vec<Option<String>>);

/// The indexes of the records that an alarm counts, and the rows of windows that cross its threshold. `windows` are the
/// numbers of the first and the last window that are searched.
pub(super) fn expected(
    alarm: &AlarmDefinition,
    matching: &[usize],
    records: &[Value],
    windows: Option<(i64, i64)>,
) -> Value {
    let period = i64::from(alarm.settings.period);
    let mut found = Vec::new();
    let mut counted: BTreeMap<Window, Vec<Option<String>>> = BTreeMap::new();
    let all_windows = windows.filter(|_| alarm.watches_silence());
    for window in all_windows
        .into_iter()
        .flat_map(|(first, last)| first..=last)
    {
        counted.insert((window * period, Vec::new()), Vec::new());
    }
    for index in matching.iter().copied() {
        let record = &records[index];
        let time = record["eventTime"].as_str().map(str::parse::<Timestamp>);
        let time = time.and_then(Result::ok).expect("it has a time");
        let window = time.as_second().div_euclid(period);
        if !windows.is_none_or(|(first, last)| (first..=last).contains(&window)) {
            continue;
        }
        found.push(index);
        let groups = alarm
            .group_by
            .iter()
            .map(|selector| text(record, selector))
            .collect();
        let value = match &alarm.count_distinct {
            Some(selector) => text(record, selector),
            None => Some(index.to_string()),
        };
        counted
            .entry((window * period, groups))
            .or_default()
            .push(value);
    }
    let rows = counted
        .into_iter()
        .filter_map(|((window, groups), values)| {
            let distinct: BTreeSet<String> = values.into_iter().flatten().collect();
            let count = distinct.len();
            let is_missing = count == 0 && alarm.count_distinct.is_none();
            #[expect(clippy::cast_precision_loss, reason = "it is a small number")]
            let is_listed = is_missing || breaches(count as f64, &alarm.settings);
            let row = [json!(window)]
                .into_iter()
                .chain(groups.into_iter().map(|group| json!(group)));
            is_listed.then(|| row.chain([json!(count)]).collect::<Value>())
        });
    json!({"records": found, "rows": sorted(rows.collect())})
}

pub(super) fn sorted(mut rows: Vec<Value>) -> Vec<Value> {
    rows.sort_by_key(Value::to_string);
    rows
}
