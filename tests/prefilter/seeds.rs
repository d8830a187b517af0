//! The seeds of the fuzz targets have the properties that the targets assert.

use std::fs;
use std::path::Path;

#[path = "../../fuzz/properties/email.rs"]
mod email;
#[path = "../../fuzz/properties/event.rs"]
mod event;
#[path = "../../fuzz/properties/payload.rs"]
mod payload;
#[path = "../../fuzz/properties/record.rs"]
mod record;

/// The seeds of a target, in the order of their names.
fn seeds(target: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fuzz/seeds")
        .join(target);
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
    texts("email").iter().for_each(|seed| email::check(seed));
}

#[test]
fn event() {
    texts("event").iter().for_each(|seed| event::check(seed));
}

#[test]
fn payload() {
    seeds("payload")
        .iter()
        .for_each(|seed| payload::check(seed));
}

#[test]
fn record() {
    texts("record").iter().for_each(|seed| record::check(seed));
}
