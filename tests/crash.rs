//! The built function, killed at every request that it makes to its table and its topic, and invoked again.
//!
//! Whatever the moment, the counts are exact, the alarm is raised once, and its notification arrives: never not at all,
//! and at most twice.

#[expect(dead_code, reason = "shared with the other tests of the function")]
mod support;

use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
use std::io::Write as _;

use cloudtrail_alarms::alarm::AlarmState;
use cloudtrail_alarms::alarm::window::Window;
use cloudtrail_alarms::series::{Group, SeriesKey};
use cloudtrail_alarms::store::{DynamoDbStore, Store as _};
use jiff::{Timestamp, ToSpan as _};
use serde_json::json;
use support::aws::{Subscription, dynalite, moto};
use support::event::{logs_at, record};
use support::function::{Environment, Function, TIMEOUT};
use support::relay::{Moment, Witness};

const ALARM: &str = "Pattern1ApplicationKMSSecurityAlarm";

/// More requests than an invocation makes; reaching it means that they never end.
const MOST_REQUESTS: usize = 60;

/// A table, a topic, and the ways to them.
struct Scene {
    name: String,
    subscription: Subscription,
    witness: Witness,
    table_url: String,
    topic_url: String,
}

impl Scene {
    fn new(name: String) -> Self {
        dynalite().create_table(&name);
        let witness = Witness::default();
        Self {
            subscription: Subscription::new(&name),
            table_url: witness.relay(dynalite().address),
            topic_url: witness.relay(moto().address),
            witness,
            name,
        }
    }

    fn function(&self) -> Function {
        Environment::default()
            .with("STATE_TABLE_NAME", &self.name)
            .with("ALARM_TOPIC_ARN", &self.subscription.topic)
            .with("AWS_ENDPOINT_URL_DYNAMODB", &self.table_url)
            .with("AWS_ENDPOINT_URL_SNS", &self.topic_url)
            .start()
    }

    /// How many events the table holds, the alarm's state, and how many notifications it still owes.
    fn state(&self, time: Timestamp) -> (usize, AlarmState, usize) {
        let config = aws_sdk_dynamodb::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .endpoint_url(dynalite().url())
            .region(Region::new("ap-southeast-2"))
            .credentials_provider(Credentials::for_tests())
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .build();
        let client = aws_sdk_dynamodb::Client::from_conf(config);
        let store = DynamoDbStore::new(client, self.name.clone());
        let series = SeriesKey {
            alarm: ALARM.to_owned(),
            group: Group::default(),
        };
        let span = Window {
            start: time - 1.hour(),
            end: time + 1.hour(),
        };
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime starts");
        runtime.block_on(async {
            let buckets = store
                .buckets(&series, span)
                .await
                .expect("the table answers");
            let stored = store.status(&series).await.expect("the table answers");
            let status = stored.expect("the alarm has a state").status;
            let events = buckets.values().map(|bucket| bucket.members.len()).sum();
            (events, status.state, status.owed.len())
        })
    }
}

/// Kills the function at its n-th request; returns what that request was, or none where it made fewer.
#[track_caller]
fn killed_at(request: usize, moment: Moment) -> Option<(String, usize)> {
    let scene = Scene::new(format!("{moment:?}-{request}"));
    let time = Timestamp::now();
    let records = ["kms-incorrect-key", "kms-access-denied", "kms-disabled"].map(record);
    let burst = logs_at(time, &records.each_ref().map(String::as_str)).to_string();

    let mut function = scene.function();
    scene.witness.arm(function.id(), request, moment);
    let died = function.try_invoke(&burst, TIMEOUT).is_err();
    let at = scene.witness.log().requests.get(request - 1).cloned();
    scene.witness.disarm();
    drop(function);

    // Lambda tries again, and the schedule goes on; a lease that the dead one held has ended by then.
    let mut function = scene.function();
    let reply = function
        .try_invoke(&burst, TIMEOUT)
        .expect("nobody kills it now");
    reply.expect("the retry succeeds");
    for minutes in [2, 3] {
        let tick = json!({"source": "cloudtrail-alarms.tick", "time": time + minutes.minutes()});
        function.invoke(&tick).expect("a tick succeeds");
    }

    let notifications = scene.subscription.receive();
    let sent = notifications.len();
    assert!(
        (1..=2).contains(&sent),
        "{moment:?} {request} {at:?}: {sent} notifications"
    );
    let id =
        |notification: &serde_json::Value| notification["MessageAttributes"]["id"]["Value"].clone();
    assert!(
        notifications
            .iter()
            .all(|one| id(one) == id(&notifications[0]))
    );
    assert_eq!(
        scene.state(time),
        (3, AlarmState::Alarm, 0),
        "{moment:?} {request} {at:?}"
    );
    died.then(|| (at.expect("it died at a request"), sent))
}

#[track_caller]
fn killed_at_every_request(moment: Moment) {
    let mut table = Vec::new();
    for request in 1..MOST_REQUESTS {
        let Some((at, sent)) = killed_at(request, moment) else {
            assert!(request > 4, "only {request} requests were made");
            let head = "killed           request         notifications";
            let _ = writeln!(std::io::stdout(), "{head}\n{}", table.join("\n"));
            return;
        };
        table.push(format!("{moment:<16?} {request:>3} {at:<14} {sent}"));
    }
    panic!("the function makes more than {MOST_REQUESTS} requests");
}

#[test]
fn a_function_that_dies_before_any_of_its_requests_loses_and_repeats_nothing() {
    killed_at_every_request(Moment::BeforeRequest);
}

#[test]
fn a_function_that_dies_after_any_of_its_requests_loses_nothing_and_repeats_at_most_once() {
    killed_at_every_request(Moment::AfterRequest);
}
