//! The pages under docs/ against the template: what is documented is there, and what is there is documented.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::deployed::{statements, with_a_trail, with_everything};
use crate::health::reported;
use crate::support::aws::tool;
use crate::support::event::file;

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

/// The template's parameters with their defaults.
fn parameters() -> BTreeMap<String, Option<String>> {
    let read = "import json, sys; from samtranslator.yaml_helper import yaml_parse; \
                json.dump(yaml_parse(open(sys.argv[1]).read())['Parameters'], sys.stdout)";
    let template = concat!(env!("CARGO_MANIFEST_DIR"), "/template.yaml");
    let output = Command::new(tool("moto/bin/python"))
        .args(["-c", read, template])
        .output()
        .expect("Python starts");
    let parameters: BTreeMap<String, Value> =
        serde_json::from_slice(&output.stdout).expect("the template has parameters");
    parameters
        .into_iter()
        .map(|(name, parameter)| {
            let default = match &parameter["Default"] {
                Value::Null => None,
                Value::String(text) => Some(text.clone()),
                number => Some(number.to_string()),
            };
            (name, default)
        })
        .collect()
}

#[test]
fn each_parameter_is_documented_with_its_default() {
    let documented = rows(&file("docs/deploy.md"));
    let parameters = parameters();
    let names = |map: BTreeSet<&String>| map.into_iter().cloned().collect::<Vec<_>>();
    assert_eq!(
        names(documented.keys().collect()),
        names(parameters.keys().collect())
    );
    for (name, default) in parameters {
        let default = default.unwrap_or_else(|| "none, must be given".to_owned());
        assert_eq!(documented[&name], default, "{name}");
    }
}

/// An empty folder for a test.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    if folder.exists() {
        std::fs::remove_dir_all(&folder).expect("the folder was ours");
    }
    std::fs::create_dir_all(&folder).expect("the folder can be made");
    folder
}

/// The first fenced block of a language in docs/deploy.md that has this text, without its indentation.
fn block(language: &str, holding: &str) -> String {
    block_of("docs/deploy.md", language, holding)
}

/// The same of another page.
pub(crate) fn block_of(page: &str, language: &str, holding: &str) -> String {
    let page = file(page);
    let mut parts = page.split("```");
    let found = parts.find(|part| part.starts_with(language) && part.contains(holding));
    let found = found.expect("the page has such a block");
    let lines = found.lines().skip(1).map(str::trim_start);
    lines.flat_map(|line| [line, "\n"]).collect()
}

/// What SAM makes of a configuration.
fn read_by_sam(folder: &Path, config: &str) -> BTreeMap<String, String> {
    let path = folder.join("samconfig.toml");
    std::fs::write(&path, config).expect("the folder is ours");
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/stack/sam_parameters.py");
    let output = Command::new(tool("sam/bin/python"))
        .args(["-B", script])
        .arg(path)
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/template.yaml"))
        .output()
        .expect("Python starts");
    let said = String::from_utf8_lossy(&output.stderr);
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {said}"))
}

#[test]
fn sam_reads_each_exported_pattern_as_it_was_printed() {
    let folder = folder("samconfig");
    let documented = block("toml", "SubscriptionFilterPattern");
    let (before, rest) = documented.split_once("'''").expect("a literal begins");
    let (shown, after) = rest.split_once("'''").expect("and ends");
    let exported = ["cis-aws-foundations", "guard", "kms"].map(|pack| {
        let output = Command::new(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/target/debug/cloudtrail-alarms"
        ))
        .args(["export", "subscription-filter"])
        .arg(format!("catalogue/{pack}.yaml"))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("the tool starts");
        let text = String::from_utf8(output.stdout).expect("a pattern is text");
        text.trim_end().to_owned()
    });
    for pattern in exported.iter().map(String::as_str).chain([shown]) {
        let config = format!("version = 0.1\n{before}'''{pattern}'''{after}");
        let parameters = read_by_sam(&folder, &config);
        assert_eq!(parameters["SubscriptionFilterPattern"], pattern);
        assert!(parameters.contains_key("EcsTaskRoleArns"));
    }
}

#[test]
fn a_metric_filter_and_its_alarm_move_over_by_the_documented_commands() {
    let folder = folder("moved");
    let printed = [
        (
            "filters.json",
            r#"{"metricFilters": [{"filterName": "root", "filterPattern": "{ $.userIdentity.type = \"Root\" && $.eventType != \"AwsServiceEvent\" }",
                "metricTransformations": [{"metricName": "Root", "metricNamespace": "Security", "metricValue": "1", "defaultValue": 0.0}],
                "creationTime": 1763600000000, "logGroupName": "trail"}]}"#,
        ),
        (
            "described.json",
            r#"{"MetricAlarms": [{"AlarmName": "root-use", "AlarmArn": "arn:aws:cloudwatch:eu-central-1:111122223333:alarm:root-use",
                "ActionsEnabled": true, "OKActions": [], "AlarmActions": ["arn:aws:sns:eu-central-1:111122223333:t"], "InsufficientDataActions": [],
                "StateValue": "OK", "MetricName": "Root", "Namespace": "Security", "Statistic": "Sum", "Dimensions": [], "Period": 300,
                "EvaluationPeriods": 1, "Threshold": 1.0, "ComparisonOperator": "GreaterThanOrEqualToThreshold",
                "TreatMissingData": "notBreaching"}], "CompositeAlarms": []}"#,
        ),
    ];
    let commands = block("console", "cloudtrail-alarms import");
    for (name, text) in printed {
        let makes_it =
            |line: &str| line.starts_with("$ aws ") && line.ends_with(&format!("> {name}"));
        assert!(commands.lines().any(makes_it), "{name}: {commands}");
        std::fs::write(folder.join(name), text).expect("the folder is ours");
    }
    let bin = Path::new(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/target/debug/cloudtrail-alarms"
    ))
    .parent();
    let mut said = String::new();
    let commands = commands.lines().filter_map(|line| line.strip_prefix("$ "));
    for command in commands.filter(|line| line.starts_with("cloudtrail-alarms")) {
        let output = Command::new("/bin/sh")
            .args(["-c", command])
            .current_dir(&folder)
            .env("PATH", bin.expect("the tool is in a folder"))
            .output()
            .expect("the shell starts");
        let errors = String::from_utf8_lossy(&output.stderr);
        let told = [&*errors, &*String::from_utf8_lossy(&output.stdout)].concat();
        // `lint` may well have something to say about what people have.
        let is_fine = output.status.success() || command.contains(" lint ");
        assert!(is_fine, "{command}: {told}");
        said = told;
    }
    // What the alarm needs, and what the canary needs.
    assert_eq!(
        said,
        "{ $.userIdentity.type = \"Root\" && $.eventType != \"AwsServiceEvent\" || $.errorCode = \"*\" && \
         $.eventSource = \"kms.amazonaws.com\" && $.eventName = \"GenerateDataKeyWithoutPlaintext\" && \
         $.userIdentity.sessionContext.sessionIssuer.arn = \"*\" }\n"
    );
    let moved = std::fs::read_to_string(folder.join("alarms.yaml")).expect("it was written");
    assert!(moved.contains("- AlarmName: root-use\n"), "{moved}");
}

#[test]
fn each_health_alarm_is_documented() {
    let documented: BTreeSet<String> = rows(&file("docs/operations.md")).into_keys().collect();
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
fn the_costs_are_those_of_the_script_and_the_script_counts_what_there_is() {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/costs.py");
    let output = Command::new(tool("moto/bin/python"))
        .args(["-B", script, "--check"])
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
