//! Encryption contexts of KMS calls.
//!
//! AWS services put the ID of their resource into the context. Source: each service's documentation on encryption at
//! rest. Applications can put any plaintext there.

use crate::notification::sanitize::sanitize;

/// Names in encryption contexts, and the resource that the value identifies.
const RESOURCES: [(&str, &str); 17] = [
    ("aws:s3:arn", "S3 object or bucket"),
    ("SecretARN", "Secrets Manager secret"),
    ("PARAMETER_ARN", "SSM parameter"),
    ("aws:ebs:id", "EBS volume"),
    ("aws:dynamodb:tableName", "DynamoDB table"),
    ("aws:sqs:arn", "SQS queue"),
    ("aws:sns:topicArn", "SNS topic"),
    ("aws:lambda:FunctionArn", "environment of Lambda function"),
    ("aws:logs:arn", "CloudWatch Logs log group"),
    ("aws:rds:db-id", "RDS instance"),
    ("aws:rds:dbc-id", "RDS cluster"),
    ("aws:kinesis:arn", "Kinesis stream"),
    ("aws:ecr:arn", "ECR repository"),
    ("aws:elasticfilesystem:filesystem:id", "EFS file system"),
    ("aws:cloudtrail:arn", "CloudTrail trail"),
    ("aws:redshift:arn", "Redshift cluster"),
    ("aws:states:stateMachineArn", "Step Functions state machine"),
];

/// One line for each pair: the kind of resource if the name is known, otherwise name and value. Known names come first.
pub(super) fn lines(json: &str) -> Vec<String> {
    let Ok(serde_json::Value::Object(pairs)) = serde_json::from_str(json) else {
        // Truncated, or not an object.
        return vec![format!("encryption context {}", sanitize(json))];
    };
    let line = |(name, value): (&String, &serde_json::Value)| {
        let value = value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned);
        match RESOURCES.iter().find(|(known, _)| known == name) {
            Some((_, resource)) => format!("{resource} {}", sanitize(&value)),
            None => format!("{} = {}", sanitize(name), sanitize(&value)),
        }
    };
    let (known, other): (Vec<_>, Vec<_>) =
        (pairs.iter()).partition(|(name, _)| RESOURCES.iter().any(|(known, _)| known == name));
    known.into_iter().chain(other).map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::lines;

    #[test]
    fn known_names_are_described_and_come_first() {
        assert_eq!(
            lines(
                r#"{"SecretVersionId":"v","SecretARN":"arn:aws:secretsmanager:eu-west-1:111122223333:secret:a-1"}"#
            ),
            [
                "Secrets Manager secret arn:aws:secretsmanager:eu-west-1:111122223333:secret:a-1",
                "SecretVersionId = v"
            ]
        );
        assert_eq!(lines("{}"), [""; 0]);
    }

    #[test]
    fn text_that_is_not_an_object_is_shown_unchanged() {
        assert_eq!(lines(r#"{"a":"b…"#), [r#"encryption context {"a":"b…"#]);
        assert_eq!(lines(r#"{"a":1}"#), ["a = 1"]);
    }
}
