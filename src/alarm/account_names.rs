//! Names of AWS accounts.

use std::collections::BTreeMap;
use std::sync::Arc;

/// Maximum length of a name, in characters. AWS Organizations accepts 50.
pub const MAX_ACCOUNT_NAME: usize = 64;

/// Whether the text is the ID of an account: 12 digits.
pub fn is_account_id(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The names of accounts by account ID, from `AccountNames` in the alarms file. Clones share the names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccountNames(Arc<BTreeMap<String, String>>);

impl AccountNames {
    /// The name of the account with this ID. `None` if it has no name.
    pub fn name(&self, account: &str) -> Option<&str> {
        self.0.get(account).map(String::as_str)
    }

    /// Account IDs and names, in the order of the IDs.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(id, name)| (id.as_str(), name.as_str()))
    }
}

impl FromIterator<(String, String)> for AccountNames {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(names: I) -> Self {
        Self(Arc::new(names.into_iter().collect()))
    }
}
