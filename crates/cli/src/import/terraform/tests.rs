//! Untrusted input: no configuration panics, overflows the stack, or takes unlimited time or memory.

use std::fmt::Write as _;
use std::path::Path;

use cloudtrail_alarms::alarm::file::{self, ParameterDeclaration};
use proptest::prelude::*;

use super::*;
use crate::import::{conversion, log_group, output};
use crate::output::Output;

/// A configuration with every construct that the evaluator knows.
const CONFIGURATION: &str = r#"
variable "prefix" { default = "cis" }
variable "alarms" {
  type = map(object({ pattern = string, threshold = optional(number, 1) }))
  default = { root = { pattern = "{ $.a = \"b\" }" } }
}
locals {
  names = [for name, alarm in var.alarms : "${var.prefix}-${name}" if alarm.threshold > 0]
  first = try(local.names[0], local.first)
  text  = <<-EOT
    %{ for name in local.names ~}
    ${upper(name)} $${literal} ${~ 1 + 2 * 3 ~}
    %{ endfor ~}
  EOT
}
resource "aws_cloudwatch_log_metric_filter" "this" {
  for_each = var.alarms
  name     = each.key
  pattern  = each.value.pattern
  dynamic "metric_transformation" {
    for_each = toset([each.key])
    content {
      name      = metric_transformation.value
      namespace = join("/", ["CIS", var.prefix])
      value     = "1"
    }
  }
}
resource "aws_cloudwatch_metric_alarm" "this" {
  count         = length(local.names)
  alarm_name    = element(local.names, count.index)
  namespace     = "CIS/cis"
  metric_name   = element(values(aws_cloudwatch_log_metric_filter.this)[*].id, count.index)
  statistic     = "Sum"
  period        = 60
  threshold     = 1
  alarm_actions = [aws_sns_topic.alerts.arn]
  evaluation_periods  = 1
  comparison_operator = "GreaterThanThreshold"
}
"#;

/// Text that begins, ends or multiplies something.
const TOKENS: [&str; 16] = [
    "${",
    "%{",
    "}",
    "\"",
    "<<EOF\n",
    "<<-",
    "[",
    "(",
    "{",
    "...",
    "count = 999999999\n",
    "[*]",
    "local.first",
    "for_each = ",
    "!",
    "/*",
];

fn import(text: &str) -> Result<Resources, CliError> {
    let mut resources = Resources::default();
    let root = Root::Files(vec![(Path::new("main.tf"), text.to_owned())]);
    read_configuration(&root, &Variables::default(), &mut resources)?;
    Ok(resources)
}

/// The names of the alarms in the printed file, which loads.
fn loaded(resources: &Resources) -> Vec<String> {
    let selection = log_group::select(resources, &[]).expect("no log group is selected");
    let (entries, _) = conversion::convert(resources, &selection, true);
    if entries.is_empty() {
        return Vec::new();
    }
    let mut printed = Vec::new();
    let parameters = &resources.parameters;
    output::write(&entries, parameters, true, Output::Text, &mut printed).expect("it is printed");
    let printed = String::from_utf8(printed).expect("it is text");
    let read = |_: &Path| Ok(printed.clone());
    let example = |parameter: &ParameterDeclaration| parameter.example.clone();
    let file = file::load(Path::new("imported.yaml"), &read, &example);
    let file = file.unwrap_or_else(|error| panic!("{error}\n{printed}"));
    file.alarms.into_iter().map(|alarm| alarm.name).collect()
}

/// The nearest boundary of a character at or before an index.
fn boundary(text: &str, index: usize) -> usize {
    (0..=index.min(text.len()))
        .rev()
        .find(|at| text.is_char_boundary(*at))
        .unwrap_or(0)
}

proptest! {
    #[test]
    fn a_damaged_configuration_is_read_or_rejected(
        edits in proptest::collection::vec((0_usize..2_000, 0_usize..60, 0_usize..TOKENS.len()), 0..6),
        end in 0_usize..2_000,
    ) {
        let mut text = CONFIGURATION.to_owned();
        for (at, removed, token) in edits {
            let from = boundary(&text, at);
            let to = boundary(&text, from + removed).max(from);
            text.replace_range(from..to, TOKENS[token]);
        }
        text.truncate(boundary(&text, end));
        if let Ok(resources) = import(&text) {
            loaded(&resources);
        }
    }
}

#[test]
fn the_whole_configuration_is_read() {
    let resources = import(CONFIGURATION).expect("it is valid");
    assert_eq!((resources.filters.len(), resources.alarms.len()), (1, 1));
    assert_eq!(loaded(&resources), ["cis-root"]);
}

#[test]
fn an_address_with_two_declarations_is_an_error() {
    let alarm = "resource \"aws_cloudwatch_metric_alarm\" \"a\" {}\n";
    let error = import(&alarm.repeat(2)).expect_err("it is declared twice");
    assert_eq!(
        error.to_string(),
        "main.tf:2: `aws_cloudwatch_metric_alarm.a` is declared twice; import each folder in a command of its own, or import the output of \
         `terraform show -json`"
    );
}

#[test]
fn nesting_is_limited() {
    const DEPTH: usize = 50_000;
    let nested = |open: &str, close: &str| {
        format!(
            "locals {{\n  a = {}1{}\n}}\n",
            open.repeat(DEPTH),
            close.repeat(DEPTH)
        )
    };
    for (open, close) in [
        ("(", ")"),
        ("[", "]"),
        ("{a=", "}"),
        ("!", ""),
        ("-", ""),
        ("\"${", "}\""),
        ("1 + ", ""),
        ("true ? 1 : ", ""),
    ] {
        let error = import(&nested(open, close)).map(drop);
        assert!(error.is_err(), "{open}");
    }
    let blocks = "a {\n".repeat(DEPTH);
    assert!(import(&blocks).is_err());
}

/// The description of the only alarm, whose expression follows from local values.
fn description(locals: &str, expression: &str) -> Result<String, CliError> {
    let text = format!(
        "locals {{\n{locals}}}\nresource \"aws_cloudwatch_metric_alarm\" \"a\" {{\n  alarm_description = {expression}\n}}\n"
    );
    let resources = import(&text)?;
    let description = resources.alarms[0].properties.get("AlarmDescription");
    Ok(format!("{description:?}"))
}

#[test]
fn references_are_limited() {
    let mut chain = "a0 = 1\n".to_owned();
    for at in 1..5_000 {
        let _ = writeln!(chain, "a{at} = local.a{}", at - 1);
    }
    let long = description(&chain, "local.a4999").expect("it is read");
    assert!(
        long.contains("it refers to too many other expressions"),
        "{long}"
    );
    let cycle = description("a = local.b\nb = [local.a]\n", "local.a").expect("it is read");
    assert!(
        cycle.contains("`local.a` (main.tf:3): it refers to itself"),
        "{cycle}"
    );
}

#[test]
fn work_is_limited() {
    let doubled = |first: &str, step: &dyn Fn(&str) -> String| {
        let mut locals = format!("a0 = {first}\n");
        for at in 1..40 {
            let _ = writeln!(locals, "a{at} = {}", step(&format!("local.a{}", at - 1)));
        }
        locals
    };
    let long = format!("\"{}\"", "x".repeat(2_000));
    let list = doubled(&long, &|before| format!("[{before}, {before}]"));
    let map = doubled(&long, &|before| format!("{{a = {before}, b = {before}}}"));
    for locals in [list, map] {
        let error = description(&locals, "local.a39")
            .expect_err("it is too large")
            .to_string();
        assert_eq!(
            error,
            "main.tf:1: the configuration creates too many instances or too much text; import the output of `terraform show -json`"
        );
    }
    let text = doubled("\"xxxxxxxx\"", &|before| {
        format!("\"${{{before}}}${{{before}}}\"")
    });
    let text = description(&text, "local.a39").expect("it is read");
    assert!(text.contains("the text is too long"), "{text}");
    let bombs = [
        "join(join(\",\", range(2000)), range(2000))",
        "replace(join(\",\", range(2000)), \",\", join(\",\", range(2000)))",
        "range(1000000000)",
        "pow(10, 308) > 1 ? indent(1000000000, \"a\\nb\") : \"\"",
        "setproduct(range(2000), range(2000))",
        "replace(join(\",\", range(2000)), \"/,/\", join(\",\", range(2000)))",
        "format(\"%0999999999d\", 1)",
    ];
    for bomb in bombs {
        let value = description("", bomb).expect("it is read");
        assert!(value.contains("the result is too large"), "{bomb}: {value}");
    }
}

#[test]
fn a_set_of_numbers_and_texts_has_one_order() {
    let texts = (0..40).map(|number| format!("\"{number}x\""));
    let texts: Vec<String> = texts.collect();
    let expression = format!(
        "join(\",\", toset(concat(range(40), [{}])))",
        texts.join(", ")
    );
    let description = description("", &expression).expect("it is read");
    assert!(description.contains("0,0x,1,10,10x,11,"), "{description}");
}

#[test]
fn instances_are_limited() {
    for (count, reason) in [
        (
            "count = 1001",
            "`1001` (main.tf:2): `count` is 1001; import reads at most 1000 instances",
        ),
        (
            "for_each = toset(range(1001))",
            "`toset(range(1001))` (main.tf:2): `for_each` has 1001; import reads at most 1000 instances",
        ),
    ] {
        let text = format!(
            "resource \"aws_cloudwatch_metric_alarm\" \"a\" {{\n  {count}\n  alarm_name = \"a\"\n}}\n"
        );
        let resources = import(&text).expect("it is read");
        let notes = &resources.alarms[0].notes;
        assert!(notes[0].contains(reason), "{notes:?}");
    }
}
