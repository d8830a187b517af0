//! The seeds of the fuzz targets have the properties that the targets assert.

use std::fs;

use cloudtrail_alarms_testkit::properties;
use cloudtrail_alarms_testkit::repository::path;

/// The seeds of a target, in the order of their names.
fn seeds(target: &str) -> Vec<Vec<u8>> {
    let folder = path("fuzz/seeds").join(target);
    let entries = fs::read_dir(folder).expect("the target has seeds");
    let mut paths: Vec<_> = entries
        .map(|entry| entry.expect("the folder can be read").path())
        .collect();
    paths.sort();
    assert!(paths.len() > 10, "{target} has {} seeds", paths.len());
    paths
        .iter()
        .map(|path| fs::read(path).expect("a seed can be read"))
        .collect()
}

/// The seeds of a target that takes text.
fn texts(target: &str) -> Vec<String> {
    seeds(target)
        .into_iter()
        .map(|seed| String::from_utf8(seed).expect("the seed is text"))
        .collect()
}

#[test]
fn email() {
    for seed in texts("email") {
        properties::email::check(&seed);
    }
}

#[test]
fn event() {
    for seed in texts("event") {
        properties::event::check(&seed);
    }
}

#[test]
fn payload() {
    for seed in seeds("payload") {
        properties::payload::check(&seed);
    }
}

#[test]
fn record() {
    for seed in texts("record") {
        properties::record::check(&seed);
    }
}
