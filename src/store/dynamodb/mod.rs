//! Store in one DynamoDB table, with this layout:
//!
//! | item | `pk` | `sk` | attributes |
//! |---|---|---|---|
//! | bucket | `ALARM#GROUP` | `bucket#START` | `ids` BS, `deliveries` N, `facts` SS, `shapes` SS, `times` NS, `excluded` BS, `too_late` BS, `superseded` BS, `overflow` BOOL, `expires_at` N |
//! | status | `ALARM#GROUP` | `status` | `version` N, `state` S, `since` N, `evaluated` N, `newest` N, `incidents` S, `notified` S, `running_totals` S, `pending` L of S, `last_alarm` S, `group_limit` S, `visited` BOOL, `expires_at` N |
//! | groups | `ALARM#groups` | `groups#HOUR` | `groups` BS, `expires_at` N |
//! | new combinations | `ALARM#combinations` | `combinations#HOUR` | `combinations` BS, `expires_at` N |
//! | sightings | `ALARM#seen#COMBINATION` | `day#DAY` | `seen` BS, `expires_at` N |
//! | learning | `ALARM#learning` | `FIELDS` | `since` N |
//! | canary | `canary` | `canary` | `delivered` N |
//! | health | `health` | `health` | `accounting_error` N, `invalid_records` N, `late_records` N |
//! | publications | `publications` | `publications` | `next` N |
//! | visit | `visit` | `ALARM#GROUP` | `alarm` S, `group` S, `asked` N |
//!
//! * `ALARM` is `AlarmName`. `GROUP` is the hash of the group's values in 32 hexadecimal digits. `START` is the first second of
//!   the bucket since 1970 in 12 digits, and `HOUR` that of a whole hour.
//! * A bucket of an alarm with a high threshold has shards. The sort key of each but the first ends with `#SHARD`.
//! * `COMBINATION` is the hash of a combination of values, and `FIELDS` that of the fields of `FirstSeen` and `GroupBy`, each in
//!   32 hexadecimal digits. No item holds the values. `DAY` is a UTC day as the number of days since 1970, in 6 digits.
//! * `ids` is a set, so `ADD` is idempotent. An element is 16 bytes of the deduplication key. If the alarm sums up a field,
//!   8 bytes of the value follow (IEEE double, big-endian). If it counts records, 4 bytes of the fingerprint ID follow.
//! * `excluded`, `too_late` and `superseded` hold the 16-byte keys of records that do not count. In `excluded`, the 4-byte ID of the exclusion
//!   follows, except in items of earlier versions. `deliveries` is a number of records, including repeated ones. `overflow` marks a full bucket.
//! * `facts` holds JSON of [`crate::evidence::Facts`], and `shapes` that of fingerprints.
//! * `incidents`, `notified`, `running_totals`, `last_alarm`, `group_limit` and each element of `pending` are JSON. `visited` is
//!   whether the series is due. Only the status of an alarm's digests has a `group_limit`.
//! * `times`, `since`, `evaluated`, `newest`, `asked`, `delivered`, `next` and the attributes of `health` are milliseconds since 1970. `expires_at` is in
//!   seconds since 1970, and the TTL attribute of the table. `next` is when the next publication may begin.
//! * A bucket takes elements on the condition that it holds fewer than [`MAX_EVENTS_PER_SHARD`]. The same holds for facts,
//!   fingerprints and records that did not count, each with its limit.
//! * `groups` holds the 16-byte hashes of the groups of the hour that are counted separately, at most [`MAX_GROUPS_PER_HOUR`].
//!   `combinations` is the same for new combinations, at most [`MAX_NEW_COMBINATIONS_PER_HOUR`].
//! * `seen` holds sightings of 24 bytes: milliseconds since 1970 (big-endian), and the deduplication key. It takes elements while
//!   it holds fewer than [`MAX_SIGHTINGS_PER_DAY`]. `since` is when the alarm began to learn combinations.
//! * A status is replaced on the condition that `version` is the one that was read.
//! * A visit item makes a series due. It is written before the first status with `visited`. When the series is idle again, the
//!   item is deleted only if it is older than any invocation can last. So a scheduled run in between cannot lose it.
//!
//! [`MAX_EVENTS_PER_SHARD`]: crate::series::MAX_EVENTS_PER_SHARD
//! [`MAX_GROUPS_PER_HOUR`]: crate::series::MAX_GROUPS_PER_HOUR
//! [`MAX_NEW_COMBINATIONS_PER_HOUR`]: crate::series::MAX_NEW_COMBINATIONS_PER_HOUR
//! [`MAX_SIGHTINGS_PER_DAY`]: crate::series::MAX_SIGHTINGS_PER_DAY

mod admission;
mod buckets;
mod health;
mod item;
mod sightings;
mod singletons;
mod statuses;
mod update;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::error::Error;
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;

use crate::alarm::state::Status;
use crate::alarm::window::Window;
use crate::client::LazyClient;
use crate::series::{
    Added, Additions, Bucket, BucketKey, EventId, SeriesKey, Sighting, SightingKey, Sightings,
};
use crate::store::{
    AdmissionList, Detail, DueSeries, HealthEvent, SaveOptions, SaveOutcome, Store, StoreError,
    StoredStatus,
};

type Item = HashMap<String, AttributeValue>;
type Cause = Box<dyn Error + Send + Sync>;

/// Store in one DynamoDB table. The module documentation has its layout.
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

    /// Reads an item; `None` if there is none.
    async fn item(&self, pk: String, sk: &str) -> Result<Option<Item>, Cause> {
        let answer = self
            .client
            .get()
            .await
            .get_item()
            .table_name(&self.table)
            .key("pk", AttributeValue::S(pk))
            .key("sk", AttributeValue::S(sk.to_owned()))
            .consistent_read(true)
            .send()
            .await?;
        Ok(answer.item)
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
        list: AdmissionList,
        alarm: &str,
        hour: Timestamp,
        entries: &BTreeSet<EventId>,
        expires: Timestamp,
    ) -> Result<BTreeSet<EventId>, StoreError> {
        let admitted = self.try_admit(list, alarm, hour, entries, expires).await;
        let action = match list {
            AdmissionList::Groups => "list the groups",
            AdmissionList::NewCombinations => "list the new combinations",
        };
        admitted.map_err(|source| failed(action, alarm, source))
    }

    async fn remember(
        &self,
        key: &SightingKey,
        sighting: Sighting,
        expires: Timestamp,
    ) -> Result<(), StoreError> {
        let remembered = self.try_remember(key, sighting, expires).await;
        remembered.map_err(|source| failed("remember a combination", &key.alarm, source))
    }

    async fn sightings(
        &self,
        key: &SightingKey,
        history_days: u32,
    ) -> Result<Sightings, StoreError> {
        let sightings = self.try_sightings(key, history_days).await;
        sightings.map_err(|source| failed("look up a combination", &key.alarm, source))
    }

    async fn learning_since(
        &self,
        alarm: &str,
        fields: EventId,
        now: Timestamp,
    ) -> Result<Timestamp, StoreError> {
        let since = self.try_learning_since(alarm, fields, now).await;
        since.map_err(|source| failed("read the start of the warm-up", alarm, source))
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
        let stored = self.try_status(series).await;
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

    async fn record_health_events(
        &self,
        events: &BTreeSet<HealthEvent>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let recorded = self.try_record_health_events(events, now).await;
        recorded.map_err(|source| failed("store the health events", "", source))
    }

    async fn health_events(&self) -> Result<BTreeMap<HealthEvent, Timestamp>, StoreError> {
        let events = self.try_health_events().await;
        events.map_err(|source| failed("read the health events", "", source))
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

/// Whether the condition of a write did not hold.
fn is_condition_failure<E: ProvideErrorMetadata>(error: &SdkError<E>) -> bool {
    error.code() == Some("ConditionalCheckFailedException")
}
