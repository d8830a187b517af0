//! A whole invocation with a full payload: ours, which counts by identity, decides and publishes, and the plain way,
//! which only counts matches.

mod support;

use std::hint::black_box;
use std::time::{Duration, Instant};

use cloudtrail_alarms::alarm::definition::AlarmDefinition;
use cloudtrail_alarms::handler::{Handler, Invocation};
use cloudtrail_alarms::matching::OwnIdentity;
use cloudtrail_alarms::metrics::Counters;
use cloudtrail_alarms::notification::{DeploymentContext, Notification, PublishError, Publisher};
use cloudtrail_alarms::store::MemoryStore;
use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use tokio::runtime::{Builder, Runtime};

/// Rounds of the comparison; the median of fewer moves with what else the machine does.
const ROUNDS: usize = 11;

/// Takes notifications and says nothing.
struct Silent;

impl Publisher for Silent {
    async fn publish(&self, notification: &Notification) -> Result<(), PublishError> {
        black_box(notification);
        Ok(())
    }
}

/// A function that has counted nothing yet.
fn handler(alarms: &[AlarmDefinition]) -> Handler<MemoryStore, Silent> {
    Handler::new(
        alarms.to_vec(),
        MemoryStore::default(),
        Silent,
        OwnIdentity::default(),
        DeploymentContext::default(),
    )
}

fn ours(runtime: &Runtime, handler: &Handler<MemoryStore, Silent>, event: &str) -> Counters {
    let invocation = Invocation {
        now: support::delivered(),
        ..Invocation::default()
    };
    let (outcome, _) = runtime.block_on(handler.handle(event, &invocation));
    outcome.expect("nothing can fail in memory").counters
}

fn invocation(c: &mut Criterion) {
    let payload = support::real();
    let event = payload.event.as_str();
    let runtime = Builder::new_current_thread()
        .build()
        .expect("a runtime starts");
    let mut group = c.benchmark_group("invocation");
    group
        .sample_size(20)
        .warm_up_time(Duration::from_secs(1))
        .measurement_time(Duration::from_secs(4))
        .throughput(Throughput::Elements(payload.messages.len() as u64));
    for (name, alarms) in support::alarm_sets() {
        let books = ours(&runtime, &handler(&alarms), event);
        let matches = support::plain::invocation(event, &alarms) as u64;
        assert_eq!(books.records_in, payload.messages.len() as u64);
        assert_eq!(books.occurrences.total(), matches);
        report_ratio(
            &format!("{name}, {} records, {matches} matches", books.records_in),
            || handler(&alarms),
            |handler| _ = ours(&runtime, handler, black_box(event)),
            || _ = support::plain::invocation(black_box(event), &alarms),
        );

        group.bench_function(BenchmarkId::new("cloudtrail-alarms", name), |b| {
            b.iter_batched_ref(
                || handler(&alarms),
                |handler| ours(&runtime, handler, black_box(event)),
                BatchSize::PerIteration,
            );
        });
        group.bench_function(BenchmarkId::new("the plain way", name), |b| {
            b.iter(|| support::plain::invocation(black_box(event), &alarms));
        });
    }
    group.finish();
}

/// Times the two in turn, so that whatever slows the machine down slows both, and says how many times faster ours is.
fn report_ratio<H>(name: &str, fresh: impl Fn() -> H, ours: impl Fn(&H), plain: impl Fn()) {
    let time = |run: &dyn Fn()| {
        let begin = Instant::now();
        run();
        begin.elapsed().as_secs_f64()
    };
    let round = |_| {
        let handler = fresh();
        let ours = time(&|| ours(&handler));
        time(&plain) / ours
    };
    let mut ratios: Vec<f64> = (0..ROUNDS).map(round).collect();
    ratios.sort_by(f64::total_cmp);
    let [least, median, most] = [0, ROUNDS / 2, ROUNDS - 1].map(|place| ratios[place]);
    eprintln!("{name}: the plain way takes {median:.1} times as long ({least:.1} to {most:.1})");
}

criterion_group!(benches, invocation);
criterion_main!(benches);
