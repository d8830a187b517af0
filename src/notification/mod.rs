//! What is said, and how it is sent.
//!
//! [`render`] is a pure function of the definition, what happened and where: an owed notification reads the same whoever
//! publishes it. A [`Publisher`] sends it.

mod arn;
mod caller;
mod chat;
mod command;
mod console;
mod denied;
mod diagnosis;
mod document;
mod general;
mod harmless;
mod insights;
mod kms;
mod link;
mod mail;
mod ours;
mod region;
mod scene;
mod sns;
mod subject;

use std::collections::BTreeSet;
use std::error::Error;
use std::future::Future;
use std::time::Duration;

use serde::Serialize;

use crate::alarm::AlarmState;
use crate::alarm::definition::AlarmDefinition;
use crate::alarm::state::PendingNotification;
use crate::evidence::Fact;
use crate::series::Group;

use caller::Caller;
use harmless::harmless;
use scene::Scene;

pub use console::ConsolePublisher;
pub use mail::MAX_EMAIL;
pub use sns::SnsPublisher;

/// Where an alarm lives, as its notifications say it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeploymentContext {
    /// The account of the function.
    pub account: String,
    /// The Region of the function, such as `ap-southeast-2`.
    pub region: String,
    /// The topic that notifications go to, if any.
    pub topic_arn: Option<String>,
    /// The log group that CloudTrail writes to, for links.
    pub log_group: Option<String>,
    /// What programs get.
    pub format: Format,
}

/// What stands in [`Notification::default`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// CloudWatch's document, with our data under one last key.
    #[default]
    CloudWatch,
    /// A custom notification of Amazon Q Developer in chat applications (AWS Chatbot), for channels in Slack and Teams.
    AmazonQ,
}

/// A message to people and to machines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notification {
    /// Tells it from all others; the same when it is published again.
    pub id: String,
    /// At most 100 ASCII characters, as CloudWatch writes it.
    pub subject: String,
    /// Plain text for a person.
    pub email: String,
    /// One line.
    pub sms: String,
    /// JSON for programs, see [`Format`].
    pub default: String,
    /// For the topic's filter policies: name and value.
    pub attributes: Vec<(&'static str, String)>,
}

/// Takes notifications to their readers.
pub trait Publisher: Sync {
    /// Least time between the starts of two publications, over all invocations; zero if there is no limit.
    fn interval(&self) -> Duration {
        Duration::ZERO
    }

    /// How many confirmed subscriptions the topic has; `None` if notifications do not go to a topic.
    ///
    /// # Errors
    /// The topic does not answer, or its answer has no valid number.
    fn confirmed_subscriptions(
        &self,
    ) -> impl Future<Output = Result<Option<u64>, Box<dyn Error + Send + Sync>>> + Send {
        async { Ok(None) }
    }

    /// Makes one attempt to publish a notification. When this returns, the receiver has it.
    fn publish(
        &self,
        notification: &Notification,
    ) -> impl Future<Output = Result<(), PublishError>> + Send;
}

/// A notification that was not taken. It stays owed; trying again can help.
#[derive(Debug, thiserror::Error)]
#[error("cannot publish notification {id} to {receiver}")]
#[non_exhaustive]
pub struct PublishError {
    /// The notification.
    pub id: String,
    /// The topic's ARN, or `standard output`.
    pub receiver: String,
    /// What is known of the attempt.
    pub failure: PublishFailure,
    /// The cause.
    #[source]
    pub source: Box<dyn Error + Send + Sync>,
}

/// What is known of a failed attempt to publish.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PublishFailure {
    /// The receiver did not take the notification, and can take it a moment later.
    Throttled,
    /// The receiver did not take the notification.
    Rejected,
    /// The connection ended without an answer. The receiver may have taken the notification.
    Unanswered,
    /// No answer came in time. The receiver may have taken the notification.
    TimedOut,
}

impl Notification {
    /// One JSON document of the texts for all protocols, as `Publish` takes it with `MessageStructure=json`.
    ///
    /// # Panics
    /// Never: texts are JSON.
    pub fn message(&self) -> String {
        let texts = Texts {
            default: &self.default,
            email: &self.email,
            sms: &self.sms,
        };
        serde_json::to_string(&texts).expect("texts are JSON")
    }
}

#[derive(Serialize)]
struct Texts<'a> {
    default: &'a str,
    email: &'a str,
    sms: &'a str,
}

/// Writes the notification that is owed.
pub fn render(
    definition: &AlarmDefinition,
    group: &Group,
    owed: &PendingNotification,
    place: &DeploymentContext,
) -> Notification {
    let region = region::display_name(&place.region);
    let scene = Scene {
        definition,
        group,
        owed,
        place,
        region,
    };
    let diagnosis = diagnosis::diagnose(&scene);
    let state = owed.change.to.as_str();
    let specifics = specifics(group, owed);
    let subject = subject::subject(state, &definition.name, region, &specifics);
    let default = match place.format {
        Format::CloudWatch => document::document(&scene, &diagnosis),
        Format::AmazonQ => chat::notification(&scene, &diagnosis, &subject),
    };
    Notification {
        id: owed.id.clone(),
        email: mail::mail(&scene, &diagnosis),
        sms: subject::sms(state, &definition.name, region, &specifics, &brief(&scene)),
        default,
        attributes: attributes(definition, owed, place),
        subject,
    }
}

/// What tells this notification from others of the alarm: the values of its group, and which reminder it is.
fn specifics(group: &Group, owed: &PendingNotification) -> String {
    let values = group
        .0
        .iter()
        .map(|(_, value)| harmless(value.as_deref().unwrap_or("(none)")));
    let reminder = (owed.repeat > 0).then(|| format!("reminder {}", owed.repeat));
    values.chain(reminder).collect::<Vec<_>>().join(", ")
}

/// What happened, for one line: `27 x AccessDenied, app-task`. Nothing where it is no alarm, or not by a record.
fn brief(scene: &Scene<'_>) -> String {
    let evidence = scene.evidence();
    if scene.owed.change.to != AlarmState::Alarm || evidence.count == 0 {
        return String::new();
    }
    if !scene.is_complete() {
        return scene.amount(evidence.count, evidence.at_least);
    }
    let codes = scene.tally(|facts| facts.text(Fact::ErrorCode));
    let failed: u64 = codes.iter().map(|(_, count)| count).sum();
    let calls = scene.tally(scene::call);
    let what = match (codes.as_slice(), calls.as_slice()) {
        ([(code, _)], _) if failed == evidence.count => harmless::error_code(code),
        ([_, _, ..], _) if failed == evidence.count => {
            format!("failed call ({} errors)", codes.len())
        }
        (_, []) => "event without a name".to_owned(),
        (_, [(call, _)]) => harmless(call),
        (_, calls) => format!("{} calls", calls.len()),
    };
    let callers: BTreeSet<Caller<'_>> = (scene.callers().into_iter())
        .map(|(caller, _)| caller.without_session())
        .collect();
    let who = match callers.first() {
        Some(caller) if callers.len() == 1 => caller.name(),
        _ => format!("{} callers", callers.len()),
    };
    let least = if evidence.at_least { "at least " } else { "" };
    format!("{least}{} x {what}, {who}", evidence.count)
}

fn attributes(
    definition: &AlarmDefinition,
    owed: &PendingNotification,
    place: &DeploymentContext,
) -> Vec<(&'static str, String)> {
    let mut attributes = vec![
        ("alarm", definition.name.clone()),
        ("state", owed.change.to.as_str().to_owned()),
        ("id", owed.id.clone()),
    ];
    if let Some(severity) = definition.severity {
        attributes.push(("severity", severity.as_str().to_owned()));
    }
    for (name, value) in [("account", &place.account), ("region", &place.region)] {
        if !value.is_empty() {
            attributes.push((name, value.clone()));
        }
    }
    attributes
}
