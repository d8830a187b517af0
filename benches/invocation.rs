//! Benchmarks a whole invocation with a full payload against the baseline, which only counts matches.
//!
//! The handler also deduplicates records by event ID, evaluates the alarms and publishes notifications.

use std::hint::black_box;
use std::time::{Duration, Instant};

use cloudtrail_alarms::alarm::definition::AlarmDefinition;
use cloudtrail_alarms::handler::{Handler, Invocation};
use cloudtrail_alarms::matching::OwnIdentity;
use cloudtrail_alarms::metrics::Counters;
use cloudtrail_alarms::notification::{DeploymentContext, Notification, PublishError, Publisher};
use cloudtrail_alarms::store::MemoryStore;
use cloudtrail_alarms_testkit::benchmark::alarm_sets::alarm_sets;
use cloudtrail_alarms_testkit::benchmark::{baseline, payload};
use cloudtrail_alarms_testkit::time::DELIVERED;
use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use tokio::runtime::{Builder, Runtime};

/// Rounds of the comparison. The median of fewer rounds depends on other load on the machine.
const ROUNDS: usize = 11;

/// Discards notifications.
struct NullPublisher;

impl Publisher for NullPublisher {
    async fn publish(&self, notification: &Notification) -> Result<(), PublishError> {
        black_box(notification);
        Ok(())
    }
}

/// A handler with an empty store.
fn handler(alarms: &[AlarmDefinition]) -> Handler<MemoryStore, NullPublisher> {
    Handler::new(
        alarms.to_vec(),
        MemoryStore::default(),
        NullPublisher,
        OwnIdentity::default(),
        DeploymentContext::default(),
    )
}

/// Handles one invocation.
fn handle(
    runtime: &Runtime,
    handler: &Handler<MemoryStore, NullPublisher>,
    event: &str,
) -> Counters {
    let invocation = Invocation {
        now: DELIVERED,
        ..Invocation::default()
    };
    let (outcome, _) = runtime.block_on(handler.handle(event, &invocation));
    outcome.expect("a store in memory cannot fail").counters
}

fn invocation(c: &mut Criterion) {
    let payload = payload::real();
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
    for (name, alarms) in alarm_sets() {
        let counters = handle(&runtime, &handler(&alarms), event);
        let matches = baseline::matches(event, &alarms) as u64;
        assert_eq!(counters.records_in, payload.messages.len() as u64);
        assert_eq!(counters.occurrences.total(), matches);
        report_ratio(
            &format!("{name}, {} records, {matches} matches", counters.records_in),
            || handler(&alarms),
            |handler| _ = handle(&runtime, handler, black_box(event)),
            || _ = baseline::matches(black_box(event), &alarms),
        );

        group.bench_function(BenchmarkId::new("cloudtrail-alarms", name), |b| {
            b.iter_batched_ref(
                || handler(&alarms),
                |handler| handle(&runtime, handler, black_box(event)),
                BatchSize::PerIteration,
            );
        });
        group.bench_function(BenchmarkId::new("baseline", name), |b| {
            b.iter(|| baseline::matches(black_box(event), &alarms));
        });
    }
    group.finish();
}

/// Reports the ratio of the baseline's time to the handler's. The two alternate, so that load on the machine affects both.
fn report_ratio<H>(name: &str, fresh: impl Fn() -> H, handle: impl Fn(&H), baseline: impl Fn()) {
    let time = |run: &dyn Fn()| {
        let begin = Instant::now();
        run();
        begin.elapsed().as_secs_f64()
    };
    let round = |_| {
        let handler = fresh();
        let handle = time(&|| handle(&handler));
        time(&baseline) / handle
    };
    let mut ratios: Vec<f64> = (0..ROUNDS).map(round).collect();
    ratios.sort_by(f64::total_cmp);
    let [least, median, most] = [0, ROUNDS / 2, ROUNDS - 1].map(|index| ratios[index]);
    eprintln!("{name}: the baseline takes {median:.1} times as long ({least:.1} to {most:.1})");
}

criterion_group!(benches, invocation);
criterion_main!(benches);
