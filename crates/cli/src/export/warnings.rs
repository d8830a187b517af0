//! Warnings of `export`.

use std::io::{self, Write as _};

use crate::visible::Visible;

/// Prints to stderr what the export does not include, one line each.
pub(super) fn print_warnings(lines: &[String]) -> io::Result<()> {
    let mut stderr = Visible(io::stderr().lock());
    lines.iter().try_for_each(|line| writeln!(stderr, "{line}"))
}
