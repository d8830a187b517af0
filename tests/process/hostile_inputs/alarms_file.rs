//! Hostile alarms files. `crates/cli` has the same test of `lint`.

use std::fmt::Write as _;

use cloudtrail_alarms_testkit::alarms::alarm_item;
use cloudtrail_alarms_testkit::faulty_alarms_files::{
    self, FaultyFiles, circular_includes, control_characters, deep_collections, included_secret,
};
use cloudtrail_alarms_testkit::folder::folder;

use super::hostile_input::start;

#[track_caller]
fn check_rejected(faulty: &FaultyFiles) {
    let files: Vec<_> = (faulty.files.iter())
        .map(|(path, text)| (*path, text.as_str()))
        .collect();
    let folder = folder(&files);
    let output = start(&folder.path().join(faulty.start)).fail_to_start();
    assert!(output.contains(faulty.message), "{output:.2000}");
}

#[test]
fn aliases_are_rejected() {
    check_rejected(&faulty_alarms_files::aliases());
}

#[test]
fn collections_50_000_deep_are_rejected() {
    deep_collections().iter().for_each(check_rejected);
}

#[test]
fn a_file_that_includes_itself_is_rejected() {
    circular_includes().iter().for_each(check_rejected);
}

#[test]
fn control_characters_in_a_name_are_rejected() {
    check_rejected(&control_characters());
}

#[test]
fn an_included_file_that_is_not_an_alarms_file_is_an_error() {
    check_rejected(&included_secret());
}

#[test]
fn five_thousand_alarms_are_loaded() {
    let mut alarms = "Alarms:\n".to_owned();
    for n in 0..5_000 {
        let lines = format!(
            "AlarmName: A{n}\nFilterPattern: '{{ $.eventName = \"Call{n}\" }}'\nThreshold: 0"
        );
        alarms.write_str(&alarm_item(&lines)).unwrap();
    }
    let folder = folder(&[("alarms.yaml", &alarms)]);
    let mut function = start(folder.path());
    let record = serde_json::json!({"eventName": "Call4999"});
    let reply = function.invoke(&super::records::records([record])).unwrap();
    assert_eq!(reply["matched"], 1);
    assert_eq!(reply["notifications"]["sent"], 1);
    let peak = function.peak_memory().unwrap();
    assert!(peak < 128 << 20, "{} MiB", peak >> 20);
}
