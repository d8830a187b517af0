//! Cache of the subscriptions of the topic.

use std::sync::Mutex;

use jiff::Timestamp;

/// Cache of the number of confirmed subscriptions of the topic.
#[derive(Debug, Default)]
pub(super) struct Subscriptions(pub(super) Mutex<Option<SubscriptionCount>>);

/// Number of confirmed subscriptions at a time; `None` if there is no topic.
#[derive(Clone, Copy, Debug)]
pub(super) struct SubscriptionCount {
    pub(super) at: Timestamp,
    pub(super) confirmed: Option<u64>,
}
