//! The packs of `catalogue/`: each one loads, passes its tests and lint, cannot be avoided by a caller, and matches its table in
//! `docs/reference/catalogue.md`.

use cloudtrail_alarms::alarm::definition::AlarmDefinition;
use cloudtrail_alarms::alarm::file::AlarmsFile;
use cloudtrail_alarms_testkit::alarms::{TASK_ROLE, load_for_role};
use cloudtrail_alarms_testkit::repository::root;

use super::run;

mod content;
mod documentation;
mod evasion;
mod loading;
mod noise;
mod scenarios;

const PACKS: [&str; 6] = [
    "cis-aws-foundations",
    "common-threats",
    "first-seen",
    "infrastructure-changes",
    "kms",
    "guard",
];

fn path_of(pack: &str) -> String {
    format!("catalogue/{pack}.yaml")
}

/// A pack with the parameter values of the template: the role of the ECS tasks and nothing else.
fn pack(name: &str) -> AlarmsFile {
    load_for_role(&path_of(name), TASK_ROLE)
}

fn all_alarms() -> Vec<AlarmDefinition> {
    PACKS.iter().flat_map(|name| pack(name).alarms).collect()
}

/// Runs the tool in the repository. Returns its exit code, and its output on both streams.
fn tool(arguments: &[&str]) -> (i32, String) {
    let outcome = run(root(), arguments, &[], "");
    (outcome.code, outcome.stdout + &outcome.stderr)
}
