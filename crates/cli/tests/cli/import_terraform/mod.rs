//! `import` of Terraform: configurations as written, states and plans.

mod configuration;
mod forms;
mod messages;

use std::path::Path;

use super::run;

/// The alarms file that `import` prints for these arguments.
#[track_caller]
fn import(folder: impl AsRef<Path>, arguments: &[&str]) -> String {
    let arguments = [&["import"], arguments].concat();
    let run = run(folder, &arguments, &[], "");
    assert_eq!(run.code, 0, "{}", run.stderr);
    run.stdout
}

/// The message that `import` prints for these arguments on standard error.
#[track_caller]
fn message(folder: impl AsRef<Path>, arguments: &[&str]) -> String {
    let arguments = [&["import"], arguments].concat();
    run(folder, &arguments, &[], "").stderr
}
