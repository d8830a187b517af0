//! An account and its name in the alarms file.

use std::fmt;

use crate::alarm::account_names::AccountNames;
use crate::notification::sanitize::sanitize;

/// An account. Displayed as `111122223333 (prod-payments)`, or as the ID if it has no name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Account<'a> {
    id: &'a str,
    name: Option<&'a str>,
}

impl<'a> Account<'a> {
    /// The account with this ID. Any other text is an account without a name.
    pub(super) fn of(id: &'a str, names: &'a AccountNames) -> Self {
        let name = names.name(id);
        Self { id, name }
    }

    /// The name, sanitized.
    pub(super) fn name(&self) -> Option<String> {
        self.name.map(sanitize)
    }
}

impl fmt::Display for Account<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&sanitize(self.id))?;
        self.name().map_or(Ok(()), |name| write!(f, " ({name})"))
    }
}
