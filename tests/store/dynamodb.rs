//! Requests and errors of the store in DynamoDB.

use std::collections::BTreeSet;
use std::ops::Range;

use cloudtrail_alarms::evidence::ExclusionId;
use cloudtrail_alarms::series::{
    Additions, BucketKey, EventId, ExcludedRecord, MAX_EVENTS_PER_SHARD,
};
use cloudtrail_alarms::store::Store;
use cloudtrail_alarms_testkit::emulators::{dynalite, moto, store};
use cloudtrail_alarms_testkit::proxy::{Fault, FaultProxy};
use serde_json::json;

use super::{additions, bucket, expires, read, series};

/// Adds elements, and returns the actions of the requests.
async fn requests(
    store: &impl Store,
    proxy: &FaultProxy,
    key: &BucketKey,
    numbers: Range<usize>,
) -> Vec<String> {
    proxy.plan(|_, _| Fault::None);
    store
        .add(key, &additions(numbers), expires())
        .await
        .unwrap();
    proxy.log().requests.clone()
}

#[tokio::test]
async fn adding_to_a_bucket_that_is_marked_as_full_costs_one_request() {
    moto().create_table("full");
    let proxy = FaultProxy::default();
    let store = store(&proxy.relay(moto().address), "full");
    let key = bucket(&series("full", None), "02:15:00");
    let most = MAX_EVENTS_PER_SHARD;
    let mut made = Vec::new();
    for numbers in [0..most, most..most + 1, most..most + 2] {
        made.push(requests(&store, &proxy, &key, numbers).await);
    }
    assert_eq!(
        made,
        [
            vec!["UpdateItem"],
            vec!["UpdateItem"; 2],
            vec!["UpdateItem"]
        ]
    );
}

/// Earlier versions stored excluded records without their exclusion.
#[tokio::test]
async fn a_bucket_of_an_earlier_version_can_be_read_and_added_to() {
    moto().create_table("earlier");
    let series = series("earlier", None);
    let key = bucket(&series, "02:15:00");
    let store = moto().store("earlier");
    let old = EventId::of_texts(&["old"]);
    let item = json!({
        "pk": {"S": format!("earlier#{}", series.group.id())},
        "sk": {"S": format!("bucket#{:012}", key.start.as_second())},
        "excluded": {"BS": [base64_simd::STANDARD.encode_to_string(old.to_bytes())]},
    });
    moto().put_item("earlier", &item);
    let mut additions = Additions::default();
    let new = ExcludedRecord {
        id: EventId::of_texts(&["new"]),
        exclusion: Some(ExclusionId::of_pattern("a scanner")),
    };
    additions.exclude(new);
    store.add(&key, &additions, expires()).await.unwrap();
    let old = ExcludedRecord {
        id: old,
        exclusion: None,
    };
    let (_, held) = read(&store, &series).await.remove(0);
    assert_eq!(held.excluded, BTreeSet::from([old, new]));
}

#[tokio::test]
async fn a_missing_table_is_reported() {
    let store = dynalite().store("no-such-table");
    let error = store.status(&series("A", None)).await.unwrap_err();
    let text = cloudtrail_alarms::error::chain(&error);
    assert!(
        text.starts_with("cannot read the state for alarm \"A\": "),
        "{text}"
    );
    assert!(text.contains("ResourceNotFoundException"), "{text}");
}
