//! `export subscription-filter`: a pattern that matches all records that the alarms and the canary need.

use std::io::{self, Write};

use serde::Serialize;

use super::arguments::FileArguments;
use crate::alarms::given;
use crate::error::CliError;
use crate::output::{Output, Verdict};
use crate::visible::print_stderr;
use cloudtrail_alarms::subscription::{parameter_value, required};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Report<'r> {
    filter_pattern: &'r str,
    /// In characters.
    length: usize,
    widened: &'r [String],
}

/// Prints the pattern. A parameter without `--param` may have any value: it differs between deployments.
pub(super) fn run(
    arguments: &FileArguments,
    output: Output,
    out: &mut dyn Write,
) -> Result<Verdict, CliError> {
    let parameters = arguments.parameters();
    let file = arguments.load()?;
    let values = |name: &str| {
        let declared = file.parameters.iter().find(|known| known.name == name)?;
        declared.values(&given(name, parameters)?)
    };
    let superset = required(&file.alarms, &values);
    let pattern = parameter_value(&superset.pattern);
    match output {
        Output::Text => {
            writeln!(out, "{pattern}")?;
            for line in &superset.widened {
                print_stderr(format_args!("{line}"));
            }
        }
        Output::Json => {
            let report = Report {
                filter_pattern: pattern,
                length: pattern.chars().count(),
                widened: &superset.widened,
            };
            serde_json::to_writer_pretty(&mut *out, &report).map_err(io::Error::from)?;
            writeln!(out)?;
        }
    }
    Ok(Verdict::Fine)
}
