//! The guides: SAM reads the documented parameters, and the documented commands convert a metric filter and its alarm.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use cloudtrail_alarms_testkit::documentation::block;
use cloudtrail_alarms_testkit::folder::{empty_folder, write};
use cloudtrail_alarms_testkit::repository::{file, path, tool};

use super::TOOL;

const WRITE_ALARMS: &str = "docs/guides/write-alarms.md";
const MIGRATE: &str = "docs/guides/migrate.md";

/// The parameters that SAM reads from each of these configuration files.
fn read_by_sam(folder: &Path, configs: &[String]) -> Vec<BTreeMap<String, String>> {
    let script = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/cli/deployment/sam_parameters.py"
    );
    let paths = (0..).zip(configs).map(|(n, config): (usize, _)| {
        let name = format!("samconfig-{n}.toml");
        write(folder, &name, config)
    });
    let output = Command::new(tool("sam/bin/python"))
        .args(["-B", script])
        .arg(path("template.yaml"))
        .args(paths)
        .output()
        .expect("Python starts");
    let message = String::from_utf8_lossy(&output.stderr);
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {message}"))
}

#[test]
fn sam_reads_each_exported_pattern_as_it_was_printed() {
    let folder = empty_folder();
    let documented = block(WRITE_ALARMS, "toml", "SubscriptionFilterPattern");
    let (before, rest) = documented.split_once("'''").expect("a literal begins");
    let (shown, after) = rest.split_once("'''").expect("and ends");
    let exported = ["cis-aws-foundations", "guard", "kms"].map(|pack| {
        let pack = format!("catalogue/{pack}.yaml");
        // Widened clauses are listed on standard error.
        let outcome = super::tool(&["export", "subscription-filter", &pack]);
        assert_eq!(outcome.code, 0, "{}", outcome.stderr);
        outcome.stdout.trim_end().to_owned()
    });
    let patterns: Vec<&str> = (exported.iter().map(String::as_str))
        .chain([shown])
        .collect();
    let config = |pattern: &&str| format!("version = 0.1\n{before}'''{pattern}'''{after}");
    let configs: Vec<String> = patterns.iter().map(config).collect();
    let read = read_by_sam(folder.path(), &configs);
    assert_eq!(read.len(), patterns.len());
    for (parameters, pattern) in read.iter().zip(patterns) {
        assert_eq!(parameters["SubscriptionFilterPattern"], pattern);
        assert!(parameters.contains_key("EcsTaskRoleArns"));
    }
}

#[test]
fn the_alarm_of_the_guide_has_no_findings_and_passes_its_tests() {
    let page = file(WRITE_ALARMS);
    let (_, yaml) = page.split_once("```yaml\n").expect("an alarm begins");
    let (alarm, rest) = yaml.split_once("```").expect("and ends");
    let (_, yaml) = rest.split_once("```yaml\n").expect("its tests begin");
    let (tests, _) = yaml.split_once("```").expect("and end");
    let folder = empty_folder();
    let records = path("catalogue/records").display().to_string();
    let tests = tests.replace("catalogue/records", &records);
    let alarms = write(&folder, "alarms.yaml", format!("{alarm}{tests}"));
    let alarms = alarms.to_str().expect("the path is text");
    assert_eq!(super::tool(&["lint", alarms]).stdout, "");
    let outcome = super::tool(&["test", alarms]);
    assert!(
        outcome.stdout.ends_with("\n2 passed, 0 failed\n"),
        "{}",
        outcome.stdout
    );
}

#[test]
fn a_metric_filter_and_its_alarm_move_over_by_the_documented_commands() {
    let folder = empty_folder();
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
    let commands = block(MIGRATE, "console", "cloudtrail-alarms import");
    for (name, text) in printed {
        let makes_it =
            |line: &str| line.starts_with("$ aws ") && line.ends_with(&format!("> {name}"));
        assert!(commands.lines().any(makes_it), "{name}: {commands}");
        write(&folder, name, text);
    }
    let bin = Path::new(TOOL).parent();
    let mut last = String::new();
    let commands = commands.lines().filter_map(|line| line.strip_prefix("$ "));
    for command in commands.filter(|line| line.starts_with("cloudtrail-alarms")) {
        let output = Command::new("/bin/sh")
            .args(["-c", command])
            .current_dir(&folder)
            .env("PATH", bin.expect("the tool is in a folder"))
            .output()
            .expect("the shell starts");
        let errors = String::from_utf8_lossy(&output.stderr);
        let printed = [&*errors, &*String::from_utf8_lossy(&output.stdout)].concat();
        // `lint` may have findings in a converted alarm.
        let is_fine = output.status.success() || command.contains(" lint ");
        assert!(is_fine, "{command}: {printed}");
        last = printed;
    }
    // A clause for the alarm, and one for the canary.
    assert_eq!(
        last,
        "{ $.userIdentity.type = \"Root\" && $.eventType != \"AwsServiceEvent\" || $.errorCode = \"*\" && \
         $.eventSource = \"kms.amazonaws.com\" && $.eventName = \"GenerateDataKeyWithoutPlaintext\" && \
         $.userIdentity.sessionContext.sessionIssuer.arn = \"*\" }\n"
    );
    let moved = std::fs::read_to_string(folder.path().join("alarms.yaml")).expect("it was written");
    assert!(moved.contains("- AlarmName: root-use\n"), "{moved}");
}
