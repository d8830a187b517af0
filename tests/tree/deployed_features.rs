//! What is tested and measured, against what is deployed: cargo gives a crate all the features that anybody asks for, so
//! that a dependency of the tests alone can make both another program than the one that `sam build` builds.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

/// Crates whose additional features in tests do not change the behavior of the function.
const MAY_DIFFER: [&str; 10] = [
    // The tests' oracle of payloads and their SNS; it brings miniz_oxide to flate2, which is asked for zlib-rs by name.
    "aws_lambda_events",
    "flate2",
    // Unicode's tables for jsonschema: a pattern's regular expression is translated to ASCII.
    "regex",
    "regex-automata",
    "regex-syntax",
    // Further types and functions.
    "anstyle",
    "either",
    "hashbrown",
    "num-integer",
    "serde",
];

/// The features of all crates, by name and version; a crate may be built twice, each time with others.
fn features(edges: &str) -> BTreeMap<String, BTreeSet<String>> {
    let tree = Command::new(env!("CARGO"))
        .args(["tree", "--locked", "--offline", "--prefix=none"])
        .args(["--package", "cloudtrail-alarms"])
        .args(["--format={p}|{f}", "--edges", edges])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo can be run");
    let said = String::from_utf8_lossy(&tree.stderr);
    assert!(tree.status.success(), "{said}");
    let text = String::from_utf8(tree.stdout).expect("cargo writes text");
    let mut found: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    for line in text.lines() {
        let (name, features) = line
            .trim_end_matches(" (*)")
            .split_once('|')
            .expect("a line has the form that was asked for");
        let of_crate = found.entry(name.to_owned()).or_default();
        of_crate.insert(features.to_owned());
    }
    found
}

#[test]
fn the_tests_run_what_is_deployed() {
    let deployed = features("normal");
    let tested = features("normal,dev");
    assert!(deployed.len() > 100, "{deployed:?}");
    let differ: BTreeSet<&str> = deployed
        .iter()
        .filter(|(name, features)| tested[*name] != **features)
        .filter_map(|(name, _)| name.split(' ').next())
        .collect();
    assert_eq!(
        differ,
        MAY_DIFFER.into(),
        "ask for their features in [dependencies], or say why not"
    );
}
