//! Reads the section `AccountNames` of an alarms file.

use std::collections::BTreeMap;

use super::diagnostic::Position;
use super::reader::Reader;
use crate::alarm::account_names::{AccountNames, MAX_ACCOUNT_NAME, is_account_id};
use crate::yaml::{Entry, Node, Value};
use cloudwatch_filter_pattern::excerpt::quoted;

/// The names of all files, by account ID.
#[derive(Debug, Default)]
pub(super) struct NamedAccounts(BTreeMap<String, NamedAccount>);

#[derive(Clone, Debug)]
struct NamedAccount {
    name: String,
    /// Its key in the first file that names it.
    position: Position,
}

impl NamedAccounts {
    /// Adds the names of one file. Several files may give an account the same name, but not different ones.
    pub(super) fn declare(&mut self, section: &Node, reader: &mut Reader) {
        let entries = match &section.value {
            Value::Mapping(entries) => entries,
            // Already reported.
            Value::Null => return,
            _ => {
                return reader.mismatch(
                    "AccountNames",
                    "a mapping of account IDs to names",
                    section,
                );
            }
        };
        for entry in entries {
            self.add(entry, reader);
        }
    }

    /// `"111122223333": prod-payments`
    fn add(&mut self, entry: &Entry, reader: &mut Reader) {
        let Entry {
            key,
            key_span,
            value,
        } = entry;
        if !is_account_id(key) {
            reader.expected(
                "AccountNames",
                "an account ID of 12 digits",
                key_span.clone(),
                &quoted(key),
            );
            return;
        }
        let Some(name) = reader.name_of(key, value, MAX_ACCOUNT_NAME) else {
            return;
        };
        let position = reader.position(key_span);
        let added = NamedAccount {
            name: name.value,
            position,
        };
        let first = self.0.entry(key.clone()).or_insert_with(|| added.clone());
        if first.name != added.name {
            let message = format!(
                "account {key} is already named {} at {}",
                quoted(&first.name),
                first.position
            );
            reader.report(key_span.clone(), message);
        }
    }

    pub(super) fn into_names(self) -> AccountNames {
        let accounts = self.0.into_iter();
        accounts.map(|(id, account)| (id, account.name)).collect()
    }
}
