//! Messages name the file, the line, and what to do.

use super::super::{folder, run};
use super::{import, message};

/// A configuration with one alarm, whose name is this expression.
fn with_name(expression: &str) -> String {
    format!(
        r#"resource "aws_cloudwatch_log_metric_filter" "a" {{
  name    = "A"
  pattern = "x"
  metric_transformation {{
    name      = "A"
    namespace = "N"
    value     = "1"
  }}
}}
resource "aws_cloudwatch_metric_alarm" "a" {{
  alarm_name          = {expression}
  metric_name         = aws_cloudwatch_log_metric_filter.a.id
  namespace           = "N"
  statistic           = "Sum"
  period              = 60
  evaluation_periods  = 1
  threshold           = 1
  comparison_operator = "GreaterThanThreshold"
  alarm_actions       = ["arn:aws:sns:eu-central-1:111122223333:t"]
}}
variable "name" {{}}
"#
    )
}

#[test]
fn each_expression_that_is_not_resolved_has_its_reason() {
    for (expression, reason) in [
        (
            "\"${var.name}-a\"",
            "variable `name` (main.tf:21) has no value; add `--var name=VALUE`, or import the output of `terraform show -json`",
        ),
        (
            "var.other",
            "variable `var.other` (main.tf:11) is not declared in the files that were read; import the folder, or import the output of \
             `terraform show -json`",
        ),
        (
            "local.other",
            "local value `local.other` (main.tf:11) is not declared in the files that were read; import the folder, or import the output of \
             `terraform show -json`",
        ),
        (
            "random_pet.a.id",
            "resource `random_pet.a.id` (main.tf:11) is not declared in the files that were read; import the folder, or import the output of \
             `terraform show -json`",
        ),
        (
            "lower(aws_cloudwatch_log_metric_filter.a.arn)",
            "only Terraform can resolve `aws_cloudwatch_log_metric_filter.a.arn` (main.tf:11); add \
             `--var aws_cloudwatch_log_metric_filter.a.arn=VALUE`, or import the output of `terraform show -json`",
        ),
        (
            "uuid()",
            "import does not evaluate the function `uuid` (main.tf:11); import the output of `terraform show -json`",
        ),
        (
            "try(replace(\"a\", \"/(/\", \"\"), \"b\")",
            "only Terraform can resolve `replace(\"a\", \"/(/\", \"\")` (main.tf:11); import the output of `terraform show -json`",
        ),
        (
            "{ a = 1 }.b",
            "`{ a = 1 }.b` (main.tf:11): it has no attribute `b`",
        ),
        (
            "join(\",\")[3]",
            "`join(\",\")[3]` (main.tf:11): the index has no value",
        ),
    ] {
        let folder = folder(&[("main.tf", &with_name(expression))]);
        let printed = message(&folder, &["main.tf"]);
        let line = format!(
            "aws_cloudwatch_metric_alarm.a: its `AlarmName` is not known, so it has its name in the source: {reason}"
        );
        assert!(printed.contains(&line), "{expression}: {printed}");
    }
}

#[test]
fn a_count_that_is_not_known_is_a_note() {
    let text = with_name("\"a\"").replace(
        "alarm\" \"a\" {",
        "alarm\" \"a\" {\n  count = terraform.workspace == \"default\" ? 1 : 0",
    );
    let folder = folder(&[("main.tf", &text)]);
    assert_eq!(
        message(&folder, &["main.tf"]),
        "a: its `count` is not known: only Terraform can resolve `terraform.workspace` (main.tf:11); add `--var terraform.workspace=VALUE`, or \
         import the output of `terraform show -json`\n\
         imported 1 of 1 alarms, 1 with a note\n"
    );
    let arguments = ["main.tf", "--var", "terraform.workspace=default"];
    assert_eq!(message(&folder, &arguments), "imported 1 of 1 alarms\n");
    let arguments = ["main.tf", "--var", "terraform.workspace=test"];
    assert_eq!(
        message(&folder, &arguments),
        "aws_cloudwatch_metric_alarm.a: left out: its `count` is 0 (main.tf:10)\n\
         aws_cloudwatch_log_metric_filter.a: left out: no alarm in the input watches its metric\n\
         nothing was imported\n"
    );
}

#[test]
fn a_syntax_error_has_its_line_and_column() {
    for (name, text, reason) in [
        (
            "main.tf",
            "locals {\n  a = = 1\n}\n",
            "main.tf:2: column 7: invalid expression; expected `\"`, `[`, `{`, `-`, `!`, `(`, `_`, `<`, letter or digit",
        ),
        (
            "x.tf.json",
            "{\"resource\": {},\n]",
            "x.tf.json:2: not JSON: ",
        ),
        (
            "y.tf.json",
            "{\"locals\": {\"a\": \"${1 +\"}}",
            "y.tf.json:1: the text `${1 +` is not a template: ",
        ),
        (
            "name.tf.json",
            "{\"locals\": {\"a b\": 1}}",
            "name.tf.json:1: `a b` is not a name of Terraform\n",
        ),
        (
            "twice.tf.json",
            "{\"locals\": {\"__is_block__\": true, \"a\": 1, \"\\\"a\\\"\": 2}}",
            "twice.tf.json:1: `a` occurs twice\n",
        ),
    ] {
        let folder = folder(&[(name, text)]);
        let complaint = run(&folder, &["import", name], &[], "").usage_error();
        assert!(complaint.contains(reason), "{complaint}");
    }
}

#[test]
fn modules_that_call_each_other_without_end_are_an_error() {
    let folder = folder(&[("main.tf", "module \"a\" {\n  source = \"./.\"\n}\n")]);
    let complaint = run(&folder, &["import", "."], &[], "").usage_error();
    assert!(
        complaint.contains(
            "main.tf:1: the modules call each other more than 16 levels deep, or there are more than 200; import the output of `terraform show -json`"
        ),
        "{complaint}"
    );
}

#[test]
fn a_variable_needs_a_name_and_a_value() {
    let folder = folder(&[("main.tf", "")]);
    let complaint = run(&folder, &["import", "main.tf", "--var", "x"], &[], "").usage_error();
    assert_eq!(
        complaint,
        "error: --var: expected NAME=VALUE, found \"x\"\n"
    );
}

#[test]
fn a_variable_must_exist() {
    let configuration = "variable \"name\" {\n  default = \"x\"\n}\n";
    let folder = folder(&[
        ("main.tf", configuration),
        ("template.yaml", "Resources: {}"),
    ]);
    for (input, known) in [
        ("main.tf", "did you mean `name`?"),
        ("template.yaml", "available: none"),
    ] {
        let arguments = ["import", input, "--var", "nam=y"];
        assert_eq!(
            run(&folder, &arguments, &[], "").usage_error(),
            format!("error: --var nam: unknown variable; {known}\n")
        );
    }
}

#[test]
fn a_value_of_another_type_is_an_error() {
    let configuration =
        "variable \"on\" {\n  type = bool\n}\nvariable \"limit\" {\n  type = number\n}\n";
    let folder = folder(&[("main.tf", configuration)]);
    for (value, message) in [
        (
            "on=maybe",
            "error: --var: variable `on` is true or false, found \"maybe\"\n",
        ),
        (
            "limit=many",
            "error: --var: variable `limit` is a number, found \"many\"\n",
        ),
    ] {
        let arguments = ["import", "main.tf", "--var", value];
        assert_eq!(run(&folder, &arguments, &[], "").usage_error(), message);
    }
}

#[test]
fn an_override_file_is_an_error() {
    let changed =
        "terraform {}\n\nresource \"aws_cloudwatch_metric_alarm\" \"a\" {\n  threshold = 2\n}\n";
    let folder = folder(&[
        ("a/main.tf", &with_name("\"a\"")),
        ("a/main_override.tf", changed),
        ("b/main.tf", &with_name("\"a\"")),
        ("b/override.tf", "terraform {}\n"),
    ]);
    let reason = "main_override.tf:3: an override file changes declarations of other files, which import does not do; import the output of \
                  `terraform show -json`\n";
    for inputs in [&["a"][..], &["a/main.tf", "a/main_override.tf"]] {
        let arguments = [&["import"], inputs].concat();
        let complaint = run(&folder, &arguments, &[], "").usage_error();
        assert!(complaint.ends_with(reason), "{complaint}");
    }
    assert_eq!(message(&folder, &["b"]), "imported 1 of 1 alarms\n");
}

#[test]
fn a_reference_can_have_a_list_or_a_map_as_value() {
    let text = with_name("\"${module.a.names[\"x\"]}-${data.b.c.list[1]}-${terraform.workspace}\"");
    let folder = folder(&[("main.tf", &text)]);
    let printed = import(
        &folder,
        &[
            "main.tf",
            "--var",
            "module.a.names={ x = \"n\" }",
            "--var",
            "data.b.c.list=[\"p\", \"q\"]",
            "--var",
            "terraform.workspace=[w",
        ],
    );
    let name = printed.lines().find(|line| line.contains("AlarmName"));
    assert_eq!(name, Some("- AlarmName: n-q-[w"));
}

#[test]
fn the_summary_says_what_is_known_about_the_metrics() {
    let both = with_name("\"a\"");
    let (filter, alarm) = both.split_at(
        both.find("resource \"aws_cloudwatch_metric_alarm")
            .expect("it has an alarm"),
    );
    let unknown = alarm.replace("aws_cloudwatch_log_metric_filter.a.id", "var.name");
    let of_service = r#"resource "aws_cloudwatch_metric_alarm" "service" {
  alarm_name = "service"
  metric_query {
    id         = "rate"
    expression = "dropped / 2"
  }
  metric_query {
    id = "dropped"
    metric {
      metric_name = "PacketsDropped"
      namespace   = "AWS/PrivateLinkEndpoints"
      period      = 60
      stat        = "Sum"
    }
  }
}
"#;
    let other = alarm.replace("aws_cloudwatch_log_metric_filter.a.id", "\"B\"");
    let named = filter.replace("name      = \"A\"", "name      = var.name");
    let name = "variable `name` (main.tf:21) has no value; add `--var name=VALUE`, or import the output of `terraform show -json`";
    for (text, expected) in [
        (
            format!("{filter}{unknown}"),
            format!(
                "aws_cloudwatch_log_metric_filter.a: left out: no alarm whose metric is known watches its metric\n\
                 a: not imported: {name}\nnothing was imported\n"
            ),
        ),
        (
            format!("{named}{other}"),
            format!(
                "aws_cloudwatch_log_metric_filter.a: left out: its metric is not known: {name}\n\
                 a: not imported: no metric filter publishes its metric `N` `B`; the metric of filter `aws_cloudwatch_log_metric_filter.a` is not known: {name}\n\
                 nothing was imported\n"
            ),
        ),
        (
            other.clone(),
            "a: not imported: no metric filter publishes its metric `N` `B`; the input has no metric filters: import the folder with its filter, or the output \
             of `terraform show -json`\nnothing was imported\n"
                .to_owned(),
        ),
        (
            format!("{both}{of_service}"),
            "service: left out: its metric does not come from a metric filter of the input\nimported 1 of 1 alarms\n".to_owned(),
        ),
    ] {
        let folder = folder(&[("main.tf", &text)]);
        assert_eq!(message(&folder, &["main.tf"]), expected);
    }
}

#[test]
fn what_terraform_prints_for_other_purposes_is_recognized() {
    let message_lines = "{\"@level\":\"info\",\"@message\":\"Terraform 1.11.4\"}\n{\"@level\":\"info\",\"@message\":\"Plan: 1 to add\"}\n";
    let files = folder(&[
        ("empty.json", "{\"format_version\": \"1.0\"}"),
        (
            "old.tfstate",
            "{\"version\": 3, \"terraform_version\": \"0.11.0\", \"modules\": []}",
        ),
        ("log.json", message_lines),
        ("main.txt", &with_name("\"a\"")),
    ]);
    std::fs::write(files.path().join("plan"), b"PK\x03\x04\xff").expect("it can be written");
    for (input, message) in [
        (
            "empty.json",
            "empty.json:1: the state or plan has no resources; import it after an apply, or import the `.tf` files",
        ),
        (
            "old.tfstate",
            "old.tfstate:1: the state is of Terraform 0.11 or older; import the output of `terraform show -json` of a newer version",
        ),
        (
            "log.json",
            "log.json:1: these are messages of `terraform plan -json` or `terraform apply -json`; import the output of `terraform show -json`",
        ),
        (
            "main.txt",
            "main.txt:1: this is Terraform's configuration language; import the folder, or files with names that end in `.tf`",
        ),
        (
            "plan",
            "cannot read plan: it is a ZIP file; if it is a plan of Terraform, give the output of `terraform show -json`",
        ),
    ] {
        let complaint = run(&files, &["import", input], &[], "").usage_error();
        assert_eq!(complaint, format!("error: {message}\n"));
    }
}
