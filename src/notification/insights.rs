//! The Logs Insights query that a notification links to.

use crate::evidence::{Evidence, Fact};
use crate::query::logs_insights::{field, filter, quoted};
use cloudwatch_filter_pattern::record::Selector;
use cloudwatch_filter_pattern::{FilterPattern, Language};

/// Maximum number of values of one field.
const MAX_VALUES: usize = 20;

/// A query for the records that an alarm counts.
///
/// If Logs Insights cannot express the pattern, the query finds the calls in the evidence by service and name. `None`
/// if these are unknown too. `group` are fields and their values.
pub(super) fn query(
    pattern: &FilterPattern,
    group: &[(&Selector, &str)],
    evidence: &Evidence,
) -> Option<String> {
    let translated = match pattern.language() {
        Language::Json(expr) => filter(expr).ok(),
        _ => None,
    };
    let mut condition = translated.or_else(|| counted_calls(evidence))?;
    let values: Vec<String> = (group.iter())
        .filter_map(|(selector, value)| {
            let field = field(selector).ok()?;
            Some(format!("{field} = {}", quoted(value)))
        })
        .collect();
    if !values.is_empty() {
        condition = format!("({condition}) and {}", values.join(" and "));
    }
    Some(format!(
        "fields @timestamp, eventName, errorCode, userIdentity.arn, sourceIPAddress, errorMessage\n\
         | filter {condition}\n| sort @timestamp desc\n| limit 200"
    ))
}

/// A query for the groups of the records that an alarm counts, with their numbers. `None` if Logs Insights cannot express
/// the pattern or a selector of `GroupBy`.
pub(super) fn groups_query(pattern: &FilterPattern, group_by: &[Selector]) -> Option<String> {
    let Language::Json(expr) = pattern.language() else {
        return None;
    };
    let condition = filter(expr).ok()?;
    let fields: Vec<String> = group_by.iter().map(field).collect::<Result<_, _>>().ok()?;
    if fields.is_empty() {
        return None;
    }
    Some(format!(
        "filter {condition}\n\
         | stats count(*) as records, min(@timestamp) as first, max(@timestamp) as last by {}\n\
         | sort records desc\n| limit 1000",
        fields.join(", ")
    ))
}

/// A query of the function's log for the changes of state of an alarm, by its name.
pub(super) fn changes_query(alarm: &str) -> String {
    format!(
        "fields @timestamp, fields.group, fields.from, fields.to\n\
         | filter fields.message = \"the state changed\"\n| filter fields.alarm = {}\n\
         | sort @timestamp desc\n| limit 1000",
        quoted(alarm)
    )
}

/// A condition for the services and names of the counted calls.
fn counted_calls(evidence: &Evidence) -> Option<String> {
    let one_of = |name: &str, fact: Fact| {
        let values: Vec<String> = evidence
            .tally(fact)
            .iter()
            .map(|(value, _)| quoted(value))
            .collect();
        (!values.is_empty() && values.len() <= MAX_VALUES)
            .then(|| format!("{name} in [{}]", values.join(", ")))
    };
    let source = one_of("eventSource", Fact::EventSource);
    let name = one_of("eventName", Fact::EventName);
    let parts: Vec<String> = source.into_iter().chain(name).collect();
    (!parts.is_empty()).then(|| parts.join(" and "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::{Facts, Tally};

    #[test]
    fn the_query_has_the_pattern_and_the_group() {
        let pattern = "{ $.a = x || $.b = y }".parse().unwrap();
        let (group, wildcard) = ("$.c".parse().unwrap(), "$.d[*]".parse().unwrap());
        let group = [(&group, "1"), (&wildcard, "2")];
        let query = query(&pattern, &group, &Evidence::default()).unwrap();
        let filter = r#"| filter (a = "x" or b = "y") and c = "1""#;
        assert!(query.lines().any(|line| line == filter), "{query}");
    }

    #[test]
    fn a_pattern_that_insights_cannot_express_is_replaced_by_the_counted_calls() {
        let evidence = Evidence {
            tallies: vec![Tally {
                facts: Facts::from([
                    (Fact::EventSource, "ec2.amazonaws.com"),
                    (Fact::EventName, "CreateVpc"),
                ]),
                count: 1,
            }],
            ..Evidence::default()
        };
        for pattern in ["{ $.a[*].b = c }", "{ $.a IS NULL }", "ERROR", ""] {
            let pattern = pattern.parse().unwrap();
            assert_eq!(query(&pattern, &[], &Evidence::default()), None);
            let query = query(&pattern, &[], &evidence).unwrap();
            let filter = r#"eventSource in ["ec2.amazonaws.com"] and eventName in ["CreateVpc"]"#;
            assert!(query.contains(filter), "{query}");
        }
    }
}
