//! The function between a table of dynalite and a topic of moto, with somebody in between.

use std::fs;
use std::path::{Path, PathBuf};

use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
use cloudtrail_alarms::alarm::AlarmState;
use cloudtrail_alarms::alarm::window::Window;
use cloudtrail_alarms::series::{Group, SeriesKey};
use cloudtrail_alarms::store::{Detail, DynamoDbStore, Store as _};
use jiff::{Timestamp, ToSpan as _};

use super::aws::{Subscription, dynalite, moto};
use super::function::{Environment, Function};
use super::relay::Witness;

const ALARM: &str = "Pattern1ApplicationKMSSecurityAlarm";

/// A table, a topic, and the ways to them.
pub struct Scene {
    pub name: String,
    pub subscription: Subscription,
    pub witness: Witness,
    table_url: String,
    topic_url: String,
    alarms_file: Option<PathBuf>,
    series: SeriesKey,
}

impl Scene {
    pub fn new(name: &str) -> Self {
        dynalite().create_table(name);
        let witness = Witness::default();
        Self {
            subscription: Subscription::new(name),
            table_url: witness.relay(dynalite().address),
            topic_url: witness.relay(moto().address),
            witness,
            name: name.to_owned(),
            alarms_file: None,
            series: SeriesKey {
                alarm: ALARM.to_owned(),
                group: Group::default(),
            },
        }
    }

    /// The same with other alarms, of which it is about one series.
    pub fn with_alarms(mut self, yaml: &str, series: SeriesKey) -> Self {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{}.yaml", self.name));
        fs::write(&path, yaml).expect("the target folder can be written to");
        self.alarms_file = Some(path);
        self.series = series;
        self
    }

    pub fn function(&self) -> Function {
        let environment = match &self.alarms_file {
            None => Environment::default(),
            Some(path) => {
                Environment::default().with("ALARMS_FILE", path.to_str().expect("it is a text"))
            }
        };
        environment
            .with("STATE_TABLE_NAME", &self.name)
            .with("ALARM_TOPIC_ARN", &self.subscription.topic)
            .with("AWS_ENDPOINT_URL_DYNAMODB", &self.table_url)
            .with("AWS_ENDPOINT_URL_SNS", &self.topic_url)
            .start()
    }

    /// How many events the table holds, the alarm's state, and how many notifications it still owes.
    pub fn state(&self, time: Timestamp) -> (usize, AlarmState, usize) {
        let config = aws_sdk_dynamodb::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .endpoint_url(dynalite().url())
            .region(Region::new("ap-southeast-2"))
            .credentials_provider(Credentials::for_tests())
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .build();
        let client = aws_sdk_dynamodb::Client::from_conf(config);
        let store = DynamoDbStore::new(client, self.name.clone());
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
                .buckets(&self.series, span, Detail::Counts)
                .await
                .expect("the table answers");
            let stored = store.status(&self.series).await.expect("the table answers");
            let status = stored.expect("the alarm has a state").status;
            let events = buckets.values().map(|bucket| bucket.members.len()).sum();
            (events, status.state, status.pending.len())
        })
    }
}
