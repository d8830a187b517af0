//! Properties of all plans.

use std::collections::BTreeSet;

use jiff::Timestamp;
use proptest::prelude::*;

use super::oracle;
use super::plan::{BEGIN, Plan, Record, Step, at_any_time, in_time};
use super::rules::{Rules, rules};
use super::run::Run;

/// A few seconds' worth, unless `PROPTEST_CASES` asks for more.
fn config() -> ProptestConfig {
    let config = match std::env::var_os("PROPTEST_CASES") {
        Some(_) => ProptestConfig::default(),
        None => ProptestConfig::with_cases(64),
    };
    ProptestConfig {
        failure_persistence: None,
        ..config
    }
}

fn has_expected_result(plan: &Plan) -> Result<(), TestCaseError> {
    let seen = Run::of(plan).seen;
    let expected = oracle::expected_result(plan);
    prop_assert_eq!(&seen.occurrences, &expected.occurrences);
    let names: BTreeSet<_> = seen.groups.keys().chain(expected.groups.keys()).collect();
    for name in names {
        let (seen, expected) = (seen.groups.get(name), expected.groups.get(name));
        let (Some(seen), Some(expected)) = (seen, expected) else {
            prop_assert_eq!(seen, expected, "group {:?}", name);
            continue;
        };
        prop_assert_eq!(&seen.counts, &expected.counts, "group {:?}", name);
        prop_assert_eq!(&seen.changes, &expected.changes, "group {:?}", name);
        prop_assert_eq!(&seen.notices, &expected.notices, "group {:?}", name);
    }
    Ok(())
}

/// A lasting alarm on any record, whose first reminder follows after 20 hours at the earliest. Each record has a time in
/// seconds after the first one and a kind, and is delivered at once.
fn lasting(records: &[(i64, u8)]) -> Plan {
    let rules = Rules {
        operator: "GreaterThanThreshold",
        threshold: 0,
        period: 60,
        periods: 1,
        needed: 1,
        missing: "ignore",
        default_is_zero: false,
        is_wall_clock: false,
        is_event_time: false,
        lateness: 60,
        renotify_after: Some(72_000),
        notifies_ok: false,
        notifies_insufficient_data: false,
        is_grouped: false,
        is_distinct: false,
    };
    let at = |seconds: i64| BEGIN + seconds;
    let record = |&(seconds, kind): &(i64, u8)| Record {
        called: at(seconds),
        delivered: at(seconds),
        group: None,
        key: None,
        kind,
        matches: true,
    };
    let step = |(index, &(seconds, _)): (usize, &(i64, u8))| Step {
        now: at(seconds),
        batch: Some(vec![index]),
    };
    Plan {
        rules,
        records: records.iter().map(record).collect(),
        steps: records.iter().enumerate().map(step).collect(),
    }
}

#[test]
fn a_new_kind_of_call_is_reported_with_all_records_since_the_last_email() {
    let cases: [&[(i64, u8)]; 3] = [
        // The first of them is long before the windows that the last one belongs to.
        &[(0, 0), (1, 0), (1_060, 0), (1_080, 1)],
        // So long that the facts of old buckets are not read.
        &[(0, 0), (40_000, 1)],
        &[(0, 0), (90, 0), (20_000, 0), (40_000, 1)],
    ];
    for records in cases {
        let plan = lasting(records);
        has_expected_result(&plan).unwrap();
        let notices = &oracle::expected_result(&plan).groups[""].notices;
        let new_kinds: Vec<u64> = notices.iter().map(|notice| notice.new_kinds).collect();
        assert_eq!(new_kinds, [0, 1], "{records:?}");
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn records_that_arrive_in_time_have_the_expected_result(plan in in_time(rules())) {
        has_expected_result(&plan)?;
    }

    #[test]
    fn at_any_time_the_counts_are_the_same_and_every_breach_is_reported_once(plan in at_any_time(rules())) {
        let run = Run::of(&plan);
        let counts: Vec<_> = (run.seen.groups.iter())
            .filter(|(_, history)| !history.counts.is_empty())
            .map(|(name, history)| (name.clone(), history.counts.clone()))
            .collect();
        prop_assert_eq!(counts, oracle::counts(&plan).into_iter().collect::<Vec<_>>());
        let reach = oracle::reach(&plan.rules);
        let statuses = run.statuses(&plan);
        for (name, breaches) in oracle::breaches(&plan) {
            let reported: Vec<(i64, Option<i64>)> = statuses
                .get(&name)
                .map(|status| status.incidents.iter())
                .into_iter()
                .flatten()
                .map(|incident| (incident.from.as_second(), incident.to.map(Timestamp::as_second)))
                .collect();
            for at in breaches {
                let is_reported = reported.iter().any(|(from, to)| from - reach <= at && to.is_none_or(|to| at <= to));
                prop_assert!(is_reported, "group {:?}: {} is in none of {:?}", name, at, reported);
            }
        }
        for (name, history) in &run.seen.groups {
            let begins = |change: &&super::run::Change| change.to == "ALARM";
            let begun: Vec<i64> = history.changes.iter().filter(begins).map(|change| change.at).collect();
            let once: BTreeSet<i64> = begun.iter().copied().collect();
            prop_assert_eq!(begun.len(), once.len(), "group {:?}: {:?}", name, begun);
            let reminders = history.notices.iter().filter(|notice| notice.repeat > 0);
            for reminder in reminders {
                let has_news = plan.rules.is_distinct || reminder.count > reminder.already_reported;
                prop_assert!(has_news, "group {:?}: {:?}", name, reminder);
            }
            let notifications: Vec<i64> = (history.notices.iter())
                .filter(|notice| notice.to == "ALARM" && notice.repeat == 0)
                .map(|notice| notice.at)
                .collect();
            let notified: BTreeSet<i64> = notifications.iter().copied().collect();
            prop_assert_eq!(notifications.len(), notified.len(), "group {:?}: {:?}", name, notifications);
            prop_assert_eq!(notified, once, "group {:?}", name);
        }
    }
}
