//! Matching the records of a full payload: ours, and the plain way on a tree of each record.

mod support;

use std::hint::black_box;
use std::time::Duration;

use cloudtrail_alarms::matching::{Delivery, Matcher, OwnIdentity, Tally};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};

fn ours(matcher: &mut Matcher, messages: &[String]) -> Tally {
    let own = OwnIdentity::default();
    let mut tally = Tally::default();
    for message in messages {
        let delivery = Delivery {
            log_group: "aws-cloudtrail-logs",
            log_stream: "111122223333_CloudTrail_ap-southeast-2",
            id: "",
            time: support::delivered(),
            message,
        };
        matcher.tally(delivery, &own, support::delivered(), &mut tally);
    }
    tally
}

fn matching(c: &mut Criterion) {
    let messages = support::payload().messages;
    let mut group = c.benchmark_group("match");
    group
        .sample_size(20)
        .warm_up_time(Duration::from_secs(1))
        .measurement_time(Duration::from_secs(4))
        .throughput(Throughput::Elements(messages.len() as u64));
    for (name, alarms) in support::alarm_sets() {
        let mut matcher = Matcher::new(alarms.clone().into());
        let plain = || -> usize {
            let count = |message: &String| support::plain::matches(message, &alarms);
            black_box(&messages).iter().map(count).sum()
        };
        assert_eq!(ours(&mut matcher, &messages).occurrences, plain() as u64);

        group.bench_function(BenchmarkId::new("cloudtrail-alarms", name), |b| {
            b.iter(|| ours(&mut matcher, black_box(&messages)));
        });
        group.bench_function(BenchmarkId::new("serde_json::Value", name), |b| {
            b.iter(plain);
        });
    }
    group.finish();
}

criterion_group!(benches, matching);
criterion_main!(benches);
