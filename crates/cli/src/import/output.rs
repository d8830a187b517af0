//! Prints the alarms file.

use std::io::{self, Write};

use super::entry::{self, Entry};
use super::parameters::Parameters;
use crate::error::CliError;
use crate::ordered::{OrderedMap, write_document};
use crate::output::Output;

/// Prints the file, with examples for parameters without a default if tests need them.
///
/// As YAML, each alarm has the comments of its source.
pub(super) fn write(
    entries: &[Entry],
    parameters: &Parameters,
    has_examples: bool,
    output: Output,
    out: &mut dyn Write,
) -> Result<(), CliError> {
    let mut file = OrderedMap::default();
    let declared = entry::declarations(parameters, entries, has_examples);
    if !declared.is_empty() {
        file.push("Parameters", declared);
    }
    if output == Output::Json {
        let alarms: Vec<OrderedMap> = entries.iter().map(Entry::alarm).collect();
        file.push("Alarms", alarms);
        return write_document(&file, output, out);
    }
    if !file.is_empty() {
        write_document(&file, output, out)?;
    }
    writeln!(out, "Alarms:")?;
    for entry in entries {
        for comment in &entry.comments {
            // A carriage return would end the comment.
            let comment = comment.replace(char::is_control, " ");
            writeln!(out, "{}", format!("# {comment}").trim_end())?;
        }
        let item = serde_saphyr::to_string(&[entry.alarm()]).map_err(io::Error::other)?;
        writeln!(out, "{}", item.trim_end())?;
    }
    Ok(())
}
