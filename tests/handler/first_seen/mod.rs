//! `FirstSeen`: which records count, in any order of arrival.

mod oracle;
mod properties;
mod rules;

use cloudtrail_alarms::alarm::definition::AlarmDefinition;
use cloudtrail_alarms::alarm::window::Window;
use cloudtrail_alarms::handler::{Handler, Invocation};
use cloudtrail_alarms::matching::{Delivery, OwnIdentity};
use cloudtrail_alarms::metrics::InvocationMetrics;
use cloudtrail_alarms::notification::DeploymentContext;
use cloudtrail_alarms::series::{EventId, Group, SeriesKey};
use cloudtrail_alarms::store::{Detail, Store};
use cloudtrail_alarms_testkit::publisher::RecordingPublisher;
use jiff::Timestamp;
use serde_json::{Value, json};

/// Begin of the first day of the tests: 2026-11-02T00:00:00Z.
const BEGIN: i64 = 1_793_577_600;

const DAY: i64 = 86_400;

/// A record of CloudTrail and one delivery of it.
#[derive(Clone, Debug)]
struct Record {
    /// Number in the event ID.
    number: usize,
    /// When the call was made, in seconds since [`BEGIN`].
    called: i64,
    /// Seconds until CloudTrail delivered it.
    delay: i64,
    /// The call; `None` if the record has no `eventName`.
    name: Option<&'static str>,
    account: &'static str,
    is_excluded: bool,
}

impl Record {
    fn new(number: usize, called: i64, name: &'static str) -> Self {
        Self {
            number,
            called,
            delay: 0,
            name: Some(name),
            account: "111122223333",
            is_excluded: false,
        }
    }

    fn event_id(&self) -> String {
        format!("1d77bd0f-85a9-4d10-a30e-{:012x}", self.number)
    }

    fn id(&self) -> EventId {
        EventId::of_uuid(&self.event_id()).unwrap()
    }

    fn json(&self) -> Value {
        let mut record = json!({
            "eventID": self.event_id(),
            "eventTime": at(self.called).to_string(),
            "errorCode": "AccessDenied",
            "recipientAccountId": self.account,
            "userAgent": if self.is_excluded { "scanner" } else { "application" },
        });
        if let Some(name) = self.name {
            record["eventName"] = name.into();
        }
        record
    }
}

/// The instant so many seconds after [`BEGIN`].
fn at(second: i64) -> Timestamp {
    Timestamp::from_second(BEGIN + second).unwrap()
}

fn handler<S: Store>(alarm: &AlarmDefinition, store: S) -> Handler<S, RecordingPublisher> {
    Handler::new(
        vec![alarm.clone()],
        store,
        RecordingPublisher::default(),
        OwnIdentity::default(),
        DeploymentContext::default(),
    )
}

fn invocation(now: i64) -> Invocation {
    Invocation {
        request_id: format!("request-{now}"),
        now: at(now),
        ..Invocation::default()
    }
}

/// Delivers a batch at `now`.
async fn deliver<S: Store>(
    handler: &Handler<S, RecordingPublisher>,
    now: i64,
    records: &[Record],
) -> InvocationMetrics {
    let texts: Vec<String> = (records.iter())
        .map(|record| record.json().to_string())
        .collect();
    let deliveries = (records.iter().zip(&texts)).map(|(record, message)| Delivery {
        log_group: "",
        log_stream: "",
        id: "",
        time: at(record.called + record.delay),
        message,
    });
    let (outcome, metrics) = handler
        .handle_deliveries(deliveries, &invocation(now))
        .await;
    outcome.unwrap();
    metrics
}

/// Runs the schedule at `now`.
async fn run_schedule<S: Store>(handler: &Handler<S, RecordingPublisher>, now: i64) {
    let event = r#"{"source":"cloudtrail-alarms.tick"}"#;
    let (outcome, _) = handler.handle(event, &invocation(now)).await;
    outcome.unwrap();
}

/// The records that count in a group: the start of their bucket in seconds since [`BEGIN`], and their keys.
async fn counted(store: &impl Store, group: Group) -> Vec<(i64, EventId)> {
    let series = SeriesKey {
        alarm: "A".to_owned(),
        group,
    };
    let span = Window {
        start: at(0),
        end: at(100 * DAY),
    };
    let buckets = store.buckets(&series, span, Detail::Counts).await.unwrap();
    let mut counted = Vec::new();
    for (start, mut bucket) in buckets {
        bucket.remove_superseded();
        let members = bucket.members.iter();
        counted.extend(members.map(|member| (start.as_second() - BEGIN, member.id())));
    }
    counted
}
