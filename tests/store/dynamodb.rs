//! Requests and errors of the store in DynamoDB.

use std::ops::Range;

use cloudtrail_alarms::series::{BucketKey, MAX_EVENTS_PER_SHARD};
use cloudtrail_alarms::store::Store;
use cloudtrail_alarms_testkit::emulators::{dynalite, moto, store};
use cloudtrail_alarms_testkit::proxy::{Fault, FaultProxy};

use super::{additions, bucket, expires, series};

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
