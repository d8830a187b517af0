//! Reads Terraform: configurations as written, states and plans.
//!
//! `configuration` parses the files of a module and `expression` evaluates them. `state` reads the JSON that Terraform
//! prints. `attributes` translates the result of both.

mod attributes;
mod configuration;
mod declared;
mod expression;
mod functions;
mod plan;
mod state;
mod unreadable;
mod value;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use super::resources::Resources;
use crate::error::CliError;
pub(super) use configuration::{Root, is_configuration};
pub(super) use state::read;
pub(super) use unreadable::{is_configuration_text, reason_against};

/// The way to resolve everything, as the end of a message.
const SHOW: &str = "import the output of `terraform show -json`";

/// Values of the variables of a root module.
#[derive(Clone, Debug, Default)]
pub(super) struct Variables {
    /// Values by name.
    pub(super) given: BTreeMap<String, String>,
    /// Files of values, such as `prod.tfvars`.
    pub(super) files: Vec<PathBuf>,
}

/// Adds the resources of a configuration. Returns the names of variables that have a use.
pub(super) fn read_configuration(
    root: &Root<'_>,
    variables: &Variables,
    resources: &mut Resources,
) -> Result<BTreeSet<String>, CliError> {
    let configuration = configuration::load(root, &variables.files)?;
    declared::read(&configuration, &variables.given, resources)
}
