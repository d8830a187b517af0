//! A payload from the text of its invocation to what alarms count of it, against inflating it, which nothing can save.
//!
//! Without arguments it reports times: variants in turn, so that whatever slows the machine down slows all of them, as
//! ratios to inflating. With `once VARIANT TRAFFIC ALARMS ROUNDS` it does just that, for `scripts/bench` to count the
//! instructions of. With `payload TRAFFIC SIZE FILE` it writes an invocation, for other programs to be measured on:
//! TRAFFIC is `typical`, `adverse`, `random` or `real`, SIZE a number of records or `full`.

mod support;

use std::hint::black_box;
use std::io::Read as _;
use std::time::Instant;

use cloudtrail_alarms::alarm::definition::AlarmDefinition;
use cloudtrail_alarms::event::Event;
use cloudtrail_alarms::event::payload::{
    Decoder, Envelope, Head, LogEvent, LogEventError, Receiver,
};
use cloudtrail_alarms::matching::{Delivery, Matcher, OwnIdentity, Prefilter, Tally};
use flate2::bufread::MultiGzDecoder;
use jiff::Timestamp;
use serde_json::json;
use support::{Payload, Size, TRAFFIC, alarm_sets, payload};

/// Bytes that the floor inflates at once.
const WINDOW: usize = 256 << 10;

/// Rounds of a report; the median of fewer moves with what else the machine does.
const ROUNDS: usize = 11;

/// What is measured.
#[derive(Clone, Copy, PartialEq)]
enum Variant {
    /// Inflating alone.
    Gunzip,
    /// As it is shipped.
    Pipeline,
    /// With the prefilter off.
    Thorough,
    /// `aws_lambda_events`, a tree of each record, a walk over each pattern.
    Plain,
}

const VARIANTS: [(&str, Variant); 4] = [
    ("gunzip", Variant::Gunzip),
    ("pipeline", Variant::Pipeline),
    ("thorough", Variant::Thorough),
    ("plain", Variant::Plain),
];

struct Matching<'a> {
    matcher: &'a mut Matcher,
    own: OwnIdentity,
    tally: Tally,
}

fn delivery<'a>(
    envelope: &'a Envelope,
    id: &'a str,
    timestamp: i64,
    message: &'a str,
) -> Delivery<'a> {
    Delivery {
        log_group: &envelope.log_group,
        log_stream: &envelope.log_stream,
        id,
        time: Timestamp::from_millisecond(timestamp).expect("a time of this century"),
        message,
    }
}

impl Receiver for &mut Matching<'_> {
    fn offer(
        &mut self,
        envelope: &Envelope,
        head: Head<'_>,
        rest: &[u8],
        end: &[u8],
    ) -> Option<usize> {
        let delivery = delivery(envelope, head.id, head.timestamp, "");
        let now = support::delivered();
        (self.matcher).tally_escaped(delivery, rest, end, &self.own, now, &mut self.tally)
    }

    fn take(&mut self, envelope: &Envelope, event: Result<LogEvent<'_>, LogEventError>) {
        let event = event.expect("the payload holds log events");
        let delivery = delivery(envelope, &event.id, event.timestamp, &event.message);
        (self.matcher).tally(delivery, &self.own, support::delivered(), &mut self.tally);
    }
}

/// A variant, ready to run on a payload.
struct Bench<'p> {
    variant: Variant,
    payload: &'p Payload,
    alarms: Vec<AlarmDefinition>,
    matcher: Matcher,
    decoder: Decoder,
    window: Vec<u8>,
}

impl<'p> Bench<'p> {
    fn new(variant: Variant, payload: &'p Payload, alarms: &[AlarmDefinition]) -> Self {
        let prefilter = if variant == Variant::Thorough {
            Prefilter::Off
        } else {
            Prefilter::On
        };
        Self {
            variant,
            payload,
            alarms: alarms.to_vec(),
            matcher: Matcher::new(alarms.to_vec().into()).with_prefilter(prefilter),
            decoder: Decoder::default(),
            window: vec![0; WINDOW],
        }
    }

    /// Runs once; returns the matches, but for the floor the bytes.
    fn run(&mut self) -> u64 {
        match self.variant {
            Variant::Gunzip => {
                let mut gzip = MultiGzDecoder::new(black_box(self.payload.gzip.as_slice()));
                let mut bytes = 0;
                loop {
                    match gzip.read(&mut self.window).expect("the payload is gzip") {
                        0 => return bytes,
                        read => bytes += read as u64,
                    }
                }
            }
            Variant::Plain => {
                support::plain::invocation(black_box(&self.payload.event), &self.alarms) as u64
            }
            Variant::Pipeline | Variant::Thorough => {
                let event = Event::read(black_box(&self.payload.event));
                let Ok(Event::Logs { data }) = event else {
                    unreachable!("the event is a payload")
                };
                let mut matching = Matching {
                    matcher: &mut self.matcher,
                    own: OwnIdentity::default(),
                    tally: Tally::default(),
                };
                (self.decoder)
                    .read(&data, &mut matching)
                    .expect("the payload is one");
                matching.tally.occurrences
            }
        }
    }
}

fn once(arguments: &[String]) {
    let [variant, traffic, alarms, rounds] = arguments else {
        panic!("expected VARIANT TRAFFIC ALARMS ROUNDS, found {arguments:?}")
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
    let payload = payload(traffic, Size::Full);
    let mut bench = Bench::new(variant, &payload, alarms);
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

fn report() {
    for traffic in TRAFFIC {
        let payload = payload(traffic, Size::Full);
        let records = payload.messages.len();
        for (name, alarms) in alarm_sets() {
            let mut benches = VARIANTS.map(|(_, variant)| Bench::new(variant, &payload, &alarms));
            let matches = benches.each_mut().map(Bench::run);
            assert_eq!(matches[1..], [matches[3]; 3], "the variants count alike");
            let mut times = [[0.0; ROUNDS]; 4];
            for round in 0..ROUNDS {
                for (bench, times) in benches.iter_mut().zip(&mut times) {
                    let begin = Instant::now();
                    black_box(bench.run());
                    times[round] = begin.elapsed().as_secs_f64() * 1e3;
                }
            }
            let median = times.map(|mut times| {
                times.sort_by(f64::total_cmp);
                times[ROUNDS / 2]
            });
            let ratio = |variant: usize| median[variant] / median[0];
            eprintln!(
                "{traffic}, {name}: {records} records, {} KB gzip of {} KB, {} matches: gunzip {:.2} ms; times as long: \
                 pipeline {:.2}, thorough {:.2}, plain {:.2}",
                payload.gzip.len() / 1000,
                payload.json.len() / 1000,
                matches[1],
                median[0],
                ratio(1),
                ratio(2),
                ratio(3),
            );
        }
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
