//! What an encryption context says of the thing behind the call.
//!
//! Services write their resource into the context; the names are in each service's documentation on encryption at
//! rest. An application writes what it likes, in the clear.

use super::super::harmless::harmless;

/// Names in encryption contexts, and what the value is.
const KNOWN: [(&str, &str); 17] = [
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

/// One line for each pair: what it is, where the name is known, else name and value.
pub(super) fn lines(json: &str) -> Vec<String> {
    let Ok(serde_json::Value::Object(pairs)) = serde_json::from_str(json) else {
        // Cut, or no object: it is shown as it is.
        return vec![format!("encryption context {}", harmless(json))];
    };
    let line = |(name, value): (&String, &serde_json::Value)| {
        let value = value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned);
        match KNOWN.iter().find(|(known, _)| known == name) {
            Some((_, what)) => format!("{what} {}", harmless(&value)),
            None => format!("{} = {}", harmless(name), harmless(&value)),
        }
    };
    // What is known first.
    let (known, own): (Vec<_>, Vec<_>) =
        (pairs.iter()).partition(|(name, _)| KNOWN.iter().any(|(known, _)| known == name));
    known.into_iter().chain(own).map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::lines;

    #[test]
    fn what_is_known_is_named_and_comes_first() {
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
    fn what_is_no_object_is_shown_as_it_is() {
        assert_eq!(lines(r#"{"a":"b…"#), [r#"encryption context {"a":"b…"#]);
        assert_eq!(lines(r#"{"a":1}"#), ["a = 1"]);
    }
}
