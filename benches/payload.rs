//! Decoding a full payload. The floor is what cannot be saved: inflating it.

mod support;

use std::hint::black_box;
use std::io::Read as _;
use std::time::Duration;

use aws_lambda_events::cloudwatch_logs::LogsEvent;
use cloudtrail_alarms::event::Event;
use cloudtrail_alarms::event::payload::{Decoder, Envelope, LogEvent, LogEventError};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use flate2::bufread::MultiGzDecoder;

/// Reads an invocation and counts what it delivers: records, and bytes in them.
fn ours(decoder: &mut Decoder, event: &str) -> (usize, usize) {
    let Event::Logs { data } = Event::read(event).expect("the event is an invocation") else {
        unreachable!("the event is a payload")
    };
    let mut delivered = (0, 0);
    decoder
        .read(
            &data,
            |_: &Envelope, event: Result<LogEvent<'_>, LogEventError>| {
                delivered.0 += 1;
                delivered.1 += event.map_or(0, |event| event.message.len());
            },
        )
        .expect("the payload is one");
    delivered
}

fn theirs(event: &str) -> (usize, usize) {
    let event: LogsEvent = serde_json::from_str(event).expect("the payload is one");
    let events = event.aws_logs.data.log_events;
    (
        events.len(),
        events.iter().map(|event| event.message.len()).sum(),
    )
}

fn decode(c: &mut Criterion) {
    let payload = support::payload();
    let mut decoder = Decoder::default();
    let mut inflated = Vec::new();
    assert_eq!(ours(&mut decoder, &payload.event), theirs(&payload.event));

    let mut group = c.benchmark_group("decode");
    group
        .sample_size(20)
        .warm_up_time(Duration::from_secs(1))
        .measurement_time(Duration::from_secs(4))
        .throughput(Throughput::Bytes(payload.json.len() as u64));
    group.bench_function("inflate only", |b| {
        b.iter(|| {
            inflated.clear();
            MultiGzDecoder::new(payload.gzip.as_slice())
                .read_to_end(&mut inflated)
                .expect("the payload is gzip")
        });
    });
    group.bench_function("cloudtrail-alarms", |b| {
        b.iter(|| ours(&mut decoder, black_box(&payload.event)));
    });
    group.bench_function("aws_lambda_events", |b| {
        b.iter(|| theirs(black_box(&payload.event)));
    });
    group.finish();
}

criterion_group!(benches, decode);
criterion_main!(benches);
