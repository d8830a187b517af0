//! Tests of the reader of templates.

use super::*;
use crate::import::document;
use crate::import::property::Property;

const TEMPLATE: &str = r#"
Parameters:
  Env: {Type: String, Default: dev}
  NoDefault: {Type: String}
  List: {Type: CommaDelimitedList, Default: "a, b"}
  Stored: {Type: AWS::SSM::Parameter::Value<String>, Default: /path}
Mappings:
  Names: {dev: {Name: of dev}, prod: {Name: of prod, Items: [x, y]}}
Conditions:
  IsDev: !Equals [!Ref Env, dev]
  IsProd: !Not [!Condition IsDev]
  Both: !And [!Condition IsDev, !Equals [!Ref NoDefault, x]]
  Neither: !And [!Condition IsProd, !Equals [!Ref NoDefault, x]]
  Either: !Or [!Condition IsDev, !Equals [!Ref NoDefault, x]]
  Loop: !Not [!Condition Loop]
Resources:
  Group: {Type: AWS::Logs::LogGroup, Properties: {LogGroupName: /trail}}
  Filter: {Type: AWS::Logs::MetricFilter}
  Alarm:
    Type: AWS::CloudWatch::Alarm
    Properties:
      AlarmDescription: EXPRESSION
"#;

/// The resources of a template with an alarm whose description is an expression.
fn resources(expression: &str, given: &[&str]) -> Resources {
    let text = TEMPLATE.replace("EXPRESSION", expression);
    let document = document::parse(&text).unwrap_or_else(|error| panic!("{}", error.reason));
    let given = given
        .iter()
        .map(|text| text.parse().expect("it is NAME=VALUE"));
    let given: Vec<alarms::Parameter> = given.collect();
    let mut resources = Resources::default();
    assert!(read(&document, "t.yaml", &given, &mut resources));
    resources
}

/// The description and the notes of an alarm whose description is an expression.
fn description(expression: &str, given: &[&str]) -> (Result<String, String>, Vec<String>) {
    let mut resources = resources(expression, given);
    let alarm = resources.alarms.remove(0);
    let text = match alarm.properties.get("AlarmDescription") {
        None => Err("none".to_owned()),
        Some(value) => value
            .as_text()
            .map(|text| crate::import::escape::Writer::default().text(&text)),
    };
    (text, alarm.notes)
}

#[track_caller]
fn resolves(expression: &str, expected: &str) {
    assert_eq!(
        description(expression, &[]).0.as_deref(),
        Ok(expected),
        "{expression}"
    );
}

#[track_caller]
fn is_unknown(expression: &str, reason: &str) {
    let found = description(expression, &[]).0;
    assert_eq!(found, Err(reason.to_owned()), "{expression}");
}

#[test]
fn functions_are_resolved() {
    resolves("!Ref Env", "${Env}");
    resolves("!Sub '${Env} ${!Env}'", "${Env} ${!Env}");
    resolves(
        "!Sub ['${A} ${Env}', {A: !Join ['-', [x, y]]}]",
        "x-y ${Env}",
    );
    resolves("!FindInMap [Names, !Ref Env, Name]", "of dev");
    resolves("!Select [1, !FindInMap [Names, prod, Items]]", "y");
    resolves(
        "!FindInMap [Names, test, Name, {DefaultValue: !Ref Env}]",
        "${Env}",
    );
    resolves("!If [IsProd, a, !If [IsDev, b, c]]", "b");
    resolves("!If [Neither, a, b]", "b");
    resolves("!If [Either, a, b]", "a");
    resolves("!Select [1, [a, !Ref Env]]", "${Env}");
    resolves("!Select ['1', !Ref List]", "b");
    resolves("!Select [1, !Split ['/', a/b/c]]", "b");
    resolves("!Join ['+', !Ref List]", "a+b");
    resolves("!Join ['+', !Split ['/', a/b]]", "a+b");
    resolves("!Ref Group", "/trail");
    resolves(
        "!Sub '${AWS::StackName} of ${AWS::Region}'",
        "StackName of Region",
    );
    is_unknown("!Ref AWS::NoValue", "none");
    is_unknown("!If [IsDev, !Ref AWS::NoValue, x]", "none");
}

#[test]
fn what_is_unknown_has_a_reason() {
    is_unknown(
        "!If [Both, a, b]",
        "parameter `NoDefault` has no default; give its value with --param NoDefault=VALUE",
    );
    is_unknown("!If [Loop, a, b]", "condition `Loop` refers to itself");
    is_unknown(
        "!If [Gone, a, b]",
        "condition `Gone` is not in the template",
    );
    is_unknown(
        "!FindInMap [Names, test, Name]",
        "`Names` has no value for `test` and `Name`",
    );
    is_unknown(
        "!FindInMap [Names, !Ref AWS::Region, Name]",
        "only CloudFormation can resolve `AWS::Region`; give it with --param AWS::Region=VALUE",
    );
    is_unknown(
        "!FindInMap [Names, !Ref AWS::Region, Name, {DefaultValue: x}]",
        "only CloudFormation can resolve `AWS::Region`; give it with --param AWS::Region=VALUE",
    );
    is_unknown("!Foo x", "function `Fn::Foo` is not known");
    is_unknown(
        "!Ref AWS::NotificationARNs",
        "only CloudFormation can resolve `!Ref AWS::NotificationARNs`; the output of the describe commands has it",
    );
    is_unknown(
        "!Ref Filter",
        "`Ref` of metric filter `Filter` is the name of the filter, not of its metric; write the `MetricName` of its `MetricTransformations`",
    );
    is_unknown(
        "!GetAtt Topic.Arn",
        "only CloudFormation can resolve `!GetAtt Topic.Arn`; the output of the describe commands has it",
    );
    is_unknown(
        "!ImportValue Trail",
        "only CloudFormation can resolve `!ImportValue Trail`; the output of the describe commands has it",
    );
    is_unknown(
        "!Select [7, [a]]",
        "its `Fn::Select` has 1 values, and none with index 7",
    );
    is_unknown("!Select [1]", "its `Fn::Select` has unknown arguments");
}

#[test]
fn values_of_the_command_line_decide() {
    let (text, notes) = description("!If [IsProd, a, b]", &["Env=prod"]);
    assert_eq!((text.as_deref(), notes.len()), (Ok("a"), 0));
    let (text, notes) = description("!Sub 'x ${AWS::Region}'", &["AWS::Region=eu-central-1"]);
    assert_eq!((text.as_deref(), notes.len()), (Ok("x eu-central-1"), 0));
    let (text, _) = description("!If [Both, a, b]", &["NoDefault=x"]);
    assert_eq!(text.as_deref(), Ok("a"));
}

#[test]
fn decisions_by_a_default_are_noted_once() {
    let expression = "!Sub ['${A}${B}', {A: !If [IsDev, a, b], B: !If [IsProd, a, b]}]";
    let resources = resources(expression, &[]);
    assert_eq!(
        resources.notes,
        [
            r#"t.yaml: decided by defaults of parameters (Env is "dev"); --param NAME=VALUE gives another value"#
        ]
    );
}

#[test]
fn a_resource_with_a_false_condition_is_left_out() {
    let expression = "x\n    Condition: Neither";
    let absent = &resources(expression, &[]).absent;
    assert_eq!(
        absent[0].reason,
        "its condition is false by the default of Env"
    );
    let undecided = &resources("x\n    Condition: Both", &[]).alarms[0];
    assert_eq!(
        undecided.notes,
        [
            "its condition `Both` cannot be decided: parameter `NoDefault` has no default; give its value with --param NoDefault=VALUE; it is imported"
        ]
    );
}

#[test]
fn loops_are_expanded() {
    let text = r#"
Parameters: {Names: {Type: CommaDelimitedList, Default: "a-1,b"}}
Resources:
  Fn::ForEach::Alarms:
    - Name
    - !Ref Names
    - Alarm&{Name}:
        Type: AWS::CloudWatch::Alarm
        Properties: {AlarmName: !Sub "${Name} of ${AWS::Region}", MetricName: !Ref Name}
  Fn::ForEach::Unknown: [Name, !Ref Gone, {}]
"#;
    let document = document::parse(text).unwrap_or_else(|error| panic!("{}", error.reason));
    let mut resources = Resources::default();
    assert!(read(&document, "t.yaml", &[], &mut resources));
    let alarms = resources.alarms.iter().map(|alarm| {
        let literal = |key| alarm.properties.literal(key).unwrap_or_default();
        (
            alarm.id.as_str(),
            literal("AlarmName"),
            literal("MetricName"),
        )
    });
    let expected = [
        ("Alarma1", "a-1 of Region", "a-1"),
        ("Alarmb", "b of Region", "b"),
    ];
    assert_eq!(alarms.collect::<Vec<_>>(), expected);
    assert_eq!(
        resources.notes,
        [
            "t.yaml: `Fn::ForEach::Unknown` is left out: `Gone` is neither a parameter nor a resource of the template",
            r#"t.yaml: decided by defaults of parameters (Names is "a-1,b"); --param NAME=VALUE gives another value"#,
        ]
    );
}

#[test]
fn a_loop_over_a_long_text_is_left_out() {
    let (long, description) = ("x".repeat(60_000), "${Name}".repeat(1_000));
    let text = format!(
        "Resources:\n  Fn::ForEach::Alarms:\n  - Name\n  - ['{long}']\n  - A: {{Type: T, Properties: {{D: !Sub '{description}'}}}}\n"
    );
    let document = document::parse(&text).unwrap_or_else(|error| panic!("{}", error.reason));
    let mut resources = Resources::default();
    assert!(read(&document, "t.yaml", &[], &mut resources));
    assert_eq!(
        resources.notes,
        [
            "t.yaml: `Fn::ForEach::Alarms` is left out: the loops have more text than a template may have"
        ]
    );
}

#[test]
fn equal_references_have_equal_expressions() {
    for (written, short) in [
        ("!Ref Topic", "!Ref Topic"),
        ("!Sub '${Topic}'", "!Ref Topic"),
        ("!Sub '${Topic.Arn}'", "!GetAtt Topic.Arn"),
        ("!GetAtt [Topic, Arn]", "!GetAtt Topic.Arn"),
        ("!Sub '${Topic}-x'", "!Sub ${Topic}-x"),
        (
            "{'Fn::ImportValue': {Ref: Env}}",
            r#"!ImportValue {"Ref":"Env"}"#,
        ),
    ] {
        let alarm = resources(written, &[]).alarms.remove(0);
        match alarm.properties.get("AlarmDescription") {
            Some(Property::Unknown(unknown)) => {
                assert_eq!(unknown.expression, short);
            }
            other => panic!("{written}: {other:?}"),
        }
    }
}

#[test]
fn references_to_themselves_and_doubled_texts_end() {
    let cases = [
        (
            "!FindInMap [Names, dev, Self]",
            "Self: !FindInMap [Names, dev, Self], Name: of dev",
        ),
        ("!Ref Group", "Name: of dev"),
    ];
    for (expression, of_dev) in cases {
        let text = TEMPLATE
            .replace("EXPRESSION", expression)
            .replace("Name: of dev", of_dev)
            .replace("LogGroupName: /trail", "LogGroupName: !Ref Group");
        let document = document::parse(&text).unwrap_or_else(|error| panic!("{}", error.reason));
        assert!(read(&document, "t.yaml", &[], &mut Resources::default()));
    }
    let conditions: Vec<String> = (1..40)
        .map(|number| {
            format!(
                "  C{number}: !And [!Condition C{0}, !Condition C{0}]\n",
                number - 1
            )
        })
        .collect();
    let conditions = conditions.concat();
    let text = format!("  C0: !Equals [!Ref Env, dev]\n{conditions}Resources:");
    let doubled = (1..20).fold("ab".to_owned(), |text, _| {
        format!("!Sub ['${{A}}${{A}}', {{A: {text}}}]")
    });
    let text = TEMPLATE
        .replace("Resources:", &text)
        .replace("EXPRESSION", &format!("!If [C39, {doubled}, x]"));
    let document = document::parse(&text).unwrap_or_else(|error| panic!("{}", error.reason));
    let mut resources = Resources::default();
    assert!(read(&document, "t.yaml", &[], &mut resources));
    let description = resources.alarms[0].properties.get("AlarmDescription");
    assert_eq!(
        description.map(Property::as_text),
        Some(Err("its text has more than 65536 bytes".to_owned()))
    );
}

#[test]
fn names_of_log_groups_that_refer_to_each_other_are_not_resolved() {
    let groups = (0..60).map(|number| {
        format!(
            "  G{number}: {{Type: AWS::Logs::LogGroup, Properties: {{LogGroupName: !Join ['', [!Ref G{0}, !Ref G{0}]]}}}}\n",
            number + 1
        )
    });
    let groups: String = groups.collect();
    let text = TEMPLATE
        .replace("Resources:\n", &format!("Resources:\n{groups}"))
        .replace("EXPRESSION", "!Ref G0");
    let document = document::parse(&text).unwrap_or_else(|error| panic!("{}", error.reason));
    let mut resources = Resources::default();
    assert!(read(&document, "t.yaml", &[], &mut resources));
    let description = resources.alarms[0].properties.get("AlarmDescription");
    let reason =
        "only CloudFormation can resolve `!Ref G1`; the output of the describe commands has it";
    assert_eq!(
        description.map(Property::as_text),
        Some(Err(reason.to_owned()))
    );
}
