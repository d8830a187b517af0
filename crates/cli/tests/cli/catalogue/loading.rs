//! Packs are included in an alarms file, and the deployed function has a value for each of their parameters.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::Path;

use cloudtrail_alarms::alarm::file::{ParameterDeclaration, load};
use cloudtrail_alarms::settings::Settings;
use cloudtrail_alarms_testkit::alarms::TASK_ROLE;
use cloudtrail_alarms_testkit::repository::file;

use super::{PACKS, pack, path_of};

#[test]
fn one_line_brings_every_pack_to_the_function() {
    let included: Vec<String> = PACKS.iter().map(|name| path_of(name)).collect();
    let with_all = format!(
        "Include: [{}]\n{}",
        included.join(", "),
        file("alarms.yaml")
    );
    let read = |path: &Path| match path.strip_prefix("/var/task").unwrap() {
        path if path == Path::new("alarms.yaml") => Ok(with_all.clone()),
        path => Ok(file(path)),
    };
    let variable = |name: &str| match name {
        "ALARMS_FILE" => Some("alarms.yaml".to_owned()),
        "LAMBDA_TASK_ROOT" => Some("/var/task".to_owned()),
        "ECS_TASK_ROLE_ARN" => Some(TASK_ROLE.to_owned()),
        _ => None,
    };
    let settings = Settings::from_environment(&variable, &read);
    let settings = settings.unwrap_or_else(|error| panic!("{error}"));
    let alone: usize = PACKS.iter().map(|name| pack(name).alarms.len()).sum();
    assert_eq!(settings.alarms.len(), alone + 1);
}

/// Variables that Lambda itself gives to every function ("Defined runtime environment variables", AWS Lambda Developer Guide).
const SET_BY_LAMBDA: [&str; 3] = ["AWS_LAMBDA_FUNCTION_NAME", "AWS_REGION", "LAMBDA_TASK_ROOT"];

/// The function's variables in the template.
fn set_by_the_stack() -> BTreeSet<String> {
    let template = file("template.yaml");
    let (_, variables) = template.split_once("\n        Variables:\n").unwrap();
    let inside = |line: &&str| line.starts_with("          ");
    let names = variables.lines().take_while(inside).map(str::trim);
    let names = names.filter_map(|line| line.split_once(": "));
    let is_name = |name: &str| !name.contains(|c: char| c == '#' || c.is_ascii_lowercase());
    names
        .filter(|(name, _)| is_name(name))
        .map(|(name, _)| name.to_owned())
        .collect()
}

#[test]
fn every_parameter_is_a_variable_that_lambda_or_the_stack_sets() {
    let set = set_by_the_stack();
    assert!(set.contains("ALARM_TOPIC_ARN"), "{set:?}");
    let paths = PACKS
        .map(path_of)
        .into_iter()
        .chain(["alarms.yaml".to_owned()]);
    let mut parameters = 0;
    for path in paths {
        let asked = RefCell::new(Vec::new());
        let value = |parameter: &ParameterDeclaration| {
            asked.borrow_mut().push(parameter.variable_name());
            (parameter.name == "EcsTaskRoleArn").then(|| TASK_ROLE.to_owned())
        };
        let read = |path: &Path| Ok(file(path));
        load(Path::new(&path), &read, &value).unwrap_or_else(|error| panic!("{error}"));
        for variable in asked.into_inner() {
            parameters += 1;
            let is_set = set.contains(&variable) || SET_BY_LAMBDA.contains(&variable.as_str());
            assert!(is_set, "{path}: nobody sets {variable}");
        }
    }
    assert!(parameters >= 8, "{parameters}");
}
