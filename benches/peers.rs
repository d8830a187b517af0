//! What an invocation takes in this crate, and in the way that is written first in Rust, for `scripts/peers` to hold against
//! handlers in other languages.
//!
//! `WAY FILE` reads the text of an invocation and prints the matches of each alarm and the milliseconds of CPU as JSON.
//! The alarms are those of `alarms.yaml` and of the CIS pack, without their exclusions.

#[path = "support/plain.rs"]
#[expect(unreachable_pub, reason = "a benchmark has nothing to export")]
mod plain;
#[path = "support/tallying.rs"]
#[expect(unreachable_pub, reason = "a benchmark has nothing to export")]
mod tallying;

use std::collections::BTreeMap;
use std::fs;
use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

use cloudtrail_alarms::alarm::definition::AlarmDefinition;
use cloudtrail_alarms::alarm::file::load;
use cloudtrail_alarms::handler::{Origin, PayloadMatcher};
use cloudtrail_alarms::matching::{Matcher, Tally};
use jiff::Timestamp;
use serde_json::json;
use tallying::{processor_time, tally};

/// Least rounds, and how long further ones are run; as the handlers in other languages do it.
const ROUNDS: usize = 15;
const AT_LEAST: Duration = Duration::from_millis(1_500);

/// Matches by the alarm's name.
type Counts = BTreeMap<String, u64>;

fn alarms() -> Vec<AlarmDefinition> {
    let role = std::env::var("ECS_TASK_ROLE_ARN").expect("ECS_TASK_ROLE_ARN is set");
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |path: &Path| fs::read_to_string(path);
    let of = |file: &str| {
        let value = |name: &str| (name == "EcsTaskRoleArn").then(|| role.clone());
        load(&root.join(file), &read, &|parameter| value(&parameter.name))
            .expect("the alarms file is valid")
            .alarms
    };
    let mut alarms = of("alarms.yaml");
    alarms.extend(of("catalogue/cis-aws-foundations.yaml"));
    for alarm in &mut alarms {
        alarm.exclude.clear();
        // Every match is a count: what is told together is no matter here.
        alarm.group_by.clear();
        alarm.count_distinct = None;
    }
    alarms
}

/// What this crate does before it asks the table.
fn ours(event: &str, payload_matcher: &mut PayloadMatcher) -> Tally {
    let now = Timestamp::from_second(1_795_140_900).expect("a time of this century");
    tally(event, payload_matcher, now)
}

fn counts(tally: &Tally) -> Counts {
    let mut counts = Counts::new();
    for (bucket, additions) in &tally.additions {
        *counts.entry(bucket.series.alarm.clone()).or_default() += additions.deliveries;
    }
    counts
}

/// The median of what the warm rounds take, in milliseconds of CPU, and what the last one returned.
fn measure<T>(mut round: impl FnMut() -> T) -> (T, f64) {
    let begin = Instant::now();
    let mut times = Vec::new();
    loop {
        let before = processor_time();
        let result = round();
        times.push(processor_time().saturating_sub(before).as_secs_f64() * 1e3);
        if times.len() >= ROUNDS && begin.elapsed() >= AT_LEAST {
            let warm = times.len() / 5;
            let times = &mut times[warm..];
            times.sort_by(f64::total_cmp);
            return (result, times[times.len() / 2]);
        }
    }
}

fn main() {
    // `cargo bench` adds `--bench`.
    let arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|argument| argument != "--bench")
        .collect();
    let [way, file] = arguments.as_slice() else {
        eprintln!("this is run by scripts/peers");
        return;
    };
    let event = fs::read_to_string(file).expect("the invocation can be read");
    let alarms = alarms();
    let (counts, milliseconds) = match way.as_str() {
        "cloudtrail-alarms" => {
            let mut payload_matcher =
                PayloadMatcher::new(Matcher::new(alarms.into()), Origin::default());
            let (tally, time) = measure(|| ours(black_box(&event), &mut payload_matcher));
            (counts(&tally), time)
        }
        "aws_lambda_events" => measure(|| plain::counts(black_box(&event), &alarms)),
        _ => panic!("expected cloudtrail-alarms or aws_lambda_events, found {way:?}"),
    };
    let told = json!({"counts": counts, "milliseconds": milliseconds});
    let mut stdout = std::io::stdout();
    std::io::Write::write_all(&mut stdout, told.to_string().as_bytes()).expect("stdout is open");
}
