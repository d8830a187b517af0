//! What is tested and measured, against what is deployed: cargo gives a crate all the features that anybody asks for, so
//! that a dependency of the tests alone can make both another program than the one that `sam build` builds.

use std::collections::BTreeMap;
use std::process::Command;

/// Crates whose further features in a test are no matter to what we use of them.
const MAY_DIFFER: [&str; 11] = [
    // The tests' oracle of payloads and their SNS; it brings miniz_oxide to flate2, which is asked for zlib-rs by name.
    "aws_lambda_events",
    "flate2",
    // Unicode's tables for jsonschema: a pattern's regular expression is translated to ASCII.
    "regex",
    "regex-automata",
    "regex-syntax",
    // Further types and functions.
    "either",
    "getrandom",
    "hashbrown",
    "num-integer",
    "rustix",
    "serde",
];

/// The features of all crates, by name and version.
fn features(edges: &str) -> BTreeMap<String, String> {
    let tree = Command::new(env!("CARGO"))
        .args(["tree", "--locked", "--offline", "--prefix=none"])
        .args(["--format={p}|{f}", "--edges", edges])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo can be run");
    let said = String::from_utf8_lossy(&tree.stderr);
    assert!(tree.status.success(), "{said}");
    String::from_utf8(tree.stdout)
        .expect("cargo writes text")
        .lines()
        .filter_map(|line| line.trim_end_matches(" (*)").split_once('|'))
        .map(|(name, features)| (name.to_owned(), features.to_owned()))
        .collect()
}

#[test]
fn the_tests_run_what_is_deployed() {
    let deployed = features("normal");
    let tested = features("normal,dev");
    assert!(deployed.len() > 100, "{deployed:?}");
    let differ: Vec<_> = deployed
        .iter()
        .filter(|(name, features)| {
            let is_known = MAY_DIFFER
                .iter()
                .any(|known| name.split(' ').next() == Some(known));
            !is_known && tested[*name] != **features
        })
        .map(|(name, features)| format!("{name}: {features:?}, in tests {:?}", tested[name]))
        .collect();
    assert_eq!(
        differ, [""; 0],
        "ask for these features in [dependencies], or say why not"
    );
}
