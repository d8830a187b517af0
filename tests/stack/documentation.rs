//! The pages under docs/ against the template: what is documented is there, and what is there is documented.

use std::collections::BTreeSet;

use std::process::Command;

use cloudtrail_alarms::evidence::Fact;
use cloudtrail_alarms::metrics::{METRICS, MetricDefinition};
use cloudtrail_alarms_testkit::documentation::check_generated;
use cloudtrail_alarms_testkit::repository::tool;
use cloudtrail_alarms_testkit::repository::{file, path};

use crate::deployed::{statements, with_a_trail, with_everything};

/// The section of a page below this heading, up to the next heading of the same level.
fn section<'p>(page: &'p str, heading: &str) -> &'p str {
    let (_, rest) = page
        .split_once(&format!("\n## {heading}\n"))
        .unwrap_or_else(|| panic!("there is no section {heading}"));
    rest.split_once("\n## ")
        .map_or(rest, |(section, _)| section)
}

#[test]
fn each_health_alarm_links_to_its_section_of_the_runbook() {
    const RUNBOOK: &str = "docs/operations/runbook.md";
    let page = file(RUNBOOK);
    let mut names = BTreeSet::new();
    for (_, alarm) in with_everything().all("AWS::CloudWatch::Alarm") {
        let name = alarm["AlarmName"].as_str().expect("it has a name");
        let name = name.strip_prefix("with-everything").expect("the stack");
        let description = alarm["AlarmDescription"].as_str().expect("it is text");
        let link = format!(" See {RUNBOOK}#{name}");
        assert!(description.ends_with(&link), "{name}: {description}");
        assert!(
            page.contains(&format!("\n| [`{name}`](#{name}) | ")),
            "{name}"
        );
        let section = section(&page, name);
        for part in ["Meaning", "Impact", "Check", "Fix"] {
            let count = section.matches(&format!("\n**{part}.** ")).count();
            assert_eq!(count, 1, "{name}: {part}");
        }
        names.insert(name.to_owned());
    }
    let documented = page.lines().filter_map(|line| line.strip_prefix("## -"));
    let documented: BTreeSet<String> = documented.map(|name| format!("-{name}")).collect();
    assert_eq!(documented, names);
}

#[test]
fn each_metric_is_documented_with_its_unit_and_meaning() {
    let row = |metric: &MetricDefinition| {
        let (name, unit, meaning) = (metric.name, metric.unit, metric.meaning);
        format!("| `{name}` | {unit:?} | {meaning} |\n")
    };
    let rows: String = METRICS.iter().map(row).collect();
    let table = format!("| metric | unit | meaning |\n|---|---|---|\n{rows}");
    check_generated(
        "docs/operations/dashboard-and-metrics.md",
        "metrics",
        &table,
    );
}

#[test]
fn each_statement_of_a_policy_is_explained() {
    let page = file("docs/security.md");
    for stack in [with_a_trail(), with_everything()] {
        let roles = stack.all("AWS::IAM::Role").flat_map(|(_, role)| {
            let policies = role["Policies"].as_array().into_iter().flatten();
            policies.map(|policy| &policy["PolicyDocument"])
        });
        let documents = [
            "AWS::SNS::TopicPolicy",
            "AWS::SQS::QueuePolicy",
            "AWS::S3::BucketPolicy",
        ];
        let policies = documents
            .into_iter()
            .flat_map(|kind| stack.all(kind))
            .map(|(_, policy)| &policy["PolicyDocument"]);
        let key = std::iter::once(&stack.properties("Key")["KeyPolicy"]);
        for statement in roles.chain(policies).chain(key).flat_map(statements) {
            let sid = statement["Sid"].as_str().expect("a statement has a name");
            assert!(page.contains(&format!("`{sid}`")), "{sid}");
        }
    }
}

#[test]
fn each_field_of_a_record_that_an_email_contains_is_documented() {
    let page = file("docs/security.md");
    for fact in Fact::ALL {
        let field = fact.selector();
        assert!(page.contains(&format!("`{field}`")), "{field}");
    }
}

#[test]
fn each_type_of_resource_is_in_the_permissions_of_the_deployer() {
    let page = file("docs/guides/deploy.md");
    for stack in [with_a_trail(), with_everything()] {
        for (name, resource) in &stack.resources {
            assert!(
                page.contains(&format!("`{}`", resource.kind)),
                "{name}: {}",
                resource.kind
            );
        }
    }
}

#[test]
fn the_costs_are_those_of_the_template_and_the_built_function() {
    let script = path("scripts/costs.py");
    let output = Command::new(tool("moto/bin/python"))
        .arg("-B")
        .arg(script)
        .args(["--check", "--function"])
        .arg(env!("CARGO_BIN_EXE_cloudtrail-alarms-function"))
        .output()
        .expect("Python starts");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}
