//! A rendered notification.

use serde::Serialize;

/// A notification with one text for each protocol.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notification {
    /// Unique ID. It is the same if the notification is published again.
    pub id: String,
    /// Subject in CloudWatch's format, at most 100 ASCII characters.
    pub subject: String,
    /// Plain text of the email.
    pub email: String,
    /// Text message on one line.
    pub sms: String,
    /// JSON for programs, see [`Format`](crate::notification::Format).
    pub default: String,
    /// Message attributes for the topic's filter policies: name and value.
    pub attributes: Vec<(&'static str, String)>,
}

impl Notification {
    /// JSON with the text of each protocol: the `Message` of `Publish` if `MessageStructure` is `json`.
    ///
    /// # Panics
    /// Never: any string can be serialized.
    pub fn message(&self) -> String {
        let texts = Texts {
            default: &self.default,
            email: &self.email,
            sms: &self.sms,
        };
        serde_json::to_string(&texts).expect("any string can be serialized")
    }
}

#[derive(Serialize)]
struct Texts<'a> {
    default: &'a str,
    email: &'a str,
    sms: &'a str,
}
