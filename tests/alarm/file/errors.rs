//! Positions of faults: in patterns, in YAML, and of several faults at once.

use std::io;
use std::path::Path;

use cloudtrail_alarms::alarm::file::load;
use insta::assert_snapshot;

use super::{errors, load_all, load_text, property_errors, value};

#[test]
fn an_error_in_a_pattern_is_shown_at_its_character() {
    assert_snapshot!(property_errors(&[r"FilterPattern: '{ $.errorCode == 1 }'", r#"FilterPattern: "{ $.é == 1 }""#, "FilterPattern: x {", "FilterPattern: >-\n  { $.errorCode == 1 }"]), @r#"
    alarms.yaml:3:36: expected a value, found `=` (CloudWatch: Invalid metric filter pattern)
    3 |     FilterPattern: '{ $.errorCode == 1 }'
      |                                    ^

    alarms.yaml:3:28: expected a value, found `=` (CloudWatch: Invalid metric filter pattern)
    3 |     FilterPattern: "{ $.é == 1 }"
      |                            ^

    alarms.yaml:3:22: expected quotes around a term with such a character, found `{` (CloudWatch: Invalid character(s) in term '{')
    3 |     FilterPattern: x {
      |                      ^

    alarms.yaml:4:22: expected a value, found `=` (CloudWatch: Invalid metric filter pattern)
    4 |       { $.errorCode == 1 }
      |                      ^
    "#);
    assert_snapshot!(property_errors(&["GroupBy: [errorCode, $.b]", "MetricValue: $.a..b"]), @r"
    alarms.yaml:10:15: expected a selector such as `$.eventName`, found `errorCode` (CloudWatch: Invalid metric filter pattern)
    10 |     GroupBy: [errorCode, $.b]
       |               ^^^^^^^^^

    alarms.yaml:10:22: expected a name, `*` or `['` after `.`, found `..` (CloudWatch: Invalid character(s) in term '..')
    10 |     MetricValue: $.a..b
       |                      ^
    ");
}

#[test]
fn an_error_in_a_pattern_that_yaml_escapes_is_shown_in_the_unescaped_pattern() {
    assert_snapshot!(property_errors(&[r#"FilterPattern: "{ $.errorCode == \"*\" }""#, "FilterPattern: |\n  { $.errorCode = 1 &&\n  $.errorCode == 2 }", "FilterPattern: '{ $.a = ''b'' }'"]), @r#"
    alarms.yaml:3:20: expected a value, found `=` (CloudWatch: Invalid metric filter pattern)
    3 |     FilterPattern: "{ $.errorCode == \"*\" }"
      |                    ^^^^^^^^^^^^^^^^^^^^^^^^^^
      { $.errorCode == "*" }
                     ^

    alarms.yaml:4:7: expected a value, found `=` (CloudWatch: Invalid metric filter pattern)
    4 |       { $.errorCode = 1 &&
      |       ^^^^^^^^^^^^^^^^^^^^
      $.errorCode == 2 }
                   ^

    alarms.yaml:3:20: expected quotes around a value with such a character, found `'` (CloudWatch: Invalid character(s) in term ''')
    3 |     FilterPattern: '{ $.a = ''b'' }'
      |                    ^^^^^^^^^^^^^^^^^
      { $.a = 'b' }
              ^
    "#);
}

#[test]
fn a_pattern_without_quotes_is_a_mapping_in_yaml() {
    assert_snapshot!(property_errors(&[r#"FilterPattern: { $.errorCode = "*" && $.a = 1 }"#]), @r#"
    alarms.yaml:3:20: `FilterPattern`: expected a filter pattern in quotes, such as '{ $.errorCode = "*" }', found a mapping
    3 |     FilterPattern: { $.errorCode = "*" && $.a = 1 }
      |                    ^
    "#);
}

#[test]
fn the_pattern_of_an_exclusion_has_another_name() {
    assert_snapshot!(property_errors(&["Exclude: [{FilterPattern: '{ $.a = 1 }', Reason: r, Owner: o, Expires: 2027-01-31}]"]), @r"
    alarms.yaml:10:15: the exclusion has no `Pattern`
    10 |     Exclude: [{FilterPattern: '{ $.a = 1 }', Reason: r, Owner: o, Expires: 2027-01-31}]
       |               ^

    alarms.yaml:10:16: `FilterPattern` is not supported: the pattern of an exclusion is `Pattern`
    10 |     Exclude: [{FilterPattern: '{ $.a = 1 }', Reason: r, Owner: o, Expires: 2027-01-31}]
       |                ^^^^^^^^^^^^^
    ");
}

#[test]
fn all_errors_are_reported_together_in_the_order_of_the_files() {
    let root = "Include: [more.yaml]\nAlarms:\n  - AlarmName: A\n    Period: 7\n    Colour: red\n";
    let more = "Alarms:\n  - AlarmName: B\n    Period: 8\n    EvaluationPeriods: x\n";
    let error = load_all(&[("alarms.yaml", root), ("more.yaml", more)]).unwrap_err();
    let messages: Vec<String> = error
        .diagnostics()
        .iter()
        .map(|diagnostic| format!("{}: {}", diagnostic.position(), diagnostic.message()))
        .collect();
    assert_snapshot!(messages.join("\n"), @r"
    alarms.yaml:3:5: the alarm has no `FilterPattern`
    alarms.yaml:3:5: the alarm has no `MetricNamespace`
    alarms.yaml:3:5: the alarm has no `MetricName`
    alarms.yaml:3:5: the alarm has no `EvaluationPeriods`
    alarms.yaml:3:5: the alarm has no `Threshold`
    alarms.yaml:3:5: the alarm has no `ComparisonOperator`
    alarms.yaml:4:13: `Period`: expected 10, 20, 30 or a multiple of 60 seconds, found `7`
    alarms.yaml:5:5: unknown property `Colour`
    more.yaml:2:5: the alarm has no `FilterPattern`
    more.yaml:2:5: the alarm has no `MetricNamespace`
    more.yaml:2:5: the alarm has no `MetricName`
    more.yaml:2:5: the alarm has no `Threshold`
    more.yaml:2:5: the alarm has no `ComparisonOperator`
    more.yaml:3:13: `Period`: expected 10, 20, 30 or a multiple of 60 seconds, found `8`
    more.yaml:4:24: `EvaluationPeriods`: expected a whole number of at least 1, found `x`
    ");
}

#[test]
fn invalid_yaml_is_reported_at_its_position() {
    assert_snapshot!(errors("Alarms:\n  - AlarmName: 'a\n"), @r"
    alarms.yaml:3:1: invalid YAML: invalid indentation in multiline quoted scalar
    3 |
      | ^
    ");
    assert_snapshot!(errors("Alarms: [\nx: y: z\n"), @r"
    alarms.yaml:2:5: invalid YAML: while parsing a flow mapping, did not find expected ',' or '}'
    2 | x: y: z
      |     ^
    ");
    assert_snapshot!(errors("Alarms:\n\t- a\n"), @r"
    alarms.yaml:2:2: invalid YAML: tabs disallowed within this context (block indentation); indent with spaces
    2 |  - a
      |  ^
    ");
    assert_snapshot!(errors("Alarms:\n  - AlarmName: a\tb\n    Period: 60\n\tUnit: None\n"), @r"
    alarms.yaml:4:1: invalid YAML: while scanning a plain scalar, found a tab; indent with spaces
    4 |  Unit: None
      | ^
    ");
    assert_snapshot!(errors("Alarms:\n  - FilterPattern: \"{ $.a = \"b\" }\"\n"), @r#"
    alarms.yaml:2:30: invalid YAML: invalid trailing content after double-quoted scalar; put a text that contains double quotes in single quotes
    2 |   - FilterPattern: "{ $.a = "b" }"
      |                              ^
    "#);
    assert_snapshot!(errors("Alarms: []\n---\nAlarms: []\n"), @r"
    alarms.yaml:2:1: expected the end of the file, found a second document
    2 | ---
      | ^^^
    ");
    assert_snapshot!(errors("Alarms: &a []\nInclude: *a\n? [x]\n: y\n"), @r"
    alarms.yaml:2:10: aliases are not supported, as in CloudFormation; write the value out
    2 | Include: *a
      |          ^^

    alarms.yaml:3:3: expected a string key, found a list
    3 | ? [x]
      |   ^
    ");
    assert_snapshot!(property_errors(&["AlarmDescription: !GetAtt Topic.Arn", "OKActions: !Join [',', []]"]), @r"
    alarms.yaml:10:23: `!GetAtt` is not supported here; write the value, or a parameter as `${Name}`
    10 |     AlarmDescription: !GetAtt Topic.Arn
       |                       ^^^^^^^

    alarms.yaml:10:16: `!Join` is not supported here; write the value, or a parameter as `${Name}`
    10 |     OKActions: !Join [',', []]
       |                ^^^^^
    ");
}

#[test]
fn deep_nesting_does_not_exhaust_the_stack() {
    let message = |blocks, flows| {
        let text = "- ".repeat(blocks) + &"[".repeat(flows) + &"]".repeat(flows);
        load_text(&text).unwrap_err().diagnostics()[0]
            .message()
            .to_owned()
    };
    let found = "expected the properties of an alarms file, found a list";
    assert_eq!(message(64, 64), found);
    let too_deep = "invalid YAML: recursion limit exceeded";
    assert_eq!(message(65, 0), too_deep);
    assert_eq!(message(64, 65), too_deep);
    assert_eq!(message(10_000, 10_000), too_deep);
}

#[test]
fn a_file_without_alarms_is_reported() {
    assert_snapshot!(errors(""), @r"
    alarms.yaml:1:1: the file defines no alarms
    1 |
      | ^
    ");
    assert_snapshot!(errors("Alarms: []\n"), @r"
    alarms.yaml:1:1: the file defines no alarms
    1 | Alarms: []
      | ^
    ");
    // `analyze` accepts it, because it can be included.
    let exclusions = "Exclude:\n  - {Pattern: ERROR, Reason: r, Owner: o, Expires: never}\n";
    assert_snapshot!(errors(exclusions), @r"
    alarms.yaml:1:1: the file defines no alarms
    1 | Exclude:
      | ^
    ");
    assert_snapshot!(errors("Alarms:\n  # all commented out\n"), @r"
    alarms.yaml:1:1: `Alarms` is empty; set a value or remove it
    1 | Alarms:
      | ^^^^^^
    ");
    assert_snapshot!(errors("- AlarmName: x\n"), @r"
    alarms.yaml:1:3: expected the properties of an alarms file, found a list
    1 | - AlarmName: x
      |   ^^^^^^^^^
    ");
    assert_snapshot!(load_all(&[("alarms.yaml", "Alarm: []")]).unwrap_err().to_string(), @r"
    alarms.yaml:1:1: unknown property `Alarm`; did you mean `Alarms`?
    1 | Alarm: []
      | ^^^^^
    ");
    let nowhere = load(
        Path::new("no/alarms.yaml"),
        &|_| Err(io::Error::other("disk on fire")),
        &value,
    );
    assert_snapshot!(nowhere.unwrap_err().to_string(), @r"
    no/alarms.yaml:1:1: cannot read the file: disk on fire
    ");
}
