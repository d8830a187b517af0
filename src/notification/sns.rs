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

use super::{Notification, PublishError, Publisher};
use crate::client::LazyClient;

/// How long after one publication the next may begin: four a second.
///
/// SNS delivers ten emails a second to a subscription, and deactivates one that gets more (AWS re:Post, "Why was my Amazon
/// SNS email subscription disabled"). At most five a second leave room for others that use the topic, and four of them
/// for requests that take a different time each.
const INTERVAL: Duration = Duration::from_millis(250);

/// How long one try may take. When it ends nobody knows whether the topic took the notification, so it is not short.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(15);

/// How often a topic is asked that says it has too much to do.
const MAX_REFUSALS: u32 = 5;

/// How long the first pause after that is at most; it doubles.
const FIRST_PAUSE: Duration = Duration::from_millis(200);

/// What a topic says that took nothing and may take it later (SNS API Reference, "Common errors").
const REFUSALS: [&str; 5] = [
    "RequestThrottled",
    "ServiceUnavailable",
    "Throttled",
    "Throttling",
    "ThrottlingException",
];

/// Publishes to an SNS topic, one text for each protocol (`MessageStructure=json`).
///
/// What may have been published although no answer came is tried once more and no further: each try can be a mail.
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

    async fn send(&self, request: &PublishFluentBuilder) -> Result<(), SdkError<Failure>> {
        let patience = TimeoutConfig::builder()
            .operation_attempt_timeout(ATTEMPT_TIMEOUT)
            .operation_timeout(ATTEMPT_TIMEOUT)
            .build();
        // The SDK would repeat what timed out as often as what was throttled.
        let once = aws_sdk_sns::Config::builder()
            .retry_config(RetryConfig::disabled())
            .timeout_config(patience);
        let (mut refusals, mut unanswered) = (0, 0);
        loop {
            let sent = request.clone().customize().config_override(once.clone());
            let Err(error) = sent.send().await else {
                return Ok(());
            };
            if error.code().is_some_and(|code| REFUSALS.contains(&code)) {
                refusals += 1;
                if refusals == MAX_REFUSALS {
                    return Err(error);
                }
                let longest = FIRST_PAUSE.saturating_mul(1 << refusals);
                tokio::time::sleep(longest.mul_f64(fastrand::f64())).await;
            } else {
                unanswered += 1;
                let has_had_its_time = matches!(error, SdkError::TimeoutError(_));
                if unanswered == 2 || has_had_its_time || error.as_service_error().is_some() {
                    return Err(error);
                }
            }
        }
    }
}

/// Whether the topic cannot have taken the notification.
fn was_refused(error: &SdkError<Failure>) -> bool {
    match error {
        SdkError::ConstructionFailure(_) | SdkError::ServiceError(_) => true,
        other => {
            let mut cause = other.source();
            while let Some(error) = cause {
                let io = error.downcast_ref::<io::Error>();
                if io.is_some_and(|io| io.kind() == io::ErrorKind::ConnectionRefused) {
                    return true;
                }
                cause = error.source();
            }
            false
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
        let failed = |was_refused, source| PublishError {
            id: notification.id.clone(),
            receiver: self.topic_arn.clone(),
            was_refused,
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
                .map_err(|error| failed(true, error.into()))?;
            request = request.message_attributes(*name, attribute);
        }
        let sent = self.send(&request).await;
        sent.map_err(|error| failed(was_refused(&error), error.into()))
    }
}
