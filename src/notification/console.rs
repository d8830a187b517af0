//! The publisher of local runs.

use std::io::Write as _;

use crate::notification::message::Notification;
use crate::notification::publisher::{PublishError, PublishFailure, Publisher};

/// Prints the subject and the email to standard output.
#[derive(Clone, Copy, Debug, Default)]
pub struct ConsolePublisher;

impl Publisher for ConsolePublisher {
    async fn publish(&self, notification: &Notification) -> Result<(), PublishError> {
        let Notification {
            id, subject, email, ..
        } = notification;
        let mut out = std::io::stdout().lock();
        // As in an email, an empty line ends the header.
        write!(out, "Subject: {subject}\n\n{email}\n")
            .and_then(|()| out.flush())
            .map_err(|source| PublishError {
                failure: PublishFailure::Rejected,
                id: id.clone(),
                receiver: "standard output".to_owned(),
                source: source.into(),
            })
    }
}
