//! A property of exported supersets of patterns.

use cloudtrail_alarms::subscription::superset::{Subject, superset_within};
use cloudwatch_filter_pattern::{FilterPattern, Language, MAX_LENGTH};
use cloudwatch_filter_pattern_testkit::generator::{json_pattern, record};
use cloudwatch_filter_pattern_testkit::oracle;
use proptest::prelude::*;
use proptest::sample::select;

fn pattern(source: &str) -> FilterPattern {
    source.parse().unwrap_or_else(|error| panic!("{error}"))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_superset_matches_all_that_one_of_its_patterns_matches(
        sources in prop::collection::vec(json_pattern(), 1..6),
        units in prop_oneof![Just(MAX_LENGTH), 0..300_usize],
        value in select(vec!["x", "x*", "*y*x", "1", ""]),
        is_known in any::<bool>(),
        records in prop::collection::vec(record(), 1..20),
    ) {
        let negated = |source: &String| pattern(&source.replace("= true", "!= \"${P}\""));
        let patterns: Vec<FilterPattern> = sources.iter().map(negated).collect();
        let subjects: Vec<Subject> = patterns.iter().map(|pattern| Subject::new("alarm", pattern)).collect();
        let values = |_: &str| Some(vec![value.to_owned(), "xyx".to_owned()]);
        let known = |name: &str| values(name).filter(|_| is_known);
        let superset = superset_within(units, &subjects, &known).pattern;
        prop_assert!(superset.source().chars().count() <= units, "{}", superset.source());
        for pattern in &patterns {
            if !is_known {
                prop_assert!(pattern.implies(&superset), "{} and {}", pattern, superset);
            }
            let Language::Json(expr) = pattern.bind(&values).unwrap().language().clone() else { unreachable!() };
            for record in &records {
                let matched = oracle::holds(&expr, record, oracle::glob);
                if let Language::Json(superset) = superset.language() && matched {
                    prop_assert!(oracle::holds(superset, record, oracle::glob), "{} on {}", superset, record);
                    prop_assert!(oracle::holds(superset, record, oracle::leftmost), "{} on {}", superset, record);
                }
            }
        }
    }
}
