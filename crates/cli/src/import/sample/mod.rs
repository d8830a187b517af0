//! Records made from a pattern: one that matches, and one that differs from it in one field and does not match.

mod branch;
mod candidate;
mod record;

use serde_json::{Value, json};

use cloudwatch_filter_pattern::record::Selector;
use cloudwatch_filter_pattern::{Condition, FilterPattern, Language, Test};

/// Two records for a pattern.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Samples {
    pub(super) matching: Value,
    pub(super) near_miss: Value,
    /// The field in which they differ, as a selector.
    pub(super) difference: String,
}

/// Records for a JSON pattern without parameters. `None` if no record is found, which the matcher decides.
pub(super) fn samples(pattern: &FilterPattern) -> Option<Samples> {
    let Language::Json(root) = pattern.language() else {
        return None;
    };
    branch::branches(root).into_iter().find_map(|tests| {
        let matching = matching(pattern, &tests)?;
        let (near_miss, difference) = near_miss(pattern, &tests, &matching)?;
        Some(Samples {
            matching,
            near_miss,
            difference,
        })
    })
}

/// Fields that every record of CloudTrail has.
fn skeleton() -> Value {
    json!({
        "eventVersion": "1.11",
        "eventTime": "2026-01-01T00:00:00Z",
        "eventSource": "example.amazonaws.com",
        "eventName": "Example",
    })
}

/// A record for which all tests are true.
fn matching(pattern: &FilterPattern, tests: &[&Test]) -> Option<Value> {
    let mut found = skeleton();
    let mut absent = Vec::new();
    for (selector, group) in grouped(tests) {
        if group
            .iter()
            .any(|test| test.condition.node == Condition::NotExists)
        {
            absent.push(selector);
            continue;
        }
        let source: Vec<&str> = group
            .iter()
            .map(|test| &pattern.source()[test.span()])
            .collect();
        let own: FilterPattern = format!("{{ {} }}", source.join(" && ")).parse().ok()?;
        let value = candidate::satisfying(&group).into_iter().find(|value| {
            let mut alone = json!({});
            record::set(&mut alone, selector.steps(), value.clone())
                && own.matches(&alone.to_string())
        })?;
        if !record::set(&mut found, selector.steps(), value) {
            return None;
        }
    }
    for selector in absent {
        record::remove(&mut found, selector.steps());
    }
    pattern.matches(&found.to_string()).then_some(found)
}

/// The tests of each selector, in the order of the pattern.
fn grouped<'p>(tests: &[&'p Test]) -> Vec<(&'p Selector, Vec<&'p Test>)> {
    let mut groups: Vec<(&Selector, Vec<&Test>)> = Vec::new();
    for test in tests {
        let selector = &test.selector.node;
        match groups.iter_mut().find(|(known, _)| *known == selector) {
            Some((_, group)) => group.push(test),
            None => groups.push((selector, vec![test])),
        }
    }
    groups
}

/// A record that differs from the matching one in the field of one test and does not match, and that field.
fn near_miss(
    pattern: &FilterPattern,
    tests: &[&Test],
    matching: &Value,
) -> Option<(Value, String)> {
    tests.iter().find_map(|test| {
        let steps = test.selector.node.steps();
        let with = |value: Value| {
            let mut changed = matching.clone();
            record::set(&mut changed, steps, value).then_some(changed)
        };
        let mut without = matching.clone();
        record::remove(&mut without, steps);
        let changed = candidate::violating(test).into_iter().filter_map(with);
        let miss = changed
            .chain([without])
            .find(|record| !pattern.matches(&record.to_string()))?;
        Some((miss, test.selector.node.to_string()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Asserts the field in which the two records of a pattern differ.
    #[track_caller]
    fn differ_in(pattern: &str, field: &str) {
        let parsed: FilterPattern = pattern.parse().expect("it is a pattern");
        let samples = samples(&parsed).unwrap_or_else(|| panic!("no samples for {pattern}"));
        assert!(parsed.matches(&samples.matching.to_string()), "{samples:?}");
        assert!(
            !parsed.matches(&samples.near_miss.to_string()),
            "{samples:?}"
        );
        assert_eq!(samples.difference, field, "{pattern}");
    }

    #[test]
    fn each_kind_of_test_has_samples() {
        differ_in("{ $.eventName = StopLogging }", "$.eventName");
        differ_in(r#"{ $.a = "*x*" && $.a != "y*" }"#, "$.a");
        differ_in("{ $.a.b NOT EXISTS && $.c = 1 }", "$.a.b");
        differ_in("{ $.eventSource NOT EXISTS }", "$.eventSource");
        differ_in("{ $.a > 5 && $.a <= 6 }", "$.a");
        differ_in("{ $.a IS NULL || $.b IS TRUE }", "$.a");
        differ_in("{ $.a[*].b = x && $.c[2] IS FALSE }", "$.a[*].b");
        differ_in("{ $.a.* != x }", "$.a[*]");
        differ_in("{ $.a = %^Create|Delete[A-Z]% }", "$.a");
        differ_in("{ ($.a = x && $.a = y) || $.b = z }", "$.b");
        differ_in(
            r#"{ $.userIdentity.type = "Root" && $.userIdentity.invokedBy NOT EXISTS && $.eventType != "AwsServiceEvent" }"#,
            "$.userIdentity.type",
        );
    }

    #[test]
    fn a_pattern_that_never_matches_or_always_has_no_samples() {
        for pattern in ["", "ERROR", "{ $.a = x && $.a = y }", r#"{ $.a != "*" }"#] {
            let pattern: FilterPattern = pattern.parse().expect("it is a pattern");
            assert_eq!(samples(&pattern), None);
        }
    }
}
