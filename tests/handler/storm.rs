//! Storms over many groups: a few single notifications, and digests.

use std::collections::BTreeSet;

use cloudtrail_alarms::handler::{Handler, Invocation, Outcome};
use cloudtrail_alarms::matching::{Delivery, OwnIdentity};
use cloudtrail_alarms::metrics::Occurrences;
use cloudtrail_alarms::notification::{DeploymentContext, Notification};
use cloudtrail_alarms::store::MemoryStore;
use cloudtrail_alarms_testkit::alarms;
use cloudtrail_alarms_testkit::events::scheduled_run;
use cloudtrail_alarms_testkit::futures::block_on;
use cloudtrail_alarms_testkit::publisher::RecordingPublisher;
use cloudtrail_alarms_testkit::time::time;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

/// A handler of one alarm that is grouped by session.
struct Storm {
    handler: Handler<MemoryStore, RecordingPublisher>,
    now: Timestamp,
}

/// The parts of a notification that programs get.
#[derive(Debug)]
struct Received {
    id: String,
    state: String,
    /// The session of a notification of one group. `None` in a digest.
    session: Option<String>,
    digest: Value,
}

impl Storm {
    fn new(properties: &str) -> Self {
        let alarm = alarms::alarm(&format!(
            "GroupBy: [$.userIdentity.arn]\nThreshold: 9\nTreatMissingData: notBreaching\nAllowedLateness: 1m\n{properties}"
        ));
        let handler = Handler::new(
            vec![alarm],
            MemoryStore::default(),
            RecordingPublisher::default(),
            OwnIdentity::default(),
            DeploymentContext::default(),
        );
        Self {
            handler,
            now: time("02:15:30"),
        }
    }

    fn invocation(&self) -> Invocation {
        Invocation {
            request_id: "r".to_owned(),
            now: self.now,
            ..Invocation::default()
        }
    }

    /// Delivers so many denied calls of each session.
    #[track_caller]
    fn deny(&self, sessions: impl IntoIterator<Item = usize>, calls: usize) -> Outcome {
        let calls_of = |session| (0..calls).map(move |call| (session, call));
        self.deliver(sessions.into_iter().flat_map(calls_of))
    }

    /// Delivers denied calls, each by its session and number, in one batch.
    #[track_caller]
    fn deliver(&self, calls: impl IntoIterator<Item = (usize, usize)>) -> Outcome {
        let records: Vec<String> = (calls.into_iter())
            .map(|(session, call)| denial(session, call, self.now).to_string())
            .collect();
        let deliveries = records.iter().map(|message| Delivery {
            log_group: "",
            log_stream: "",
            id: "",
            time: self.now,
            message,
        });
        let invocation = self.invocation();
        let (outcome, _) = block_on(self.handler.handle_deliveries(deliveries, &invocation));
        outcome.unwrap()
    }

    /// Makes a scheduled run a minute later, so many times. Returns the notifications of each.
    #[track_caller]
    fn runs(&mut self, count: usize) -> Vec<Vec<Received>> {
        let mut received = Vec::new();
        for _ in 0..count {
            self.now += SignedDuration::from_mins(1);
            let event = scheduled_run().to_string();
            let (outcome, _) = block_on(self.handler.handle(&event, &self.invocation()));
            outcome.unwrap();
            received.push(self.received());
        }
        received
    }

    /// The notifications since the last call.
    fn received(&self) -> Vec<Received> {
        let notifications = self.handler.publisher().take();
        notifications.iter().map(Received::of).collect()
    }
}

impl Received {
    fn of(notification: &Notification) -> Self {
        let document: Value = serde_json::from_str(&notification.default).unwrap();
        let extension = &document["CloudTrailAlarms"];
        let session = &document["AlarmContributorAttributes"]["$.userIdentity.arn"];
        assert!(session.is_null() || extension["digest"].is_null());
        Self {
            id: notification.id.clone(),
            state: document["NewStateValue"].as_str().unwrap().to_owned(),
            session: session.as_str().map(str::to_owned),
            digest: extension["digest"].clone(),
        }
    }

    fn number(&self, key: &str) -> u64 {
        self.digest[key].as_u64().unwrap()
    }
}

/// The n-th denied call of a session.
fn denial(session: usize, call: usize, at: Timestamp) -> Value {
    json!({
        "eventID": format!("{:08x}-85a9-4d10-a30e-{session:06x}{call:06x}", at.as_second()),
        "eventTime": at.strftime("%FT%TZ").to_string(),
        "errorCode": "AccessDenied",
        "eventSource": "ec2.amazonaws.com",
        "eventName": "DescribeInstances",
        "userIdentity": {"arn": format!("arn:aws:sts::111122223333:assumed-role/app/{session}")},
    })
}

#[test]
fn two_thousand_sessions_with_ten_denials_each_are_ten_emails_and_a_digest() {
    let mut storm = Storm::new("");
    let outcome = storm.deny(0..2_000, 10);
    // A thousand sessions, and all others together. Of these, 2,000 records are kept.
    let Occurrences { new, overflow, .. } = outcome.counters.occurrences;
    assert_eq!((new, overflow), (12_000, 8_000));
    assert_eq!(outcome.transitions.len(), 1_001);
    assert_eq!(outcome.notifications.sent, 10);
    assert_eq!(outcome.notifications.in_digest, 991);
    assert_eq!(outcome.notifications.pending, 0);
    assert_eq!(storm.received().len(), 10);

    let first_run = storm.runs(1).remove(0);
    let [digest] = first_run.as_slice() else {
        panic!("{first_run:?}")
    };
    assert_eq!((digest.state.as_str(), &digest.session), ("ALARM", &None));
    assert_eq!(digest.number("groupsToAlarm"), 991);
    assert_eq!(digest.number("groupsToOk"), 0);
    let groups = digest.digest["groups"].as_array().unwrap();
    assert_eq!(groups.len(), 10);
    assert!(
        groups.iter().all(|group| group["count"] == 10),
        "{groups:?}"
    );

    // Without `OKActions`, recoveries notify nobody.
    let later: usize = storm.runs(90).iter().map(Vec::len).sum();
    assert_eq!(later, 0);
}

#[test]
fn the_loudest_groups_are_notified_of_singly() {
    let storm = Storm::new("MaxNotificationsPerHour: 1");
    let calls = |session| (0..10 + session).map(move |call| (session, call));
    let outcome = storm.deliver((0..5).flat_map(calls));
    assert_eq!(outcome.notifications.in_digest, 4);
    let received = storm.received();
    assert!(received[0].session.as_ref().unwrap().ends_with("/4"));
    // The batch is delivered again.
    let outcome = storm.deliver((0..5).flat_map(calls));
    assert_eq!(outcome.notifications.in_digest, 0);
    assert_eq!(storm.received().len(), 0);
}

#[test]
fn a_digest_is_published_within_a_minute_and_then_every_ten_minutes_at_most() {
    let mut storm = Storm::new("MaxNotificationsPerHour: 2\nTreatMissingData: ignore");
    let mut published = Vec::new();
    // Three further sessions are denied every minute, for half an hour.
    for minute in 0..30 {
        storm.deny(minute * 3..minute * 3 + 3, 10);
        let mut received = storm.received();
        received.extend(storm.runs(1).remove(0));
        published.extend(received.into_iter().map(|one| (minute, one)));
    }
    let single = published.iter().filter(|(_, one)| one.session.is_some());
    assert_eq!(single.count(), 2);
    let digests: Vec<_> = (published.iter())
        .filter(|(_, one)| one.session.is_none())
        .map(|(minute, one)| (*minute, one.number("groupsToAlarm")))
        .collect();
    assert_eq!(digests, [(0, 1), (10, 30), (20, 30)]);
    let ids: BTreeSet<&str> = published.iter().map(|(_, one)| one.id.as_str()).collect();
    assert_eq!(ids.len(), published.len());

    // The rest follows in the next digest. After an hour, single notifications are possible again.
    let rest: Vec<_> = storm.runs(10).into_iter().flatten().collect();
    assert_eq!(rest.len(), 1);
    assert_eq!(rest[0].number("groupsToAlarm"), 27);
    storm.runs(25);
    storm.deny(500..503, 10);
    let received = storm.received();
    assert_eq!(received.len(), 2);
    assert!(received.iter().all(|one| one.session.is_some()));
}

#[test]
fn a_group_whose_alarm_was_only_in_a_digest_recovers_in_a_digest() {
    let topic = "OKActions: [arn:aws:sns:ap-southeast-2:111122223333:t]";
    let mut storm = Storm::new(&format!("MaxNotificationsPerHour: 4\n{topic}"));
    storm.deny(0..2, 10);
    let notified: BTreeSet<_> = storm
        .received()
        .into_iter()
        .map(|one| one.session)
        .collect();
    assert_eq!(notified.len(), 2);
    storm.deny(2..12, 10);
    let also: BTreeSet<_> = storm
        .received()
        .into_iter()
        .map(|one| one.session)
        .collect();
    assert_eq!(also.len(), 2);

    // All recover at once, when four single notifications were published in this hour.
    let received: Vec<_> = storm.runs(30).into_iter().flatten().collect();
    assert!(
        received.iter().all(|one| one.session.is_none()),
        "{received:?}"
    );
    let sum = |key| received.iter().map(|one| one.number(key)).sum::<u64>();
    assert_eq!((sum("groupsToAlarm"), sum("groupsToOk")), (8, 12));
    let last = received.last().unwrap();
    assert_eq!((received.len(), last.state.as_str()), (2, "OK"));

    // An hour later, four single notifications are possible again.
    storm.runs(60);
    storm.deny(0..2, 10);
    let single: BTreeSet<_> = storm
        .received()
        .into_iter()
        .map(|one| one.session)
        .collect();
    assert_eq!(single, notified);
    let received: Vec<_> = storm.runs(30).into_iter().flatten().collect();
    let recovered: BTreeSet<_> = received.into_iter().map(|one| one.session).collect();
    assert_eq!(recovered, notified, "their alarms were notified of singly");

    // The recovery is not single even if the limit allows it, because the alarm was in a digest.
    storm.runs(60);
    storm.deny(20..26, 10);
    assert_eq!(storm.received().len(), 4);
    storm.runs(2);
    let mut recoveries = storm.runs(70).into_iter().flatten().collect::<Vec<_>>();
    recoveries.retain(|one| one.state == "OK");
    assert!(
        recoveries.iter().all(|one| one.session.is_none()),
        "{recoveries:?}"
    );
    assert_eq!(
        recoveries
            .iter()
            .map(|one| one.number("groupsToOk"))
            .sum::<u64>(),
        6
    );
}

#[test]
fn an_alarm_without_groups_has_no_limit() {
    let alarm = alarms::alarm(
        "Threshold: 9\nPeriod: 10\nTreatMissingData: notBreaching\nAllowedLateness: 0s",
    );
    let handler = Handler::new(
        vec![alarm],
        MemoryStore::default(),
        RecordingPublisher::default(),
        OwnIdentity::default(),
        DeploymentContext::default(),
    );
    let mut storm = Storm {
        handler,
        now: time("02:15:30"),
    };
    let mut emails = 0;
    for _ in 0..15 {
        storm.deny(0..1, 10);
        emails += storm.received().len();
        emails += storm.runs(3).iter().map(Vec::len).sum::<usize>();
    }
    assert_eq!(emails, 15);
}
