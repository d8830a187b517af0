//! Notes and refusals of `import`, each as the whole standard error.

use crate::{folder, run};

/// A template whose filter and alarm have these properties besides the others. `log_group` is the filter's.
struct Template<'t> {
    head: &'t str,
    log_group: &'t str,
    pattern: &'t str,
    filter: &'t str,
    alarm: &'t str,
    resources: &'t str,
}

impl Default for Template<'_> {
    fn default() -> Self {
        Self {
            head: "",
            log_group: "trail",
            pattern: "'{ $.eventName = StopLogging }'",
            filter: "",
            alarm: "AlarmName: a, MetricName: M",
            resources: "",
        }
    }
}

impl Template<'_> {
    fn text(&self) -> String {
        let Self {
            head,
            log_group,
            pattern,
            filter,
            alarm,
            resources,
        } = self;
        format!(
            "{head}
Resources:
  Filter:
    Type: AWS::Logs::MetricFilter
    {filter}
    Properties:
      LogGroupName: {log_group}
      FilterPattern: {pattern}
      MetricTransformations: [{{MetricName: M, MetricNamespace: N, MetricValue: 1}}]
  Alarm:
    Type: AWS::CloudWatch::Alarm
    Properties: {{Namespace: N, Statistic: Sum, Period: 60, EvaluationPeriods: 1,
      Threshold: 1, ComparisonOperator: GreaterThanOrEqualToThreshold, AlarmActions: [arn], {alarm}}}
{resources}"
        )
    }

    /// Asserts the exit code and standard error of the import.
    #[track_caller]
    fn reports(&self, arguments: &[&str], code: i32, expected: &str) {
        let files = folder(&[("t.yaml", &self.text())]);
        let arguments = [&["import", "t.yaml"], arguments].concat();
        let outcome = run(&files, &arguments, &[], "");
        assert_eq!((outcome.code, outcome.stderr.as_str()), (code, expected));
    }
}

const MOVED: &str = "imported 1 of 1 alarms\n";
const MOVED_WITH_NOTE: &str = "imported 1 of 1 alarms, 1 with a note\n";

#[test]
fn the_only_log_group_is_named_unless_it_is_evidently_cloudtrails() {
    for log_group in [
        "CloudTrail/DefaultLogGroup",
        "/aws/cloudtrail/x",
        "!Ref TrailGroup",
    ] {
        let template = Template {
            log_group,
            ..Template::default()
        };
        template.reports(&[], 0, MOVED);
    }
    let parameter = "Parameters: {Group: {Type: String, Default: audit}}";
    for (log_group, shown) in [
        ("audit", "audit"),
        ("!Ref Logs", "Logs"),
        ("!Ref Group", "Group"),
    ] {
        let template = Template {
            head: parameter,
            log_group,
            ..Template::default()
        };
        let expected = format!(
            "the metric filters are on log group `{shown}`; check that CloudTrail writes to it, and confirm it with --log-group\n{MOVED}"
        );
        template.reports(&[], 0, &expected);
        template.reports(&["--log-group", shown], 0, MOVED);
    }
    let of_lambda = Template {
        log_group: "/aws/lambda/trail-checkout",
        ..Template::default()
    };
    of_lambda.reports(
        &[],
        2,
        "error: --log-group: the metric filters are on log group `/aws/lambda/trail-checkout`, whose name is that of another service; \
         give the one that CloudTrail writes to\n",
    );
    of_lambda.reports(&["--log-group", "/aws/lambda/trail-checkout"], 0, MOVED);
}

#[test]
fn a_placeholder_of_another_tool_stays_in_a_name_and_not_in_a_pattern() {
    let named = Template {
        alarm: "AlarmName: '{{ Prefix }}-a', MetricName: M",
        ..Template::default()
    };
    let expected = format!(
        "{{{{ Prefix }}}}-a: `{{{{ Prefix }}}}` in its `AlarmName` stays as it is; write its value\n{MOVED_WITH_NOTE}"
    );
    named.reports(&[], 0, &expected);
    let in_pattern = Template {
        pattern: "'{ $.userName = \"{{resolve:ssm:/admin}}\" }'",
        ..Template::default()
    };
    in_pattern.reports(
        &[],
        1,
        "a: not imported: its pattern has `{{resolve:ssm:/admin}}`, which another tool replaces; write its value\nnothing was imported\n",
    );
}

#[test]
fn parameters_without_a_default_are_named() {
    let template = Template {
        head: "Parameters: {User: {Type: String, Default: ''}, Stored: {Type: 'AWS::SSM::Parameter::Value<String>', Default: /user}}",
        pattern: "!Sub '{ $.userName = \"${User}\" || $.userName = \"${Stored}\" }'",
        ..Template::default()
    };
    let expected = format!(
        "the alarms file needs values for parameters `User`, `Stored`, which is in SSM parameter `/user`: set the environment \
         variables USER, STORED, or pass --param NAME=VALUE\n{MOVED}"
    );
    template.reports(&[], 0, &expected);

    let pseudo = Template {
        pattern: "!Sub '{ $.recipientAccountId = ${AWS::AccountId} }'",
        ..Template::default()
    };
    pseudo.reports(
        &[],
        1,
        "a: not imported: its pattern has `AWS::AccountId` outside of a text in quotes; give its value with --param AWS::AccountId=VALUE\n\
         nothing was imported\n",
    );
    pseudo.reports(&["--param", "AWS::AccountId=111122223333"], 0, MOVED);
}

#[test]
fn only_a_name_that_an_alarms_file_does_not_allow_changes() {
    let template = Template {
        head: "Parameters: {1Name: {Type: String, Default: x}, P1Name: {Type: String, Default: y}}",
        pattern: "!Sub '{ $.userName = \"${1Name}\" || $.userName = \"${P1Name}\" }'",
        ..Template::default()
    };
    let expected = format!("t.yaml: parameter `1Name` is `P1Name2` in the alarms file\n{MOVED}");
    template.reports(&[], 0, &expected);
}

#[test]
fn an_alarm_on_another_metric_is_no_failure_unless_its_filter_is_absent_or_unknown() {
    let resources = "  Other:
    Type: AWS::CloudWatch::Alarm
    Properties: {AlarmName: other, Namespace: Shop, MetricName: Orders}
";
    let template = Template {
        resources,
        ..Template::default()
    };
    let expected = format!(
        "other: left out: its metric does not come from a metric filter of the input\n{MOVED}"
    );
    template.reports(&[], 0, &expected);

    let absent = Template {
        head: "Conditions: {No: !Equals [a, b]}",
        filter: "Condition: No",
        ..Template::default()
    };
    absent.reports(
        &[],
        1,
        "Filter: left out: its condition is false\n\
         a: not imported: its metric filter `Filter` is left out: its condition is false\n\
         nothing was imported\n",
    );

    let unknown = Template {
        resources: "  Unknown:
    Type: AWS::Logs::MetricFilter
    Properties: {LogGroupName: trail, MetricTransformations: [{MetricName: !ImportValue X, MetricNamespace: N}]}
  Other:
    Type: AWS::CloudWatch::Alarm
    Properties: {AlarmName: other, Namespace: N, MetricName: Orders}
",
        ..Template::default()
    };
    unknown.reports(
        &[],
        1,
        "Unknown: left out: its metric is not known: only CloudFormation can resolve `!ImportValue X`; the output of the describe commands has it\n\
         other: not imported: no metric filter publishes its metric `N` `Orders`; the metric of filter `Unknown` is not known: only CloudFormation can \
         resolve `!ImportValue X`; the output of the describe commands has it\n\
         imported 1 of 2 alarms\n",
    );
}

#[test]
fn parts_of_a_template_that_are_not_read_are_named() {
    let template = Template {
        head: "Transform: [AWS::LanguageExtensions, {Name: AWS::Include, Parameters: {Location: s3}}]",
        resources: "  Log: {Type: AWS::CloudWatch::LogAlarm}
  Nested: {Type: AWS::CloudFormation::Stack}
  Application: {Type: AWS::Serverless::Application}
  Fn::Transform: {Name: Macro}
",
        ..Template::default()
    };
    let processed =
        "import the output of `aws cloudformation get-template --template-stage Processed`";
    let expected = format!(
        "t.yaml: transform `AWS::Include` is not applied; {processed}\n\
         Log: left out: log alarms are not read\n\
         2 resources (Nested, Application): left out: nested stacks are not read; import their templates too\n\
         Fn::Transform: left out: transforms are not applied; {processed}\n{MOVED}"
    );
    template.reports(&[], 0, &expected);
}

#[test]
fn a_name_that_is_not_known_is_the_one_in_the_source() {
    let template = Template {
        head: "Mappings: {Names: {eu-central-1: {Alarm: x}}}",
        alarm: "AlarmName: !FindInMap [Names, !Ref AWS::Region, Alarm], MetricName: M",
        ..Template::default()
    };
    let expected = format!(
        "Alarm: its `AlarmName` is not known, so it has its name in the source: only CloudFormation can resolve `AWS::Region`; give it \
         with --param AWS::Region=VALUE\n{MOVED_WITH_NOTE}"
    );
    template.reports(&[], 0, &expected);
    template.reports(&["--param", "AWS::Region=eu-central-1"], 0, MOVED);
}

#[test]
fn equal_resources_of_two_inputs_are_one() {
    let text = Template::default().text();
    let named = text.replace("LogGroupName", "FilterName: f\n      LogGroupName");
    let files = folder(&[("t.yaml", &named), ("u.yaml", &named)]);
    let outcome = run(&files, &["import", "t.yaml", "u.yaml"], &[], "");
    assert_eq!(outcome.stdout.matches("AlarmName").count(), 1);
    assert_eq!(
        (outcome.code, outcome.stderr),
        (
            0,
            format!("a: left out: an equal alarm is in the input\n{MOVED}")
        )
    );
}

#[test]
fn what_a_property_is_not_is_explained() {
    let long = "x".repeat(120);
    for (alarm, expected) in [
        (
            "AlarmName: a, MetricName: M, AlarmDescription: [x]".to_owned(),
            "a: not imported: `AlarmDescription`: expected a text, found a list\nnothing was imported\n".to_owned(),
        ),
        (
            "AlarmName: a, MetricName: M, AlarmDescription: !Foo x".to_owned(),
            "a: not imported: function `Fn::Foo` is not known\nnothing was imported\n".to_owned(),
        ),
        (
            "AlarmName: a, MetricName: M, AlarmDescription: !Ref Missing".to_owned(),
            "a: not imported: `Missing` is neither a parameter nor a resource of the template\nnothing was imported\n".to_owned(),
        ),
        (
            "AlarmName: a, MetricName: M, Unit: Seconds".to_owned(),
            format!("a: its `Unit` is `Seconds`, unlike `None` of its metric; it has data here, but not in CloudWatch\n{MOVED_WITH_NOTE}"),
        ),
        (
            format!("AlarmName: {long}, MetricName: M, AlarmDescription: [x]"),
            format!("{}...: not imported: `AlarmDescription`: expected a text, found a list\nnothing was imported\n", &long[..100]),
        ),
    ] {
        let template = Template {
            alarm: &alarm,
            ..Template::default()
        };
        template.reports(&[], i32::from(expected.contains("nothing")), &expected);
    }
}

#[test]
fn a_file_of_variables_needs_a_terraform_configuration() {
    Template::default().reports(
        &["--var-file", "x.tfvars"],
        2,
        "error: --var-file: no input is a Terraform configuration\n",
    );
}

#[test]
fn a_folder_without_a_configuration_is_an_error() {
    let files = folder(&[("modules/readme.md", "")]);
    let outcome = run(&files, &["import", "modules"], &[], "");
    assert_eq!(
        (outcome.code, outcome.stderr.as_str()),
        (
            2,
            "error: cannot read modules: it has no `.tf` or `.tf.json` file\n"
        )
    );
}
