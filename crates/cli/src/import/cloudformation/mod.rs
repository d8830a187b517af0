//! Reads CloudFormation templates, as they are written or as SAM and CDK write them.

mod condition;
mod function;
mod parameter;
mod resolver;

use super::document::{Member, Node};
use super::resources::{Absent, Resource, Resources};
use crate::alarms;
use crate::export::cloudformation::METADATA;
use parameter::{PSEUDO_PARAMETERS, TemplateParameters};
use resolver::Resolver;

/// Adds the resources of a template. Returns false if the document is not a template.
///
/// `given` has the values of parameters and pseudo parameters from the command line.
pub(super) fn read(
    document: &Node,
    path: &str,
    given: &[alarms::Parameter],
    resources: &mut Resources,
) -> bool {
    let Some(Node::Mapping(members)) = document.get("Resources") else {
        return false;
    };
    let Resources {
        filters,
        alarms,
        composite_alarms,
        absent,
        parameters,
        notes,
    } = resources;
    let declared = TemplateParameters::declare(document, given, parameters);
    notes.extend(declared.renamed(path));
    let mut resolver = Resolver::new(document, declared, parameters);
    let mut defaults = Vec::new();
    for member in members {
        let target = match member.value.get("Type").and_then(Node::text) {
            Some("AWS::Logs::MetricFilter") => &mut *filters,
            Some("AWS::CloudWatch::Alarm") => &mut *alarms,
            Some("AWS::CloudWatch::CompositeAlarm") => &mut *composite_alarms,
            _ => continue,
        };
        match exists(member, &mut resolver) {
            Err(reason) => absent.push(Absent {
                id: member.key.clone(),
                reason,
            }),
            Ok(()) => target.push(resource(member, path, &mut resolver)),
        }
        defaults.extend(resolver.take_defaults());
    }
    notes.extend(note_on_defaults(path, defaults));
    true
}

/// A line about the parameters whose defaults decided.
fn note_on_defaults(path: &str, defaults: Vec<(String, String)>) -> Option<String> {
    let mut listed: Vec<String> = Vec::new();
    for (name, value) in defaults {
        let default = format!("{name} is {value:?}");
        if !listed.contains(&default) {
            listed.push(default);
        }
    }
    (!listed.is_empty()).then(|| {
        let listed = listed.join(", ");
        format!("{path}: decided by defaults of parameters ({listed}); --param NAME=VALUE gives another value")
    })
}

/// The names of the parameters and pseudo parameters of a template.
pub(super) fn parameter_names(document: &Node) -> Vec<String> {
    let section = document.get("Parameters").map_or(&[][..], Node::members);
    let declared = section.iter().map(|member| member.key.clone());
    declared
        .chain(PSEUDO_PARAMETERS.map(str::to_owned))
        .collect()
}

/// Whether the condition of a resource allows it; otherwise the reason. A condition that cannot be decided allows it, with
/// a note.
fn exists(member: &Member, resolver: &mut Resolver<'_>) -> Result<(), String> {
    let Some(condition) = member.value.get("Condition").and_then(Node::text) else {
        return Ok(());
    };
    match resolver.condition(condition) {
        Ok(true) => Ok(()),
        Ok(false) => {
            let mut defaults = resolver.defaults.iter().map(|(name, _)| name.as_str());
            let because = defaults.next().map_or(String::new(), |first| {
                let names: Vec<&str> = std::iter::once(first).chain(defaults).collect();
                format!(" by the default of {}", names.join(" and "))
            });
            Err(format!("its condition is false{because}"))
        }
        Err(reason) => {
            resolver.note(format!(
                "its condition `{condition}` cannot be decided: {reason}; it is moved"
            ));
            Ok(())
        }
    }
}

fn resource(member: &Member, path: &str, resolver: &mut Resolver<'_>) -> Resource {
    let body = &member.value;
    let metadata = body.get("Metadata").and_then(|node| node.get(METADATA));
    let metadata = metadata.map(Node::to_json);
    let properties = body.get("Properties");
    let properties = properties.map(|node| resolver.properties(node));
    Resource {
        id: member.key.clone(),
        path: path.to_owned(),
        line: member.line,
        comments: member.comments.clone(),
        properties: properties.unwrap_or_default(),
        metadata: metadata
            .and_then(|value| value.as_object().cloned())
            .unwrap_or_default(),
        notes: resolver.take_notes(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::document;

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
        let document = document::parse(&text).unwrap_or_else(|fault| panic!("{}", fault.reason));
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
                .map(|text| crate::import::written::Writer::default().text(&text)),
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
            "only CloudFormation knows the value of `AWS::Region`; give it with --param AWS::Region=VALUE",
        );
        is_unknown(
            "!Ref Filter",
            "`Ref` of metric filter `Filter` is the name of the filter, not of its metric; write the `MetricName` of its `MetricTransformations`",
        );
        is_unknown(
            "!GetAtt Topic.Arn",
            "only CloudFormation knows the value of `!GetAtt Topic.Arn`",
        );
        is_unknown(
            "!ImportValue Trail",
            "only CloudFormation knows the value of `!ImportValue Trail`",
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
                "its condition `Both` cannot be decided: parameter `NoDefault` has no default; give its value with --param NoDefault=VALUE; it is moved"
            ]
        );
    }
}
