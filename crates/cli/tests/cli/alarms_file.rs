//! `lint` rejects hostile alarms files. `tests/process` has the same test of the function.

use cloudtrail_alarms_testkit::faulty_alarms_files::{
    self, FaultyFiles, circular_includes, control_characters, deep_collections, included_secret,
};
use cloudtrail_alarms_testkit::folder::folder;

use super::run;

#[track_caller]
fn check_rejected(faulty: &FaultyFiles) {
    let files: Vec<_> = (faulty.files.iter())
        .map(|(path, text)| (*path, text.as_str()))
        .collect();
    let folder = folder(&files);
    let start = folder.path().join(faulty.start);
    let outcome = run(start, &["lint", "alarms.yaml"], &[], "");
    let text = outcome.stdout + &outcome.stderr;
    assert!(outcome.code == 1 && text.contains(faulty.message), "{text}");
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
