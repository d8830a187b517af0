//! Laws of lint, on generated patterns.

use cloudtrail_alarms_cli::lint::pattern::{corrections, lint_source};
use cloudwatch_filter_pattern::FilterPattern;
use proptest::prelude::*;
use proptest::sample::select;

use super::corrected;

/// A test of the fields that lint knows most about.
fn test() -> impl Strategy<Value = String> {
    let selectors = select(vec![
        "$.eventName",
        "$.eventSource",
        "$.errorCode",
        "$.readOnly",
        "$.resources[*].ARN",
        "$.resources.ARN",
        "$.userIdentity.type",
        "$.userIdentity.invokedBy",
        "$.userIdentity.sessionContext.sessionIssuer.arn",
        "$.userIdentity.sessionContext.attributes.mfaAuthenticated",
        "$.additionalEventData.MFAUsed",
        "$.sessionIssuer.userName",
        "$.requestParameters.n",
        "$.nowhere[0]",
    ]);
    let conditions = select(vec![
        "= a",
        "= \"a*\"",
        "!= a",
        "!= \"*\"",
        "!= \"b\"",
        "= \"AssumedRole\"",
        "!= AssumedRole",
        "= kms.amazon.com",
        "= true",
        "!= \"false\"",
        "IS TRUE",
        "IS NULL",
        "NOT EXISTS",
        "> 5",
        "<= 5",
        "= 5",
        "= \"${P}\"",
        "!= \"${P}\"",
        "= %a+%",
        "= \"(|| ${AWS::Region}\"",
        "= é",
    ]);
    (selectors, conditions).prop_map(|(selector, condition)| format!("{selector} {condition}"))
}

/// A JSON pattern with parentheses wherever they may be, and with as few as it needs, in one line or more.
fn json_pattern() -> impl Strategy<Value = String> {
    let expr = test().prop_recursive(4, 10, 4, |inner| {
        (
            prop::collection::vec(inner, 1..4),
            select(vec![" && ", "||", " ||\n  "]),
            any::<bool>(),
        )
            .prop_map(|(operands, joint, is_grouped)| {
                let joined = operands.join(joint);
                if is_grouped {
                    format!("({joined})")
                } else {
                    joined
                }
            })
    });
    expr.prop_map(|expr| format!("{{ {expr} }}"))
}

/// A text that is nearly a pattern.
fn broken_pattern() -> impl Strategy<Value = String> {
    (
        json_pattern(),
        any::<prop::sample::Index>(),
        select(vec!["", "=", " ", "“", "AND", ")", "\"", "$", "'", "x y"]),
    )
        .prop_map(|(source, at, piece)| {
            let places: Vec<usize> = source.char_indices().map(|(place, _)| place).collect();
            let at = places[at.index(places.len())];
            let width = source[at..].chars().next().map_or(0, char::len_utf8);
            [&source[..at], piece, &source[at + width..]].concat()
        })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_correction_leaves_a_pattern_that_parses(source in json_pattern()) {
        let parses = source.parse::<FilterPattern>().is_ok();
        for finding in lint_source(&source) {
            prop_assert!(source.get(finding.span.clone()).is_some());
            if let Some(suggestion) = finding.suggestion.filter(|_| parses) {
                let text = suggestion.apply(&source);
                prop_assert!(text.parse::<FilterPattern>().is_ok(), "{}", text);
                prop_assert!(suggestion.edits().iter().all(|edit| !edit.replacement.contains('\n')));
            }
        }
    }

    #[test]
    fn after_all_corrections_there_is_none_left(source in prop_oneof![json_pattern(), broken_pattern(), any::<String>()]) {
        let text = corrected(&source);
        prop_assert!(corrections(&source).len() < 100, "{}", text);
        prop_assert!(lint_source(&text).iter().all(|finding| finding.suggestion.is_none()), "{}", text);
        if source.parse::<FilterPattern>().is_ok() {
            prop_assert!(text.parse::<FilterPattern>().is_ok(), "{}", text);
        }
    }

    #[test]
    fn a_corrected_exclusion_excludes_its_value_and_nothing_else(
        value in "[a-c]{1,2}", code in prop::option::of("[a-c]{1,2}"),
    ) {
        let source = format!(r#"{{ $.eventName = X && $.errorCode != "{value}" }}"#);
        let record = serde_json::json!({"eventName": "X", "errorCode": code});
        let record = match code {
            Some(_) => record.to_string(),
            None => r#"{"eventName": "X"}"#.to_owned(),
        };
        let matches = |source: &str| source.parse::<FilterPattern>().unwrap().matches(&record);
        prop_assert_eq!(matches(&corrected(&source)), code.as_ref() != Some(&value));
        prop_assert_eq!(matches(&source), code.is_some_and(|code| code != value));
    }
}
