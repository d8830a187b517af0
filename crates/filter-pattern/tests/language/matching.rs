//! Matches and mismatches, rule by rule.

use std::collections::BTreeMap;

use cloudwatch_filter_pattern::record::Selectors;
use cloudwatch_filter_pattern::{FilterPattern, PatternSet};

use super::pattern;

/// Asserts which of the messages match.
#[track_caller]
fn table(source: &str, matching: &[&str], other: &[&str]) {
    let pattern = pattern(source);
    for message in matching {
        assert!(
            pattern.matches(message),
            "{source} does not match {message}"
        );
    }
    for message in other {
        assert!(!pattern.matches(message), "{source} matches {message}");
    }
}

#[test]
fn only_a_whole_json_object_is_a_record() {
    table(
        "{ $.x NOT EXISTS }",
        &["{}", " \n{\"a\": 1}\n", "{\"x\\u0000\": 1}"],
        &[
            "",
            "[1, 2]",
            "text",
            "null",
            "{\"a\": 2} trailing",
            "{\"a\": 2",
            "x {}",
            "{\"x\": null}",
        ],
    );
}

#[test]
fn only_strings_and_numbers_are_compared() {
    let others = [
        "{}",
        r#"{"a": null}"#,
        r#"{"a": true}"#,
        r#"{"a": {}}"#,
        r#"{"a": []}"#,
        r#"{"a": ["b"]}"#,
    ];
    for source in [
        "{ $.a = * }",
        "{ $.a != b }",
        "{ $.a != 1 }",
        "{ $.a < 9 }",
        "{ $.a != %b% }",
        "{ $.a = %a% }",
    ] {
        table(source, &[], &others);
    }
    table(
        "{ $.a = * }",
        &[r#"{"a": ""}"#, r#"{"a": 0}"#, r#"{"a": 1e309}"#],
        &[],
    );
}

#[test]
fn keywords_match_the_json_value_and_words_match_the_string() {
    table(
        "{ $.a IS TRUE }",
        &[r#"{"a": true}"#],
        &[r#"{"a": "true"}"#, r#"{"a": [true]}"#, r#"{"a": 1}"#],
    );
    table(
        "{ $.a IS FALSE }",
        &[r#"{"a": false}"#],
        &[r#"{"a": "false"}"#, "{}"],
    );
    table("{ $.a = true }", &[r#"{"a": "true"}"#], &[r#"{"a": true}"#]);
    table(
        "{ $.a IS NULL }",
        &[r#"{"a": null}"#, r#"{"a": [1, null]}"#],
        &["{}", r#"{"a": [[null]]}"#, r#"{"a": []}"#],
    );
    table(
        "{ $.a NOT EXISTS }",
        &["{}", r#"{"b": 1}"#],
        &[r#"{"a": null}"#, r#"{"a": {}}"#, r#"{"a": ""}"#],
    );
    table(
        "{ $.a.b NOT EXISTS }",
        &["{}", r#"{"a": 1}"#, r#"{"a": [{"b": 1}]}"#],
        &[r#"{"a": {"b": null}}"#],
    );
}

#[test]
fn an_unquoted_number_equals_by_value_and_a_quoted_one_by_spelling() {
    table(
        "{ $.a = 1 }",
        &[
            r#"{"a": 1}"#,
            r#"{"a": 1.0}"#,
            r#"{"a": 10e-1}"#,
            r#"{"a": "1"}"#,
        ],
        &[r#"{"a": "1.0"}"#, r#"{"a": "01"}"#],
    );
    table(
        "{ $.a = +1 }",
        &[r#"{"a": 1}"#, r#"{"a": "+1"}"#],
        &[r#"{"a": "1"}"#],
    );
    table(
        "{ $.a = \"1\" }",
        &[r#"{"a": 1}"#, r#"{"a": "1"}"#],
        &[r#"{"a": 1.0}"#],
    );
    table(
        "{ $.a = \"1000.0\" }",
        &[r#"{"a": 1e3}"#],
        &[r#"{"a": 1000}"#],
    );
    table(
        "{ $.a != 1 }",
        &[r#"{"a": "01"}"#, r#"{"a": 2}"#],
        &[r#"{"a": 1e309}"#, r#"{"a": "1"}"#, r#"{"a": 1.0}"#],
    );
    table(
        "{ $.a = 9007199254740993 }",
        &[r#"{"a": 9007199254740993}"#],
        &[r#"{"a": 9007199254740992}"#],
    );
    table(
        "{ $.a > 5 }",
        &[r#"{"a": 5.1}"#],
        &[r#"{"a": 5}"#, r#"{"a": "6"}"#, r#"{"a": 1e309}"#],
    );
    table(
        "{ $.a <= -0.5 }",
        &[r#"{"a": -0.5}"#, r#"{"a": -7}"#],
        &[r#"{"a": 0}"#],
    );
}

#[test]
fn a_star_is_a_true_glob() {
    table(
        "{ $.a = \"*111.111.111\" }",
        &[r#"{"a": "111.111.111.111"}"#],
        &[r#"{"a": "111.111.11"}"#],
    );
    table(
        "{ $.a = 12.* }",
        &[r#"{"a": 12.34}"#, r#"{"a": "12."}"#],
        &[r#"{"a": 12}"#],
    );
    table(
        "{ $.a = a*b*c }",
        &[r#"{"a": "a\nbc bc"}"#, r#"{"a": "abc"}"#],
        &[r#"{"a": "acb"}"#, r#"{"a": "Abc"}"#],
    );
    table("{ $.a = \"\" }", &[r#"{"a": ""}"#], &[r#"{"a": " "}"#]);
}

#[test]
fn a_wildcard_selector_walks_arrays_and_objects() {
    for source in ["{ $.a[*] = 2 }", "{ $.a.* = 2 }"] {
        table(
            source,
            &[r#"{"a": [1, 2]}"#, r#"{"a": {"x": 2}}"#],
            &["{}", r#"{"a": 2}"#, r#"{"a": [[2]]}"#, r#"{"a": []}"#],
        );
    }
    table(
        "{ $.a[*] != 2 }",
        &[
            r#"{"a": null}"#,
            r#"{"a": 2}"#,
            r#"{"a": []}"#,
            r#"{"a": [1]}"#,
            r#"{"a": [true]}"#,
        ],
        &["{}", r#"{"a": [1, 2]}"#, r#"{"a": {"x": 2}}"#],
    );
    table(
        "{ $.a[*].b != 2 && $.a[*].b != 3 }",
        &[r#"{"a": true}"#, r#"{"a": [{}]}"#],
        &["{}", r#"{"a": [{"b": 2}, {"b": 1}]}"#],
    );
    table(
        "{ $.a[*].b != x && $.a[*].b != y }",
        &[r#"{"a": [{"b": "z"}]}"#],
        &[r#"{"a": [{"b": "z"}, {"b": "y"}]}"#, "{}"],
    );
    table(
        "{ $.a[*] NOT EXISTS }",
        &["{}", r#"{"a": 1}"#, r#"{"a": []}"#, r#"{"a": {}}"#],
        &[r#"{"a": [null]}"#],
    );
    table(
        "{ $.* = x }",
        &[r#"{"k": "x"}"#],
        &["{}", r#"{"k": ["x"]}"#],
    );
}

#[test]
fn below_a_wildcard_the_last_of_equal_keys_counts_and_no_other_is_taken_for_equal() {
    table(
        "{ $.r.* = x }",
        &[
            r#"{"r": {"k": "y", "k": "x"}}"#,
            r#"{"r": {"k": "x", "l": "y"}}"#,
            r#"{"r": {"\ud800": "x", "\ud801": "y"}}"#,
            r#"{"r": {"\ud800": "x", "\ufffd\ufffd\ufffd": "y"}}"#,
        ],
        &[
            r#"{"r": {"k": "x", "k": "y"}}"#,
            r#"{"r": {"k": "x", "\u006b": "y"}}"#,
            r#"{"r": {"\ud800": "x", "\ud800": "y"}}"#,
        ],
    );
    table(
        "{ $.r.* = x && $.r.b = y }",
        &[r#"{"r": {"a": "x", "b": "z", "b": "y"}}"#],
        &[r#"{"r": {"a": "x", "b": "y", "b": "z"}}"#],
    );
}

#[test]
fn a_wildcard_may_select_more_values_than_there_are_patterns() {
    let sources = [
        "{ $.a[*] > 1 }",
        "{ $.a[*] = x }",
        "{ $.a[*] = y }",
        "{ $.b = x }",
    ];
    let mut selectors = Selectors::default();
    let set = PatternSet::new(&sources.map(pattern), &mut selectors);
    let mut reader = selectors.into_reader();
    let elements = vec![r#""x",2"#; 5_000].join(",");
    let message = format!(r#"{{"a": [{elements}]}}"#);
    let mut hits = Vec::new();
    set.matches(&message, reader.read(&message).ok(), &mut hits);
    assert_eq!(hits, [0, 1]);
}

#[test]
fn many_strings_of_one_selector_are_matched_together() {
    table(
        "{ $.a = x || $.b = z || $.a = y || $.a = w* }",
        &[r#"{"a": "y"}"#, r#"{"b": "z"}"#, r#"{"a": "we"}"#],
        &["{}", r#"{"a": "z"}"#],
    );
    table(
        "{ $.a != x && $.a != y }",
        &[r#"{"a": "z"}"#, r#"{"a": 5}"#],
        &["{}", r#"{"a": "x"}"#, r#"{"a": null}"#],
    );
    table("{ $.a != x || $.a != y }", &[r#"{"a": "x"}"#], &["{}"]);
    table(
        "{ $.a = \"5\" || $.a = \"6.0\" }",
        &[r#"{"a": 5}"#, r#"{"a": 6.0}"#],
        &[r#"{"a": 6}"#, r#"{"a": 5.0}"#],
    );
}

#[test]
fn terms_are_substrings() {
    table(
        "ERROR -time ?x",
        &["xERRORS", "ERROR "],
        &["error", "ERROR timeout"],
    );
    table("?a ?\"b c\"", &["xax", "b c"], &["b  c", ""]);
    table("-a", &["", "b"], &["bab"]);
    table("", &["", "anything", "{}"], &[]);
    table("\"*\"", &["2*3"], &["23"]);
    table("Root", &[r#"{"type": "Root"}"#], &[]);
}

#[test]
fn space_delimited_fields_lie_along_the_tokens() {
    table(
        "[a, b = \"2 3\"]",
        &["1 2 3", "1  \"2 3\"", "1 [2 3]", "1 2 3 \n"],
        &["1 2", "1 2  3", "2 3"],
    );
    table(
        "[..., a = 4*, b > 10]",
        &["x y 404 11", "40 1e2"],
        &["404 9", "x 404", "404 x"],
    );
    table(
        "[a = x, ..., z = \"\"]",
        &["x \"\"", "x y z []"],
        &["x", "x y"],
    );
    table("[a = 1]", &["1", "1.0", "01"], &["1 2", "x"]);
    table("[a = \"1\", ...]", &["1 x"], &["1.0"]);
    table("[a != 1, b]", &["x y", "2 y"], &["1.0 y", "x"]);
    table("[a = %^b c$%, d]", &["\"b c\"d"], &["b c d"]);
    table("[]", &["", "x"], &[]);
    table("[, b,]", &["1 2 3"], &["1 2"]);
    table("[a = \"[x\", b]", &["[x [y"], &["[x] y"]);
}

#[test]
fn a_set_answers_for_each_of_its_patterns() {
    let patterns = [
        "{ $.a = 1 }",
        "x",
        "",
        "{ $.a NOT EXISTS }",
        "%^x%",
        "[a, b]",
    ]
    .map(pattern);
    let mut selectors = Selectors::default();
    let set = PatternSet::new(&patterns, &mut selectors);
    let mut reader = selectors.into_reader();
    let mut hits = vec![99];
    for (message, expected) in [
        (r#"{"a": 1}"#, vec![0, 2, 5]),
        ("{}", vec![2, 3]),
        ("x", vec![1, 2, 4]),
    ] {
        set.matches(message, reader.read(message).ok(), &mut hits);
        assert_eq!(hits, expected, "{message}");
    }
    assert!(set.matches_one(2, "", None));
    assert!(!set.matches_one(3, "", None));
}

#[track_caller]
fn extracts(source: &str, message: &str, expected: &[(&str, &str)]) {
    let expected: BTreeMap<_, _> = expected
        .iter()
        .map(|&(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    assert_eq!(
        FilterPattern::extracted_values(&pattern(source), message),
        expected
    );
}

#[test]
fn extracted_values_are_those_of_the_selectors_and_fields() {
    let record = r#"{"a": 1e3, "b": {"c": ["x", null]}, "d": true, "n": null}"#;
    extracts(
        "{ $.a = * && $.z NOT EXISTS }",
        record,
        &[("$.a", "1000.0")],
    );
    extracts(
        "{ $.a = 5 || $.b.c[*] = x || $.d IS TRUE || $.n IS NULL || $.b = * }",
        record,
        &[
            ("$.a", "1000.0"),
            ("$.b", r#"{"c": ["x", null]}"#),
            ("$.b.c[*]", "x"),
            ("$.d", "true"),
            ("$.n", "null"),
        ],
    );
    extracts("{ $.a = 5 }", record, &[]);
    // Two examples of `TestMetricFilter` in the API reference.
    let line =
        r#"127.0.0.1 - frank [10/Oct/2000:13:25:15 -0700] "GET /apache_pb.gif HTTP/1.0" 200 1534"#;
    let mut expected = [
        ("$1", "127.0.0.1"),
        ("$2", "-"),
        ("$3", "frank"),
        ("$4", "10/Oct/2000:13:25:15 -0700"),
        ("$5", "GET /apache_pb.gif HTTP/1.0"),
        ("$6", "200"),
        ("$7", "1534"),
    ];
    extracts("[]", line, &expected);
    expected[6].0 = "$size";
    extracts("[..., size]", line, &expected);
    extracts(
        "[ip, , rest]",
        "a b c d",
        &[("$ip", "a"), ("$2", "b"), ("$rest", "c d")],
    );
    extracts("[]", "a b", &[("$1", "a"), ("$2", "b")]);
    extracts("ERROR", "ERROR", &[]);
}
