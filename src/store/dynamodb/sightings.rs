//! Items of the sightings of combinations, and of the time since which an alarm learns them.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;

use super::item::{Malformed, blobs_of, number, text, text_of, time_of};
use super::{Cause, DynamoDbStore, Item, is_condition_failure};
use crate::alarm::window::MAX_AHEAD;
use crate::series::{Day, EventId, MAX_SIGHTINGS_PER_DAY, Sighting, SightingKey, Sightings};

/// Begin of the sort key of a day.
const DAY: &str = "day#";

impl DynamoDbStore {
    pub(super) async fn try_remember(
        &self,
        key: &SightingKey,
        sighting: Sighting,
        expires: Timestamp,
    ) -> Result<(), Cause> {
        let seen = AttributeValue::Bs(vec![Blob::new(sighting.to_bytes())]);
        let added = self
            .client
            .get()
            .await
            .update_item()
            .table_name(&self.table)
            .key("pk", text(partition(key)))
            .key("sk", text(day_sort_key(key.day)))
            .update_expression("ADD #seen :seen SET #expires = :expires")
            .condition_expression("attribute_not_exists(#seen) OR size(#seen) < :most")
            .expression_attribute_names("#seen", "seen")
            .expression_attribute_names("#expires", "expires_at")
            .expression_attribute_values(":seen", seen)
            .expression_attribute_values(":most", number(MAX_SIGHTINGS_PER_DAY))
            .expression_attribute_values(":expires", number(expires.as_second()))
            .send()
            .await;
        match added {
            // The day is full. It may hold the sighting.
            Err(error) if is_condition_failure(&error) => Ok(()),
            other => Ok(other.map(|_| ())?),
        }
    }

    /// Reads from the last day to the first, and stops at the first one before the day of `key`. A combination that is in use has
    /// no later days, so that is the first page.
    pub(super) async fn try_sightings(
        &self,
        key: &SightingKey,
        history_days: u32,
    ) -> Result<Sightings, Cause> {
        let (first, last) = (key.day.minus(history_days), key.day.plus(history_days));
        let mut items = self
            .client
            .get()
            .await
            .query()
            .table_name(&self.table)
            .key_condition_expression("pk = :pk AND sk BETWEEN :from AND :to")
            .expression_attribute_values(":pk", text(partition(key)))
            .expression_attribute_values(":from", text(day_sort_key(first)))
            .expression_attribute_values(":to", text(day_sort_key(last)))
            .scan_index_forward(false)
            .limit(4)
            .consistent_read(true)
            .into_paginator()
            .items()
            .send();
        let mut found = Sightings::default();
        while let Some(item) = items.try_next().await? {
            match day_of(&item)?.cmp(&key.day) {
                Ordering::Greater => found.later = seen_of(&item)?,
                Ordering::Equal => found.same_day = seen_of(&item)?,
                Ordering::Less => {
                    found.earlier = true;
                    break;
                }
            }
        }
        Ok(found)
    }

    pub(super) async fn try_learning_since(
        &self,
        alarm: &str,
        fields: EventId,
        now: Timestamp,
    ) -> Result<Timestamp, Cause> {
        let (pk, sk) = (format!("{alarm}#learning"), fields.to_hex());
        let farthest = now.checked_add(MAX_AHEAD)?;
        loop {
            if let Some(item) = self.item(pk.clone(), &sk).await? {
                let since = time_of(&item, "since")?;
                if since <= farthest {
                    return Ok(since);
                }
            }
            let begun = self
                .client
                .get()
                .await
                .update_item()
                .table_name(&self.table)
                .key("pk", text(&pk))
                .key("sk", text(&sk))
                .update_expression("SET #since = :now")
                .condition_expression("attribute_not_exists(#since) OR #since > :farthest")
                .expression_attribute_names("#since", "since")
                .expression_attribute_values(":now", number(now.as_millisecond()))
                .expression_attribute_values(":farthest", number(farthest.as_millisecond()))
                .send()
                .await;
            match begun {
                Ok(_) => return Ok(now),
                // Another invocation has stored a time. It is not replaced again, so the loop ends.
                Err(error) if is_condition_failure(&error) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
}

fn partition(key: &SightingKey) -> String {
    format!("{}#seen#{}", key.alarm, key.combination.to_hex())
}

fn day_sort_key(day: Day) -> String {
    format!("{DAY}{:06}", day.number())
}

fn day_of(item: &Item) -> Result<Day, Cause> {
    let number = text_of(item, "sk")?.strip_prefix(DAY);
    let number = number.ok_or(Malformed { attribute: "sk" })?.parse()?;
    Ok(Day::from_number(number))
}

fn seen_of(item: &Item) -> Result<BTreeSet<Sighting>, Malformed> {
    let attribute = "seen";
    let sightings = blobs_of(item, attribute)?.into_iter();
    let sightings = sightings.map(Sighting::from_bytes);
    sightings
        .collect::<Option<_>>()
        .ok_or(Malformed { attribute })
}
