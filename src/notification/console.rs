use std::io::Write as _;

use super::{Notification, PublishError, PublishFailure, Publisher};

/// Prints subject and mail on standard output. For local runs.
#[derive(Clone, Copy, Debug, Default)]
pub struct ConsolePublisher;

impl Publisher for ConsolePublisher {
    async fn publish(&self, notification: &Notification) -> Result<(), PublishError> {
        let Notification {
            id, subject, email, ..
        } = notification;
        let mut out = std::io::stdout().lock();
        // A blank line ends the head, as in a mail.
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
