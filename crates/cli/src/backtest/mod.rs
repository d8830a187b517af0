//! `cloudtrail-alarms backtest`: what alarms would have done about records of the past.
//!
//! ```text
//! paths -> sources -> survey -> merge -> driver -> report
//! ```
//!
//! The records go through the same [`cloudtrail_alarms::handler`] as in Lambda, on a clock that only the records move. They are
//! handled in the order of their delivery, whichever file they stand in, and the memory for that is bounded by a window
//! and not by the input: a first reading of every file ([`survey`]) finds when its first record was delivered and how
//! far its records are out of order; the second one ([`merge`]) opens a file when its time has come, and holds little
//! more of it than that disorder; however many files have one time, few are open. So every file is read twice, and what
//! can be read only once, such as a pipe, is first copied to a temporary file.
//!
//! Both readings take all processors, a file a thread: in the second one they decode and match ahead of the clock
//! ([`ahead`]), as far as a fixed amount of memory goes, and the clock waits for whatever is next. So what comes out does
//! not depend on their number.

mod ahead;
mod driver;
mod held;
mod input;
mod merge;
mod progress;
mod report;
mod scanner;
mod screen;
mod sorter;
mod sources;
mod splitter;
mod survey;

use std::io::{self, Write};
use std::path::PathBuf;

use clap::Args;
use jiff::SignedDuration;

use self::ahead::Shelf;
use self::driver::Driver;
use self::input::DeliveryInterval;
use self::merge::Merge;
use self::progress::Progress;
use self::report::{Report, Summary};
use self::screen::Screen;
use self::sources::{Sources, Unused};
use self::survey::Survey;
use super::alarms::{self, AlarmsArguments, Parameter};
use super::visible::Visible;
use super::{CliError, Output, Verdict};
use cloudtrail_alarms::alarm::file::AlarmsFile;
use cloudtrail_alarms::matching::RecordParser;
use cloudtrail_alarms::notification::DeploymentContext;

#[derive(Debug, Args)]
pub(super) struct BacktestArguments {
    /// The alarms file [default: alarms.yaml, or else the alarms that are compiled in]
    file: Option<PathBuf>,
    /// Files and folders with records; `-` is standard input. What a file holds is told by its content: subscription
    /// payloads, CloudTrail log files, JSON Lines of records, or the output of `aws logs filter-log-events`; gzip or not.
    #[arg(long, value_name = "PATH", required = true, num_args = 1..)]
    from: Vec<PathBuf>,
    #[command(flatten)]
    alarms: AlarmsArguments,
    /// Records that do not say when they were delivered are delivered at the end of each such interval of `eventTime`.
    #[arg(long, value_name = "DURATION", default_value = "5m", value_parser = interval)]
    delivery_interval: DeliveryInterval,
    /// The account that notifications name [default: that of the first record]
    #[arg(long)]
    account: Option<String>,
    /// The Region that notifications name [default: that of the first record]
    #[arg(long)]
    region: Option<String>,
    /// Print every mail as a whole, and not only its subject.
    #[arg(long)]
    show_mails: bool,
    /// Read every record by the thorough walk only. It takes longer, and changes no answer.
    #[arg(long)]
    no_prefilter: bool,
}

fn interval(text: &str) -> Result<DeliveryInterval, String> {
    let duration: SignedDuration =
        (text.parse()).map_err(|error: jiff::Error| error.to_string())?;
    DeliveryInterval::new(duration).ok_or_else(|| "expected 1s to 24h, in whole seconds".to_owned())
}

/// Runs all records past all alarms. A file that cannot be read is a finding; what the alarms do is the answer.
pub(super) fn run(
    arguments: &BacktestArguments,
    output: Output,
    out: &mut dyn Write,
) -> Result<Verdict, CliError> {
    let parameters = &arguments.alarms.parameters;
    let file = alarms::load(arguments.file.as_deref(), parameters)?;
    let examples = examples(&file, parameters);
    if !examples.is_empty() {
        let names = examples.join(", ");
        say(format_args!(
            "note: no value is given for {names} (--param NAME=VALUE); the example in the alarms file is used"
        ));
    }

    let mut progress = Progress::new();
    let Sources {
        found,
        mut failed,
        mut skipped,
    } = sources::find(&arguments.from);
    let survey = Survey::of(found, arguments.delivery_interval, &mut progress);
    failed.extend(survey.failed);
    skipped.extend(survey.skipped);
    let counts = survey.counts;
    let files = survey.files.len();
    progress.expect(counts.records());

    let (account, region) = survey.home.unwrap_or_default();
    let place = DeploymentContext {
        account: arguments.account.clone().unwrap_or(account),
        region: arguments.region.clone().unwrap_or(region),
        topic_arn: None,
        ..DeploymentContext::default()
    };
    let mut report = Report::new(output, arguments.show_mails, out);
    let record_parser = if arguments.no_prefilter {
        RecordParser::Reference
    } else {
        RecordParser::Fast
    };
    let screen = Screen::new(&file.alarms, record_parser);
    let shelf = Shelf::new(arguments.delivery_interval, screen);
    let mut merge = Merge::of(survey.files, &shelf);
    let driver = Driver::new(
        file.alarms,
        place,
        record_parser,
        &mut report,
        &mut progress,
    );
    let run = tokio::runtime::Builder::new_current_thread()
        .build()?
        .block_on(driver.run(&mut merge))?;
    progress.clear();
    failed.extend(merge.into_failed());

    for Unused { file, reason } in &failed {
        say(format_args!("error: {file}: {reason}"));
    }
    let verdict = if failed.is_empty() {
        Verdict::Fine
    } else {
        Verdict::Findings
    };
    report.summary(&Summary {
        run,
        counts,
        files,
        failed,
        skipped,
        examples,
        interval: arguments.delivery_interval,
    })?;
    Ok(verdict)
}

/// The parameters whose value is the example of the alarms file.
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

/// Tells the user; where nobody listens, that is no reason to stop.
fn say(line: std::fmt::Arguments<'_>) {
    let _ = writeln!(Visible(io::stderr()), "{line}");
}
