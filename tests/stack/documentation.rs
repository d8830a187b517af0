//! The pages under docs/ against the template: what is documented is there, and what is there is documented.

use std::collections::{BTreeMap, BTreeSet};

use std::process::Command;

use cloudtrail_alarms::evidence::Fact;
use cloudtrail_alarms_testkit::repository::tool;
use cloudtrail_alarms_testkit::repository::{file, path};
use serde_json::Value;

use crate::deployed::{statements, with_a_trail, with_everything};
use crate::health::reported;

/// The first cells of the page's table rows, without their backticks, and the last cells.
fn rows(page: &str) -> BTreeMap<String, String> {
    let cell = |cell: &str| cell.trim().replace('`', "");
    page.lines()
        .filter(|line| line.starts_with("| `"))
        .map(|line| line.trim_matches('|').replace("\\|", " or "))
        .map(|line| {
            let cells: Vec<&str> = line.split('|').collect();
            (cell(cells[0]), cell(cells[cells.len() - 1]))
        })
        .collect()
}

#[test]
fn each_health_alarm_is_documented() {
    let documented: BTreeSet<String> = rows(&file("docs/operations/runbook.md"))
        .into_keys()
        .collect();
    let made: BTreeSet<String> = with_everything()
        .all("AWS::CloudWatch::Alarm")
        .filter_map(|(_, alarm)| alarm["AlarmName"].as_str()?.strip_prefix("with-everything"))
        .map(str::to_owned)
        .collect();
    assert_eq!(documented, made);
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
fn the_costs_are_those_of_the_script_and_the_script_counts_what_there_is() {
    let script = path("scripts/costs.py");
    let output = Command::new(tool("moto/bin/python"))
        .arg("-B")
        .arg(script)
        .arg("--check")
        .output()
        .expect("Python starts");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let script = file("scripts/costs.py");
    let [alarms] = with_a_trail().count(["AWS::CloudWatch::Alarm"]);
    let metrics = with_everything().properties("EventBridgeAlarm")["Metrics"].as_array();
    let measured = |metric: &&Value| metric["MetricStat"].is_object();
    let measured = metrics.map(|metrics| metrics.iter().filter(measured).count());
    for line in [
        format!(
            "EVENTBRIDGE_ALARM_METRICS = {} ",
            measured.unwrap_or_default()
        ),
        format!("OWN_METRICS = {} ", reported().len()),
        format!("HEALTH_ALARMS = {alarms} "),
    ] {
        assert!(script.contains(&line), "scripts/costs.py says {line}");
    }
}
