//! Items of buckets: counts and what notifications show of them.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_dynamodb::error::ProvideErrorMetadata as _;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue, ReturnValuesOnConditionCheckFailure};
use jiff::Timestamp;

use super::item::{bucket_of, bucket_sort_key, is_marked, members_of, number, partition, text};
use super::update::{DetailParts, Update};
use super::{Cause, DynamoDbStore, Item, is_condition_failure};
use crate::alarm::window::Window;
use crate::series::{
    Added, Additions, Bucket, BucketKey, MAX_EVENTS_PER_SHARD, MAX_FACTS_PER_SHARD,
    MAX_FINGERPRINTS_PER_SHARD, MAX_UNCOUNTED_PER_SHARD, Member, SeriesKey,
};
use crate::store::Detail;

/// The attributes that [`Detail::Counts`] reads. The others are the larger part of an item.
const COUNTS: &str = "sk, ids, deliveries, times, excluded, too_late, superseded, overflow";

/// Result of an attempt to add elements.
enum Attempt {
    /// The elements were added; `before` are those that the bucket held before.
    Added { before: BTreeSet<Member> },
    /// The bucket has less capacity than assumed. `item` is its content, if DynamoDB returned it; not every emulator does.
    Rejected { item: Option<Item> },
}

impl DynamoDbStore {
    pub(super) async fn try_add(
        &self,
        key: &BucketKey,
        additions: &Additions,
        expires: Timestamp,
    ) -> Result<Added, Cause> {
        let most = MAX_UNCOUNTED_PER_SHARD;
        let excluded = additions.excluded.iter().map(|record| record.to_bytes());
        self.add_uncounted(key, "excluded", excluded, most, expires)
            .await?;
        let too_late = additions.too_late.iter().map(|id| id.to_bytes());
        self.add_uncounted(key, "too_late", too_late, most, expires)
            .await?;
        let superseded = additions.superseded.iter().map(|id| id.to_bytes());
        self.add_uncounted(key, "superseded", superseded, MAX_EVENTS_PER_SHARD, expires)
            .await?;
        if additions.members.is_empty() {
            return Ok(Added::default());
        }
        let (additions, excess) = additions.bounded();
        let (mut added, is_marked) = self.add_bounded(key, &additions, expires).await?;
        added.overflow += excess;
        if added.overflow > 0 && !is_marked {
            self.update(key, expires)
                .await
                .update_expression("SET #overflow = :true, #expires = :expires")
                .expression_attribute_names("#overflow", "overflow")
                .expression_attribute_values(":true", AttributeValue::Bool(true))
                .send()
                .await?;
        }
        Ok(added)
    }

    /// Begins an `UpdateItem` of a bucket. The update must set `#expires` to `:expires`.
    async fn update(&self, key: &BucketKey, expires: Timestamp) -> UpdateItemFluentBuilder {
        let client = self.client.get().await;
        client
            .update_item()
            .table_name(&self.table)
            .key("pk", text(partition(&key.series)))
            .key("sk", text(bucket_sort_key(key.start, key.shard)))
            .expression_attribute_names("#expires", "expires_at")
            .expression_attribute_values(":expires", number(expires.as_second()))
    }

    /// Adds records that do not count to one of their sets, unless it has `most` elements.
    async fn add_uncounted(
        &self,
        key: &BucketKey,
        attribute: &'static str,
        elements: impl Iterator<Item = Vec<u8>>,
        most: usize,
        expires: Timestamp,
    ) -> Result<(), Cause> {
        let elements: Vec<Blob> = elements.map(Blob::new).collect();
        if elements.is_empty() {
            return Ok(());
        }
        let update = Update::new(self.update(key, expires).await).add(
            attribute,
            AttributeValue::Bs(elements),
            Some(most),
        );
        match update.finish().send().await {
            Err(error) if is_condition_failure(&error) => Ok(()),
            other => Ok(other.map(|_| ())?),
        }
    }

    /// Adds elements unless the bucket is full. Also returns whether the bucket is known to be marked as full.
    async fn add_bounded(
        &self,
        key: &BucketKey,
        additions: &Additions,
        expires: Timestamp,
    ) -> Result<(Added, bool), Cause> {
        let mut parts = DetailParts::ALL;
        loop {
            let rejected = match self.add_members(key, additions, parts, expires).await? {
                Attempt::Added { before } => {
                    return Ok((Added::between(&before, &additions.members), false));
                }
                Attempt::Rejected { item } => item,
            };
            let item = if let Some(item) = rejected {
                item
            } else {
                let sk = bucket_sort_key(key.start, key.shard);
                let read = self.item(partition(&key.series), &sk).await?;
                read.unwrap_or_default()
            };
            let held = members_of(&item)?;
            if held.len() >= MAX_EVENTS_PER_SHARD {
                let added = Added::between(&held, &additions.members);
                return Ok((added, is_marked(&item)));
            }
            parts = parts.reduced_for(&item);
        }
    }

    /// Adds elements, and these parts of their details.
    async fn add_members(
        &self,
        key: &BucketKey,
        additions: &Additions,
        parts: DetailParts,
        expires: Timestamp,
    ) -> Result<Attempt, Cause> {
        let ids = additions.members.iter();
        let ids = ids.map(|member| Blob::new(member.to_bytes())).collect();
        let times = additions.times.iter();
        let times = times
            .map(|time| time.as_millisecond().to_string())
            .collect();
        let facts = additions.facts.iter().map(|facts| facts.to_json());
        let fingerprints = additions.fingerprints.keys();
        let fingerprints = fingerprints.map(|fingerprint| fingerprint.to_json().to_owned());
        let update = Update::new(self.update(key, expires).await)
            .add("ids", AttributeValue::Bs(ids), Some(MAX_EVENTS_PER_SHARD))
            .add("deliveries", number(additions.deliveries), None)
            .add("times", AttributeValue::Ns(times), None)
            .add_texts("facts", facts, parts.facts, MAX_FACTS_PER_SHARD)
            .add_texts(
                "shapes",
                fingerprints,
                parts.fingerprints,
                MAX_FINGERPRINTS_PER_SHARD,
            );
        let request = update
            .finish()
            .return_values(ReturnValue::AllOld)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        match request.send().await {
            Ok(output) => {
                let before = members_of(&output.attributes.unwrap_or_default())?;
                Ok(Attempt::Added { before })
            }
            Err(error) => match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(failed)) => {
                    let item = failed.item.clone();
                    Ok(Attempt::Rejected { item })
                }
                // The item may be too large with the details. Then the email has less of them, but the count is complete.
                Some(error) if !parts.is_empty() && error.code() == Some("ValidationException") => {
                    Ok(Attempt::Rejected { item: None })
                }
                _ => Err(error.into()),
            },
        }
    }

    pub(super) async fn try_buckets(
        &self,
        series: &SeriesKey,
        span: Window,
        detail: Detail,
    ) -> Result<BTreeMap<Timestamp, Bucket>, Cause> {
        let projection = match detail {
            Detail::Counts => Some(COUNTS.to_owned()),
            Detail::All => None,
        };
        let mut pages = self
            .client
            .get()
            .await
            .query()
            .table_name(&self.table)
            .key_condition_expression("pk = :pk AND sk BETWEEN :from AND :to")
            .expression_attribute_values(":pk", text(partition(series)))
            .expression_attribute_values(":from", text(bucket_sort_key(span.start, 0)))
            .expression_attribute_values(":to", text(bucket_sort_key(span.end, 0)))
            .set_projection_expression(projection)
            .consistent_read(true)
            .into_paginator()
            .items()
            .send();
        let mut buckets: BTreeMap<Timestamp, Bucket> = BTreeMap::new();
        while let Some(item) = pages.try_next().await? {
            let (start, shard) = bucket_of(&item)?;
            if start < span.end {
                buckets.entry(start).or_default().merge(shard);
            }
        }
        Ok(buckets)
    }
}
