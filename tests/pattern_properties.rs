//! Laws of the filter pattern language, on generated patterns and messages.
//!
//! The oracle is a second, naive evaluator: it builds a tree of the message, follows selectors in it, and matches
//! wildcards by recursion. It shares nothing with the first but the syntax tree.

use cloudtrail_alarms::subscription::superset::{Subject, superset_within};
use cloudwatch_filter_pattern::record::{Encoding, Selector, Selectors, Step, Value as Captured};
use cloudwatch_filter_pattern::{
    Comparison, Condition, Expr, FilterPattern, Keyword, Language, MAX_LENGTH, Operand, Operator,
    PatternSet,
};
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Map, Value, json};

mod oracle {
    use super::{Comparison, Condition, Expr, Keyword, Operand, Operator, Selector, Step, Value};

    /// Wildcards, by the definition.
    pub(super) fn glob(pattern: &[char], text: &[char]) -> bool {
        match (pattern.split_first(), text.split_first()) {
            (None, None) => true,
            (Some(('*', rest)), None) => glob(rest, text),
            (Some(('*', rest)), Some((_, shorter))) => glob(rest, text) || glob(pattern, shorter),
            (Some((p, rest)), Some((t, shorter))) => p == t && glob(rest, shorter),
            _ => false,
        }
    }

    /// As the service was seen to do it in 2019: each piece where it occurs first.
    pub(super) fn leftmost(pattern: &[char], text: &[char]) -> bool {
        let pieces: Vec<&[char]> = pattern.split(|c| *c == '*').collect();
        let [first, middle @ .., last] = pieces.as_slice() else {
            return pattern == text;
        };
        let behind = |from: usize, piece: &[char]| {
            (from..=text.len())
                .find(|&at| text[at..].starts_with(piece))
                .map(|at| at + piece.len())
        };
        let start = text.starts_with(first).then_some(first.len());
        let end = middle
            .iter()
            .try_fold(start, |from, piece| Some(behind(from?, piece)));
        match end.flatten() {
            Some(_) if last.is_empty() => true,
            Some(from) => behind(from, last) == Some(text.len()),
            None => false,
        }
    }

    /// How a text is compared with one that has wildcards.
    pub(super) type Glob = fn(&[char], &[char]) -> bool;

    pub(super) fn select<'v>(root: &'v Value, steps: &[Step]) -> Vec<&'v Value> {
        let Some((step, rest)) = steps.split_first() else {
            return vec![root];
        };
        let below: Vec<&Value> = match (step, root) {
            (Step::Member(name), Value::Object(members)) => {
                members.get(&**name).into_iter().collect()
            }
            (Step::Element(at), Value::Array(elements)) => elements.get(*at).into_iter().collect(),
            (Step::Any, Value::Object(members)) => members.values().collect(),
            (Step::Any, Value::Array(elements)) => elements.iter().collect(),
            _ => Vec::new(),
        };
        below
            .into_iter()
            .flat_map(|value| select(value, rest))
            .collect()
    }

    pub(super) fn holds(expr: &Expr, root: &Value, glob: Glob) -> bool {
        match expr {
            Expr::And(operands) => operands.iter().all(|operand| holds(operand, root, glob)),
            Expr::Or(operands) => operands.iter().any(|operand| holds(operand, root, glob)),
            Expr::Test(test) => condition(&test.selector, &test.condition, root, glob),
        }
    }

    fn condition(selector: &Selector, condition: &Condition, root: &Value, glob: Glob) -> bool {
        let values = select(root, selector.steps());
        let any = |holds: &dyn Fn(&Value) -> bool| values.iter().any(|value| holds(value));
        match condition {
            Condition::NotExists => values.is_empty(),
            Condition::Is(Keyword::True) => any(&|value| *value == Value::Bool(true)),
            Condition::Is(Keyword::False) => any(&|value| *value == Value::Bool(false)),
            Condition::Is(Keyword::Null) => any(&|value| match value {
                Value::Array(elements) => elements.contains(&Value::Null),
                other => other.is_null(),
            }),
            Condition::Compare(Comparison { operator, operand }) => {
                let equal = |value: &Value| equals(operand, value, glob);
                match (
                    **operator,
                    selector.steps().iter().position(|step| *step == Step::Any),
                ) {
                    (Operator::Equal, _) => any(&|value| equal(value) == Some(true)),
                    (Operator::NotEqual, None) => any(&|value| equal(value) == Some(false)),
                    (Operator::NotEqual, Some(wildcard)) => {
                        !select(root, &selector.steps()[..wildcard]).is_empty()
                            && !any(&|value| equal(value) == Some(true))
                    }
                    (ordering, _) => any(&|value| orders(ordering, operand, value)),
                }
            }
        }
    }

    fn equals(operand: &Operand, value: &Value, glob: Glob) -> Option<bool> {
        let text = match value {
            Value::String(text) => text.clone(),
            Value::Number(number) => number.to_string(),
            _ => return None,
        };
        Some(match operand {
            Operand::Number(number) if value.is_number() => {
                number.spelling().parse::<f64>().ok() == value.as_f64()
            }
            Operand::Number(number) => number.spelling() == text,
            Operand::Text(pattern) => {
                let pattern: Vec<char> = pattern.literal()?.chars().collect();
                glob(&pattern, &text.chars().collect::<Vec<_>>())
            }
            Operand::Regex(regex) => regex.is_match(&text),
        })
    }

    fn orders(operator: Operator, operand: &Operand, value: &Value) -> bool {
        let (Operand::Number(number), Some(value)) = (operand, value.as_f64()) else {
            return false;
        };
        let number: f64 = number.spelling().parse().expect("it is a number");
        match operator {
            Operator::Less => value < number,
            Operator::LessOrEqual => value <= number,
            Operator::Greater => value > number,
            Operator::GreaterOrEqual => value >= number,
            Operator::Equal | Operator::NotEqual => unreachable!("not an ordering"),
        }
    }
}

/// A name of few, so that patterns and records meet.
fn name() -> impl Strategy<Value = &'static str> {
    select(vec!["a", "b", "c", "d.e"])
}

/// A value that a pattern's values meet; numbers that every JSON library spells alike.
fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-2..3_i64).prop_map(Value::from),
        select(vec![0.5, 1.5, -2.25]).prop_map(Value::from),
        select(vec!["", "x", "xy", "xyx", "1", "0.5", "true", "é"]).prop_map(Value::from),
    ]
}

fn value() -> impl Strategy<Value = Value> {
    scalar().prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::vec((name(), inner), 0..3).prop_map(object),
        ]
    })
}

fn object(members: Vec<(&'static str, Value)>) -> Value {
    let members = members
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value));
    Value::Object(members.collect::<Map<_, _>>())
}

fn record() -> impl Strategy<Value = Value> {
    prop::collection::vec((name(), value()), 0..5).prop_map(object)
}

/// A selector, with at most one wildcard if any.
fn selector(wildcard: bool) -> impl Strategy<Value = String> {
    let step = prop_oneof![
        3 => name().prop_map(|name| Selector::of_members(&[name]).to_string()[1..].to_owned()),
        1 => (0..2_usize).prop_map(|at| format!("[{at}]")),
    ];
    (
        prop::collection::vec(step, 0..3),
        name(),
        any::<Index>(),
        any::<bool>(),
    )
        .prop_map(move |(mut steps, first, at, dot)| {
            steps.insert(
                0,
                Selector::of_members(&[first]).to_string()[1..].to_owned(),
            );
            if wildcard {
                steps.insert(
                    at.index(steps.len()) + 1,
                    if dot { ".*" } else { "[*]" }.to_owned(),
                );
            }
            format!("${}", steps.concat())
        })
}

fn test(wildcard: bool) -> impl Strategy<Value = String> {
    let condition = select(vec![
        "= x",
        "= \"xy\"",
        "!= x",
        "!= xy",
        "= x*",
        "= *",
        "!= *x",
        "= \"\"",
        "= 1",
        "!= 1",
        "= 0.5",
        "= \"0.5\"",
        "> 0",
        "<= -1",
        ">= 1.5",
        "< 0.5",
        "IS NULL",
        "IS TRUE",
        "is false",
        "NOT EXISTS",
        "= true",
        "= \"${P}\"",
    ]);
    // One selector often, so that a pattern asks several things of it.
    let often = if wildcard { "$.a[*]" } else { "$.a" };
    let selector = prop_oneof![Just(often.to_owned()), selector(wildcard)];
    (selector, condition).prop_map(|(selector, condition)| format!("{selector} {condition}"))
}

/// A JSON pattern: no more wildcards, and no more characters, than the language allows.
fn json_pattern() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        9 => test(false),
        1 => select(vec!["$.a = %x.?%", "$.b != %^[xy]+$%"]).prop_map(str::to_owned),
    ];
    let expr = leaf.prop_recursive(4, 16, 4, |inner| {
        (
            prop::collection::vec(inner, 1..4),
            select(vec![" && ", "||"]),
        )
            .prop_map(|(operands, joint)| format!("({})", operands.join(joint)))
    });
    (
        expr,
        prop::collection::vec((select(vec!["&&", " || "]), test(true)), 0..3),
    )
        .prop_map(|(expr, more)| {
            let more: Vec<String> = more
                .into_iter()
                .map(|(joint, test)| joint.to_owned() + &test)
                .collect();
            let more = more.concat();
            format!("{{ {expr}{more} }}")
        })
        .prop_filter("within the limits", |source| {
            source.matches('%').count() <= 4 && source.len() < MAX_LENGTH / 2
        })
}

/// Text that looks like a pattern of any kind, right or wrong.
fn soup() -> impl Strategy<Value = String> {
    let pieces = select(vec![
        "{",
        "}",
        "[",
        "]",
        "%",
        "\"",
        "\\",
        "$",
        ".",
        "*",
        "?",
        "-",
        "+",
        "(",
        ")",
        "&&",
        "||",
        "=",
        "!=",
        "<",
        ",",
        "...",
        " ",
        "\n",
        "\t",
        "'",
        "['",
        "']",
        "$.a",
        "${P}",
        "IS",
        "NULL",
        "NOT EXISTS",
        "x",
        "1",
        "1e9",
        "é",
        "\u{1F600}",
        "[*]",
        "{2,3}",
        "\\d",
        "|",
        "^",
    ]);
    prop_oneof![
        3 => prop::collection::vec(pieces.clone(), 0..12).prop_map(|pieces| pieces.concat()),
        3 => (select(vec![("{ $.a = ", "}"), ("[a = ", "]"), ("[(", " = 1)]"), ("%", "%"), ("", "")]), prop::collection::vec(pieces, 0..6))
            .prop_map(|((open, close), pieces)| format!("{open}{}{close}", pieces.concat())),
        1 => any::<String>(),
    ]
}

fn parse(source: &str) -> FilterPattern {
    source.parse().unwrap_or_else(|error| panic!("{error}"))
}

/// The JSON text of a value, the members of objects turned round and others put before them at every level.
fn disguised(value: &Value, strangers: &[&str]) -> String {
    match value {
        Value::Object(members) => {
            let member =
                |(name, value)| format!("{}: {}", json!(name), disguised(value, strangers));
            let strangers = strangers.iter().map(|&stranger| stranger.to_owned());
            let members: Vec<String> = strangers.chain(members.iter().rev().map(member)).collect();
            format!("{{\n{}\t}}", members.join(" , "))
        }
        Value::Array(elements) => {
            let element = |element| disguised(element, strangers);
            let elements: Vec<String> = elements.iter().map(element).collect();
            format!("[ {} ]", elements.join("\n,"))
        }
        scalar => scalar.to_string(),
    }
}

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
    fn what_prints_parses_to_the_same(source in prop_oneof![json_pattern(), soup()]) {
        if let Ok(pattern) = source.parse::<FilterPattern>() {
            let printed = pattern.to_string();
            let again = parse(&printed);
            prop_assert_eq!(&again, &pattern);
            prop_assert_eq!(again.to_string(), printed);
        }
    }

    #[test]
    fn no_text_panics_and_every_error_points_into_the_pattern(source in soup(), message in soup()) {
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
            let thorough = hits.clone();
            set.matches(&message, reader.read(&message).ok(), &mut hits);
            prop_assert_eq!(&hits, &thorough, "{}", message);
            let escaped = json!(message).to_string();
            if let Some((record, length)) = reader.scan(&escaped.as_bytes()[1..], Encoding::JsonString) {
                prop_assert_eq!(length, escaped.len() - 2);
                set.matches("", Some(record), &mut hits);
                prop_assert_eq!(&hits, &thorough, "{}", message);
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
    fn order_strangers_and_blanks_change_nothing(source in json_pattern(), record in record()) {
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
        let thorough: Vec<Value> = reader.read_reference(&message).unwrap().values(slot).map(to_value).collect();
        let captured: Vec<Value> = reader.read(&message).unwrap().values(slot).map(to_value).collect();
        prop_assert_eq!(&captured, &thorough);
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
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_superset_matches_whatever_one_of_its_patterns_does(
        sources in prop::collection::vec(json_pattern(), 1..6),
        units in prop_oneof![Just(MAX_LENGTH), 0..300_usize],
        value in select(vec!["x", "x*", "*y*x", "1", ""]),
        is_known in any::<bool>(),
        records in prop::collection::vec(record(), 1..20),
    ) {
        let negated = |source: &String| parse(&source.replace("= true", "!= \"${P}\""));
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
