//! Output of a backtest: the timeline as it happens, and the summary.

use std::collections::BTreeMap;
use std::io::{self, Write};

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::exclusions::ExclusionCount;
use super::index::Counts;
use super::inputs::SkippedFile;
use super::outcome::{AlarmCounts, ReplayOutcome};
use crate::output::Output;
use crate::records::DeliveryInterval;
use cloudtrail_alarms::handler::Transition;
use cloudtrail_alarms::metrics::Counters;
use cloudtrail_alarms::notification::Notification;

/// Writes the timeline and the summary, as text or JSON Lines.
pub(super) struct Report<'o> {
    output: Output,
    show_emails: bool,
    /// Whether the text has its first line, the name of the column of times.
    has_heading: bool,
    out: &'o mut dyn Write,
}

/// A line of the timeline in JSON. Its clocks are next to the event, whose keys are those of the function.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TimelineJson<E> {
    #[serde(flatten)]
    event: E,
    /// The clock of the backtest, which deliveries and scheduled runs advance.
    delivered_at: Timestamp,
    /// The end of the evaluated window.
    #[serde(skip_serializing_if = "Option::is_none")]
    evaluated_at: Option<Timestamp>,
}

/// Everything that the summary shows.
pub(super) struct Summary {
    pub(super) outcome: ReplayOutcome,
    pub(super) exclusions: Vec<ExclusionCount>,
    pub(super) counts: Counts,
    /// Number of files that were read.
    pub(super) files: usize,
    pub(super) failed: Vec<SkippedFile>,
    pub(super) skipped: Vec<SkippedFile>,
    /// Parameters without a value, for which the example was used.
    pub(super) examples: Vec<String>,
    pub(super) interval: DeliveryInterval,
}

impl<'o> Report<'o> {
    pub(super) fn new(output: Output, show_emails: bool, out: &'o mut dyn Write) -> Self {
        Self {
            output,
            show_emails,
            has_heading: false,
            out,
        }
    }

    /// Writes a change of state that was decided at `now`.
    pub(super) fn transition(&mut self, now: Timestamp, change: &Transition) -> io::Result<()> {
        if self.output == Output::Json {
            return self.json_line(&TimelineJson {
                event: json!({"transition": change}),
                delivered_at: now,
                evaluated_at: Some(change.at),
            });
        }
        self.heading()?;
        let Transition {
            alarm,
            group,
            from,
            to,
            at,
            reason,
        } = change;
        write!(self.out, "{now}  {alarm}")?;
        for (selector, value) in group {
            // Quoted as in Rust: the value comes from a record and may contain control characters.
            match value {
                Some(value) => write!(self.out, " {selector}={value:?}")?,
                None => write!(self.out, " {selector}=(none)")?,
            }
        }
        writeln!(self.out, "  {from} -> {to}  evaluatedAt {at}  {reason}")
    }

    /// Writes a notification that was published at `now`.
    pub(super) fn notification(
        &mut self,
        now: Timestamp,
        notification: &Notification,
    ) -> io::Result<()> {
        let Notification {
            subject,
            email,
            sms,
            default,
            ..
        } = notification;
        if self.output == Output::Json {
            let parts = json!({"subject": subject, "email": email, "sms": sms, "default": default});
            return self.json_line(&TimelineJson {
                event: json!({"notification": parts}),
                delivered_at: now,
                evaluated_at: None,
            });
        }
        self.heading()?;
        writeln!(self.out, "{now}  email: {subject}")?;
        if self.show_emails {
            for line in email.lines() {
                writeln!(self.out, "{}", format!("    {line}").trim_end())?;
            }
        }
        Ok(())
    }

    fn json_line(&mut self, line: &impl Serialize) -> io::Result<()> {
        serde_json::to_writer(&mut *self.out, line)?;
        writeln!(self.out)
    }

    /// Writes the name of the column of times, once.
    fn heading(&mut self) -> io::Result<()> {
        if self.has_heading {
            return Ok(());
        }
        self.has_heading = true;
        writeln!(self.out, "deliveredAt")
    }

    pub(super) fn summary(&mut self, summary: &Summary) -> io::Result<()> {
        match self.output {
            Output::Json => writeln!(self.out, "{}", json!({"summary": summary.to_json()})),
            Output::Text => summary.write(self.out),
        }
    }
}

impl Summary {
    /// The counts of all invocations, including invalid items, which were not delivered.
    fn counters(&self) -> Counters {
        let mut counters = self.outcome.counters;
        counters.records_in += self.counts.invalid;
        counters.invalid += self.counts.invalid;
        counters
    }

    /// How records without a delivery time were delivered; `None` if there were none.
    fn delivery(&self) -> Option<String> {
        let records = self.counts.batched;
        let interval = self.interval;
        (records > 0).then(|| {
            format!(
                "without a delivery time: {records}; delivered together at the end of each interval of {interval}, as CloudTrail does"
            )
        })
    }

    fn to_json(&self) -> Value {
        let alarm = |(name, counts): (&String, &AlarmCounts)| {
            let AlarmCounts {
                alarms,
                transitions,
                notifications,
            } = counts;
            let counts = json!({"alarms": alarms, "transitions": transitions, "notifications": notifications});
            (name.clone(), counts)
        };
        json!({
            "counters": self.counters(),
            "excluded": self.outcome.excluded,
            "exclusions": self.exclusions,
            "withoutTimestamp": self.counts.undated,
            "alarms": self.outcome.alarms.iter().map(alarm).collect::<Map<_, _>>(),
            "first": self.outcome.span.map(|(first, _)| first),
            "last": self.outcome.span.map(|(_, last)| last),
            "settled": self.outcome.is_idle,
            "files": {"read": self.files, "failed": self.failed, "skipped": self.skipped},
            "delivery": self.delivery(),
            "examples": self.examples,
        })
    }

    fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let alarms = &self.outcome.alarms;
        if alarms.values().any(|counts| counts.transitions > 0) {
            writeln!(out)?;
        }
        write_alarms(alarms, out)?;
        self.write_records(out)?;
        self.write_remarks(out)?;
        self.write_files(out)
    }

    fn write_records(&self, out: &mut dyn Write) -> io::Result<()> {
        let Counters {
            records_in,
            matched,
            unmatched,
            invalid,
            own,
            occurrences,
        } = self.counters();
        let excluded = self.outcome.excluded;
        writeln!(
            out,
            "records: {records_in}; {matched} matched, {unmatched} unmatched, {invalid} invalid, {own} from own roles"
        )?;
        writeln!(
            out,
            "matches: {} new, {} duplicate, {} too late, {} above the counting limit; {excluded} excluded",
            occurrences.new, occurrences.duplicate, occurrences.too_late, occurrences.overflow
        )?;
        (self.exclusions.iter()).try_for_each(|exclusion| exclusion.write(out))
    }

    /// Writes what to consider about the counts.
    fn write_remarks(&self, out: &mut dyn Write) -> io::Result<()> {
        if let Some((first, last)) = self.outcome.span {
            writeln!(out, "delivered: {first} to {last}")?;
        }
        if !self.outcome.is_idle {
            writeln!(
                out,
                "note: 24 hours after the last record, some alarms can still change state"
            )?;
        }
        if let Some(delivery) = self.delivery() {
            writeln!(out, "{delivery}")?;
        }
        if self.counts.undated > 0 {
            writeln!(out, "without a timestamp: {}; skipped", self.counts.undated)?;
        }
        if !self.examples.is_empty() {
            writeln!(
                out,
                "using example values for parameters: {}",
                self.examples.join(", ")
            )?;
        }
        Ok(())
    }

    fn write_files(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "files: {} read", self.files)?;
        let unused = [("not read", &self.failed), ("skipped", &self.skipped)];
        for (what, files) in unused {
            for SkippedFile { file, reason } in files {
                writeln!(out, "{what}: {file}: {reason}")?;
            }
        }
        Ok(())
    }
}

/// Writes the table of the alarms.
fn write_alarms(alarms: &BTreeMap<String, AlarmCounts>, out: &mut dyn Write) -> io::Result<()> {
    let width = alarms.keys().map(|name| name.chars().count()).max();
    let width = width.unwrap_or_default();
    writeln!(out, "{:width$}  ALARM  changes  emails", "")?;
    for (name, counts) in alarms {
        let AlarmCounts {
            alarms,
            transitions,
            notifications,
        } = counts;
        writeln!(
            out,
            "{name:width$}  {alarms:5}  {transitions:7}  {notifications:5}"
        )?;
    }
    writeln!(out)
}
