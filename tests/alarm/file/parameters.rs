//! Parameters: their declarations, and their values in properties.

use cloudtrail_alarms::alarm::file::{ParameterDeclaration, ParameterType};
use insta::assert_snapshot;

use super::{alarm, errors, load_text, position, with_parameters};

#[test]
fn parameters_get_their_values() {
    let text = with_parameters(
        "AlarmName: ${Team}-errors-${!Team}\n\
         FilterPattern: '{ $.arn = \"${RoleArn}\" }'\n\
         Period: ${Seconds}\n\
         Threshold: !Ref Limit\n\
         Runbook: !Sub \"https://example.com/${Team}/${Nothing}\"\n\
         AlarmActions: ${RoleArn}\n\
         OKActions: ['x-${Team}']\n\
         AlarmDescription: 'not $Team, not ${'",
    );
    let file = load_text(&text).unwrap();
    let alarm = &file.alarms[0];
    let [a, b] = [
        "arn:aws:iam::111122223333:role/a",
        "arn:aws:iam::111122223333:role/b",
    ];
    assert_eq!(alarm.name, "payments-errors-${Team}");
    assert_eq!(
        alarm.pattern,
        format!("{{ $.arn = {a:?} || $.arn = {b:?} }}")
            .parse()
            .unwrap()
    );
    assert_eq!((alarm.settings.period, alarm.settings.threshold), (30, 3.0));
    assert_eq!(
        alarm.runbook.as_deref(),
        Some("https://example.com/payments/fallback")
    );
    assert_eq!(alarm.alarm_actions, Some(vec![a.to_owned(), b.to_owned()]));
    assert_eq!(alarm.ok_actions, ["x-payments"]);
    assert_eq!(alarm.description, "not $Team, not ${");

    let declared = &file.parameters[0];
    assert_eq!(
        *declared,
        ParameterDeclaration {
            name: "RoleArn".to_owned(),
            kind: ParameterType::CommaDelimitedList,
            description: Some("Roles".to_owned()),
            example: Some("arn:aws:iam::444455556666:role/x".to_owned()),
            default: None,
            position: position("alarms.yaml", 2, 3),
        }
    );
    assert_eq!(declared.variable_name(), "ROLE_ARN");
    assert_eq!(file.parameters[1].default.as_deref(), Some("10"));
    assert_eq!(file.parameters.len(), 6);
}

#[test]
fn a_parameter_without_a_value_or_declaration_is_reported_where_it_is_needed() {
    assert_snapshot!(errors(&with_parameters("FilterPattern: '{ $.arn = \"${NotGiven}\" && $.b != \"${NotGiven}\" }'\nRunbook: ${NotGiven}")), @r#"
    alarms.yaml:10:32: alarm `Errors` needs parameter `NotGiven`, which has no value; set the environment variable NOT_GIVEN
    10 |     FilterPattern: '{ $.arn = "${NotGiven}" && $.b != "${NotGiven}" }'
       |                                ^^^^^^^^^^^
    "#);
    assert_snapshot!(errors(&with_parameters("FilterPattern: '{ $.arn = \"${RoleArm}\" && $.team = \"${Unheard}\" }'\nPeriod: ${Second}")), @r#"
    alarms.yaml:10:32: parameter `RoleArm` is not declared under `Parameters`; did you mean `RoleArn`?
    10 |     FilterPattern: '{ $.arn = "${RoleArm}" && $.team = "${Unheard}" }'
       |                                ^^^^^^^^^^

    alarms.yaml:10:57: parameter `Unheard` is not declared under `Parameters`
    10 |     FilterPattern: '{ $.arn = "${RoleArm}" && $.team = "${Unheard}" }'
       |                                                         ^^^^^^^^^^

    alarms.yaml:13:13: parameter `Second` is not declared under `Parameters`; did you mean `Seconds`?
    13 |     Period: ${Second}
       |             ^^^^^^^^^
    "#);
    assert_snapshot!(errors(&with_parameters("FilterPattern: '{ $.arn = ${RoleArn} }'")), @r"
    alarms.yaml:10:32: expected quotes around a parameter, found `${` (CloudWatch: Invalid character(s) in term '${')
    10 |     FilterPattern: '{ $.arn = ${RoleArn} }'
       |                                ^
    ");
    assert_snapshot!(errors(&with_parameters("FilterPattern: '\"${RoleArn}\" other'\nThreshold: ${RoleArn}")), @r#"
    alarms.yaml:10:20: the parameter `RoleArn` has several values, which a term that must occur next to others cannot have
    10 |     FilterPattern: '"${RoleArn}" other'
       |                    ^^^^^^^^^^^^^^^^^^^^

    alarms.yaml:15:16: `Threshold`: expected a number, found `arn:aws:iam::111122223333:role/a,arn:aws:iam::111122223333:r...`
    15 |     Threshold: ${RoleArn}
       |                ^^^^^^^^^^
    "#);
    assert_snapshot!(errors(&format!("Parameters: {{Wrong: {{Type: Number}}}}\n{}", alarm("Period: ${Wrong}"))), @r"
    alarms.yaml:1:14: parameter `Wrong` is a Number, but its value is `ten`
    1 | Parameters: {Wrong: {Type: Number}}
      |              ^^^^^
    ");
}

#[test]
fn an_invalid_declaration_is_reported() {
    assert_snapshot!(errors("Parameters:\n  A_B: {Type: String}\n  C: {Type: Strin}\n  D: {Default: 1}\n  E: x\n  F: {Type: String, NoEcho: true, Exmple: x}\n"), @r"
    alarms.yaml:2:3: expected the name of a parameter, letters and digits with a letter first, found `A_B`
    2 |   A_B: {Type: String}
      |   ^^^

    alarms.yaml:3:13: `Type`: expected String, Number or CommaDelimitedList, found `Strin`; did you mean `String`?
    3 |   C: {Type: Strin}
      |             ^^^^^

    alarms.yaml:4:6: parameter `D` has no `Type`
    4 |   D: {Default: 1}
      |      ^

    alarms.yaml:5:6: expected the properties of parameter `E`, found `x`
    5 |   E: x
      |      ^

    alarms.yaml:6:21: `NoEcho` is not supported: a parameter here has only `Type`, `Description`, `Example` and `Default`
    6 |   F: {Type: String, NoEcho: true, Exmple: x}
      |                     ^^^^^^

    alarms.yaml:6:35: unknown property `Exmple`; did you mean `Example`?
    6 |   F: {Type: String, NoEcho: true, Exmple: x}
      |                                   ^^^^^^
    ");
    assert_snapshot!(errors("Parameters:\n  KmsKey: {Type: String}\n  KMSKey: {Type: String}\n"), @r"
    alarms.yaml:3:3: parameters `KmsKey` and `KMSKey` map to the same environment variable, KMS_KEY
    3 |   KMSKey: {Type: String}
      |   ^^^^^^
    ");
    assert_snapshot!(errors("Parameters: [A]\n"), @r"
    alarms.yaml:1:13: `Parameters`: expected a mapping, found a list
    1 | Parameters: [A]
      |             ^
    ");
}
