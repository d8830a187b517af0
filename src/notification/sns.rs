use std::error::Error;
use std::io;
use std::time::Duration;

use aws_sdk_sns::Client;
use aws_sdk_sns::config::retry::RetryConfig;
use aws_sdk_sns::config::timeout::TimeoutConfig;
use aws_sdk_sns::error::{ProvideErrorMetadata as _, SdkError};
use aws_sdk_sns::operation::publish::PublishError as Failure;
use aws_sdk_sns::operation::publish::builders::PublishFluentBuilder;
use aws_sdk_sns::types::MessageAttributeValue;

use super::{Notification, PublishError, PublishFailure, Publisher};
use crate::client::LazyClient;

/// Time between the starts of two publications: four a second.
///
/// SNS delivers ten emails a second to a subscription, and deactivates one that gets more (AWS re:Post, "Why was my Amazon
/// SNS email subscription disabled"). The documented limit of this function is five a second, so that others can publish to
/// the topic too. Four leave a margin, because the time between the reservation and the request differs.
const INTERVAL: Duration = Duration::from_millis(250);

/// The longest time of one request. It is long because the topic may have accepted a notification that it did not answer.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(15);

/// The error codes of a topic that did not accept a notification and may accept it later (SNS API Reference, "Common errors").
const REFUSALS: [&str; 5] = [
    "RequestThrottled",
    "ServiceUnavailable",
    "Throttled",
    "Throttling",
    "ThrottlingException",
];

/// Publishes to an SNS topic, one text for each protocol (`MessageStructure=json`).
#[derive(Debug)]
pub struct SnsPublisher {
    client: LazyClient<Client>,
    topic_arn: String,
}

impl SnsPublisher {
    /// A publisher to this topic.
    pub fn new(client: impl Into<LazyClient<Client>>, topic_arn: String) -> Self {
        let client = client.into();
        Self { client, topic_arn }
    }

    /// Makes one request: each can be an email, so the caller decides whether and when there is another.
    async fn send(&self, request: PublishFluentBuilder) -> Result<(), SdkError<Failure>> {
        let timeout = TimeoutConfig::builder()
            .operation_attempt_timeout(ATTEMPT_TIMEOUT)
            .operation_timeout(ATTEMPT_TIMEOUT)
            .build();
        let once = aws_sdk_sns::Config::builder()
            .retry_config(RetryConfig::disabled())
            .timeout_config(timeout);
        let sent = request.customize().config_override(once).send().await;
        sent.map(drop)
    }
}

/// What is known of the attempt.
fn failure(error: &SdkError<Failure>) -> PublishFailure {
    if error.code().is_some_and(|code| REFUSALS.contains(&code)) {
        return PublishFailure::Throttled;
    }
    match error {
        SdkError::ConstructionFailure(_) | SdkError::ServiceError(_) => PublishFailure::Rejected,
        SdkError::TimeoutError(_) => PublishFailure::TimedOut,
        other => {
            let mut cause = other.source();
            while let Some(error) = cause {
                let io = error.downcast_ref::<io::Error>();
                if io.is_some_and(|io| io.kind() == io::ErrorKind::ConnectionRefused) {
                    return PublishFailure::Rejected;
                }
                cause = error.source();
            }
            PublishFailure::Unanswered
        }
    }
}

impl Publisher for SnsPublisher {
    fn interval(&self) -> Duration {
        INTERVAL
    }

    async fn confirmed_subscriptions(&self) -> Result<Option<u64>, Box<dyn Error + Send + Sync>> {
        let request = self.client.get().await.get_topic_attributes();
        let answer = request.topic_arn(&self.topic_arn).send().await?;
        let attributes = answer.attributes.unwrap_or_default();
        let confirmed = attributes.get("SubscriptionsConfirmed");
        Ok(Some(confirmed.map_or(Ok(0), |number| number.parse())?))
    }

    async fn publish(&self, notification: &Notification) -> Result<(), PublishError> {
        let failed = |failure, source| PublishError {
            id: notification.id.clone(),
            receiver: self.topic_arn.clone(),
            failure,
            source,
        };
        let mut request = self
            .client
            .get()
            .await
            .publish()
            .topic_arn(&self.topic_arn)
            .subject(&notification.subject)
            .message_structure("json")
            .message(notification.message());
        for (name, value) in &notification.attributes {
            let attribute = MessageAttributeValue::builder()
                .data_type("String")
                .string_value(value)
                .build()
                .map_err(|error| failed(PublishFailure::Rejected, error.into()))?;
            request = request.message_attributes(*name, attribute);
        }
        let sent = self.send(request).await;
        sent.map_err(|error| failed(failure(&error), error.into()))
    }
}
