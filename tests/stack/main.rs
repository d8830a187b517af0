//! `template.yaml` as it is deployed: translated by SAM, created in an emulator of AWS, and run with the built function.

use cloudtrail_alarms_testkit::function::Environment;

mod delivery;
mod deployed;
mod documentation;
mod guard;
mod health;
mod permissions;
mod redrive;
mod reference;

/// The environment of the built function.
fn environment() -> Environment {
    Environment::new(env!("CARGO_BIN_EXE_cloudtrail-alarms-function"))
}
