//! What is said, and how it is sent.
//!
//! [`render`] is a pure function of the definition, what happened and where: but for the time at which the alarms were
//! loaded ([`Place::configured`]) an owed notification reads the same whoever publishes it. A [`Publisher`] sends it.

mod console;
mod document;
mod email;
mod harmless;
mod region;
mod sns;
mod subject;

use std::error::Error;
use std::future::Future;

use jiff::Timestamp;

use crate::alarm::definition::AlarmDefinition;
use crate::alarm::state::Owed;
use crate::series::Group;

pub use console::ConsolePublisher;
pub use sns::SnsPublisher;

/// Where an alarm lives, as its notifications say it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// The account of the function.
    pub account: String,
    /// The Region of the function, such as `ap-southeast-2`.
    pub region: String,
    /// The topic that notifications go to, if any.
    pub topic_arn: Option<String>,
    /// When the alarms were loaded.
    pub configured: Timestamp,
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
    /// The JSON document that CloudWatch would send, with our data under one last key.
    pub default: String,
    /// For the topic's filter policies: name and value.
    pub attributes: Vec<(&'static str, String)>,
}

/// Takes notifications to their readers.
pub trait Publisher: Sync {
    /// Publishes one; when this returns, it is with the receiver.
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
    /// The cause.
    #[source]
    pub source: Box<dyn Error + Send + Sync>,
}

/// Writes the notification that is owed.
pub fn render(
    definition: &AlarmDefinition,
    group: &Group,
    owed: &Owed,
    place: &Place,
) -> Notification {
    let region = region::display_name(&place.region);
    let state = owed.change.to.as_str();
    let mut attributes = vec![
        ("alarm", definition.name.clone()),
        ("state", state.to_owned()),
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
    Notification {
        id: owed.id.clone(),
        subject: subject::subject(state, &definition.name, region),
        email: email::email(definition, group, owed, place, region),
        sms: subject::sms(state, &definition.name, region),
        default: document::document(definition, group, owed, place, region),
        attributes,
    }
}
