//! Configurations in the shapes of public modules.

use insta::assert_snapshot;

use super::super::folder;
use super::{import, message};

/// An alarm and its filter for each entry of a map, with a prefix, a condition and a heredoc.
const CONTROLS: &str = r#"
locals {
  prefix   = var.prefix != "" ? "${var.prefix}-" : ""
  controls = { for name, control in local.all : name => control if !contains(var.disabled, name) }
  all = {
    RootUsage = {
      pattern     = "{ $.userIdentity.type = \"Root\" }"
      description = "Root was used"
    }
    StopLogging = {
      pattern = <<-EOT
        { ($.eventName = StopLogging)
          || ($.eventName = DeleteTrail) }
      EOT
      threshold = 3
    }
    Ignored = { pattern = "x" }
  }
}

resource "aws_cloudwatch_log_metric_filter" "this" {
  for_each = var.create ? local.controls : {}

  name           = "${local.prefix}${each.key}"
  pattern        = each.value["pattern"]
  log_group_name = lookup(each.value, "log_group_name", aws_cloudwatch_log_group.trail.name)

  metric_transformation {
    name          = each.key
    namespace     = lookup(each.value, "namespace", var.namespace)
    value         = 1
    default_value = 0
  }
}

resource "aws_cloudwatch_metric_alarm" "this" {
  for_each = var.create ? local.controls : {}

  alarm_name          = "${local.prefix}${each.key}"
  alarm_description   = lookup(each.value, "description", null)
  metric_name         = aws_cloudwatch_log_metric_filter.this[each.key].metric_transformation[0].name
  namespace           = lookup(each.value, "namespace", var.namespace)
  statistic           = "Sum"
  period              = 300 // 5 minutes
  evaluation_periods  = 1
  threshold           = lookup(each.value, "threshold", 1)
  comparison_operator = "GreaterThanOrEqualToThreshold"
  alarm_actions       = var.actions
}

resource "aws_cloudwatch_log_group" "trail" {
  name = "trail"
}
"#;

const VARIABLES: &str = r#"
variable "prefix" {
  type    = string
  default = ""
}
variable "namespace" { default = "CISBenchmark" }
variable "disabled" {
  type    = list(string)
  default = []
}
variable "create" {
  type    = bool
  default = true
}
variable "actions" {
  type = list(string)
}
"#;

#[test]
fn a_folder_is_a_module_with_its_files_of_values() {
    let folder = folder(&[
        ("live/main.tf", CONTROLS),
        ("live/variables.tf", VARIABLES),
        (
            "live/terraform.tfvars",
            "prefix = \"a\"\nactions = [\"arn:aws:sns:eu-central-1:111122223333:t\"]\n",
        ),
        (
            "live/x.auto.tfvars",
            "prefix = \"b\"\ndisabled = [\"Ignored\"]\n",
        ),
        ("prod.tfvars", "prefix = \"c\"\n"),
    ]);
    assert_snapshot!(import(&folder, &["live"]), @r#"
    Alarms:
    - AlarmName: b-RootUsage
      AlarmDescription: Root was used
      FilterPattern: "{ $.userIdentity.type = \"Root\" }"
      MetricNamespace: CISBenchmark
      MetricName: RootUsage
      MetricValue: "1"
      DefaultValue: "0"
      Statistic: Sum
      Period: 300
      EvaluationPeriods: 1
      Threshold: 1
      ComparisonOperator: GreaterThanOrEqualToThreshold
      AlarmActions:
      - arn:aws:sns:eu-central-1:111122223333:t
    - AlarmName: b-StopLogging
      FilterPattern: |-
        { ($.eventName = StopLogging)
          || ($.eventName = DeleteTrail) }
      MetricNamespace: CISBenchmark
      MetricName: StopLogging
      MetricValue: "1"
      DefaultValue: "0"
      Statistic: Sum
      Period: 300
      EvaluationPeriods: 1
      Threshold: 3
      ComparisonOperator: GreaterThanOrEqualToThreshold
      AlarmActions:
      - arn:aws:sns:eu-central-1:111122223333:t
    "#);
    let names = |arguments: &[&str]| {
        let printed = import(&folder, arguments);
        let names = printed
            .lines()
            .filter_map(|line| line.strip_prefix("- AlarmName: "));
        names.map(str::to_owned).collect::<Vec<_>>()
    };
    let file = names(&["live", "--var-file", "prod.tfvars"]);
    assert_eq!(file, ["c-RootUsage", "c-StopLogging"]);
    let given = names(&[
        "live",
        "--var-file",
        "prod.tfvars",
        "--var",
        "prefix=d",
        "--var",
        "disabled=[\"RootUsage\", \"Ignored\"]",
    ]);
    assert_eq!(given, ["d-StopLogging"]);
    assert_eq!(
        message(&folder, &["live", "--var", "create=false"]),
        "aws_cloudwatch_log_metric_filter.this: left out: its `for_each` is empty (live/main.tf:21)\n\
         aws_cloudwatch_metric_alarm.this: left out: its `for_each` is empty (live/main.tf:36)\n\
         nothing was imported\n"
    );
}

#[test]
fn counted_resources_refer_to_each_other_by_index() {
    let text = r#"
locals {
  names    = ["Denied", "Failed"]
  patterns = ["{ $.errorCode = \"AccessDenied*\" }", "{ $.errorMessage = \"Failed authentication\" }"]
}
resource "aws_cloudwatch_log_metric_filter" "default" {
  count   = length(local.patterns)
  name    = "${local.names[count.index]}-filter"
  pattern = local.patterns[count.index]
  metric_transformation {
    name      = local.names[count.index]
    namespace = "CIS"
    value     = "1"
  }
}
resource "aws_cloudwatch_metric_alarm" "default" {
  count               = length(local.patterns)
  alarm_name          = format("%s-alarm", local.names[count.index])
  metric_name         = element(aws_cloudwatch_log_metric_filter.default[*].metric_transformation[0].name, count.index)
  namespace           = "CIS"
  statistic           = "Sum"
  period              = 60
  evaluation_periods  = 1
  threshold           = local.names[count.index] == "Denied" || local.names[count.index] == "x" ? "10" : "1"
  comparison_operator = "GreaterThanThreshold"
  alarm_actions       = distinct(compact(concat([aws_sns_topic.alerts.arn], [])))
}
"#;
    let folder = folder(&[("main.tf", text)]);
    assert_snapshot!(import(&folder, &["main.tf"]), @r#"
    Alarms:
    - AlarmName: Denied-alarm
      FilterPattern: "{ $.errorCode = \"AccessDenied*\" }"
      MetricNamespace: CIS
      MetricName: Denied
      MetricValue: "1"
      Statistic: Sum
      Period: 60
      EvaluationPeriods: 1
      Threshold: 10
      ComparisonOperator: GreaterThanThreshold
    - AlarmName: Failed-alarm
      FilterPattern: "{ $.errorMessage = \"Failed authentication\" }"
      MetricNamespace: CIS
      MetricName: Failed
      MetricValue: "1"
      Statistic: Sum
      Period: 60
      EvaluationPeriods: 1
      Threshold: 1
      ComparisonOperator: GreaterThanThreshold
    "#);
}

#[test]
fn local_modules_are_read_with_their_arguments() {
    let root = r#"
variable "alarms" {
  type = map(object({
    pattern   = string
    threshold = optional(number, 1)
    period    = optional(number)
    limits    = optional(object({ least = optional(number, 1) }), {})
  }))
  default = { root = { pattern = "{ $.userIdentity.type = \"Root\" }" } }
}
module "alarm" {
  source    = "./modules/alarm"
  for_each  = var.alarms
  name      = each.key
  pattern   = each.value.pattern
  threshold = each.value.threshold * each.value.limits.least
  period    = coalesce(each.value.period, 300)
}
resource "aws_cloudwatch_metric_alarm" "again" {
  alarm_name          = "again"
  metric_name         = module.alarm["root"].metric_name
  namespace           = "NS"
  period              = 60
  evaluation_periods  = 1
  statistic           = "Sum"
  threshold           = 9
  comparison_operator = "GreaterThanThreshold"
}
"#;
    let module = r#"
variable "name" {}
variable "pattern" {}
variable "threshold" {}
variable "period" {}
resource "aws_cloudwatch_log_metric_filter" "this" {
  name    = var.name
  pattern = var.pattern
  dynamic "metric_transformation" {
    for_each = [title(var.name)]
    iterator = metric
    content {
      name      = metric.value
      namespace = "NS"
      value     = 1
    }
  }
}
resource "aws_cloudwatch_metric_alarm" "this" {
  alarm_name          = upper(var.name)
  metric_name         = aws_cloudwatch_log_metric_filter.this.metric_transformation[0].name
  namespace           = aws_cloudwatch_log_metric_filter.this.metric_transformation[0].namespace
  period              = var.period
  evaluation_periods  = 1
  statistic           = "Sum"
  threshold           = var.threshold
  comparison_operator = "GreaterThanThreshold"
}
output "metric_name" { value = aws_cloudwatch_log_metric_filter.this.metric_transformation[0].name }
"#;
    let folder = folder(&[("main.tf", root), ("modules/alarm/main.tf", module)]);
    assert_snapshot!(import(&folder, &["."]), @r#"
    Alarms:
    - AlarmName: again
      FilterPattern: "{ $.userIdentity.type = \"Root\" }"
      MetricNamespace: NS
      MetricName: Root
      MetricValue: "1"
      Statistic: Sum
      Period: 60
      EvaluationPeriods: 1
      Threshold: 9
      ComparisonOperator: GreaterThanThreshold
      AlarmActions: []
    - AlarmName: ROOT
      FilterPattern: "{ $.userIdentity.type = \"Root\" }"
      MetricNamespace: NS
      MetricName: Root
      MetricValue: "1"
      Statistic: Sum
      Period: 300
      EvaluationPeriods: 1
      Threshold: 1
      ComparisonOperator: GreaterThanThreshold
      AlarmActions: []
    "#);
}

#[test]
fn modules_of_a_registry_are_read_after_terraform_init() {
    let root = r#"
module "filter" {
  source  = "terraform-aws-modules/cloudwatch/aws//modules/log-metric-filter"
  name    = "errors"
  pattern = "ERROR"
}
resource "aws_cloudwatch_metric_alarm" "errors" {
  alarm_name          = replace("My Errors", " ", "-")
  metric_name         = module.filter.id
  namespace           = "NS"
  period              = 60
  evaluation_periods  = 1
  statistic           = "Sum"
  threshold           = 1
  comparison_operator = "GreaterThanThreshold"
  alarm_actions       = ["arn:aws:sns:eu-central-1:111122223333:t"]
}
"#;
    let module = r#"
variable "create" { default = true }
variable "name" {}
variable "pattern" {}
resource "aws_cloudwatch_log_metric_filter" "this" {
  count   = var.create ? 1 : 0
  name    = var.name
  pattern = var.pattern
  metric_transformation {
    name      = var.name
    namespace = "NS"
    value     = "1"
  }
}
output "id" { value = try(aws_cloudwatch_log_metric_filter.this[0].id, "") }
"#;
    let before = folder(&[("main.tf", root)]);
    assert_eq!(
        message(&before, &["."]),
        "module.filter: left out: its source `terraform-aws-modules/cloudwatch/aws//modules/log-metric-filter` (./main.tf:2) is not a local \
         folder; run `terraform init` and import the folder, or import the output of `terraform show -json`\n\
         My-Errors: not imported: only Terraform can resolve `module.filter.id` (./main.tf:9); add `--var module.filter.id=VALUE`, or import the output of \
         `terraform show -json`\n\
         nothing was imported\n"
    );
    let list = r#"{"Modules": [{"Key": "", "Source": "", "Dir": "."}, {"Key": "filter", "Dir": ".terraform/modules/filter"}]}"#;
    let initialized = folder(&[
        ("main.tf", root),
        (".terraform/modules/modules.json", list),
        (".terraform/modules/filter/main.tf", module),
    ]);
    assert_snapshot!(import(&initialized, &["."]), @r#"
    Alarms:
    - AlarmName: My-Errors
      FilterPattern: ERROR
      MetricNamespace: NS
      MetricName: errors
      MetricValue: "1"
      Statistic: Sum
      Period: 60
      EvaluationPeriods: 1
      Threshold: 1
      ComparisonOperator: GreaterThanThreshold
      AlarmActions:
      - arn:aws:sns:eu-central-1:111122223333:t
    "#);
}
