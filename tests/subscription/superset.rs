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

#[test]
fn the_report_describes_what_passes_in_addition() {
    let patterns = [
        (
            "Stop",
            "{ $.eventSource = cloudtrail && ($.eventName = StopLogging || $.eventName = DeleteTrail || $.eventName = UpdateTrail) && $.errorCode NOT EXISTS }",
        ),
        (
            "Login",
            "{ $.eventSource = signin && $.eventName = ConsoleLogin && $.errorMessage = Failed }",
        ),
    ];
    let parsed = patterns.map(|(name, source)| (name, pattern(source)));
    let subjects = parsed
        .each_ref()
        .map(|(name, pattern)| Subject::new(name, pattern));
    let cases: [(usize, &[&str]); 4] = [
        (240, &[]),
        (
            140,
            &[
                "Stop: records pass regardless of `$.errorCode NOT EXISTS`",
                "Login: records pass regardless of `$.errorMessage = \"Failed\"`",
                "`$.eventName`: `= \"*Trail*\"` instead of single values",
                "Stop, Login: records pass with any combination of the values of `$.eventSource` and `$.eventName`",
            ],
        ),
        (
            100,
            &[
                "Stop: records pass with any value of `$.eventName`, and not only with the 3 that the pattern has",
                "Stop: records pass regardless of `$.errorCode NOT EXISTS`",
                "Login: records pass regardless of `$.eventName = \"ConsoleLogin\"`",
                "Login: records pass regardless of `$.errorMessage = \"Failed\"`",
            ],
        ),
        (
            30,
            &[
                "no pattern within 1,024 characters covers all alarms; this one matches every record",
            ],
        ),
    ];
    for (units, expected) in cases {
        let superset = superset_within(units, &subjects, &|_| None);
        assert_eq!(superset.widened, expected, "{}", superset.pattern);
    }
}
