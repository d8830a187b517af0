//! The trait of publishers, and the errors of publishing.

use std::error::Error;
use std::future::Future;
use std::time::Duration;

use crate::notification::message::Notification;

/// Publishes notifications.
pub trait Publisher: Sync {
    /// Minimum time between the starts of two publications, across all invocations; zero if there is no limit.
    fn interval(&self) -> Duration {
        Duration::ZERO
    }

    /// Number of confirmed subscriptions of the topic. `None` if notifications are not published to a topic.
    ///
    /// # Errors
    /// The request fails, or the response contains no valid number.
    fn confirmed_subscriptions(
        &self,
    ) -> impl Future<Output = Result<Option<u64>, Box<dyn Error + Send + Sync>>> + Send {
        async { Ok(None) }
    }

    /// Makes one attempt to publish a notification. If this returns `Ok`, the receiver has accepted it.
    ///
    /// # Errors
    /// The attempt failed. The receiver may have accepted the notification, see [`PublishFailure`].
    fn publish(
        &self,
        notification: &Notification,
    ) -> impl Future<Output = Result<(), PublishError>> + Send;
}

/// A failed attempt to publish a notification, which remains pending. A retry can succeed.
#[derive(Debug, thiserror::Error)]
#[error("cannot publish notification {id} to {receiver}")]
#[non_exhaustive]
pub struct PublishError {
    /// ID of the notification.
    pub id: String,
    /// The topic's ARN, or `standard output`.
    pub receiver: String,
    /// The kind of failure.
    pub failure: PublishFailure,
    /// Cause of the failure.
    #[source]
    pub source: Box<dyn Error + Send + Sync>,
}

/// Kind of a failed attempt to publish.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PublishFailure {
    /// The receiver did not accept the notification, and may accept it shortly after.
    Throttled,
    /// The receiver did not accept the notification.
    Rejected,
    /// The connection ended without a response. The receiver may have accepted the notification.
    Unanswered,
    /// The request timed out. The receiver may have accepted the notification.
    TimedOut,
}
