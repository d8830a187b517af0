//! The function with a table of dynalite and a topic of moto.

use cloudtrail_alarms::alarm::AlarmState;
use cloudtrail_alarms::alarm::window::Window;
use cloudtrail_alarms::series::{Group, SeriesKey};
use cloudtrail_alarms::store::{Detail, Store as _};
use jiff::{Timestamp, ToSpan as _};
use tempfile::TempDir;

use crate::alarms::DEFAULT_ALARM;
use crate::emulators::{Subscription, dynalite, moto};
use crate::folder::folder;
use crate::function::{Environment, FunctionProcess};
use crate::futures::block_on;
use crate::proxy::FaultProxy;

/// A table and a topic, the proxy in front of both, and one series of an alarm.
#[derive(Debug)]
pub struct Deployment {
    /// The topic with a queue.
    pub subscription: Subscription,
    /// The proxy for all requests of the function.
    pub proxy: FaultProxy,
    table: String,
    environment: Environment,
    series: SeriesKey,
    alarms_file: Option<TempDir>,
}

impl Deployment {
    /// A new table and a new topic with this name. The series is that of the default alarm.
    pub fn new(environment: Environment, name: &str) -> Self {
        dynalite().create_table(name);
        let proxy = FaultProxy::default();
        let subscription = Subscription::new(name);
        let environment = environment
            .with("STATE_TABLE_NAME", name)
            .with("ALARM_TOPIC_ARN", &subscription.topic)
            .with(
                "AWS_ENDPOINT_URL_DYNAMODB",
                &proxy.relay(dynalite().address),
            )
            .with("AWS_ENDPOINT_URL_SNS", &proxy.relay(moto().address));
        Self {
            subscription,
            proxy,
            table: name.to_owned(),
            environment,
            series: SeriesKey {
                alarm: DEFAULT_ALARM.to_owned(),
                group: Group::default(),
            },
            alarms_file: None,
        }
    }

    /// The same with these alarms and the series of one of them.
    #[must_use]
    pub fn with_alarms(mut self, yaml: &str, series: SeriesKey) -> Self {
        let folder = folder(&[("alarms.yaml", yaml)]);
        let path = folder.path().join("alarms.yaml").display().to_string();
        self.environment = self.environment.with("ALARMS_FILE", &path);
        self.alarms_file = Some(folder);
        self.series = series;
        self
    }

    /// Starts a function.
    pub fn start(&self) -> FunctionProcess {
        self.environment.clone().start()
    }

    /// The number of events that count in the table within an hour of `time`, the state of the alarm, and the number of pending
    /// notifications.
    pub fn state(&self, time: Timestamp) -> (usize, AlarmState, usize) {
        let store = dynalite().store(&self.table);
        let span = Window {
            start: time - 1.hour(),
            end: time + 1.hour(),
        };
        block_on(async {
            let buckets = store
                .buckets(&self.series, span, Detail::Counts)
                .await
                .expect("the table answers");
            let stored = store.status(&self.series).await.expect("the table answers");
            let status = stored.expect("the alarm has a state").status;
            let events = buckets.into_values().map(|mut bucket| {
                bucket.remove_superseded();
                bucket.members.len()
            });
            let events = events.sum();
            (events, status.state, status.pending.len())
        })
    }
}
