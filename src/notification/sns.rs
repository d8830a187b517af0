use aws_sdk_sns::Client;
use aws_sdk_sns::types::MessageAttributeValue;

use super::{Notification, PublishError, Publisher};

/// Publishes to an SNS topic, one text for each protocol (`MessageStructure=json`).
#[derive(Clone, Debug)]
pub struct SnsPublisher {
    client: Client,
    topic_arn: String,
}

impl SnsPublisher {
    /// A publisher to this topic.
    pub fn new(client: Client, topic_arn: String) -> Self {
        Self { client, topic_arn }
    }
}

impl Publisher for SnsPublisher {
    async fn publish(&self, notification: &Notification) -> Result<(), PublishError> {
        let failed = |source| PublishError {
            id: notification.id.clone(),
            receiver: self.topic_arn.clone(),
            source,
        };
        let mut request = self
            .client
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
                .map_err(|error| failed(error.into()))?;
            request = request.message_attributes(*name, attribute);
        }
        request.send().await.map_err(|error| failed(error.into()))?;
        Ok(())
    }
}
