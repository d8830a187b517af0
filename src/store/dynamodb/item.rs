//! Conversions between items of the table and their values.

use std::collections::BTreeSet;
use std::error::Error;
use std::fmt;
use std::sync::Arc;

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use serde::de::DeserializeOwned;

use super::{Cause, Item};
use crate::alarm::AlarmState;
use crate::alarm::state::Status;
use crate::series::{Bucket, EventId, ExcludedRecord, Fingerprint, Member, SeriesKey};
use crate::store::{SaveOptions, Schedule, StoredStatus};

/// Sort key of a status.
pub(super) const STATUS: &str = "status";

/// An attribute of an item is missing or has another type than in the layout.
#[derive(Debug)]
pub(super) struct Malformed {
    pub(super) attribute: &'static str,
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the table holds an item whose attribute `{}` is missing or of another type",
            self.attribute
        )
    }
}

impl Error for Malformed {}

pub(super) fn partition(series: &SeriesKey) -> String {
    format!("{}#{}", series.alarm, series.group.id())
}

pub(super) fn bucket_sort_key(start: Timestamp, shard: u8) -> String {
    let start = start.as_second().max(0);
    match shard {
        0 => format!("bucket#{start:012}"),
        _ => format!("bucket#{start:012}#{shard}"),
    }
}

pub(super) fn bucket_of(item: &Item) -> Result<(Timestamp, Bucket), Cause> {
    let start = text_of(item, "sk")?
        .strip_prefix("bucket#")
        .and_then(|start| start.split('#').next())
        .ok_or(Malformed { attribute: "sk" })?;
    let start = Timestamp::from_second(start.parse()?)?;
    let facts = texts_of(item, "facts")?.iter();
    let facts = facts.map(|json| serde_json::from_str(json).map(Arc::new));
    let fingerprints = texts_of(item, "shapes")?.iter();
    let fingerprints = fingerprints.map(|json| Fingerprint::from_json(json));
    let times = match item.get("times") {
        None => BTreeSet::new(),
        Some(AttributeValue::Ns(times)) => {
            let time = |text: &String| Ok::<_, Cause>(Timestamp::from_millisecond(text.parse()?)?);
            times.iter().map(time).collect::<Result<_, _>>()?
        }
        Some(_) => return Err(Malformed { attribute: "times" }.into()),
    };
    let deliveries = match item.get("deliveries") {
        None => 0,
        Some(_) => number_of(item, "deliveries")?.parse()?,
    };
    let bucket = Bucket {
        members: members_of(item)?,
        deliveries,
        facts: facts.collect::<Result<_, _>>()?,
        fingerprints: fingerprints.collect::<Result<_, _>>()?,
        times,
        excluded: excluded_of(item)?,
        too_late: ids_of(item, "too_late")?,
        superseded: ids_of(item, "superseded")?,
        overflow: is_marked(item),
    };
    Ok((start, bucket))
}

/// Whether a bucket is marked as full.
pub(super) fn is_marked(item: &Item) -> bool {
    matches!(item.get("overflow"), Some(AttributeValue::Bool(true)))
}

pub(super) fn members_of(item: &Item) -> Result<BTreeSet<Member>, Malformed> {
    let attribute = "ids";
    let mut members = BTreeSet::new();
    for bytes in blobs_of(item, attribute)? {
        let member = Member::from_bytes(bytes).ok_or(Malformed { attribute })?;
        member.insert_into(&mut members);
    }
    Ok(members)
}

fn excluded_of(item: &Item) -> Result<BTreeSet<ExcludedRecord>, Malformed> {
    let attribute = "excluded";
    let records = blobs_of(item, attribute)?;
    let records = records.into_iter().map(ExcludedRecord::from_bytes);
    records
        .collect::<Option<_>>()
        .ok_or(Malformed { attribute })
}

pub(super) fn ids_of(item: &Item, attribute: &'static str) -> Result<BTreeSet<EventId>, Malformed> {
    let ids = blobs_of(item, attribute)?;
    let ids = ids.into_iter().map(EventId::from_bytes);
    ids.collect::<Option<_>>().ok_or(Malformed { attribute })
}

pub(super) fn blobs_of<'i>(
    item: &'i Item,
    attribute: &'static str,
) -> Result<Vec<&'i [u8]>, Malformed> {
    match item.get(attribute) {
        None => Ok(Vec::new()),
        Some(AttributeValue::Bs(blobs)) => Ok(blobs.iter().map(AsRef::as_ref).collect()),
        Some(_) => Err(Malformed { attribute }),
    }
}

pub(super) fn texts_of<'i>(
    item: &'i Item,
    attribute: &'static str,
) -> Result<&'i [String], Malformed> {
    match item.get(attribute) {
        None => Ok(&[]),
        Some(AttributeValue::Ss(texts)) => Ok(texts),
        Some(_) => Err(Malformed { attribute }),
    }
}

pub(super) fn status_item(
    series: &SeriesKey,
    status: &Status,
    options: SaveOptions,
) -> Result<Item, Cause> {
    let pending: Result<Vec<_>, _> = status
        .pending
        .iter()
        .map(|notification| serde_json::to_string(notification).map(AttributeValue::S))
        .collect();
    let mut item = Item::from([
        ("pk".to_owned(), text(partition(series))),
        ("sk".to_owned(), text(STATUS)),
        ("version".to_owned(), number(options.expected_version + 1)),
        ("state".to_owned(), text(status.state.as_str())),
        ("since".to_owned(), number(status.since.as_millisecond())),
        (
            "evaluated".to_owned(),
            number(status.evaluated.as_millisecond()),
        ),
        (
            "incidents".to_owned(),
            text(serde_json::to_string(&status.incidents)?),
        ),
        ("pending".to_owned(), AttributeValue::L(pending?)),
        (
            "visited".to_owned(),
            AttributeValue::Bool(options.schedule == Schedule::Due),
        ),
        ("expires_at".to_owned(), number(options.expires.as_second())),
    ]);
    if let Some(newest) = status.newest {
        item.insert("newest".to_owned(), number(newest.as_millisecond()));
    }
    if let Some(notified) = &status.notified {
        let notified = serde_json::to_string(notified)?;
        item.insert("notified".to_owned(), text(notified));
    }
    if let Some(running) = &status.running_totals {
        let running = serde_json::to_string(running)?;
        item.insert("running_totals".to_owned(), text(running));
    }
    if let Some(last_alarm) = &status.last_alarm {
        let last_alarm = serde_json::to_string(last_alarm)?;
        item.insert("last_alarm".to_owned(), text(last_alarm));
    }
    if let Some(limit) = &status.group_limit {
        let limit = serde_json::to_string(limit)?;
        item.insert("group_limit".to_owned(), text(limit));
    }
    Ok(item)
}

pub(super) fn stored_of(item: &Item) -> Result<StoredStatus, Cause> {
    let state: AlarmState = serde_json::from_value(text_of(item, "state")?.into())?;
    let pending = match item.get("pending") {
        Some(AttributeValue::L(notifications)) => notifications
            .iter()
            .map(|notification| match notification {
                AttributeValue::S(json) => Ok::<_, Cause>(serde_json::from_str(json)?),
                _ => Err(Malformed {
                    attribute: "pending",
                }
                .into()),
            })
            .collect::<Result<_, _>>()?,
        _ => {
            return Err(Malformed {
                attribute: "pending",
            }
            .into());
        }
    };
    let status = Status {
        state,
        since: time_of(item, "since")?,
        evaluated: time_of(item, "evaluated")?,
        newest: item
            .contains_key("newest")
            .then(|| time_of(item, "newest"))
            .transpose()?,
        incidents: serde_json::from_str(text_of(item, "incidents")?)?,
        notified: json_of(item, "notified")?,
        running_totals: json_of(item, "running_totals")?,
        pending,
        last_alarm: json_of(item, "last_alarm")?,
        group_limit: json_of(item, "group_limit")?,
    };
    let schedule = match item.get("visited") {
        Some(AttributeValue::Bool(true)) => Schedule::Due,
        _ => Schedule::Idle,
    };
    Ok(StoredStatus {
        status,
        version: number_of(item, "version")?.parse()?,
        schedule,
    })
}

pub(super) fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

pub(super) fn number(value: impl fmt::Display) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

pub(super) fn text_of<'i>(item: &'i Item, attribute: &'static str) -> Result<&'i str, Malformed> {
    match item.get(attribute) {
        Some(AttributeValue::S(text)) => Ok(text),
        _ => Err(Malformed { attribute }),
    }
}

/// The value of an attribute that holds JSON; `None` if the attribute is missing.
pub(super) fn json_of<T: DeserializeOwned>(
    item: &Item,
    attribute: &'static str,
) -> Result<Option<T>, Cause> {
    match item.get(attribute) {
        None => Ok(None),
        Some(_) => Ok(Some(serde_json::from_str(text_of(item, attribute)?)?)),
    }
}

pub(super) fn number_of<'i>(item: &'i Item, attribute: &'static str) -> Result<&'i str, Malformed> {
    match item.get(attribute) {
        Some(AttributeValue::N(number)) => Ok(number),
        _ => Err(Malformed { attribute }),
    }
}

pub(super) fn time_of(item: &Item, attribute: &'static str) -> Result<Timestamp, Cause> {
    Ok(Timestamp::from_millisecond(
        number_of(item, attribute)?.parse()?,
    )?)
}
