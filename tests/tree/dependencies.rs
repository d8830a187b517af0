//! The dependencies of the deployed function, compared with those of the tool, the tests and the benchmarks.
//!
//! Cargo gives a crate all features that any selected package enables. So a dependency of the tests or of the tool can
//! make the tested function another program than the one that `sam build` makes.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

/// Crates whose further features in a test do not change what the function uses of them.
const MAY_DIFFER: [&str; 9] = [
    // The oracle of the payload tests, and the SNS types of the tests. It enables miniz_oxide in flate2, which uses zlib-rs
    // if both are enabled.
    "aws_lambda_events",
    "flate2",
    // Unicode tables for jsonschema. The regular expression of a pattern is translated to ASCII.
    "regex",
    "regex-automata",
    "regex-syntax",
    // Further types and functions.
    "either",
    "hashbrown",
    "num-integer",
    "serde",
];

/// Crates whose further features in a plain `cargo build` do not change what the function uses of them.
const MAY_DIFFER_IN_A_BUILD: [&str; 3] = [
    // Terminal styles, which the function's log does not use.
    "anstyle",
    // Serialization of maps, which the parser of Terraform's language uses, and `alloc`, which `std` contains.
    "indexmap", "serde",
];

/// The lines of `cargo tree` with these arguments: a crate with its version, and its features.
fn tree(arguments: &[&str]) -> Vec<(String, String)> {
    let tree = Command::new(env!("CARGO"))
        .args([
            "tree",
            "--locked",
            "--offline",
            "--prefix=none",
            "--format={p}|{f}",
        ])
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo can be run");
    let errors = String::from_utf8_lossy(&tree.stderr);
    assert!(tree.status.success(), "{errors}");
    let text = String::from_utf8(tree.stdout).expect("cargo writes text");
    let crate_of = |line: &str| {
        let line = line.trim_end_matches(" (*)");
        let (name, features) = line.split_once('|').expect("a line has both parts");
        (name.to_owned(), features.to_owned())
    };
    // An empty line separates the trees of two packages.
    let lines = text.lines().filter(|line| !line.is_empty());
    lines.map(crate_of).collect()
}

/// The features of all crates, by name and version. A crate may be built twice, each time with other features.
fn features(arguments: &[&str]) -> BTreeMap<String, BTreeSet<String>> {
    let mut found: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    for (name, features) in tree(arguments) {
        found.entry(name).or_default().insert(features);
    }
    found
}

/// The names of all crates.
fn names(arguments: &[&str]) -> BTreeSet<String> {
    let name = |(name, _): (String, String)| name.split(' ').next().unwrap_or_default().to_owned();
    tree(arguments).into_iter().map(name).collect()
}

/// The crates of the deployed function that have other features in a build with these arguments.
fn differing(arguments: &[&str]) -> BTreeSet<String> {
    let deployed = features(&["--package=cloudtrail-alarms", "--edges=normal"]);
    let built = features(arguments);
    assert!(deployed.len() > 100, "{deployed:?}");
    deployed
        .iter()
        .filter(|(name, features)| built[*name] != **features)
        .filter_map(|(name, _)| name.split(' ').next())
        .map(str::to_owned)
        .collect()
}

#[test]
fn the_tests_run_the_dependencies_that_are_deployed() {
    let expected = MAY_DIFFER.into_iter().chain(MAY_DIFFER_IN_A_BUILD);
    assert_eq!(
        differing(&["--workspace", "--edges=normal,dev"]),
        expected.map(str::to_owned).collect(),
        "enable the features in [workspace.dependencies], or add the reason to MAY_DIFFER"
    );
}

#[test]
fn a_plain_build_makes_the_function_that_is_deployed() {
    let expected = MAY_DIFFER_IN_A_BUILD.map(str::to_owned);
    assert_eq!(differing(&["--edges=normal"]), expected.into());
}

/// The direct dependencies of the function. `docs/design/architecture.md` gives the reason for each.
const DIRECT: [&str; 22] = [
    "aws-config",
    "aws-sdk-dynamodb",
    "aws-sdk-sns",
    "aws-smithy-http-client",
    "aws_lambda_events",
    "base64-simd",
    "cloudtrail-alarms",
    "cloudwatch-filter-pattern",
    "fastrand",
    "flate2",
    "futures-util",
    "jiff",
    "lambda_runtime",
    "memchr",
    "serde",
    "serde-saphyr",
    "serde_json",
    "sha2",
    "thiserror",
    "tokio",
    "tracing",
    "uuid",
];

#[test]
fn the_function_depends_on_nothing_that_only_the_tool_needs() {
    let function = "--package=cloudtrail-alarms";
    let direct = |package| names(&[package, "--edges=normal", "--depth=1"]);
    assert_eq!(direct(function), DIRECT.map(str::to_owned).into());
    let of_patterns = direct("--package=cloudwatch-filter-pattern");
    let of_tool = direct("--package=cloudtrail-alarms-cli");
    let deployed = names(&[function, "--edges=normal"]);
    let only_tool: BTreeSet<&str> = (of_tool.iter().map(String::as_str))
        .filter(|name| !DIRECT.contains(name) && !of_patterns.contains(*name))
        .filter(|name| deployed.contains(*name))
        .collect();
    assert_eq!(only_tool, [].into());
}
