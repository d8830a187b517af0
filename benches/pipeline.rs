//! A payload from the text of its invocation to what alarms count of it, against inflating it, which nothing can save.
//!
//! Without arguments it reports times: processor time of the thread, variants in turn, so that whatever slows the machine
//! down slows all of them, as ratios to inflating. Before that all variants must find the same matches. With `payload
//! TRAFFIC SIZE FILE` it writes an invocation, for other programs to be measured on: TRAFFIC is `typical`, `adverse`,
//! `random` or `real`, SIZE a number of records or `full`. With `once VARIANT FILE ALARMS ROUNDS` it does just that, for
//! `scripts/bench` to count the instructions of.

#![expect(clippy::print_stdout, reason = "the report is what it is for")]
#![expect(clippy::cast_precision_loss, reason = "counts of records are small")]

mod support;

use std::hint::black_box;
use std::io::Read as _;
use std::time::Duration;

use cloudtrail_alarms::alarm::definition::AlarmDefinition;
use cloudtrail_alarms::handler::{Origin, PayloadMatcher};
use cloudtrail_alarms::matching::{Matcher, RecordParser};
use flate2::bufread::MultiGzDecoder;
use serde_json::json;
use support::tallying::{processor_time, tally};
use support::{Payload, Size, TRAFFIC, alarm_sets, gzip_of, payload};

/// Bytes that the floor inflates at once.
const WINDOW: usize = 256 << 10;

/// Rounds of a report; the median of fewer moves with what else the machine does.
const ROUNDS: usize = 11;

/// A variant is run so often that it takes this long at least: the clock and the caches have a say in what is shorter.
const SAMPLE: Duration = Duration::from_millis(5);

/// What is measured.
#[derive(Clone, Copy, PartialEq)]
enum Variant {
    /// Inflating alone.
    Gunzip,
    /// As it is shipped.
    Pipeline,
    /// With the scanner alone: no layout cache.
    NoLayoutCache,
    /// With the reference parser alone.
    Reference,
    /// `aws_lambda_events`, a tree of each record, a walk over each pattern.
    Plain,
}

const VARIANTS: [(&str, Variant); 5] = [
    ("gunzip", Variant::Gunzip),
    ("pipeline", Variant::Pipeline),
    ("no-layout-cache", Variant::NoLayoutCache),
    ("reference", Variant::Reference),
    ("plain", Variant::Plain),
];

/// A variant, ready to run on a payload.
struct Bench<'p> {
    variant: Variant,
    event: &'p str,
    gzip: &'p [u8],
    alarms: Vec<AlarmDefinition>,
    payload_matcher: PayloadMatcher,
    window: Vec<u8>,
}

impl<'p> Bench<'p> {
    fn new(variant: Variant, event: &'p str, gzip: &'p [u8], alarms: &[AlarmDefinition]) -> Self {
        let record_parser = if variant == Variant::Reference {
            RecordParser::Reference
        } else {
            RecordParser::Fast
        };
        let matcher = Matcher::new(alarms.to_vec().into()).with_record_parser(record_parser);
        let matcher = if variant == Variant::NoLayoutCache {
            matcher.without_layout_cache()
        } else {
            matcher
        };
        Self {
            variant,
            event,
            gzip,
            alarms: alarms.to_vec(),
            payload_matcher: PayloadMatcher::new(matcher, Origin::default()),
            window: vec![0; WINDOW],
        }
    }

    /// Runs once; returns the matches, but for the floor the bytes.
    fn run(&mut self) -> u64 {
        match self.variant {
            Variant::Gunzip => {
                let mut gzip = MultiGzDecoder::new(black_box(self.gzip));
                let mut bytes = 0;
                loop {
                    match gzip.read(&mut self.window).expect("the payload is gzip") {
                        0 => return bytes,
                        read => bytes += read as u64,
                    }
                }
            }
            Variant::Plain => {
                support::plain::invocation(black_box(self.event), &self.alarms) as u64
            }
            Variant::Pipeline | Variant::NoLayoutCache | Variant::Reference => {
                let event = black_box(self.event);
                let now = support::delivered();
                tally(event, &mut self.payload_matcher, now).occurrences
            }
        }
    }
}

fn once(arguments: &[String]) {
    let [variant, file, alarms, rounds] = arguments else {
        panic!("expected VARIANT FILE ALARMS ROUNDS, found {arguments:?}")
    };
    let (_, variant) = VARIANTS
        .into_iter()
        .find(|(name, _)| name == variant)
        .expect("a variant");
    let sets = alarm_sets();
    let (_, alarms) = sets
        .iter()
        .find(|(name, _)| name == alarms)
        .expect("a set of alarms");
    let event = std::fs::read_to_string(file).expect("the file can be read");
    let gzip = gzip_of(&event);
    let mut bench = Bench::new(variant, &event, &gzip, alarms);
    let rounds: usize = rounds.parse().expect("a number of rounds");
    for _ in 0..rounds {
        black_box(bench.run());
    }
}

/// Writes an invocation to a file, and beside it the alarms' patterns with the matches that each set of alarms has, for
/// what is written in other languages to be held against.
fn write(arguments: &[String]) {
    let [traffic, size, file] = arguments else {
        panic!("expected TRAFFIC SIZE FILE, found {arguments:?}")
    };
    let size: Size = size.parse().expect("a number of records, or full");
    let payload = payload(traffic, size);
    std::fs::write(file, &payload.event).expect("the file can be written");
    let sets = alarm_sets().map(|(name, alarms)| {
        let patterns: Vec<String> = alarms
            .iter()
            .map(|alarm| alarm.pattern.to_string())
            .collect();
        let matches = support::plain::invocation(&payload.event, &alarms);
        json!({"set": name, "patterns": patterns, "matches": matches})
    });
    let facts = json!({
        "traffic": traffic,
        "records": payload.messages.len(),
        "json_bytes": payload.json.len(),
        "gzip_bytes": payload.gzip.len(),
        "alarms": sets,
    });
    std::fs::write(format!("{file}.facts.json"), facts.to_string())
        .expect("the file can be written");
}

/// Reports on one payload and one set of alarms.
fn compare(title: &str, payload: &Payload, alarms: &[AlarmDefinition]) {
    let variants = VARIANTS.map(|(_, variant)| variant);
    let mut benches =
        variants.map(|variant| Bench::new(variant, &payload.event, &payload.gzip, alarms));
    let matches = benches.each_mut().map(Bench::run);
    assert_eq!(matches[1..], [matches[4]; 4], "the variants count alike");
    let once = benches.each_mut().map(|bench| {
        let begin = processor_time();
        black_box(bench.run());
        processor_time().saturating_sub(begin)
    });
    let repeats = once.map(|time| SAMPLE.as_nanos() / time.as_nanos().max(1) + 1);
    let known = benches[1].payload_matcher.matcher().layout_cache_hits();
    let mut times = [[0.0; ROUNDS]; 5];
    for round in 0..ROUNDS {
        for ((bench, times), repeats) in benches.iter_mut().zip(&mut times).zip(repeats) {
            let begin = processor_time();
            for _ in 0..repeats {
                black_box(bench.run());
            }
            times[round] =
                processor_time().saturating_sub(begin).as_secs_f64() * 1e6 / repeats as f64;
        }
    }
    let median = times.map(|mut times| {
        times.sort_by(f64::total_cmp);
        times[ROUNDS / 2]
    });
    let records = payload.messages.len() as f64;
    // The pipeline has run twice.
    let walked = 100.0 - 50.0 * known as f64 / records;
    println!(
        "{title}: {records} records, {} matches, {walked:.1} % walked; {} KB, gzip {:.1}; gunzip {:.0} us; times as long: \
         pipeline {:.2}, no-layout-cache {:.2}, reference {:.2}, plain {:.2}",
        matches[1],
        payload.json.len() / 1000,
        payload.gzip_ratio(),
        median[0],
        median[1] / median[0],
        median[2] / median[0],
        median[3] / median[0],
        median[4] / median[0],
    );
}

fn report() {
    if let Ok(load) = std::fs::read_to_string("/proc/loadavg") {
        println!("load: {}", load.trim());
    }
    let sets = alarm_sets();
    for traffic in TRAFFIC {
        let payload = payload(traffic, Size::Full);
        for (name, alarms) in &sets {
            compare(&format!("{traffic}, {name}"), &payload, alarms);
        }
    }
    for size in [1, 10, 100, 1_000] {
        let payload = payload("typical", Size::Records(size));
        compare("typical, 21 alarms", &payload, &sets[1].1);
    }
}

fn main() {
    // `cargo bench` adds `--bench`.
    let arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|argument| argument != "--bench")
        .collect();
    match arguments.split_first() {
        Some((first, rest)) if first == "once" => once(rest),
        Some((first, rest)) if first == "payload" => write(rest),
        _ => report(),
    }
}
