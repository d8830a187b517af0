//! The reference pages about parameters and environment variables, against the template and the function.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::process::Command;

use cloudtrail_alarms::settings::Settings;
use cloudtrail_alarms_testkit::alarms::TASK_ROLE;
use cloudtrail_alarms_testkit::documentation::check_generated;
use cloudtrail_alarms_testkit::repository::{file, path, tool};
use serde_json::Value;

use crate::deployed::with_everything;

/// The template's parameters, in its order.
fn parameters() -> Vec<(String, Value)> {
    let read = "import json, sys; from samtranslator.yaml_helper import yaml_parse; \
                json.dump(list(yaml_parse(open(sys.argv[1]).read())['Parameters'].items()), sys.stdout)";
    let output = Command::new(tool("moto/bin/python"))
        .args(["-c", read])
        .arg(path("template.yaml"))
        .output()
        .expect("Python starts");
    serde_json::from_slice(&output.stdout).expect("the template has parameters")
}

fn shown(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

fn type_and_limits(parameter: &Value) -> String {
    let mut parts = vec![match parameter["Type"].as_str() {
        Some("CommaDelimitedList") => "list, separated by commas".to_owned(),
        Some("Number") => "number".to_owned(),
        _ => "text".to_owned(),
    }];
    if let Some(values) = parameter["AllowedValues"].as_array() {
        let values: Vec<String> = values
            .iter()
            .map(|value| format!("`{}`", shown(value)))
            .collect();
        parts = vec![values.join(", ")];
    }
    match (&parameter["MinValue"], &parameter["MaxValue"]) {
        (Value::Null, _) => {}
        (least, Value::Null) => parts.push(format!("at least {least}")),
        (least, most) => parts.push(format!("{least} to {most}")),
    }
    if let Some(most) = parameter["MaxLength"].as_u64() {
        parts.push(format!("at most {most} characters"));
    }
    if let Some(constraint) = parameter["ConstraintDescription"].as_str() {
        parts = vec![constraint.to_owned()];
    }
    parts.join(", ")
}

#[test]
fn the_page_about_parameters_is_that_of_the_template() {
    let rows: Vec<String> = (parameters().iter())
        .map(|(name, parameter)| {
            let default = match &parameter["Default"] {
                Value::Null => "required".to_owned(),
                Value::String(text) if text.is_empty() => "empty".to_owned(),
                value => format!("`{}`", shown(value)),
            };
            let description = shown(&parameter["Description"]).replace('|', r"\|");
            format!(
                "| `{name}` | {} | {default} | {description} |",
                type_and_limits(parameter)
            )
        })
        .collect();
    let table = format!(
        "| parameter | values | default | meaning |\n|---|---|---|---|\n{}",
        rows.join("\n")
    );
    check_generated(
        "docs/reference/template-parameters.md",
        "parameters",
        &table,
    );
}

/// The environment variables that the function reads itself.
fn variables_read() -> BTreeSet<String> {
    let read = RefCell::new(BTreeSet::new());
    let variable = |name: &str| {
        read.borrow_mut().insert(name.to_owned());
        (name == "ECS_TASK_ROLE_ARN").then(|| TASK_ROLE.to_owned())
    };
    let settings = Settings::from_environment(&variable, &|_| panic!("the alarms are built in"));
    assert!(settings.is_ok(), "{settings:?}");
    read.into_inner()
}

#[test]
fn each_environment_variable_is_documented() {
    let page = file("docs/reference/environment-variables.md");
    let documented: BTreeSet<String> = (page.lines())
        .filter_map(|line| line.strip_prefix("| `")?.split_once('`'))
        .map(|(name, _)| name.to_owned())
        .collect();
    let function = with_everything();
    let deployed = &function.properties("Function")["Environment"]["Variables"];
    let deployed = deployed
        .as_object()
        .expect("the function has variables")
        .keys()
        .cloned();
    let known: BTreeSet<String> = variables_read().into_iter().chain(deployed).collect();
    let missing: Vec<_> = known.difference(&documented).collect();
    assert!(missing.is_empty(), "not documented: {missing:?}");
    // The AWS SDK and the Lambda runtime read these, and the function if `ALARMS_FILE` is set.
    let others: BTreeSet<&str> = (documented.difference(&known))
        .map(String::as_str)
        .collect();
    let of_libraries = [
        "AWS_ENDPOINT_URL",
        "AWS_LAMBDA_LOG_FORMAT",
        "AWS_LAMBDA_LOG_LEVEL",
        "LAMBDA_TASK_ROOT",
    ];
    assert_eq!(others, BTreeSet::from(of_libraries));
}
