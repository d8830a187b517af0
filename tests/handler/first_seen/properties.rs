//! Properties of any records, in any order of arrival, repeated, and handled concurrently.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};

use cloudtrail_alarms::series::{EventId, Group};
use cloudtrail_alarms::store::{MemoryStore, Store};
use cloudtrail_alarms_testkit::alarms::alarm;
use cloudtrail_alarms_testkit::emulators::dynalite;
use cloudtrail_alarms_testkit::futures::block_on;
use futures_util::future::join_all;
use proptest::prelude::*;
use proptest::sample::select;

use super::oracle::{Rules, expected};
use super::{DAY, Record, counted, deliver, handler, run_schedule};

/// A time after all records, in seconds since the begin.
const END: i64 = 20 * DAY;

const ACCOUNTS: [&str; 2] = ["111122223333", "444455556666"];

/// Records, and the batches in which they arrive.
#[derive(Clone, Debug)]
struct Plan {
    rules: Rules,
    records: Vec<Record>,
    batches: Vec<Vec<usize>>,
}

fn rules() -> impl Strategy<Value = Rules> {
    let warm_up = select(vec![0, 1, DAY + 60, 3 * DAY]);
    (1_i64..5, warm_up, any::<bool>(), any::<bool>()).prop_map(
        |(history_days, warm_up, is_event_time, is_grouped)| Rules {
            history_days,
            warm_up,
            is_event_time,
            is_grouped,
        },
    )
}

fn plans() -> impl Strategy<Value = Plan> {
    // Around the ends of buckets and of days.
    let second = select(vec![0_i64, 1, 59, 60, 3_600, 86_340, 86_399]);
    let delay = select(vec![0_i64, 0, 30, 60, 7_200, DAY]);
    let name = select(vec![Some("Decrypt"), Some("Encrypt"), Some(""), None]);
    let account = select(ACCOUNTS.to_vec());
    let arrivals = prop::collection::vec(any::<u16>(), 1..4);
    let is_excluded = prop::bool::weighted(0.05);
    // Some records are delivered twice, at different times.
    let number = 0_usize..60;
    let draft = (
        (0_i64..12, second, delay),
        (number, name, account, is_excluded),
        arrivals,
    );
    let drafts = prop::collection::vec(draft, 1..30);
    (rules(), drafts, prop::collection::vec(1_usize..7, 40)).prop_map(|(rules, drafts, sizes)| {
        let mut records: Vec<Record> = Vec::new();
        let mut arrivals = Vec::new();
        for ((day, second, delay), (number, name, account, is_excluded), times) in drafts {
            // A record has one content, whenever it is delivered.
            let known = records.iter().find(|known| known.number == number).cloned();
            let record = known.unwrap_or(Record {
                number,
                called: day * DAY + second,
                delay,
                name,
                account,
                is_excluded,
            });
            arrivals.extend(times.into_iter().map(|order| (order, records.len())));
            records.push(Record { delay, ..record });
        }
        arrivals.sort_unstable();
        let mut batches: Vec<Vec<usize>> = Vec::new();
        let mut sizes = sizes.into_iter().cycle();
        let mut capacity = 0;
        for (_, record) in arrivals {
            if capacity == 0 {
                capacity = sizes.next().unwrap_or(1);
                batches.push(Vec::new());
            }
            capacity -= 1;
            batches.last_mut().unwrap().push(record);
        }
        Plan {
            rules,
            records,
            batches,
        }
    })
}

fn group(rules: &Rules, account: &str) -> Group {
    if rules.is_grouped {
        let selector = "$.recipientAccountId".to_owned();
        return Group(vec![(selector, Some(account.to_owned()))]);
    }
    Group::default()
}

/// The records that count in a store, like [`expected`].
async fn result(store: &impl Store, rules: &Rules) -> BTreeMap<String, BTreeSet<(i64, EventId)>> {
    let accounts = if rules.is_grouped {
        &ACCOUNTS[..]
    } else {
        &[""]
    };
    let mut result = BTreeMap::new();
    for account in accounts {
        let counted = counted(store, group(rules, account)).await;
        if !counted.is_empty() {
            result.insert((*account).to_owned(), counted.into_iter().collect());
        }
    }
    result
}

impl Plan {
    fn batch(&self, indices: &[usize]) -> Vec<Record> {
        let records = indices.iter().map(|&index| self.records[index].clone());
        records.collect()
    }
}

fn config(cases: u32) -> ProptestConfig {
    let config = match std::env::var_os("PROPTEST_CASES") {
        Some(_) => ProptestConfig::default(),
        None => ProptestConfig::with_cases(cases),
    };
    ProptestConfig {
        failure_persistence: None,
        ..config
    }
}

proptest! {
    #![proptest_config(config(256))]

    #[test]
    fn in_any_order_the_first_record_of_each_combination_counts(plan in plans()) {
        let handler = handler(&alarm(&plan.rules.lines()), MemoryStore::default());
        let seen = block_on(async {
            run_schedule(&handler, 0).await;
            for batch in &plan.batches {
                deliver(&handler, END, &plan.batch(batch)).await;
            }
            result(handler.store(), &plan.rules).await
        });
        prop_assert_eq!(seen, expected(&plan.rules, &plan.records));
    }
}

/// Number of the next table.
static TABLES: AtomicUsize = AtomicUsize::new(0);

proptest! {
    #![proptest_config(config(4))]

    /// Each invocation runs in an environment of its own, without the cache of the others.
    #[test]
    fn concurrent_invocations_count_the_first_record_of_each_combination(plan in plans()) {
        let table = format!("first-seen-{}", TABLES.fetch_add(1, Ordering::Relaxed));
        dynalite().create_table(&table);
        let alarm = alarm(&plan.rules.lines());
        let seen = block_on(async {
            run_schedule(&handler(&alarm, dynalite().store(&table)), 0).await;
            let invocations = plan.batches.iter().map(async |batch| {
                let handler = handler(&alarm, dynalite().store(&table));
                deliver(&handler, END, &plan.batch(batch)).await
            });
            join_all(invocations).await;
            result(&dynalite().store(&table), &plan.rules).await
        });
        prop_assert_eq!(seen, expected(&plan.rules, &plan.records));
    }
}
