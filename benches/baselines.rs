//! Measures this crate and the Rust baseline, for `scripts/baselines` to compare with handlers in other languages.
//!
//! `IMPLEMENTATION FILE` reads the text of an invocation and prints, as JSON, the matches by alarm and the milliseconds of
//! CPU time. The alarms are those of `alarms.yaml` and of the CIS pack, without their exclusions.

use std::collections::BTreeMap;
use std::fs;
use std::hint::black_box;
use std::time::{Duration, Instant};

use cloudtrail_alarms::alarm::definition::AlarmDefinition;
use cloudtrail_alarms::handler::{Origin, PayloadMatcher};
use cloudtrail_alarms::matching::{Matcher, Tally};
use cloudtrail_alarms_testkit::alarms::load_for_role;
use cloudtrail_alarms_testkit::benchmark::baseline;
use cloudtrail_alarms_testkit::benchmark::measured::{cpu_time, tally};
use cloudtrail_alarms_testkit::time::DELIVERED;
use serde_json::json;

/// Minimum number of rounds and minimum time, as in the handlers in other languages.
const MIN_ROUNDS: usize = 15;
const MIN_TIME: Duration = Duration::from_millis(1_500);

/// Matches by alarm name.
type Counts = BTreeMap<String, u64>;

fn alarms() -> Vec<AlarmDefinition> {
    let role = std::env::var("ECS_TASK_ROLE_ARN").expect("ECS_TASK_ROLE_ARN is set");
    let load = |path| load_for_role(path, &role).alarms;
    let mut alarms = load("alarms.yaml");
    alarms.extend(load("catalogue/cis-aws-foundations.yaml"));
    for alarm in &mut alarms {
        alarm.exclude.clear();
        // Every match must count once.
        alarm.group_by.clear();
        alarm.count_distinct = None;
    }
    alarms
}

fn counts(tally: &Tally) -> Counts {
    let mut counts = Counts::new();
    for (bucket, additions) in &tally.additions {
        *counts.entry(bucket.series.alarm.clone()).or_default() += additions.deliveries;
    }
    counts
}

/// Returns the result of the last round and the median CPU time of the rounds after the warm-up, in milliseconds.
fn measure<T>(mut round: impl FnMut() -> T) -> (T, f64) {
    let begin = Instant::now();
    let mut times = Vec::new();
    loop {
        let before = cpu_time();
        let result = round();
        times.push(cpu_time().saturating_sub(before).as_secs_f64() * 1e3);
        if times.len() >= MIN_ROUNDS && begin.elapsed() >= MIN_TIME {
            let warm_up = times.len() / 5;
            let times = &mut times[warm_up..];
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
    let [implementation, file] = arguments.as_slice() else {
        eprintln!("scripts/baselines runs this benchmark");
        return;
    };
    let event = fs::read_to_string(file).expect("the file is readable");
    let alarms = alarms();
    let (counts, milliseconds) = match implementation.as_str() {
        "cloudtrail-alarms" => {
            let mut payload_matcher =
                PayloadMatcher::new(Matcher::new(alarms.into()), Origin::default());
            let round = || tally(black_box(&event), &mut payload_matcher, DELIVERED);
            let (tally, time) = measure(round);
            (counts(&tally), time)
        }
        "aws_lambda_events" => measure(|| baseline::matches_by_alarm(black_box(&event), &alarms)),
        _ => panic!("expected cloudtrail-alarms or aws_lambda_events, found {implementation:?}"),
    };
    let result = json!({"counts": counts, "milliseconds": milliseconds});
    let mut stdout = std::io::stdout();
    std::io::Write::write_all(&mut stdout, result.to_string().as_bytes()).expect("stdout is open");
}
