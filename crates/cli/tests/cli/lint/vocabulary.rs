//! Findings in the names of fields, values and services, and in placeholders.

use super::{finds, finds_nothing};

#[test]
fn fields_of_aggregated_events() {
    finds_nothing(&[
        r#"{ $.eventCategory = "Aggregated" && $.eventType = "AwsAggregatedEvent" && $.eventId = "*" }"#,
        r#"{ $.accountId = "111122223333" && $.timeWindow.windowSize = "PT5M" }"#,
        r#"{ $.summary.primaryDimension.dimension = "eventName" && $.summary.details[*].statistics[0].value > 100 }"#,
    ]);
    finds(
        r"
unknown-field: no CloudTrail record has `$.timeWindow.start`
{ $.timeWindow.start = X }
  ^^^^^^^^^^^^^^^^^^
",
    );
}

#[test]
fn fields_that_no_record_has() {
    finds(
        r#"
unknown-field: no CloudTrail record has `$.errorcode`; did you mean `$.errorCode`?
{ $.errorcode = "AccessDenied" }
  ^^^^^^^^^^^
{ $.errorCode = "AccessDenied" }
"#,
    );
    finds(
        r#"
unknown-field: no CloudTrail record has `$.userIdentity.sessionIssuer.arn`; did you mean `$.userIdentity.sessionContext.sessionIssuer.arn`?
{ $.userIdentity.sessionIssuer.arn = "*" }
  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
{ $.userIdentity.sessionContext.sessionIssuer.arn = "*" }
"#,
    );
    finds(
        r#"
unknown-field: no CloudTrail record has `$.resources.ARN`; did you mean `$.resources[*].ARN`?
{ $.resources.ARN = "arn:aws:kms:*" }
  ^^^^^^^^^^^^^^^
{ $.resources[*].ARN = "arn:aws:kms:*" }
"#,
    );
    finds(
        r"
unknown-field: no CloudTrail record has `$.detail.eventName`; did you mean `$.eventName`?
{ $.detail.eventName = X }
  ^^^^^^^^^^^^^^^^^^
{ $.eventName = X }
",
    );
    finds(
        r"
unknown-field: no CloudTrail record has `$.foo.bar`
{ $.foo.bar = 1 }
  ^^^^^^^^^
",
    );
    finds(
        r#"
unknown-field: no CloudTrail record has `$.source`
{ $.source = "aws.ec2" }
  ^^^^^^^^
"#,
    );
    finds(
        r"
unknown-field: no CloudTrail record has `$.eventName[0]`
{ $.eventName[0] = X }
  ^^^^^^^^^^^^^^
",
    );
    finds(
        r#"
unknown-field: no CloudTrail record has `$.userIdentity.sesionContext.atributes.mfaAuthenticated`; did you mean `$.userIdentity.sessionContext.attributes.mfaAuthenticated`?
{ $.userIdentity.sesionContext.atributes.mfaAuthenticated = "true" }
  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
{ $.userIdentity.sessionContext.attributes.mfaAuthenticated = "true" }
"#,
    );
    finds_nothing(&[
        r#"{ $.source = "aws.kms" && $.detail-type = "KMS CMK Rotation" && $.detail.key-id = "*" }"#,
        "{ $.requestParameters.anything.at.all = 1 }",
        "{ $.resources[0].ARN = x }",
        "{ $.* = x }",
        "{ $.userIdentity.* = x }",
        "{ $.userIdentity.onBehalfOf.userId = x }",
        "{ $.additionalEventData.SamlProviderArn NOT EXISTS }",
    ]);
}

#[test]
fn values_that_no_record_has() {
    finds(
        r#"
unknown-value: no record has the value `UpdateTrail` in `$.eventType`; known values: `AwsApiCall`, `AwsServiceEvent`, `AwsConsoleAction`, `AwsConsoleSignIn`, `AwsConsoleSignin`, `AwsCloudTrailInsight`, `AwsVpceEvent`, `AwsAggregatedEvent`
{ $.eventType = "UpdateTrail" }
                ^^^^^^^^^^^^^
"#,
    );
    finds(
        r#"
unknown-value: no record has the value `root` in `$.userIdentity.type`; did you mean `Root`?
{ $.userIdentity.type = "root" }
                        ^^^^^^
{ $.userIdentity.type = "Root" }
"#,
    );
    finds(
        r#"
unknown-value: no record has the value `false` in `$.additionalEventData.MFAUsed`; did you mean `No`?
{ $.additionalEventData.MFAUsed = "false" }
                                  ^^^^^^^
{ $.additionalEventData.MFAUsed = "No" }
"#,
    );
    finds(
        r"
unknown-value: no record has the value `Failed` in `$.responseElements.ConsoleLogin`; known values: `Success`, `Failure`
{ $.responseElements.ConsoleLogin = Failed }
                                    ^^^^^^
",
    );
    finds(
        r"
unknown-value: no record has the value `management` in `$.eventCategory`; did you mean `Management`?
{ $.eventCategory = management }
                    ^^^^^^^^^^
{ $.eventCategory = Management }
",
    );
    finds(
        r"
unknown-value: no record has the value `Service*` in `$.eventType`; known values: `AwsApiCall`, `AwsServiceEvent`, `AwsConsoleAction`, `AwsConsoleSignIn`, `AwsConsoleSignin`, `AwsCloudTrailInsight`, `AwsVpceEvent`, `AwsAggregatedEvent`
{ $.eventType = Aws* && $.eventType != Service* }
                                       ^^^^^^^^
",
    );
    finds_nothing(&[
        r#"{ $.eventType = "*" }"#,
        "{ $.eventType = AwsSomethingNewEvent }",
        r#"{ $.userIdentity.type = "SomethingNew" }"#,
        r#"{ $.additionalEventData.MFAUsed = "N*" }"#,
        "{ $.responseElements.ConsoleLogin = Failure }",
    ]);
}

#[test]
fn names_that_no_service_has() {
    finds(
        r#"
service-name: no record has the value `kms.amazon.com` in `$.eventSource`; did you mean `kms.amazonaws.com`?
{ $.eventSource = "kms.amazon.com" }
                  ^^^^^^^^^^^^^^^^
{ $.eventSource = "kms.amazonaws.com" }
"#,
    );
    finds(
        r"
service-name: no record has the value `secretmanager.amazonaws.com` in `$.eventSource`; did you mean `secretsmanager.amazonaws.com`?
{ $.eventSource = secretmanager.amazonaws.com }
                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^
{ $.eventSource = secretsmanager.amazonaws.com }
",
    );
    finds(
        r"
service-name: no record has the value `kms` in `$.eventSource`; did you mean `kms.amazonaws.com`?
{ $.eventSource = kms }
                  ^^^
{ $.eventSource = kms.amazonaws.com }
",
    );
    finds(
        r#"
service-name: no record has the value `cloudwatch.amazonaws.com` in `$.eventSource`; did you mean `monitoring.amazonaws.com`?
{ $.eventSource = "cloudwatch.amazonaws.com" && $.sourceIPAddress != "delivery.logs.amazon.com" }
                  ^^^^^^^^^^^^^^^^^^^^^^^^^^
{ $.eventSource = "monitoring.amazonaws.com" && $.sourceIPAddress != "delivery.logs.amazon.com" }
service-name: no record has the value `delivery.logs.amazon.com` in `$.sourceIPAddress`; did you mean `delivery.logs.amazonaws.com`?
{ $.eventSource = "cloudwatch.amazonaws.com" && $.sourceIPAddress != "delivery.logs.amazon.com" }
                                                                     ^^^^^^^^^^^^^^^^^^^^^^^^^^
{ $.eventSource = "cloudwatch.amazonaws.com" && $.sourceIPAddress != "delivery.logs.amazonaws.com" }
"#,
    );
    finds(
        r"
service-name: no record has the value `my.service` in `$.eventSource`; service names look like `kms.amazonaws.com`
{ $.eventSource = my.service }
                  ^^^^^^^^^^
",
    );
    finds_nothing(&[
        "{ $.eventSource = kms* }",
        r#"{ $.eventSource = "somethingnew.amazonaws.com" }"#,
        "{ $.sourceIPAddress = 10.0.0.1 }",
        r#"{ $.userIdentity.invokedBy = "AWS Internal" }"#,
    ]);
}

#[test]
fn placeholders_without_a_value() {
    finds(
        r#"
placeholder: `${AWS::Region}` is compared literally: nothing replaces it with a value
{ $.requestParameters.bucketName = "logs-${AWS::Region}" }
                                         ^^^^^^^^^^^^^^
"#,
    );
    finds(
        r#"
placeholder: `<BUCKET_NAME>` is compared literally: nothing replaces it with a value
{ $.requestParameters.bucketName = "<BUCKET_NAME>" }
                                    ^^^^^^^^^^^^^
"#,
    );
    finds_nothing(&[
        r#"{ $.requestParameters.bucketName = "${Bucket}" }"#,
        r#"{ $.requestParameters.policyDocument = "*${aws:username}*" }"#,
    ]);
}
