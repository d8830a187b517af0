//! Benchmarks the pipeline: from the text of an invocation to the counts of its alarms.
//!
//! Without arguments, reports times as ratios to the time of inflating the payload. Times are CPU time of the thread, and
//! the variants alternate, so that load on the machine affects all of them. All variants must count the same matches.
//!
//! * `payload TRAFFIC SIZE FILE` writes an invocation, for other programs to measure. TRAFFIC is `typical`, `adverse`,
//!   `random` or `real`; SIZE is a number of records or `full`.
//! * `once VARIANT FILE ALARMS ROUNDS` runs one variant, for `scripts/bench` to count the instructions of.

#![expect(clippy::print_stdout, reason = "the program prints a report")]
#![expect(clippy::cast_precision_loss, reason = "counts of records are small")]

use std::hint::black_box;
use std::io::Read as _;
use std::time::Duration;

use cloudtrail_alarms::alarm::definition::AlarmDefinition;
use cloudtrail_alarms::handler::{Origin, PayloadMatcher};
use cloudtrail_alarms::matching::{Matcher, RecordParser};
use cloudtrail_alarms_testkit::benchmark::alarm_sets::alarm_sets;
use cloudtrail_alarms_testkit::benchmark::baseline;
use cloudtrail_alarms_testkit::benchmark::measured::{cpu_time, tally};
use cloudtrail_alarms_testkit::benchmark::payload::{Payload, Size, TRAFFIC, payload};
use cloudtrail_alarms_testkit::events::compressed_payload;
use cloudtrail_alarms_testkit::time::DELIVERED;
use flate2::bufread::MultiGzDecoder;
use serde_json::json;

/// Size of the buffer for inflating alone, in bytes.
const WINDOW: usize = 256 << 10;

/// Rounds of a report. The median of fewer rounds depends on other load on the machine.
const ROUNDS: usize = 11;

/// Minimum time of a round. A variant that is faster runs repeatedly in each round, to limit the effects of the clock's
/// resolution and of cold caches.
const MIN_ROUND: Duration = Duration::from_millis(5);

/// The measurement.
#[derive(Clone, Copy, PartialEq)]
enum Variant {
    /// Inflating the payload, without parsing it.
    Gunzip,
    /// The pipeline as shipped.
    Pipeline,
    /// The pipeline without the layout cache: the scanner parses every record.
    NoLayoutCache,
    /// The pipeline without the fast path: the reference parser parses every record.
    Reference,
    /// The baseline: `aws_lambda_events`, a `serde_json::Value` per record, one evaluation per pattern.
    Baseline,
}

const VARIANTS: [(&str, Variant); 5] = [
    ("gunzip", Variant::Gunzip),
    ("pipeline", Variant::Pipeline),
    ("no-layout-cache", Variant::NoLayoutCache),
    ("reference", Variant::Reference),
    ("baseline", Variant::Baseline),
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
        let matcher = Matcher::new(alarms.to_vec().into());
        let matcher = match variant {
            Variant::NoLayoutCache => matcher.without_layout_cache(),
            Variant::Reference => matcher.with_record_parser(RecordParser::Reference),
            Variant::Gunzip | Variant::Pipeline | Variant::Baseline => matcher,
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

    /// Runs the variant once. Returns the number of matches; of bytes, for [`Variant::Gunzip`].
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
            Variant::Pipeline | Variant::NoLayoutCache | Variant::Reference => {
                let event = black_box(self.event);
                tally(event, &mut self.payload_matcher, DELIVERED).occurrences
            }
            Variant::Baseline => baseline::matches(black_box(self.event), &self.alarms) as u64,
        }
    }
}

/// Runs one variant on an invocation.
fn once(arguments: &[String]) {
    let [variant, file, alarms, rounds] = arguments else {
        panic!("expected VARIANT FILE ALARMS ROUNDS, found {arguments:?}")
    };
    let (_, variant) = VARIANTS
        .into_iter()
        .find(|(name, _)| name == variant)
        .expect("the variant is known");
    let sets = alarm_sets();
    let (_, alarms) = sets
        .iter()
        .find(|(name, _)| name == alarms)
        .expect("the set of alarms is known");
    let event = std::fs::read_to_string(file).expect("the file is readable");
    let gzip = compressed_payload(&serde_json::from_str(&event).expect("an invocation is JSON"));
    let mut bench = Bench::new(variant, &event, &gzip, alarms);
    let rounds: usize = rounds.parse().expect("ROUNDS is a number");
    for _ in 0..rounds {
        black_box(bench.run());
    }
}

/// Writes an invocation, and next to it the patterns and the number of matches of each set of alarms, for programs in other
/// languages to check their counts.
fn write(arguments: &[String]) {
    let [traffic, size, file] = arguments else {
        panic!("expected TRAFFIC SIZE FILE, found {arguments:?}")
    };
    let size: Size = size.parse().expect("SIZE is a number or `full`");
    let payload = payload(traffic, size);
    std::fs::write(file, &payload.event).expect("the file is writable");
    let sets = alarm_sets().map(|(name, alarms)| {
        let patterns: Vec<String> = alarms
            .iter()
            .map(|alarm| alarm.pattern.to_string())
            .collect();
        let matches = baseline::matches(&payload.event, &alarms);
        json!({"set": name, "patterns": patterns, "matches": matches})
    });
    let facts = json!({
        "traffic": traffic,
        "records": payload.messages.len(),
        "json_bytes": payload.json.len(),
        "gzip_bytes": payload.gzip.len(),
        "alarms": sets,
    });
    std::fs::write(format!("{file}.facts.json"), facts.to_string()).expect("the file is writable");
}

/// Reports the times of all variants for one payload and one set of alarms.
fn compare(title: &str, payload: &Payload, alarms: &[AlarmDefinition]) {
    let mut benches =
        VARIANTS.map(|(_, variant)| Bench::new(variant, &payload.event, &payload.gzip, alarms));
    let [_, matches @ ..] = benches.each_mut().map(Bench::run);
    assert_eq!(
        matches, [matches[0]; 4],
        "all variants count the same matches"
    );
    let [first, ..] = matches;
    let once = benches.each_mut().map(|bench| {
        let begin = cpu_time();
        black_box(bench.run());
        cpu_time().saturating_sub(begin)
    });
    let repeats = once.map(|time| MIN_ROUND.as_nanos() / time.as_nanos().max(1) + 1);
    let hits = benches[1].payload_matcher.matcher().layout_cache_hits();
    let mut times = [[0.0; ROUNDS]; VARIANTS.len()];
    for round in 0..ROUNDS {
        for ((bench, times), repeats) in benches.iter_mut().zip(&mut times).zip(repeats) {
            let begin = cpu_time();
            for _ in 0..repeats {
                black_box(bench.run());
            }
            times[round] = cpu_time().saturating_sub(begin).as_secs_f64() * 1e6 / repeats as f64;
        }
    }
    let [gunzip, ratios @ ..] = times.map(|mut times| {
        times.sort_by(f64::total_cmp);
        times[ROUNDS / 2]
    });
    let records = payload.messages.len() as f64;
    // The pipeline has run twice.
    let scanned = 100.0 - 50.0 * hits as f64 / records;
    let ratios: Vec<String> = (VARIANTS[1..].iter().zip(ratios))
        .map(|((name, _), time)| format!("{name} {:.2}", time / gunzip))
        .collect();
    println!(
        "{title}: {records} records, {first} matches, {scanned:.1} % not in the layout cache; {} KB, gzip {:.1}; gunzip \
         {gunzip:.0} us; times as long: {}",
        payload.json.len() / 1000,
        payload.gzip_ratio(),
        ratios.join(", "),
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
