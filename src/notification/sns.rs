//! The publisher to an SNS topic.

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

use crate::client::LazyClient;
use crate::notification::message::Notification;
use crate::notification::publisher::{PublishError, PublishFailure, Publisher};

/// Minimum time between the starts of two publications: four per second.
///
/// SNS delivers ten emails per second to a subscription, and deactivates a subscription that receives more. Source: AWS
/// re:Post, "Why was my Amazon SNS email subscription disabled". The documented limit of this function is five per
/// second, so that others can also publish to the topic. Four leave a margin for the varying time between reservation
/// and request.
const INTERVAL: Duration = Duration::from_millis(250);

/// Timeout of a request. It is long, because SNS may have accepted a notification before the request times out.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(15);

/// Error codes after which SNS may accept the notification later. Source: SNS API Reference, "Common errors".
const THROTTLING_CODES: [&str; 5] = [
    "RequestThrottled",
    "ServiceUnavailable",
    "Throttled",
    "Throttling",
    "ThrottlingException",
];

/// Publishes to an SNS topic, with one text for each protocol (`MessageStructure=json`).
#[derive(Debug)]
pub struct SnsPublisher {
    client: LazyClient<Client>,
    topic_arn: String,
}

impl SnsPublisher {
    /// Creates a publisher to this topic.
    pub fn new(client: impl Into<LazyClient<Client>>, topic_arn: String) -> Self {
        let client = client.into();
        Self { client, topic_arn }
    }

    /// Sends one request without retries. Each request can result in an email, so the caller decides about retries.
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

/// Classifies a failed request.
fn failure(error: &SdkError<Failure>) -> PublishFailure {
    if error
        .code()
        .is_some_and(|code| THROTTLING_CODES.contains(&code))
    {
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
