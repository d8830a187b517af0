//! Concurrent invocations share the limit of an alarm's notifications, and one digest.

use std::collections::BTreeSet;

use cloudtrail_alarms::handler::{Handler, Invocation};
use cloudtrail_alarms::matching::{Delivery, OwnIdentity};
use cloudtrail_alarms::notification::DeploymentContext;
use cloudtrail_alarms::store::Store;
use cloudtrail_alarms_testkit::alarms;
use cloudtrail_alarms_testkit::events::scheduled_run;
use cloudtrail_alarms_testkit::publisher::RecordingPublisher;
use cloudtrail_alarms_testkit::time::time;
use futures_util::future::join_all;
use serde_json::{Value, json};

/// Number of invocations, and of the sessions in each of them.
const INVOCATIONS: usize = 5;
const SESSIONS: usize = 8;

pub(super) async fn concurrent_invocations_share_the_limit_of_an_alarm(store: impl Store) {
    let alarm = alarms::alarm(
        "AlarmName: storm\nGroupBy: [$.userIdentity.arn]\nTreatMissingData: ignore\nAllowedLateness: 0s",
    );
    let publisher = RecordingPublisher::default();
    let own = OwnIdentity::default();
    let deployment = DeploymentContext::default();
    let handler = Handler::new(vec![alarm], store, publisher.clone(), own, deployment);
    let invocation = |clock: &str, number: usize| Invocation {
        request_id: format!("r{number}"),
        now: time(clock),
        ..Invocation::default()
    };
    let records = |number: usize| -> Vec<String> {
        (0..2 * SESSIONS)
            .map(|call| denial(number * SESSIONS + call / 2, call % 2).to_string())
            .collect()
    };
    let batches: Vec<Vec<String>> = (0..INVOCATIONS).map(records).collect();
    let invoke = async |number: usize| {
        let deliveries = batches[number].iter().map(|message| Delivery {
            log_group: "",
            log_stream: "",
            id: "",
            time: time("02:15:20"),
            message,
        });
        let invocation = invocation("02:15:30", number);
        let (outcome, _) = handler.handle_deliveries(deliveries, &invocation).await;
        outcome.unwrap().notifications
    };
    let notifications = join_all((0..INVOCATIONS).map(invoke)).await;
    let sent: u64 = notifications.iter().map(|one| one.sent).sum();
    let in_digest: u64 = notifications.iter().map(|one| one.in_digest).sum();
    let all = (INVOCATIONS * SESSIONS) as u64;
    assert_eq!((sent, in_digest), (10, all - 10));
    let single = publisher.take();
    let ids: BTreeSet<&str> = single.iter().map(|one| one.id.as_str()).collect();
    assert_eq!((single.len(), ids.len()), (10, 10));

    // Two scheduled runs at once close one digest.
    let event = scheduled_run().to_string();
    let run = async |number: usize, clock: &str| {
        let invocation = invocation(clock, number);
        let (outcome, _) = handler.handle(&event, &invocation).await;
        outcome.unwrap();
    };
    join_all((5..7).map(|number| run(number, "02:16:00"))).await;
    let digests = publisher.take();
    assert_eq!(digests.len(), 1);
    let document: Value = serde_json::from_str(&digests[0].default).unwrap();
    let digest = &document["CloudTrailAlarms"]["digest"];
    assert_eq!(digest["groupsToAlarm"], all - 10);

    // Nothing is left to do: the digest is no longer scheduled.
    run(7, "02:45:00").await;
    run(8, "03:15:00").await;
    assert_eq!(publisher.take().len(), 0);
    let due = handler.store().due_series().await.unwrap();
    let of_alarm: Vec<_> = (due.iter())
        .filter(|one| one.series.alarm == "storm")
        .collect();
    assert!(of_alarm.is_empty(), "{of_alarm:?}");
}

/// The n-th denied call of a session.
fn denial(session: usize, call: usize) -> Value {
    json!({
        "eventID": format!("1d77bd0f-85a9-4d10-a30e-{session:06x}{call:06x}"),
        "eventTime": "2026-11-20T02:15:01Z",
        "errorCode": "AccessDenied",
        "userIdentity": {"arn": format!("arn:aws:sts::111122223333:assumed-role/app/{session}")},
    })
}
