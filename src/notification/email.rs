//! The mail: plain text for the person who is on call. What matters most comes first.

use std::fmt::Write as _;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::harmless::harmless;
use super::{Place, document};
use crate::alarm::AlarmState;
use crate::alarm::definition::AlarmDefinition;
use crate::alarm::state::Owed;
use crate::evidence::{Evidence, Fact, Facts};
use crate::series::Group;

/// Most different values that one line lists.
const MAX_LISTED: usize = 4;

/// Most records that are shown one by one.
const MAX_SAMPLES: usize = 3;

/// Writes the mail.
pub(super) fn email(
    definition: &AlarmDefinition,
    group: &Group,
    owed: &Owed,
    place: &Place,
    region: &str,
) -> String {
    let mut mail = Mail(String::new());
    mail.line(&headline(definition, owed, region));
    mail.line(&definition.description);
    let evidence = &owed.evidence;
    if evidence.count > 0 {
        what_happened(&mut mail, evidence);
    }
    mail.section("Alarm");
    mail.field("Name", &definition.name);
    if let Some(severity) = definition.severity {
        mail.field("Severity", severity.as_str());
    }
    if !group.0.is_empty() {
        mail.field("Group", &group.to_text());
    }
    mail.field(
        "State change",
        &format!("{} -> {}", owed.change.from, owed.change.to),
    );
    mail.field("Reason", &owed.change.reason);
    mail.field("At", &instant(owed.change.at));
    mail.field("Condition", &condition(definition));
    mail.field(
        "Metric",
        &format!("{} {}", definition.namespace, definition.metric_name),
    );
    mail.field("Filter pattern", &definition.pattern.to_string());
    if let Some(runbook) = &definition.runbook {
        mail.field("Runbook", runbook);
    }
    mail.field("Alarm ARN", &document::alarm_arn(definition, place));
    mail.field("Notification", &owed.id);
    mail.0
}

fn headline(definition: &AlarmDefinition, owed: &Owed, region: &str) -> String {
    let name = harmless(&definition.name);
    match (owed.repeat, owed.change.to) {
        (0, AlarmState::Alarm) => format!("The alarm \"{name}\" in {region} went to ALARM."),
        (0, AlarmState::Ok) => format!("The alarm \"{name}\" in {region} is OK again."),
        (0, AlarmState::InsufficientData) => {
            format!("The alarm \"{name}\" in {region} has too little data to tell its state.")
        }
        (repeat, _) => {
            format!("The alarm \"{name}\" in {region} is still in ALARM (reminder {repeat}).")
        }
    }
}

fn what_happened(mail: &mut Mail, evidence: &Evidence) {
    mail.section("What");
    mail.field("Count", &count(evidence));
    mail.tally("API call", &evidence.tally(Fact::EventName));
    mail.tally("Service", &evidence.tally(Fact::EventSource));
    mail.tally("Error code", &evidence.tally(Fact::ErrorCode));
    mail.tally("Key or resource", &evidence.tally_by(resource));
    mail.tally(
        "Error message",
        &evidence.among_records(|facts| facts.text(Fact::ErrorMessage)),
    );
    mail.section("Who");
    mail.tally(
        "Role",
        &evidence.among_records(|facts| facts.text(Fact::RoleArn)),
    );
    mail.tally("Session", &evidence.tally_by(Facts::session_name));
    mail.tally("Identity", &evidence.tally_by(identity));
    mail.tally(
        "Access key",
        &evidence.among_records(|facts| facts.text(Fact::AccessKeyId)),
    );
    mail.tally(
        "Invoked by",
        &evidence.among_records(|facts| facts.text(Fact::InvokedBy)),
    );
    mail.tally("Source address", &evidence.tally(Fact::SourceIpAddress));
    mail.tally(
        "User agent",
        &evidence.among_records(|facts| facts.text(Fact::UserAgent)),
    );
    mail.section("When");
    if let (Some(first), Some(last)) = (evidence.first, evidence.last) {
        mail.field("First call", &instant(first));
        mail.field("Last call", &instant(last));
    }
    mail.section("Where");
    mail.tally(
        "Account",
        &evidence.among_records(|facts| facts.text(Fact::RecipientAccountId)),
    );
    mail.tally(
        "Region",
        &evidence.among_records(|facts| facts.text(Fact::AwsRegion)),
    );
    mail.tally(
        "VPC endpoint",
        &evidence.among_records(|facts| facts.text(Fact::VpcEndpointId)),
    );
    mail.section("Records");
    for facts in evidence.records.iter().take(MAX_SAMPLES) {
        mail.line(&sample(facts));
    }
    let shown = evidence.records.len().min(MAX_SAMPLES) as u64;
    if evidence.count > shown {
        mail.line(&format!("and {} more", evidence.count - shown));
    }
}

fn count(evidence: &Evidence) -> String {
    let least = if evidence.at_least { "at least " } else { "" };
    let known = evidence.records.len() as u64;
    let noun = if evidence.count == 1 {
        "record"
    } else {
        "records"
    };
    if evidence.count > known {
        format!(
            "{least}{} {noun}; the lines below are of {known} of them",
            evidence.count
        )
    } else {
        format!("{least}{} {noun}", evidence.count)
    }
}

/// What the call was about: the resource, else the key that was asked for.
fn resource(facts: &Facts) -> Option<&str> {
    facts
        .text(Fact::ResourceArn)
        .or_else(|| facts.text(Fact::KeyId))
}

/// Who it was, where no role says it.
fn identity(facts: &Facts) -> Option<&str> {
    match facts.text(Fact::RoleArn) {
        Some(_) => None,
        None => [
            Fact::IdentityArn,
            Fact::UserName,
            Fact::PrincipalId,
            Fact::IdentityType,
        ]
        .into_iter()
        .find_map(|fact| facts.text(fact)),
    }
}

fn sample(facts: &Facts) -> String {
    let parts = [
        Fact::EventTime,
        Fact::EventName,
        Fact::ErrorCode,
        Fact::EventId,
    ];
    parts
        .into_iter()
        .filter_map(|fact| facts.text(fact))
        .collect::<Vec<_>>()
        .join("  ")
}

fn condition(definition: &AlarmDefinition) -> String {
    let settings = &definition.settings;
    format!(
        "{:?} of the matches is {:?} {} for {} of {} periods of {} seconds; missing data: {:?}",
        definition.statistic,
        settings.comparison_operator,
        crate::alarm::evaluation::java_double(settings.threshold),
        settings.datapoints_needed(),
        settings.evaluation_periods,
        settings.period,
        settings.treat_missing_data,
    )
}

fn instant(time: Timestamp) -> String {
    time.to_zoned(TimeZone::UTC)
        .strftime("%Y-%m-%d %H:%M:%S UTC")
        .to_string()
}

struct Mail(String);

impl Mail {
    fn line(&mut self, text: &str) {
        if !text.is_empty() {
            self.0.push_str(&harmless(text));
            self.0.push('\n');
        }
    }

    fn section(&mut self, title: &str) {
        let _ = write!(self.0, "\n{title}\n");
    }

    fn field(&mut self, name: &str, text: &str) {
        let _ = writeln!(self.0, "  {:<16} {}", format!("{name}:"), harmless(text));
    }

    /// One field with the values and how often each occurs; nothing where there is none.
    fn tally(&mut self, name: &str, counts: &[(&str, u64)]) {
        let mut label = name;
        for (value, count) in counts.iter().take(MAX_LISTED) {
            let times = if counts.len() > 1 {
                format!(" ({count})")
            } else {
                String::new()
            };
            let colon = if label.is_empty() { "" } else { ":" };
            let _ = writeln!(
                self.0,
                "  {:<16} {}{times}",
                format!("{label}{colon}"),
                harmless(value)
            );
            label = "";
        }
        if counts.len() > MAX_LISTED {
            let _ = writeln!(
                self.0,
                "  {:<16} and {} more",
                "",
                counts.len() - MAX_LISTED
            );
        }
    }
}
