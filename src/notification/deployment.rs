//! Where the function is deployed.

use crate::alarm::account_names::AccountNames;

/// The deployment that notifications refer to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeploymentContext {
    /// The account of the function.
    pub account: String,
    /// The Region of the function, such as `ap-southeast-2`.
    pub region: String,
    /// The SNS topic that notifications are published to, if any.
    pub topic_arn: Option<String>,
    /// The log group that CloudTrail writes to. Notifications contain links to it.
    pub log_group: Option<String>,
    /// Format of [`Notification::default`](crate::notification::Notification::default).
    pub format: Format,
    /// The names of accounts in the alarms file.
    pub account_names: AccountNames,
}

/// Format of [`Notification::default`](crate::notification::Notification::default).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// The JSON document of a CloudWatch alarm, with one more key for this project's data.
    #[default]
    CloudWatch,
    /// A custom notification of Amazon Q Developer in chat applications (AWS Chatbot), for channels in Slack and Teams.
    AmazonQ,
}
