//! `cloudtrail-alarms backtest`: what alarms would have done with past records.
//!
//! ```text
//! inputs -> index -> merge -> driver -> report
//! ```
//!
//! The records go through the same [`cloudtrail_alarms::handler`] as in Lambda, on a clock that only the records advance.
//! They are handled in the order of their delivery, across all files. This is an external merge sort in two passes, whose
//! memory is bounded by a window and not by the size of the input:
//!
//! 1. The first pass ([`index`]) finds the first delivery of each file, and how far its records are out of order.
//! 2. The second pass ([`merge`]) opens a file when its first delivery is due, buffers little more of it than that disorder,
//!    and limits the number of open files.
//!
//! So every file is read twice. An input that can be read only once, such as a pipe, is first copied to a temporary file.
//!
//! Both passes use all processors, one task per file. In the second pass the tasks decode and match ahead of the clock
//! ([`prefetch`]), within a byte budget, and the clock waits for the next record. So the output does not depend on the
//! number of processors.

mod arguments;
mod driver;
mod exclusions;
mod index;
mod inputs;
mod merge;
mod origin;
mod outcome;
mod prefetch;
mod progress;
mod reorder;
mod report;

use std::io::Write;
use std::path::PathBuf;

use jiff::SignedDuration;

use self::arguments::Sources;
use self::driver::Driver;
use self::exclusions::exclusion_counts;
use self::index::Index;
use self::inputs::{Inputs, SkippedFile};
use self::merge::Merge;
use self::origin::DefaultAccount;
use self::outcome::ReplayOutcome;
use self::prefetch::Prefetcher;
use self::progress::Progress;
use self::report::{Report, Summary};
use crate::alarms::{self, Parameter};
use crate::error::CliError;
use crate::output::{Output, Verdict};
use crate::records::DeliveryInterval;
use crate::visible::print_stderr;
use cloudtrail_alarms::alarm::file::AlarmsFile;
use cloudtrail_alarms::matching::{Matcher, RecordParser};
use cloudtrail_alarms::notification::DeploymentContext;

pub(super) use self::arguments::BacktestArguments;

/// Replays all records and prints what the alarms do. A file that cannot be read is a finding, as is the lack of records.
pub(super) fn run(
    arguments: &BacktestArguments,
    output: Output,
    out: &mut dyn Write,
) -> Result<Verdict, CliError> {
    let Sources { alarms, inputs } = arguments.sources()?;
    let mut file = arguments.selection.select(alarms.load()?)?;
    if arguments.skip_warm_up {
        let alarms = file.alarms.iter_mut();
        for first_seen in alarms.filter_map(|alarm| alarm.first_seen.as_mut()) {
            first_seen.warm_up = SignedDuration::ZERO;
        }
    }
    let examples = examples(&file, &alarms.parameters);
    if !examples.is_empty() {
        let names = examples.join(", ");
        print_stderr(format_args!(
            "note: no value is given for {names} (--param NAME=VALUE); the example in the alarms file is used"
        ));
    }

    let progress = Progress::new();
    let mut index = build_index(&inputs, arguments.delivery_interval, &progress);
    let (counts, files) = (index.counts, index.files.len());
    let mut failed = std::mem::take(&mut index.failed);
    let skipped = std::mem::take(&mut index.skipped);

    let mut report = Report::new(output, arguments.show_emails, out);
    let definitions = file.alarms.clone();
    let (outcome, changed) = replay(arguments, file, index, &mut report, &progress)?;
    let exclusions = exclusion_counts(&definitions, &outcome.exclusions);
    failed.extend(changed);

    for SkippedFile { file, reason } in &failed {
        print_stderr(format_args!("error: {file}: {reason}"));
    }
    if outcome.learned > 0 {
        print_stderr(format_args!(
            "note: new combinations of `FirstSeen` that do not count, because they are in the warm-up: {}; \
             --skip-warm-up counts them",
            outcome.learned
        ));
    }
    if outcome.invalid_values > 0 {
        print_stderr(format_args!(
            "note: matches that do not count, because the field of `MetricValue` has no number within 1e300 of zero: {}",
            outcome.invalid_values
        ));
    }
    let has_records = counts.records() > 0;
    if !has_records {
        print_stderr(format_args!(
            "error: no record was read; expected CloudTrail log files, subscription payloads, records as JSON, or the \
             output of `aws logs filter-log-events` or `aws cloudtrail lookup-events`"
        ));
    }
    let verdict = if failed.is_empty() && has_records {
        Verdict::Fine
    } else {
        Verdict::Findings
    };
    report.summary(&Summary {
        outcome,
        exclusions,
        counts,
        files,
        failed,
        skipped,
        examples,
        interval: arguments.delivery_interval,
    })?;
    Ok(verdict)
}

/// First pass. The files that were not found or not read are among those of the index.
fn build_index(paths: &[PathBuf], interval: DeliveryInterval, progress: &Progress) -> Index {
    let mut inputs = Inputs::find(paths);
    let mut index = Index::build(inputs.sources, interval, progress);
    inputs.failed.append(&mut index.failed);
    inputs.skipped.append(&mut index.skipped);
    progress.begin_replay(index.counts.records());
    for warning in &index.warnings {
        print_stderr(format_args!("{warning}"));
    }
    Index {
        failed: inputs.failed,
        skipped: inputs.skipped,
        ..index
    }
}

/// Second pass. Also returns the files that could not be read again.
fn replay(
    arguments: &BacktestArguments,
    file: AlarmsFile,
    index: Index,
    report: &mut Report<'_>,
    progress: &Progress,
) -> Result<(ReplayOutcome, Vec<SkippedFile>), CliError> {
    let DefaultAccount { account, region } = index.origin.unwrap_or_default();
    let context = DeploymentContext {
        account: arguments.account.clone().unwrap_or(account),
        region: arguments.region.clone().unwrap_or(region),
        account_names: file.account_names,
        ..DeploymentContext::default()
    };
    let alarms = file.alarms;
    let record_parser = if arguments.reference_parser_only {
        RecordParser::Reference
    } else {
        RecordParser::Fast
    };
    let matcher = Matcher::new(alarms.clone().into()).with_record_parser(record_parser);
    let prefetcher = Prefetcher::new(arguments.delivery_interval, matcher);
    let mut merge = Merge::new(index.files, &prefetcher);
    let driver = Driver::new(alarms, context, record_parser, report, progress);
    let outcome = tokio::runtime::Builder::new_current_thread()
        .build()?
        .block_on(driver.run(&mut merge))?;
    progress.clear();
    Ok((outcome, merge.into_failed()))
}

/// The parameters that have no value, so that the example of the alarms file is used.
fn examples(file: &AlarmsFile, parameters: &[Parameter]) -> Vec<String> {
    let declared = file.parameters.iter();
    declared
        .filter(|parameter| {
            let default = parameter.default.as_ref();
            alarms::value(&parameter.name, parameters).is_none()
                && default.is_none_or(|text| text.trim().is_empty())
                && parameter.example.is_some()
        })
        .map(|parameter| parameter.name.clone())
        .collect()
}
