//! Publishers without a service.

use std::future::pending;
use std::sync::{Arc, Mutex, PoisonError};

use cloudtrail_alarms::notification::{Notification, PublishError, Publisher};

/// Publishes successfully, and records all notifications. Clones share the record.
#[derive(Clone, Debug, Default)]
pub struct RecordingPublisher(Arc<Mutex<Vec<Notification>>>);

impl RecordingPublisher {
    /// All notifications so far.
    pub fn published(&self) -> Vec<Notification> {
        let published = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        published.clone()
    }

    /// The notifications since the last call.
    pub fn take(&self) -> Vec<Notification> {
        let mut published = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut published)
    }
}

impl Publisher for RecordingPublisher {
    async fn publish(&self, notification: &Notification) -> Result<(), PublishError> {
        let mut published = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        published.push(notification.clone());
        Ok(())
    }
}

/// Never answers, so that notifications stay pending.
#[derive(Clone, Copy, Debug)]
pub struct UnresponsivePublisher;

impl Publisher for UnresponsivePublisher {
    async fn publish(&self, _: &Notification) -> Result<(), PublishError> {
        pending().await
    }
}
