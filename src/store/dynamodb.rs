//! Counts and states in one DynamoDB table.
//!
//! | item | `pk` | `sk` | attributes |
//! |---|---|---|---|
//! | bucket | `ALARM#GROUP` | `bucket#START` | `ids` BS, `facts` SS, `times` NS, `overflow` BOOL, `expires_at` N |
//! | status | `ALARM#GROUP` | `status` | `version` N, `state` S, `since` N, `evaluated` N, `newest` N, `episodes` S, `notified` S, `owed` L of S, `visited` BOOL, `expires_at` N |
//! | visit | `visit` | `ALARM#GROUP` | `alarm` S, `group` S, `asked` N |
//!
//! * `ALARM` is `AlarmName`, `GROUP` 32 hexadecimal digits of the hash of the group's values, `START` the bucket's first
//!   second since 1970 in 12 digits.
//! * `ids` holds 16 bytes for each event identity, and 8 more of its value (IEEE double, big-endian) where the alarm
//!   sums up a field. A set, so that `ADD` is idempotent.
//! * `facts` holds the JSON of [`crate::evidence::Facts`]; `times`, `since`, `evaluated`, `newest`, `asked` are
//!   milliseconds since 1970; `expires_at` is seconds since 1970 and the table's TTL attribute. `episodes` and
//!   `notified` and each element of `owed` are JSON.
//! * A bucket takes elements on the condition that it holds fewer than [`MAX_EVENTS_PER_BUCKET`], facts on the condition
//!   that it holds fewer than [`MAX_FACTS_PER_BUCKET`]. A status is replaced on the condition that `version` is the one
//!   that was read.
//! * The visit is written before the first status that asks for it, and deleted, when the status no longer does, only if
//!   it is older than any invocation can last: a tick in between cannot lose it.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::error::Error;
use std::fmt;
use std::sync::Arc;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue};
use jiff::{SignedDuration, Timestamp};

use super::{Added, SaveTerms, Saved, Store, StoreError, Stored, Visit};
use crate::alarm::AlarmState;
use crate::alarm::state::Status;
use crate::alarm::window::Window;
use crate::series::{
    Additions, Bucket, BucketKey, EventId, Group, MAX_EVENTS_PER_BUCKET, MAX_FACTS_PER_BUCKET,
    Member, SeriesKey,
};

type Item = HashMap<String, AttributeValue>;
type Cause = Box<dyn Error + Send + Sync>;

/// Longest time between an invocation's first and last request: Lambda's limit of an invocation.
const LONGEST_INVOCATION: SignedDuration = SignedDuration::from_mins(15);

/// Partition of the visits.
const VISITS: &str = "visit";

/// Sort key of a status.
const STATUS: &str = "status";

/// Counts and states in one DynamoDB table, with the layout that stands at the top of this file.
#[derive(Clone, Debug)]
pub struct DynamoDbStore {
    client: Client,
    table: String,
}

impl DynamoDbStore {
    /// A store in this table, which must have the keys `pk` and `sk`.
    pub fn new(client: Client, table: String) -> Self {
        Self { client, table }
    }

    /// An `UpdateItem` of a bucket that also extends its life.
    fn update(&self, key: &BucketKey, expires: Timestamp) -> UpdateItemFluentBuilder {
        self.client
            .update_item()
            .table_name(&self.table)
            .key("pk", text(partition(&key.series)))
            .key("sk", text(bucket_sort_key(key.start)))
            .expression_attribute_names("#expires", "expires_at")
            .expression_attribute_values(":expires", number(expires.as_second()))
    }

    /// Adds elements, and facts if asked to, where the bucket has room. Returns what it held before; none where it is
    /// full.
    async fn add_members(
        &self,
        key: &BucketKey,
        additions: &Additions,
        facts: Facts,
        expires: Timestamp,
    ) -> Result<Option<BTreeSet<EventId>>, Cause> {
        let ids = additions
            .members
            .iter()
            .map(|member| Blob::new(member.to_bytes()))
            .collect();
        let times = additions
            .times
            .iter()
            .map(|time| time.as_millisecond().to_string())
            .collect();
        let mut expression = "ADD #ids :ids, #times :times".to_owned();
        let mut condition = "(attribute_not_exists(#ids) OR size(#ids) < :most)".to_owned();
        let mut request = self
            .update(key, expires)
            .expression_attribute_names("#ids", "ids")
            .expression_attribute_names("#times", "times")
            .expression_attribute_values(":ids", AttributeValue::Bs(ids))
            .expression_attribute_values(":times", AttributeValue::Ns(times))
            .expression_attribute_values(":most", number(MAX_EVENTS_PER_BUCKET))
            .return_values(ReturnValue::AllOld);
        if facts == Facts::IfRoom && !additions.facts.is_empty() {
            expression.push_str(", #facts :facts");
            condition.push_str(" AND (attribute_not_exists(#facts) OR size(#facts) < :few)");
            let facts = additions
                .facts
                .iter()
                .map(|facts| facts.to_json())
                .collect();
            request = request
                .expression_attribute_names("#facts", "facts")
                .expression_attribute_values(":facts", AttributeValue::Ss(facts))
                .expression_attribute_values(":few", number(MAX_FACTS_PER_BUCKET));
        }
        expression.push_str(" SET #expires = :expires");
        let answer = request
            .update_expression(expression)
            .condition_expression(condition)
            .send()
            .await;
        match answer {
            Ok(output) => {
                let before = output.attributes.unwrap_or_default();
                Ok(Some(
                    members_of(&before)?.into_iter().map(Member::id).collect(),
                ))
            }
            Err(error) if is_condition(&error) => Ok(None),
            // Facts that are too much for the item cost the mail some lines, not the alarm its count.
            Err(error) if facts == Facts::IfRoom && error.code() == Some("ValidationException") => {
                Ok(None)
            }
            Err(error) => Err(error.into()),
        }
    }

    async fn item(&self, pk: String, sk: &str) -> Result<Option<Item>, Cause> {
        let answer = self
            .client
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
        let (additions, excess) = additions.bounded();
        let mut added = self.add_bounded(key, &additions, expires).await?;
        added.overflow += excess;
        if added.overflow > 0 {
            self.update(key, expires)
                .update_expression("SET #overflow = :true, #expires = :expires")
                .expression_attribute_names("#overflow", "overflow")
                .expression_attribute_values(":true", AttributeValue::Bool(true))
                .send()
                .await?;
        }
        Ok(added)
    }

    async fn add_bounded(
        &self,
        key: &BucketKey,
        additions: &Additions,
        expires: Timestamp,
    ) -> Result<Added, Cause> {
        let all = additions.members.len() as u64;
        for facts in [Facts::IfRoom, Facts::None] {
            if let Some(before) = self.add_members(key, additions, facts, expires).await? {
                let known = additions
                    .members
                    .iter()
                    .filter(|m| before.contains(&m.id()))
                    .count();
                let duplicate = known as u64;
                return Ok(Added {
                    new: all - duplicate,
                    duplicate,
                    overflow: 0,
                });
            }
        }
        let item = self
            .item(partition(&key.series), &bucket_sort_key(key.start))
            .await?;
        let held = members_of(&item.unwrap_or_default())?;
        let duplicate = additions.members.intersection(&held).count() as u64;
        Ok(Added {
            new: 0,
            duplicate,
            overflow: all - duplicate,
        })
    }

    async fn try_buckets(
        &self,
        series: &SeriesKey,
        span: Window,
    ) -> Result<BTreeMap<Timestamp, Bucket>, Cause> {
        let mut pages = self
            .client
            .query()
            .table_name(&self.table)
            .key_condition_expression("pk = :pk AND sk BETWEEN :from AND :to")
            .expression_attribute_values(":pk", text(partition(series)))
            .expression_attribute_values(":from", text(bucket_sort_key(span.start)))
            .expression_attribute_values(":to", text(bucket_sort_key(span.end)))
            .consistent_read(true)
            .into_paginator()
            .items()
            .send();
        let mut buckets = BTreeMap::new();
        while let Some(item) = pages.try_next().await? {
            let (start, bucket) = bucket_of(&item)?;
            if start < span.end {
                buckets.insert(start, bucket);
            }
        }
        Ok(buckets)
    }

    async fn try_save(
        &self,
        series: &SeriesKey,
        status: &Status,
        terms: SaveTerms,
    ) -> Result<Saved, Cause> {
        if terms.visit && !terms.visited {
            self.client
                .put_item()
                .table_name(&self.table)
                .item("pk", text(VISITS))
                .item("sk", text(partition(series)))
                .item("alarm", text(&series.alarm))
                .item("group", text(serde_json::to_string(&series.group)?))
                .item("asked", number(terms.now.as_millisecond()))
                .send()
                .await?;
        }
        let saved = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(status_item(series, status, terms)?))
            .condition_expression("attribute_not_exists(pk) OR #version = :version")
            .expression_attribute_names("#version", "version")
            .expression_attribute_values(":version", number(terms.version))
            .send()
            .await;
        match saved {
            Ok(_) => Ok(Saved::Saved),
            Err(error) if is_condition(&error) => Ok(Saved::Conflict),
            Err(error) => Err(error.into()),
        }
    }

    async fn try_to_visit(&self) -> Result<Vec<Visit>, Cause> {
        let mut pages = self
            .client
            .query()
            .table_name(&self.table)
            .key_condition_expression("pk = :pk")
            .expression_attribute_values(":pk", text(VISITS))
            .consistent_read(true)
            .into_paginator()
            .items()
            .send();
        let mut visits = Vec::new();
        while let Some(item) = pages.try_next().await? {
            let group: Group = serde_json::from_str(text_of(&item, "group")?)?;
            let series = SeriesKey {
                alarm: text_of(&item, "alarm")?.to_owned(),
                group,
            };
            visits.push(Visit {
                series,
                asked: time_of(&item, "asked")?,
            });
        }
        Ok(visits)
    }

    async fn try_strike(&self, visit: &Visit, now: Timestamp) -> Result<(), Cause> {
        if now.duration_since(visit.asked) < LONGEST_INVOCATION {
            return Ok(());
        }
        let struck = self
            .client
            .delete_item()
            .table_name(&self.table)
            .key("pk", text(VISITS))
            .key("sk", text(partition(&visit.series)))
            .condition_expression("asked = :asked")
            .expression_attribute_values(":asked", number(visit.asked.as_millisecond()))
            .send()
            .await;
        match struck {
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

    async fn buckets(
        &self,
        series: &SeriesKey,
        span: Window,
    ) -> Result<BTreeMap<Timestamp, Bucket>, StoreError> {
        let buckets = self.try_buckets(series, span).await;
        buckets.map_err(|source| failed("read the counts", &series.alarm, source))
    }

    async fn status(&self, series: &SeriesKey) -> Result<Option<Stored>, StoreError> {
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
        terms: SaveTerms,
    ) -> Result<Saved, StoreError> {
        let saved = self.try_save(series, status, terms).await;
        saved.map_err(|source| failed("save the state", &series.alarm, source))
    }

    async fn to_visit(&self) -> Result<Vec<Visit>, StoreError> {
        let visits = self.try_to_visit().await;
        visits.map_err(|source| failed("list what to visit", "", source))
    }

    async fn strike(&self, visit: &Visit, now: Timestamp) -> Result<(), StoreError> {
        let struck = self.try_strike(visit, now).await;
        struck.map_err(|source| failed("end the visits", &visit.series.alarm, source))
    }
}

/// Whether an update carries facts.
#[derive(Clone, Copy, PartialEq)]
enum Facts {
    IfRoom,
    None,
}

/// An item that is not of the layout above.
#[derive(Debug)]
struct Malformed {
    attribute: &'static str,
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

fn partition(series: &SeriesKey) -> String {
    format!("{}#{}", series.alarm, series.group.id())
}

fn bucket_sort_key(start: Timestamp) -> String {
    format!("bucket#{:012}", start.as_second().max(0))
}

fn bucket_of(item: &Item) -> Result<(Timestamp, Bucket), Cause> {
    let start = text_of(item, "sk")?
        .strip_prefix("bucket#")
        .ok_or(Malformed { attribute: "sk" })?;
    let start = Timestamp::from_second(start.parse()?)?;
    let facts = match item.get("facts") {
        None => BTreeSet::new(),
        Some(AttributeValue::Ss(facts)) => {
            let facts = facts
                .iter()
                .map(|json| serde_json::from_str(json).map(Arc::new));
            facts.collect::<Result<_, _>>()?
        }
        Some(_) => return Err(Malformed { attribute: "facts" }.into()),
    };
    let times = match item.get("times") {
        None => BTreeSet::new(),
        Some(AttributeValue::Ns(times)) => {
            let time = |text: &String| Ok::<_, Cause>(Timestamp::from_millisecond(text.parse()?)?);
            times.iter().map(time).collect::<Result<_, _>>()?
        }
        Some(_) => return Err(Malformed { attribute: "times" }.into()),
    };
    let overflow = matches!(item.get("overflow"), Some(AttributeValue::Bool(true)));
    Ok((
        start,
        Bucket {
            members: members_of(item)?,
            facts,
            times,
            overflow,
        },
    ))
}

fn members_of(item: &Item) -> Result<BTreeSet<Member>, Malformed> {
    let malformed = Malformed { attribute: "ids" };
    match item.get("ids") {
        None => Ok(BTreeSet::new()),
        Some(AttributeValue::Bs(ids)) => {
            let members = ids.iter().map(|bytes| Member::from_bytes(bytes.as_ref()));
            members.collect::<Option<_>>().ok_or(malformed)
        }
        Some(_) => Err(malformed),
    }
}

fn status_item(series: &SeriesKey, status: &Status, terms: SaveTerms) -> Result<Item, Cause> {
    let owed: Result<Vec<_>, _> = status
        .owed
        .iter()
        .map(|owed| serde_json::to_string(owed).map(AttributeValue::S))
        .collect();
    let mut item = Item::from([
        ("pk".to_owned(), text(partition(series))),
        ("sk".to_owned(), text(STATUS)),
        ("version".to_owned(), number(terms.version + 1)),
        ("state".to_owned(), text(status.state.as_str())),
        ("since".to_owned(), number(status.since.as_millisecond())),
        (
            "evaluated".to_owned(),
            number(status.evaluated.as_millisecond()),
        ),
        (
            "episodes".to_owned(),
            text(serde_json::to_string(&status.episodes)?),
        ),
        ("owed".to_owned(), AttributeValue::L(owed?)),
        ("visited".to_owned(), AttributeValue::Bool(terms.visit)),
        ("expires_at".to_owned(), number(terms.expires.as_second())),
    ]);
    if let Some(newest) = status.newest {
        item.insert("newest".to_owned(), number(newest.as_millisecond()));
    }
    if let Some(notified) = &status.notified {
        item.insert(
            "notified".to_owned(),
            text(serde_json::to_string(notified)?),
        );
    }
    Ok(item)
}

fn stored_of(item: &Item) -> Result<Stored, Cause> {
    let state: AlarmState = serde_json::from_value(text_of(item, "state")?.into())?;
    let owed = match item.get("owed") {
        Some(AttributeValue::L(owed)) => owed
            .iter()
            .map(|owed| match owed {
                AttributeValue::S(json) => Ok::<_, Cause>(serde_json::from_str(json)?),
                _ => Err(Malformed { attribute: "owed" }.into()),
            })
            .collect::<Result<_, _>>()?,
        _ => return Err(Malformed { attribute: "owed" }.into()),
    };
    let notified = match item.get("notified") {
        None => None,
        Some(_) => Some(serde_json::from_str(text_of(item, "notified")?)?),
    };
    let status = Status {
        state,
        since: time_of(item, "since")?,
        evaluated: time_of(item, "evaluated")?,
        newest: item
            .contains_key("newest")
            .then(|| time_of(item, "newest"))
            .transpose()?,
        episodes: serde_json::from_str(text_of(item, "episodes")?)?,
        notified,
        owed,
    };
    let visited = matches!(item.get("visited"), Some(AttributeValue::Bool(true)));
    Ok(Stored {
        status,
        version: number_of(item, "version")?.parse()?,
        visited,
    })
}

fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

fn number(value: impl fmt::Display) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

fn text_of<'i>(item: &'i Item, attribute: &'static str) -> Result<&'i str, Malformed> {
    match item.get(attribute) {
        Some(AttributeValue::S(text)) => Ok(text),
        _ => Err(Malformed { attribute }),
    }
}

fn number_of<'i>(item: &'i Item, attribute: &'static str) -> Result<&'i str, Malformed> {
    match item.get(attribute) {
        Some(AttributeValue::N(number)) => Ok(number),
        _ => Err(Malformed { attribute }),
    }
}

fn time_of(item: &Item, attribute: &'static str) -> Result<Timestamp, Cause> {
    Ok(Timestamp::from_millisecond(
        number_of(item, attribute)?.parse()?,
    )?)
}
