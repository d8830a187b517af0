//! Properties of all plans.

use std::collections::BTreeSet;

use jiff::Timestamp;
use proptest::prelude::*;

use super::oracle;
use super::plan::{at_any_time, in_time};
use super::rules::rules;
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

proptest! {
    #![proptest_config(config())]

    #[test]
    fn in_time_everything_is_as_whoever_sees_all_at_once_foretells(plan in in_time(rules())) {
        let seen = Run::of(&plan).seen;
        let foretold = oracle::foretell(&plan);
        prop_assert_eq!(&seen.occurrences, &foretold.occurrences);
        let names: BTreeSet<_> = seen.groups.keys().chain(foretold.groups.keys()).collect();
        for name in names {
            let (seen, foretold) = (seen.groups.get(name), foretold.groups.get(name));
            let (Some(seen), Some(foretold)) = (seen, foretold) else {
                prop_assert_eq!(seen, foretold, "group {:?}", name);
                continue;
            };
            prop_assert_eq!(&seen.counts, &foretold.counts, "group {:?}", name);
            prop_assert_eq!(&seen.changes, &foretold.changes, "group {:?}", name);
            prop_assert_eq!(&seen.notices, &foretold.notices, "group {:?}", name);
        }
    }

    #[test]
    fn at_any_time_the_counts_are_the_same_and_every_breach_is_told_once(plan in at_any_time(rules())) {
        let run = Run::of(&plan);
        let counts: Vec<_> = (run.seen.groups.iter())
            .filter(|(_, course)| !course.counts.is_empty())
            .map(|(name, course)| (name.clone(), course.counts.clone()))
            .collect();
        prop_assert_eq!(counts, oracle::counts(&plan).into_iter().collect::<Vec<_>>());
        let reach = oracle::reach(&plan.rules);
        let statuses = run.statuses(&plan);
        for (name, breaches) in oracle::breaches(&plan) {
            let told: Vec<(i64, Option<i64>)> = statuses
                .get(&name)
                .map(|status| status.incidents.iter())
                .into_iter()
                .flatten()
                .map(|episode| (episode.from.as_second(), episode.to.map(Timestamp::as_second)))
                .collect();
            for at in breaches {
                let is_told = told.iter().any(|(from, to)| from - reach <= at && to.is_none_or(|to| at <= to));
                prop_assert!(is_told, "group {:?}: {} is in none of {:?}", name, at, told);
            }
        }
        for (name, course) in &run.seen.groups {
            let begins = |change: &&super::run::Change| change.to == "ALARM";
            let begun: Vec<i64> = course.changes.iter().filter(begins).map(|change| change.at).collect();
            let once: BTreeSet<i64> = begun.iter().copied().collect();
            prop_assert_eq!(begun.len(), once.len(), "group {:?}: {:?}", name, begun);
            let mails: Vec<i64> = (course.notices.iter())
                .filter(|notice| notice.to == "ALARM" && notice.repeat == 0)
                .map(|notice| notice.at)
                .collect();
            let told: BTreeSet<i64> = mails.iter().copied().collect();
            prop_assert_eq!(mails.len(), told.len(), "group {:?}: {:?}", name, mails);
            prop_assert_eq!(told, once, "group {:?}", name);
        }
    }
}
