//! Counts and states in one DynamoDB table.
//!
//! | item | `pk` | `sk` | attributes |
//! |---|---|---|---|
//! | bucket | `ALARM#GROUP` | `bucket#START` | `ids` BS, `deliveries` N, `facts` SS, `shapes` SS, `times` NS, `excluded` BS, `too_late` BS, `overflow` BOOL, `expires_at` N |
//! | status | `ALARM#GROUP` | `status` | `version` N, `state` S, `since` N, `evaluated` N, `newest` N, `episodes` S, `notified` S, `running` S, `owed` L of S, `visited` BOOL, `expires_at` N |
//! | groups | `ALARM#groups` | `groups#HOUR` | `groups` BS, `expires_at` N |
//! | canary | `canary` | `canary` | `delivered` N |
//! | publications | `publications` | `publications` | `next` N |
//! | visit | `visit` | `ALARM#GROUP` | `alarm` S, `group` S, `asked` N |
//!
//! * `ALARM` is `AlarmName`, `GROUP` 32 hexadecimal digits of the hash of the group's values, `START` the bucket's first
//!   second since 1970 in 12 digits, `HOUR` that of a whole hour.
//! * A bucket of an alarm with a high threshold has shards: behind the sort key of all but the first stands `#SHARD`.
//! * `ids` holds 16 bytes for each event identity, 8 more of its value (IEEE double, big-endian) where the alarm sums up
//!   a field, and 4 of its fingerprint where it counts records. A set, so that `ADD` is idempotent. `excluded` and `too_late`
//!   hold 16 bytes for each record that did not count. `deliveries` is a number: that of records, repeated ones too.
//! * `facts` and `shapes` hold the JSON of [`crate::evidence::Facts`]; `times`, `since`, `evaluated`, `newest`, `asked`,
//!   `delivered` and `next` are milliseconds since 1970; `expires_at` is seconds since 1970 and the table's TTL attribute.
//!   `episodes`, `notified`, `running` and each element of `owed` are JSON. `next` is when the next publication may begin.
//! * A bucket takes elements on the condition that it holds fewer than [`MAX_EVENTS_PER_SHARD`], and facts, fingerprints and
//!   the records that did not count likewise. `groups` holds 16 bytes for each group of the hour that is counted apart,
//!   and takes more as long as they stay within [`MAX_GROUPS_PER_HOUR`]. A status is replaced on the condition that `version` is the one that was
//!   read.
//! * The visit is written before the first status that asks for it, and deleted, when the status no longer does, only if
//!   it is older than any invocation can last: a tick in between cannot lose it.

mod item;
mod update;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::error::Error;
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue, ReturnValuesOnConditionCheckFailure};
use jiff::{SignedDuration, Timestamp};

use super::{
    Detail, DueSeries, SaveOptions, SaveOutcome, Schedule, Store, StoreError, StoredStatus,
};
use crate::alarm::state::Status;
use crate::alarm::window::{MAX_AHEAD, Window};
use crate::client::LazyClient;
use crate::series::{
    Added, Additions, Bucket, BucketKey, EventId, Group, MAX_EVENTS_PER_SHARD, MAX_FACTS_PER_SHARD,
    MAX_FINGERPRINTS_PER_SHARD, MAX_GROUPS_PER_HOUR, MAX_UNCOUNTED_PER_SHARD, Member, SeriesKey,
};

use item::{
    STATUS, bucket_of, bucket_sort_key, ids_of, is_marked, members_of, number, partition,
    status_item, stored_of, text, text_of, time_of,
};

use update::{Room, Update};

type Item = HashMap<String, AttributeValue>;
type Cause = Box<dyn Error + Send + Sync>;

/// Longest time between an invocation's first and last request: Lambda's limit of an invocation.
const LONGEST_INVOCATION: SignedDuration = SignedDuration::from_mins(15);

/// Partition of the visits.
const SCHEDULE: &str = "visit";

/// Partition and sort key of the item with the earliest time of the next publication.
const PUBLICATIONS: &str = "publications";

/// Partition and sort key of the item with the delivery time of the newest canary.
const CANARY: &str = "canary";

/// What of a bucket is read for its count; what notifications tell is the greater part.
const COUNTS: &str = "sk, ids, deliveries, times, excluded, too_late, overflow";

/// What became of elements that were to be added, and what the bucket held before.
enum Attempt {
    Added {
        before: BTreeSet<Member>,
    },
    /// It has not the room that it was thought to have. Not every stand-in for DynamoDB says what it holds.
    Refused {
        item: Option<Item>,
    },
}

/// Counts and states in one DynamoDB table, with the layout that stands at the top of this file.
#[derive(Debug)]
pub struct DynamoDbStore {
    client: LazyClient<Client>,
    table: String,
}

impl DynamoDbStore {
    /// A store in this table, which must have the keys `pk` and `sk`.
    pub fn new(client: impl Into<LazyClient<Client>>, table: String) -> Self {
        let client = client.into();
        Self { client, table }
    }

    /// An `UpdateItem` of a bucket that also extends its life.
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

    /// Adds elements, and what is told of them as far as there is room for it.
    async fn add_members(
        &self,
        key: &BucketKey,
        additions: &Additions,
        room: Room,
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
            .add_texts("facts", facts, room.facts, MAX_FACTS_PER_SHARD)
            .add_texts(
                "shapes",
                fingerprints,
                room.fingerprints,
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
                    Ok(Attempt::Refused { item })
                }
                // What is told may be too much for the item; that costs the mail some lines, not the alarm its count.
                Some(error) if room.is_any() && error.code() == Some("ValidationException") => {
                    Ok(Attempt::Refused { item: None })
                }
                _ => Err(error.into()),
            },
        }
    }

    /// Adds records that did not count to one of the sets that name them, where it has room.
    async fn add_aside(
        &self,
        key: &BucketKey,
        attribute: &'static str,
        ids: &BTreeSet<EventId>,
        expires: Timestamp,
    ) -> Result<(), Cause> {
        if ids.is_empty() {
            return Ok(());
        }
        let ids = ids.iter().map(|id| Blob::new(id.to_bytes())).collect();
        let update = Update::new(self.update(key, expires).await).add(
            attribute,
            AttributeValue::Bs(ids),
            Some(MAX_UNCOUNTED_PER_SHARD),
        );
        match update.finish().send().await {
            Err(error) if is_condition(&error) => Ok(()),
            other => Ok(other.map(|_| ())?),
        }
    }

    async fn item(&self, pk: String, sk: &str) -> Result<Option<Item>, Cause> {
        let answer = self
            .client
            .get()
            .await
            .get_item()
            .table_name(&self.table)
            .key("pk", text(pk))
            .key("sk", text(sk))
            .consistent_read(true)
            .send()
            .await?;
        Ok(answer.item)
    }

    async fn try_add(
        &self,
        key: &BucketKey,
        additions: &Additions,
        expires: Timestamp,
    ) -> Result<Added, Cause> {
        self.add_aside(key, "excluded", &additions.excluded, expires)
            .await?;
        self.add_aside(key, "too_late", &additions.too_late, expires)
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

    /// Adds elements as far as there is room; also says whether the bucket is known to be marked as full.
    async fn add_bounded(
        &self,
        key: &BucketKey,
        additions: &Additions,
        expires: Timestamp,
    ) -> Result<(Added, bool), Cause> {
        let all = additions.members.len() as u64;
        let mut room = Room::for_all();
        loop {
            let refused = match self.add_members(key, additions, room, expires).await? {
                Attempt::Added { before } => {
                    let duplicate = additions.members.intersection(&before).count() as u64;
                    let added = Added {
                        new: all - duplicate,
                        duplicate,
                        overflow: 0,
                    };
                    return Ok((added, false));
                }
                Attempt::Refused { item } => item,
            };
            let item = if let Some(item) = refused {
                item
            } else {
                let sk = bucket_sort_key(key.start, key.shard);
                let read = self.item(partition(&key.series), &sk).await?;
                read.unwrap_or_default()
            };
            let held = members_of(&item)?;
            if held.len() >= MAX_EVENTS_PER_SHARD {
                let duplicate = additions.members.intersection(&held).count() as u64;
                let added = Added {
                    new: 0,
                    duplicate,
                    overflow: all - duplicate,
                };
                return Ok((added, is_marked(&item)));
            }
            room = room.less(&item);
        }
    }

    async fn try_admit(
        &self,
        alarm: &str,
        hour: Timestamp,
        groups: &BTreeSet<EventId>,
        expires: Timestamp,
    ) -> Result<BTreeSet<EventId>, Cause> {
        let pk = format!("{alarm}#groups");
        let sk = format!("groups#{:012}", hour.as_second().max(0));
        loop {
            let item = self.item(pk.clone(), &sk).await?.unwrap_or_default();
            let admitted = ids_of(&item, "groups")?;
            let room = MAX_GROUPS_PER_HOUR.saturating_sub(admitted.len());
            let new: BTreeSet<EventId> = groups.difference(&admitted).take(room).copied().collect();
            let all: BTreeSet<EventId> = admitted.union(&new).copied().collect();
            let answer = groups.intersection(&all).copied().collect();
            if new.is_empty() {
                return Ok(answer);
            }
            let blobs = new.iter().map(|id| Blob::new(id.to_bytes())).collect();
            let entered = self
                .client
                .get()
                .await
                .update_item()
                .table_name(&self.table)
                .key("pk", text(&pk))
                .key("sk", text(&sk))
                .update_expression("ADD #groups :new SET #expires = :expires")
                .condition_expression("attribute_not_exists(#groups) OR size(#groups) <= :most")
                .expression_attribute_names("#groups", "groups")
                .expression_attribute_names("#expires", "expires_at")
                .expression_attribute_values(":new", AttributeValue::Bs(blobs))
                .expression_attribute_values(":most", number(MAX_GROUPS_PER_HOUR - new.len()))
                .expression_attribute_values(":expires", number(expires.as_second()))
                .send()
                .await;
            match entered {
                Ok(_) => return Ok(answer),
                // Others were entered in between. The list only grows, so this ends when it is full.
                Err(error) if is_condition(&error) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    async fn try_buckets(
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

    async fn try_save(
        &self,
        series: &SeriesKey,
        status: &Status,
        options: SaveOptions,
    ) -> Result<SaveOutcome, Cause> {
        if (options.previous_schedule, options.schedule) == (Schedule::Idle, Schedule::Due) {
            self.client
                .get()
                .await
                .put_item()
                .table_name(&self.table)
                .item("pk", text(SCHEDULE))
                .item("sk", text(partition(series)))
                .item("alarm", text(&series.alarm))
                .item("group", text(serde_json::to_string(&series.group)?))
                .item("asked", number(options.now.as_millisecond()))
                .send()
                .await?;
        }
        let saved = self
            .client
            .get()
            .await
            .put_item()
            .table_name(&self.table)
            .set_item(Some(status_item(series, status, options)?))
            .condition_expression(match options.expected_version {
                0 => "attribute_not_exists(pk) OR #version = :version",
                _ => "#version = :version",
            })
            .expression_attribute_names("#version", "version")
            .expression_attribute_values(":version", number(options.expected_version))
            .send()
            .await;
        match saved {
            Ok(_) => Ok(SaveOutcome::Applied),
            Err(error) if is_condition(&error) => Ok(SaveOutcome::Conflict),
            Err(error) => Err(error.into()),
        }
    }

    async fn try_reserve_publication(
        &self,
        now: Timestamp,
        interval: Duration,
        latest: Timestamp,
    ) -> Result<Option<Timestamp>, Cause> {
        // The stored time of the next publication. The first attempt assumes that it has passed, and does not read it.
        let mut reserved: Option<Timestamp> = None;
        loop {
            let turn = match reserved {
                Some(reserved) if reserved > latest => return Ok(None),
                Some(reserved) => reserved,
                None if now > latest => return Ok(None),
                None => now,
            };
            let next = turn.checked_add(interval)?;
            let update = self
                .client
                .get()
                .await
                .update_item()
                .table_name(&self.table)
                .key("pk", text(PUBLICATIONS))
                .key("sk", text(PUBLICATIONS))
                .update_expression("SET #next = :next")
                .expression_attribute_names("#next", "next")
                .expression_attribute_values(":next", number(next.as_millisecond()));
            let update = if let Some(reserved) = reserved {
                update
                    .condition_expression("#next = :reserved")
                    .expression_attribute_values(":reserved", number(reserved.as_millisecond()))
            } else {
                let farthest = now.checked_add(MAX_AHEAD)?;
                update
                    .condition_expression(
                        "attribute_not_exists(#next) OR #next <= :now OR #next > :farthest",
                    )
                    .expression_attribute_values(":now", number(now.as_millisecond()))
                    .expression_attribute_values(":farthest", number(farthest.as_millisecond()))
            };
            match update.send().await {
                Ok(_) => return Ok(Some(turn)),
                Err(error) if is_condition(&error) => {}
                Err(error) => return Err(error.into()),
            }
            // An attempt fails only if another invocation has reserved a time, so the loop ends at `latest`.
            let item = self.item(PUBLICATIONS.to_owned(), PUBLICATIONS).await?;
            reserved = item.map(|item| time_of(&item, "next")).transpose()?;
            reserved = reserved.filter(|reserved| *reserved > now);
        }
    }

    async fn try_record_canary(&self, delivered: Timestamp, now: Timestamp) -> Result<(), Cause> {
        let farthest = now.checked_add(MAX_AHEAD)?;
        let seen = self
            .client
            .get()
            .await
            .update_item()
            .table_name(&self.table)
            .key("pk", text(CANARY))
            .key("sk", text(CANARY))
            .update_expression("SET #delivered = :delivered")
            .condition_expression(
                "attribute_not_exists(#delivered) OR #delivered < :delivered OR #delivered > :farthest",
            )
            .expression_attribute_names("#delivered", "delivered")
            .expression_attribute_values(":delivered", number(delivered.as_millisecond()))
            .expression_attribute_values(":farthest", number(farthest.as_millisecond()))
            .send()
            .await;
        match seen {
            // A newer one is known.
            Err(error) if is_condition(&error) => Ok(()),
            other => Ok(other.map(|_| ())?),
        }
    }

    async fn try_newest_canary(&self, now: Timestamp) -> Result<Timestamp, Cause> {
        let item = self.item(CANARY.to_owned(), CANARY).await?;
        let known = item.map(|item| time_of(&item, "delivered")).transpose()?;
        match known {
            Some(known) if known.duration_since(now) <= MAX_AHEAD => Ok(known),
            _ => {
                self.try_record_canary(now, now).await?;
                Ok(now)
            }
        }
    }

    async fn try_due_series(&self) -> Result<Vec<DueSeries>, Cause> {
        let mut pages = self
            .client
            .get()
            .await
            .query()
            .table_name(&self.table)
            .key_condition_expression("pk = :pk")
            .expression_attribute_values(":pk", text(SCHEDULE))
            .consistent_read(true)
            .into_paginator()
            .items()
            .send();
        let mut due = Vec::new();
        while let Some(item) = pages.try_next().await? {
            let group: Group = serde_json::from_str(text_of(&item, "group")?)?;
            let series = SeriesKey {
                alarm: text_of(&item, "alarm")?.to_owned(),
                group,
            };
            due.push(DueSeries {
                series,
                scheduled_at: time_of(&item, "asked")?,
            });
        }
        Ok(due)
    }

    async fn try_unschedule(&self, due: &DueSeries, now: Timestamp) -> Result<(), Cause> {
        // A time far ahead was not set by a right clock, and would keep the visit for good.
        if now.duration_since(due.scheduled_at).abs() < LONGEST_INVOCATION {
            return Ok(());
        }
        let deleted = self
            .client
            .get()
            .await
            .delete_item()
            .table_name(&self.table)
            .key("pk", text(SCHEDULE))
            .key("sk", text(partition(&due.series)))
            .condition_expression("asked = :asked")
            .expression_attribute_values(":asked", number(due.scheduled_at.as_millisecond()))
            .send()
            .await;
        match deleted {
            Err(error) if is_condition(&error) => Ok(()),
            other => Ok(other.map(|_| ())?),
        }
    }
}

impl Store for DynamoDbStore {
    async fn add(
        &self,
        bucket: &BucketKey,
        additions: &Additions,
        expires: Timestamp,
    ) -> Result<Added, StoreError> {
        let added = self.try_add(bucket, additions, expires).await;
        added.map_err(|source| failed("add to a count", &bucket.series.alarm, source))
    }

    async fn admit(
        &self,
        alarm: &str,
        hour: Timestamp,
        groups: &BTreeSet<EventId>,
        expires: Timestamp,
    ) -> Result<BTreeSet<EventId>, StoreError> {
        let admitted = self.try_admit(alarm, hour, groups, expires).await;
        admitted.map_err(|source| failed("list the groups", alarm, source))
    }

    async fn buckets(
        &self,
        series: &SeriesKey,
        span: Window,
        detail: Detail,
    ) -> Result<BTreeMap<Timestamp, Bucket>, StoreError> {
        let buckets = self.try_buckets(series, span, detail).await;
        buckets.map_err(|source| failed("read the counts", &series.alarm, source))
    }

    async fn status(&self, series: &SeriesKey) -> Result<Option<StoredStatus>, StoreError> {
        let stored = match self.item(partition(series), STATUS).await {
            Ok(Some(item)) => stored_of(&item).map(Some),
            Ok(None) => Ok(None),
            Err(error) => Err(error),
        };
        stored.map_err(|source| failed("read the state", &series.alarm, source))
    }

    async fn save(
        &self,
        series: &SeriesKey,
        status: &Status,
        options: SaveOptions,
    ) -> Result<SaveOutcome, StoreError> {
        let saved = self.try_save(series, status, options).await;
        saved.map_err(|source| failed("save the state", &series.alarm, source))
    }

    async fn reserve_publication(
        &self,
        now: Timestamp,
        interval: Duration,
        latest: Timestamp,
    ) -> Result<Option<Timestamp>, StoreError> {
        let turn = self.try_reserve_publication(now, interval, latest).await;
        turn.map_err(|source| failed("reserve the time of a publication", "", source))
    }

    async fn record_canary(&self, delivered: Timestamp, now: Timestamp) -> Result<(), StoreError> {
        let seen = self.try_record_canary(delivered, now).await;
        seen.map_err(|source| failed("store the time of the canary", "", source))
    }

    async fn newest_canary(&self, now: Timestamp) -> Result<Timestamp, StoreError> {
        let canary = self.try_newest_canary(now).await;
        canary.map_err(|source| failed("read the time of the canary", "", source))
    }

    async fn due_series(&self) -> Result<Vec<DueSeries>, StoreError> {
        let due = self.try_due_series().await;
        due.map_err(|source| failed("list what to visit", "", source))
    }

    async fn unschedule(&self, due: &DueSeries, now: Timestamp) -> Result<(), StoreError> {
        let removed = self.try_unschedule(due, now).await;
        removed.map_err(|source| failed("end the visits", &due.series.alarm, source))
    }
}

fn failed(action: &'static str, alarm: &str, source: Cause) -> StoreError {
    StoreError {
        action,
        alarm: alarm.to_owned(),
        source,
    }
}

fn is_condition<E: ProvideErrorMetadata>(error: &SdkError<E>) -> bool {
    error.code() == Some("ConditionalCheckFailedException")
}
