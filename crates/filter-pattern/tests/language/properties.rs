//! Properties of the filter pattern language on generated patterns and messages.
//!
//! The expected results are those of the naive evaluator, [`oracle`].

use cloudwatch_filter_pattern::record::{Encoding, Selector, Selectors, Value as Captured};
use cloudwatch_filter_pattern::{FilterPattern, Language, MAX_LENGTH, PatternSet};
use cloudwatch_filter_pattern_testkit::generator::{
    disguised, json_pattern, name, pattern_like_text, record, selector, test, value,
};
use cloudwatch_filter_pattern_testkit::oracle;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use super::pattern as parse;

fn to_value(captured: Captured<'_>) -> Value {
    match captured {
        Captured::Null => Value::Null,
        Captured::Bool(value) => value.into(),
        Captured::Number(text) => serde_json::from_str(text).expect("a JSON number"),
        Captured::String(text) => text.into(),
        Captured::Array { json, .. } | Captured::Object { json } => {
            serde_json::from_str(json).expect("JSON text")
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_prints_parses_to_the_same(source in prop_oneof![json_pattern(), pattern_like_text()]) {
        if let Ok(pattern) = source.parse::<FilterPattern>() {
            let printed = pattern.to_string();
            let again = parse(&printed);
            prop_assert_eq!(&again, &pattern);
            prop_assert_eq!(again.to_string(), printed);
        }
    }

    #[test]
    fn no_text_panics_and_every_error_points_into_the_pattern(source in pattern_like_text(), message in pattern_like_text()) {
        match source.parse::<FilterPattern>() {
            Ok(pattern) => {
                let extracted = pattern.extracted_values(&message);
                prop_assert!(extracted.is_empty() || pattern.matches(&message));
                prop_assert_eq!(pattern.explain(&message).matches, pattern.matches(&message));
            }
            Err(error) => {
                prop_assert!(source.get(error.span()).is_some());
                prop_assert!(error.to_string().starts_with(&error.message()));
                prop_assert!(!error.message().contains(char::is_control), "{:?}", error.message());
            }
        }
        let _ = source.parse::<Selector>();
    }

    #[test]
    fn a_set_agrees_with_each_pattern_and_with_the_oracle(
        sources in prop::collection::vec(json_pattern(), 1..6),
        records in prop::collection::vec(record(), 1..6),
    ) {
        let patterns: Vec<FilterPattern> = sources.iter().map(|source| parse(source)).collect();
        let mut selectors = Selectors::default();
        let set = PatternSet::new(&patterns, &mut selectors);
        let mut reader = selectors.into_reader();
        let mut hits = Vec::new();
        for record in &records {
            let message = record.to_string();
            set.matches(&message, reader.read_reference(&message).ok(), &mut hits);
            let expected = hits.clone();
            set.matches(&message, reader.read(&message).ok(), &mut hits);
            prop_assert_eq!(&hits, &expected, "{}", message);
            let escaped = json!(message).to_string();
            if let Some((record, length)) = reader.scan(&escaped.as_bytes()[1..], Encoding::JsonString) {
                prop_assert_eq!(length, escaped.len() - 2);
                set.matches("", Some(record), &mut hits);
                prop_assert_eq!(&hits, &expected, "{}", message);
            }
            for (at, pattern) in patterns.iter().enumerate() {
                let Language::Json(expr) = pattern.language() else { unreachable!("all are JSON patterns") };
                let expected = oracle::holds(expr, record, oracle::glob);
                prop_assert_eq!(hits.contains(&at), expected, "{} on {}", pattern, message);
                prop_assert_eq!(pattern.matches(&message), expected);
                prop_assert_eq!(pattern.explain(&message).matches, expected);
            }
        }
    }

    #[test]
    fn order_other_members_and_white_space_change_nothing(source in json_pattern(), record in record()) {
        let strangers: &[&str] = if source.contains('*') {
            &[]
        } else {
            &[r#""unknown": {"a": [1e400, "\ud800", {"b": null}]}"#, r#""e": "x""#]
        };
        let pattern = parse(&source);
        let (message, other) = (record.to_string(), disguised(&record, strangers));
        prop_assert_eq!(pattern.matches(&message), pattern.matches(&other), "{}", other);
    }

    #[test]
    fn a_number_matches_however_it_is_spelled(units in -1000_i32..1000, scale in 0_i32..4, operator in select(vec!["=", "!=", "<", ">="])) {
        let spelled = [
            format!("{units}e-{scale}"),
            format!("{units}.0e-{scale}"),
            format!("{}E-{}", units * 100, scale + 2),
            (f64::from(units) / 10_f64.powi(scale)).to_string(),
        ];
        let pattern = parse(&format!("{{ $.a {operator} 0.25 }}"));
        let answers = spelled.map(|number| pattern.matches(&format!("{{\"a\": {number}}}")));
        prop_assert!(answers.iter().all(|answer| *answer == answers[0]));
        let own = parse(&format!("{{ $.a = {units}e-{scale} }}"));
        let plain = f64::from(units) / 10_f64.powi(scale);
        let message = json!({"a": plain}).to_string();
        prop_assert!(own.matches(&message), "{} on {}", own, message);
    }

    #[test]
    fn alternatives_of_one_selector_are_a_set(words in prop::collection::vec("[a-c]{1,2}", 1..8), text in "[a-c]{1,2}") {
        let joined = |operator: &str, joint: &str| {
            let tests: Vec<String> = words.iter().map(|word| format!("$.a {operator} {word}")).collect();
            parse(&format!("{{ {} }}", tests.join(joint)))
        };
        let message = json!({"a": text}).to_string();
        prop_assert_eq!(joined("=", "||").matches(&message), words.contains(&text));
        prop_assert_eq!(joined("!=", "&&").matches(&message), !words.contains(&text));
    }

    #[test]
    fn a_wildcard_matches_as_defined(pattern in "[ab*é]{0,8}", text in "[abé]{0,10}") {
        let chars = |text: &str| text.chars().collect::<Vec<_>>();
        let expected = oracle::glob(&chars(&pattern), &chars(&text));
        prop_assert_eq!(parse(&format!("{{ $.a = \"{pattern}\" }}")).matches(&json!({"a": text}).to_string()), expected);
    }

    #[test]
    fn of_equal_keys_the_last_counts(
        members in prop::collection::vec((name(), value()), 0..6),
        selector in prop_oneof![selector(false), selector(true)],
    ) {
        let text = members.iter().map(|(name, value)| format!("\"{name}\": {value}")).collect::<Vec<_>>();
        let message = format!("{{{}}}", text.join(", "));
        let tree: Value = serde_json::from_str(&message).unwrap();
        let selector: Selector = selector.parse().unwrap();
        let mut selectors = Selectors::default();
        let slot = selectors.slot(&selector);
        let mut reader = selectors.into_reader();
        let expected: Vec<Value> = reader.read_reference(&message).unwrap().values(slot).map(to_value).collect();
        let captured: Vec<Value> = reader.read(&message).unwrap().values(slot).map(to_value).collect();
        prop_assert_eq!(&captured, &expected);
        let mut expected: Vec<Value> = oracle::select(&tree, selector.steps()).into_iter().cloned().collect();
        // The reader keeps the record's order, a tree that of the names.
        let mut captured = captured;
        captured.sort_by_key(Value::to_string);
        expected.sort_by_key(Value::to_string);
        prop_assert_eq!(captured, expected);
    }

    #[test]
    fn a_bound_value_is_text_and_nothing_else(value in any::<String>(), other in "[a-z]{0,5}") {
        prop_assume!(!value.contains('*'));
        let pattern = parse(r#"{ $.a = "<${P}>" }"#).bind(&|_| Some(vec![value.clone()])).unwrap();
        let matches = |text: &str| pattern.matches(&json!({"a": format!("<{text}>")}).to_string());
        let (own, others) = (matches(&value), matches(&other));
        prop_assert!(own);
        prop_assert_eq!(others, other == value);
        let printed = pattern.to_string();
        if printed.chars().count() <= MAX_LENGTH {
            prop_assert_eq!(parse(&printed), pattern);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_proven_to_imply_another_does(
        (source, goal) in prop_oneof![
            (json_pattern(), json_pattern()),
            any::<bool>().prop_flat_map(|wildcard| (test(wildcard), test(wildcard)))
                .prop_map(|(source, goal)| (format!("{{ {source} }}"), format!("{{ {goal} }}"))),
        ],
        records in prop::collection::vec(record(), 1..20),
    ) {
        let bound = |source: &str| parse(source).bind(&|_| Some(vec!["x*".to_owned()])).unwrap();
        // Often a weaker one: as an alternative, or with something left out.
        let weaker = format!("{{ {} || {} }}", goal.trim_matches(['{', '}', ' ']), source.trim_matches(['{', '}', ' ']));
        for goal in [goal.replace("${P}", "x*"), weaker.replace("${P}", "x*")] {
            let Ok(goal) = goal.parse::<FilterPattern>() else { continue };
            if parse(&source).implies(&goal) {
                for record in &records {
                    let message = record.to_string();
                    prop_assert!(!bound(&source).matches(&message) || goal.matches(&message), "{} on {}", goal, message);
                }
            }
        }
    }
}
