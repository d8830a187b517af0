//! `cloudtrail-alarms accounts`: makes the section `AccountNames` of an alarms file.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;
use cloudtrail_alarms::alarm::account_names::{MAX_ACCOUNT_NAME, is_account_id};
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::error::CliError;
use crate::input;
use crate::ordered::{OrderedMap, write_document};
use crate::output::{Output, Verdict};

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  \
        cloudtrail-alarms accounts --from accounts.json > accounts.yaml")]
pub(super) struct AccountsArguments {
    /// Output of `aws organizations list-accounts`; `-` is standard input
    #[arg(long, value_name = "FILE")]
    from: PathBuf,
}

/// The response of `ListAccounts`. Source: AWS Organizations API Reference.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Listing {
    accounts: Vec<Account>,
    next_token: Option<IgnoredAny>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Account {
    id: String,
    name: String,
}

/// Prints the section, sorted by account ID.
pub(super) fn run(
    arguments: &AccountsArguments,
    output: Output,
    out: &mut dyn Write,
) -> Result<Verdict, CliError> {
    let path: &Path = &arguments.from;
    let names = names(&input::text(path)?).map_err(|reason| CliError::Accounts {
        path: input::name(path),
        reason,
    })?;
    let mut section = OrderedMap::default();
    for (id, name) in &names {
        section.push(id, name);
    }
    let mut file = OrderedMap::default();
    file.push("AccountNames", section);
    write_document(&file, output, out)?;
    Ok(Verdict::Fine)
}

/// The names in a response, by account ID, or why an alarms file cannot contain them.
fn names(text: &str) -> Result<BTreeMap<String, String>, String> {
    let listing: Listing = serde_json::from_str(text).map_err(|error| error.to_string())?;
    if listing.next_token.is_some() {
        return Err("it is one page of several, because it has a `NextToken`".to_owned());
    }
    if listing.accounts.is_empty() {
        return Err("it has no account".to_owned());
    }
    let mut names = BTreeMap::new();
    for Account { id, name } in listing.accounts {
        if !is_account_id(&id) {
            return Err(format!("expected an `Id` of 12 digits, found {id:?}"));
        }
        let is_short = (1..=MAX_ACCOUNT_NAME).contains(&name.chars().count());
        if !is_short || name.contains(char::is_control) {
            return Err(format!(
                "expected a `Name` of 1 to {MAX_ACCOUNT_NAME} characters without control characters for account {id}, \
                 found {name:?}"
            ));
        }
        if names.insert(id.clone(), name).is_some() {
            return Err(format!("account {id} is in it twice"));
        }
    }
    Ok(names)
}
