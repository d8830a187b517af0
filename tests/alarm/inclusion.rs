//! Included alarms files: compiled into the function, next to the function, and with their own parameters.

use std::fs;
use std::path::{Path, PathBuf};

use cloudtrail_alarms::settings::Settings;
use cloudtrail_alarms_testkit::alarms::alarm_yaml;
use cloudtrail_alarms_testkit::folder::folder;
use tempfile::TempDir;

mod build {
    include!("../../build/included_files.rs");
}

/// An alarms file with one alarm that counts the calls of this role.
fn alarm(name: &str, role: &str) -> String {
    alarm_yaml(&format!(
        "AlarmName: {name}\nFilterPattern: '{{ $.userIdentity.arn = \"{role}\" }}'"
    ))
}

fn compiled_in(folder: &TempDir) -> Result<Vec<PathBuf>, String> {
    let files = build::files(folder.path(), Path::new("alarms.yaml"))?;
    Ok(files.into_keys().collect())
}

/// The names of the alarms that the function starts with, or why it does not.
fn start(folder: &TempDir, file: &str, variables: &[(&str, &str)]) -> Result<Vec<String>, String> {
    let root = folder.path().display().to_string();
    let mut variables = variables.to_vec();
    variables.extend([("ALARMS_FILE", file), ("LAMBDA_TASK_ROOT", &root)]);
    let variable = |name: &str| {
        let found = variables.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| (*value).to_owned())
    };
    let read = |path: &Path| fs::read_to_string(path);
    match Settings::from_environment(&variable, &read) {
        Ok(settings) => Ok(settings
            .alarms
            .into_iter()
            .map(|alarm| alarm.name)
            .collect()),
        Err(error) => Err(error.to_string().replace(&root, "ROOT")),
    }
}

#[test]
fn all_that_is_included_is_compiled_in() {
    let folder = folder(&[
        (
            "alarms.yaml",
            "Include: [catalogue/a.yaml]\nParameters: {P: {Type: String}}\n",
        ),
        (
            "catalogue/a.yaml",
            "Include:\n  - b.yaml\n  - ../team/c.yaml\nAlarms: [{Name: !Sub '${P}'}]\n",
        ),
        ("catalogue/b.yaml", ""),
        ("team/c.yaml", "Include: [../alarms.yaml]\n"),
        ("catalogue/not-included.yaml", ""),
    ]);
    let expected = [
        "alarms.yaml",
        "catalogue/a.yaml",
        "catalogue/b.yaml",
        "team/c.yaml",
    ];
    assert_eq!(compiled_in(&folder).unwrap(), expected.map(PathBuf::from));
}

#[test]
fn what_cannot_be_compiled_in_fails_the_build() {
    let missing = folder(&[("alarms.yaml", "Include: [none.yaml]\n")]);
    let error = compiled_in(&missing).unwrap_err();
    assert!(
        error.starts_with("cannot compile none.yaml in: No such file"),
        "{error}"
    );
    let broken = folder(&[
        ("alarms.yaml", "Include: [b.yaml]\n"),
        ("b.yaml", "Alarms: [\n"),
    ]);
    let error = compiled_in(&broken).unwrap_err();
    assert!(error.starts_with("cannot compile b.yaml in: "), "{error}");
}

#[test]
fn the_alarms_file_of_the_function_can_include_others_of_its_folder() {
    let folder = folder(&[
        (
            "conf/alarms.yaml",
            &format!("Include: [../catalogue/kms.yaml]\n{}", alarm("Own", "a")),
        ),
        ("catalogue/kms.yaml", &alarm("Pack", "b")),
    ]);
    let names = start(&folder, "conf/alarms.yaml", &[]).unwrap();
    assert_eq!(names, ["Own", "Pack"]);
}

#[test]
fn only_parameters_that_an_alarm_needs_are_required() {
    let pack = "Parameters:\n  Used: {Type: String}\n  Unused: {Type: String}\n";
    let root = "Include: [pack.yaml]\nParameters: {Used: {Type: String, Description: the same once more}}\n";
    let folder = folder(&[
        ("alarms.yaml", root),
        ("pack.yaml", &format!("{pack}{}", alarm("Pack", "${Used}"))),
    ]);
    assert_eq!(
        start(&folder, "alarms.yaml", &[("USED", "x")]).unwrap(),
        ["Pack"]
    );
    let error = start(&folder, "alarms.yaml", &[]).unwrap_err();
    let expected = "ROOT/pack.yaml:6:45: alarm `Pack` needs parameter `Used`, which has no value; \
                    set the environment variable USED";
    assert!(error.contains(expected), "{error}");
    assert!(!error.contains("UNUSED"), "{error}");
}

#[test]
fn alarm_names_are_unique_across_files() {
    let folder = folder(&[
        (
            "alarms.yaml",
            &format!("Include: [pack.yaml]\n{}", alarm("Same", "a")),
        ),
        ("pack.yaml", &alarm("Same", "b")),
    ]);
    let error = start(&folder, "alarms.yaml", &[]).unwrap_err();
    let expected = "ROOT/pack.yaml:2:16: alarm `Same` is already defined at ROOT/alarms.yaml:3:16";
    assert!(error.contains(expected), "{error}");
}
