//! Payloads and alarms for the benchmarks, the measured code and the baseline.

#![allow(dead_code, reason = "each benchmark uses a part of it")]
#![expect(unreachable_pub, reason = "a benchmark has nothing to export")]

pub mod baseline;
pub mod generator;
pub mod measured;

use std::io::{Read as _, Write as _};
use std::num::ParseIntError;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::{fmt, fs};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use cloudtrail_alarms::alarm::definition::AlarmDefinition;
use cloudtrail_alarms::alarm::file::load;
use flate2::Compression;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;
use generator::{ADVERSE, RANDOM, TYPICAL};
use jiff::Timestamp;
use serde_json::{Value, json};

/// Maximum gzip size of a payload, in bytes. Its base64 and the JSON around it are just below Lambda's limit of 1 MB for
/// asynchronous events.
const MAX_GZIP: usize = 749_000;

/// The role that the default alarm monitors. Two of its KMS calls failed.
const ROLE: &str = "arn:aws:iam::111111111111:role/aws-reserved/sso.amazonaws.com/us-east-2/AWSReservedSSO_ReadOnlyAccess_ff7f8c5c5851db50";

/// The patterns of CIS 1.2, of later versions, and some that are often deployed with them: IDs in
/// `crates/filter-pattern/tests/language/vectors/real-patterns.jsonl`.
const CIS: [&str; 20] = [
    "unauthorized-api-calls-17",
    "console-signin-without-mfa-22",
    "root-usage-11",
    "iam-policy-changes-13",
    "cloudtrail-config-changes-12",
    "consolelogin-02",
    "kms-key-disable-delete-14",
    "s3-bucket-policy-changes-11",
    "config-changes-15",
    "security-group-changes-13",
    "network-acl-changes-15",
    "network-gateway-changes-13",
    "route-table-changes-13",
    "vpc-changes-09",
    "organizations-changes-11",
    "security-group-changes-03",
    "access-key-created-01",
    "admin-account-creation-t1136-01",
    "admin-policy-attached-01",
    "organizations-changes-02",
];

fn file(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// The time at which CloudTrail delivered the records, and the present time.
pub fn delivered() -> Timestamp {
    Timestamp::from_second(1_795_140_900).expect("a time of this century")
}

/// The records of `tests/data/cloudtrail`.
fn records() -> Vec<String> {
    let sources = [
        "coralogix",
        "invictus",
        "opensearch_catalog",
        "permiso",
        "stratus",
        "traildiscover",
    ];
    let mut lines = String::new();
    for source in sources {
        let path = file(&format!("tests/data/cloudtrail/{source}.jsonl.gz"));
        let gzip = fs::File::open(path).expect("the file is in the repository");
        MultiGzDecoder::new(gzip)
            .read_to_string(&mut lines)
            .expect("the file is gzip of text");
    }
    lines.lines().map(str::to_owned).collect()
}

/// A subscription payload.
pub struct Payload {
    /// The records, each with an `eventID` of its own.
    pub messages: Vec<String>,
    /// The JSON text of the payload.
    pub json: String,
    /// The JSON text, compressed.
    pub gzip: Vec<u8>,
    /// The invocation that delivers it.
    pub event: String,
}

impl Payload {
    fn new(messages: Vec<String>) -> Self {
        let json = payload_json(&messages);
        let gzip = gzip(&json);
        let event = json!({"awslogs": {"data": BASE64_STANDARD.encode(&gzip)}}).to_string();
        Self {
            messages,
            json,
            gzip,
            event,
        }
    }

    /// The compression ratio.
    #[expect(
        clippy::cast_precision_loss,
        reason = "a payload has less than 2^52 bytes"
    )]
    pub fn gzip_ratio(&self) -> f64 {
        self.json.len() as f64 / self.gzip.len() as f64
    }
}

/// The number of records of a payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    /// This number.
    Records(usize),
    /// As many as Lambda accepts.
    Full,
}

impl FromStr for Size {
    type Err = ParseIntError;

    fn from_str(text: &str) -> Result<Self, ParseIntError> {
        match text {
            "full" => Ok(Self::Full),
            count => count.parse().map(Self::Records),
        }
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Records(1) => f.write_str("1 record"),
            Self::Records(count) => write!(f, "{count} records"),
            Self::Full => f.write_str("1 MB"),
        }
    }
}

/// The kinds of traffic that [`payload`] knows.
pub const TRAFFIC: [&str; 4] = ["typical", "adverse", "random", "real"];

/// The payload of this traffic. It is the same in each run.
pub fn payload(traffic: &str, size: Size) -> Payload {
    let known = [TYPICAL, ADVERSE, RANDOM];
    let records = match known.into_iter().find(|known| known.name == traffic) {
        Some(known) => generator::records(known, 1, 2_000),
        None if traffic == "real" => records(),
        None => panic!("expected one of {TRAFFIC:?}, found {traffic:?}"),
    };
    match size {
        Size::Records(count) => Payload::new(repeat(&records, count)),
        Size::Full => full(&records),
    }
}

/// A full payload of real records.
pub fn real() -> Payload {
    full(&records())
}

/// Repeats the records until no more of them fit.
fn full(records: &[String]) -> Payload {
    let mut count =
        records.len() * MAX_GZIP / gzip(&payload_json(&repeat(records, records.len()))).len();
    loop {
        let payload = Payload::new(repeat(records, count));
        if payload.gzip.len() <= MAX_GZIP {
            return payload;
        }
        count -= count / 200 + 1;
    }
}

/// Repeats the records in a cycle up to `count`. Repeated records get new event IDs.
fn repeat(records: &[String], count: usize) -> Vec<String> {
    (records.iter().cycle().take(count).enumerate())
        .map(|(index, record)| {
            let tree: Value = serde_json::from_str(record).expect("a record is JSON");
            let id = tree["eventID"].as_str().expect("a record has an event ID");
            let round = index / records.len();
            record.replace(id, &format!("{round:08x}{}", &id[8..]))
        })
        .collect()
}

/// The JSON text of a payload, with its keys in the order of CloudWatch Logs.
fn payload_json(messages: &[String]) -> String {
    let time = delivered().as_millisecond();
    let log_event = |(index, message): (usize, &String)| {
        let message = Value::from(message.as_str());
        format!(r#"{{"id":"39{index:054}","timestamp":{time},"message":{message}}}"#)
    };
    let log_events: Vec<String> = messages.iter().enumerate().map(log_event).collect();
    format!(
        r#"{{"messageType":"DATA_MESSAGE","owner":"111122223333","logGroup":"aws-cloudtrail-logs","logStream":"111122223333_CloudTrail_ap-southeast-2","subscriptionFilters":["cloudtrail-alarms"],"logEvents":[{}]}}"#,
        log_events.join(",")
    )
}

/// The gzip data in an invocation.
pub fn gzip_of(event: &str) -> Vec<u8> {
    let event: Value = serde_json::from_str(event).expect("an invocation is JSON");
    let data = event["awslogs"]["data"]
        .as_str()
        .expect("the invocation is a subscription payload");
    BASE64_STANDARD.decode(data).expect("the data is base64")
}

fn gzip(json: &str) -> Vec<u8> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    gzip.write_all(json.as_bytes())
        .expect("writing to memory cannot fail");
    gzip.finish().expect("writing to memory cannot fail")
}

/// Named sets of alarms: the default alarm, the same with the CIS alarms, and the same with 100 more.
pub fn alarm_sets() -> [(&'static str, Vec<AlarmDefinition>); 3] {
    let default = default_alarm();
    let mut all = vec![default.clone()];
    all.extend(cis_alarms());
    let mut many = all.clone();
    many.extend((0..100).map(|index| AlarmDefinition {
        name: format!("alarm {index}"),
        pattern: format!(
            "{{ $.eventSource = \"service{index}.amazonaws.com\" && ($.eventName = Create{index} || $.eventName = Delete{index}) }}"
        )
        .parse()
        .expect("a pattern"),
        ..default.clone()
    }));
    [
        ("1 alarm", vec![default]),
        ("21 alarms", all),
        ("121 alarms", many),
    ]
}

fn default_alarm() -> AlarmDefinition {
    let read = |path: &Path| fs::read_to_string(path);
    let alarms = load(&file("alarms.yaml"), &read, &|parameter| {
        (parameter.name == "EcsTaskRoleArn").then(|| ROLE.to_owned())
    });
    let alarms = alarms.expect("the alarms file is valid").alarms;
    let is_default = |alarm: &AlarmDefinition| alarm.name == "Pattern1ApplicationKMSSecurityAlarm";
    alarms
        .into_iter()
        .find(is_default)
        .expect("the alarm is deployed")
}

fn cis_alarms() -> Vec<AlarmDefinition> {
    let lines = fs::read_to_string(file(
        "crates/filter-pattern/tests/language/vectors/real-patterns.jsonl",
    ))
    .expect("the file is in the repository");
    let alarms: Vec<Value> = lines
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).expect("each line is JSON"))
        .filter(|row| CIS.iter().any(|id| row["id"] == *id))
        .map(|row| {
            json!({
                "AlarmName": row["id"],
                "FilterPattern": row["pattern"],
                "MetricNamespace": "CIS",
                "MetricName": row["id"],
                "Period": 300,
                "EvaluationPeriods": 1,
                "Threshold": 1,
                "ComparisonOperator": "GreaterThanOrEqualToThreshold",
            })
        })
        .collect();
    assert_eq!(alarms.len(), CIS.len(), "a pattern is missing");
    // JSON is YAML.
    let yaml = json!({"Alarms": alarms}).to_string();
    load(Path::new("cis.yaml"), &|_| Ok(yaml.clone()), &|_| None)
        .expect("the patterns are valid")
        .alarms
}
