//! A table for each code: patterns with all that is found in them, and patterns in which nothing is.

use cloudtrail_alarms_cli::lint::pattern::{Code, Edit, lint, lint_source};
use cloudwatch_filter_pattern::{FilterPattern, MAX_LENGTH};

use super::{finds, finds_nothing};

#[test]
fn a_text_that_is_not_a_pattern() {
    finds(
        r#"
syntax: expected a value, found `=` (CloudWatch: Invalid metric filter pattern)
{ $.errorCode == "AccessDenied" }
               ^
{ $.errorCode = "AccessDenied" }
"#,
    );
    finds(
        r"
syntax: expected `&&`, `||` or `}`, found `AND` (CloudWatch: Invalid metric filter pattern)
{ $.eventName = StopLogging AND $.errorCode NOT EXISTS }
                            ^^^
{ $.eventName = StopLogging && $.errorCode NOT EXISTS }
",
    );
    finds(
        r#"
syntax: expected straight quotes around a string, found `“` (CloudWatch: Invalid character(s) in term '“')
{ $.eventName = “StopLogging” }
                ^
{ $.eventName = "StopLogging" }
"#,
    );
    finds(
        r"
syntax: expected `.` and a name after `$`, found `$e` (CloudWatch: Invalid character(s) in term '$e')
{ $eventName = StopLogging }
   ^
{ $.eventName = StopLogging }
",
    );
    finds(
        r#"
syntax: expected `&&`, `||` or `)`, found `}` (CloudWatch: Invalid metric filter pattern)
{ ($.eventName = ConsoleLogin) && ($.responseElements.ConsoleLogin = "Success"}
                                                                              ^
{ ($.eventName = ConsoleLogin) && ($.responseElements.ConsoleLogin = "Success")}
"#,
    );
    finds(
        r"
syntax: expected an operator, `IS` or `NOT EXISTS`, found `EXISTS` (CloudWatch: Invalid metric filter pattern)
{ $.userIdentity.invokedByNOT EXISTS }
                              ^^^^^^
",
    );
    finds_nothing(&[r#"{ $.errorCode = "AccessDenied" }"#, "ERROR", ""]);
}

#[test]
fn a_value_without_the_quotes_that_it_needs() {
    finds(
        r#"
unquoted-value: expected `&&`, `||` or `)`, found `authentication` (CloudWatch: Invalid metric filter pattern)
{ ($.eventName = ConsoleLogin) && ($.errorMessage = Failed authentication) }
                                                           ^^^^^^^^^^^^^^
{ ($.eventName = ConsoleLogin) && ($.errorMessage = "Failed authentication") }
"#,
    );
    finds(
        r#"
unquoted-value: expected quotes around a value with such a character, found `:` (CloudWatch: Invalid character(s) in term ':')
{ $.userIdentity.arn = arn:aws:iam::111122223333:root || $.eventName = A }
                          ^
{ $.userIdentity.arn = "arn:aws:iam::111122223333:root" || $.eventName = A }
"#,
    );
    finds_nothing(&[
        r#"{ $.errorMessage = "Failed authentication" }"#,
        "{ $.eventSource = kms.amazonaws.com }",
        "{ $.sourceIPAddress = 10.* }",
    ]);
}

#[test]
fn more_than_the_language_allows() {
    finds(
        r#"
limit: expected at most one wildcard in a selector, found a second (CloudWatch: Your filter pattern has a JSON path selector that exceeds the maximum of 1 wildcard allowed per json selector.)
{ $.requestParameters.items[*].ranges[*].cidr = "0.0.0.0/0" }
                                     ^^^
"#,
    );
    finds(
        r"
limit: expected at most two regular expressions, found a third (CloudWatch: Your input has exceeded the maximum of 2 regular expressions per filter pattern.)
{ $.a = %x% || $.b = %x% || $.c = %x% }
                                  ^^^
",
    );
    finds_nothing(&[r#"{ $.requestParameters.items[*].cidr = "0.0.0.0/0" }"#]);
}

#[test]
fn not_equal_where_the_field_may_be_missing() {
    finds(
        r#"
missing-field: `!=` is false where `$.userIdentity.invokedBy` is missing, as it is in some records; let those through with `NOT EXISTS`
{ ($.errorCode = "AccessDenied") && ($.userIdentity.invokedBy != "config.amazonaws.com") }
                                     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
{ ($.errorCode = "AccessDenied") && ($.userIdentity.invokedBy NOT EXISTS || $.userIdentity.invokedBy != "config.amazonaws.com") }
"#,
    );
    finds(
        r#"
missing-field: `!=` is false where `$.userIdentity.invokedBy` is missing, as it is in some records; let those through with `NOT EXISTS`
{ $.errorCode = "AccessDenied" && ($.eventName != "Decrypt" || $.userIdentity.invokedBy != "config.amazonaws.com") }
                                                               ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
{ $.errorCode = "AccessDenied" && ($.eventName != "Decrypt" || $.userIdentity.invokedBy NOT EXISTS || $.userIdentity.invokedBy != "config.amazonaws.com") }
"#,
    );
    finds(
        r#"
missing-field: `!=` is false where `$.errorCode` is missing, as it is in some records; let those through with `NOT EXISTS`
{ $.eventName = DeleteBucket && $.errorCode != "AccessDenied" }
                                ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
{ $.eventName = DeleteBucket && ($.errorCode NOT EXISTS || $.errorCode != "AccessDenied") }
"#,
    );
    finds(
        r#"
missing-field: `!=` is false where `$.userIdentity.sessionContext.attributes.mfaAuthenticated` is missing, as it is in some records; let those through with `NOT EXISTS`
{ $.userIdentity.sessionContext.attributes.mfaAuthenticated != "true" }
  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
{ $.userIdentity.sessionContext.attributes.mfaAuthenticated NOT EXISTS || $.userIdentity.sessionContext.attributes.mfaAuthenticated != "true" }
"#,
    );
    finds(
        r#"
missing-field: `!=` is false where `$.resources` is missing, as it is in some records; let those through with `NOT EXISTS`
{ $.eventSource = kms.amazonaws.com && $.resources[*].ARN != "arn:aws:kms:*" }
                                       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
{ $.eventSource = kms.amazonaws.com && ($.resources NOT EXISTS || $.resources[*].ARN != "arn:aws:kms:*") }
"#,
    );
    finds(
        r#"
missing-field: `!=` is false where `$.userIdentity.sessionContext.attributes.mfaAuthenticated` is missing, as it is in some records; let those through with `NOT EXISTS`
{ $.userIdentity.type = IAMUser && $.userIdentity.sessionContext.attributes.mfaAuthenticated != "true" }
                                   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
{ $.userIdentity.type = IAMUser && ($.userIdentity.sessionContext.attributes.mfaAuthenticated NOT EXISTS || $.userIdentity.sessionContext.attributes.mfaAuthenticated != "true") }
"#,
    );
    finds(
        r#"
missing-field: `!=` is false where `$.userIdentity.userName` is missing, as it is in some records; let those through with `NOT EXISTS`
{ $.userIdentity.userName != "a" && $.userIdentity.userName != "b" }
  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
{ ($.userIdentity.userName NOT EXISTS || $.userIdentity.userName != "a") && $.userIdentity.userName != "b" }
missing-field: `!=` is false where `$.userIdentity.userName` is missing, as it is in some records; let those through with `NOT EXISTS`
{ $.userIdentity.userName != "a" && $.userIdentity.userName != "b" }
                                    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
{ $.userIdentity.userName != "a" && ($.userIdentity.userName NOT EXISTS || $.userIdentity.userName != "b") }
"#,
    );
    finds_nothing(&[
        r#"{ $.errorCode = "AccessDenied" && ($.userIdentity.invokedBy NOT EXISTS || $.userIdentity.invokedBy != "config.amazonaws.com") }"#,
        r#"{ $.errorCode = "*" && $.errorCode != "ThrottlingException" }"#,
        r#"{ ($.errorCode = "A*" || $.errorCode = "B*") && $.errorCode != "Access" }"#,
        r#"{ $.eventName = X && ($.userIdentity.type != "AssumedRole" || $.userIdentity.sessionContext.sessionIssuer.userName != "ci") }"#,
        r#"{ $.userIdentity.type = "AssumedRole" && $.userIdentity.arn != "*/ci" }"#,
        r#"{ $.userIdentity.sessionContext.sessionIssuer.arn = "*" && $.userIdentity.sessionContext.sessionIssuer.userName != "ci" }"#,
        r#"{ $.userIdentity.sessionContext NOT EXISTS || $.userIdentity.sessionContext.attributes.mfaAuthenticated != "true" }"#,
        r#"{ $.resources NOT EXISTS || $.resources[*].ARN != "x" }"#,
        r#"{ $.eventName = ConsoleLogin && $.additionalEventData.MFAUsed != "Yes" }"#,
        r#"{ $.eventType != "AwsServiceEvent" }"#,
        r#"{ $.requestParameters.key != "*.lock" }"#,
        r#"{ $.tlsDetails.tlsVersion != "TLSv1.3" }"#,
    ]);
}

#[test]
fn alternatives_that_exclude_nothing() {
    finds(
        r#"
always-true: nearly every record matches: `$.sourceIPAddress!="delivery.logs.amazonaws.com"` is true of all but a few, regardless of the other alternatives; exclusions are joined with `&&`
{ ($.errorCode = "*UnauthorizedOperation") || ($.errorCode = "AccessDenied*") || ($.sourceIPAddress!="delivery.logs.amazonaws.com") || ($.eventName!="HeadBucket") }
                                                                                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
{ (($.errorCode = "*UnauthorizedOperation") || ($.errorCode = "AccessDenied*")) && ($.sourceIPAddress!="delivery.logs.amazonaws.com") && ($.eventName!="HeadBucket") }
"#,
    );
    finds(
        r#"
always-true: `||` between `!=` of one field: no `$.userAgent` is equal to both values, so each one matches; exclusions are joined with `&&`
{ $.errorCode = "AccessDenied" && ($.userAgent != "a" || $.userAgent != "b") }
                                   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
{ $.errorCode = "AccessDenied" && ($.userAgent != "a" && $.userAgent != "b") }
"#,
    );
    finds(
        r"
always-true: `||` between `!=` of one field: only the value of `$.sourceIPAddress` that the others include is excluded; exclusions are joined with `&&`
{ ($.eventName = Authenticate) && (($.sourceIPAddress != 10.10.*) || ($.sourceIPAddress != 10.*)) }
                                    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
{ ($.eventName = Authenticate) && (($.sourceIPAddress != 10.10.*) && ($.sourceIPAddress != 10.*)) }
",
    );
    finds(
        r#"
always-true: nearly every record matches: `$.eventName != "A"` is true of all but a few, regardless of the other alternatives; exclusions are joined with `&&`
{ $.eventName != "A" || $.sourceIPAddress != "B" }
  ^^^^^^^^^^^^^^^^^^
{ $.eventName != "A" && $.sourceIPAddress != "B" }
"#,
    );
    finds(
        r#"
always-true: nearly every record matches: `$.eventName != "A"` is true of all but a few, regardless of the other alternatives; exclusions are joined with `&&`
{ $.eventName != "A" || $.errorCode = "B" }
  ^^^^^^^^^^^^^^^^^^
"#,
    );
    finds_nothing(&[
        r#"{ $.errorCode = "AccessDenied" && ($.eventName != "HeadBucket" || $.sourceIPAddress != "delivery.logs.amazonaws.com") }"#,
        r#"{ $.sourceIPAddress NOT EXISTS || $.sourceIPAddress != "10.*" }"#,
        r#"{ $.eventName != "A" || $.eventName != "A" }"#,
        r#"{ $.userAgent NOT EXISTS || $.userAgent != "A" || ($.userAgent != A) }"#,
        "{ $.sourceIPAddress != 10.* }",
        "{ $.eventName != Get* && $.eventName != List* }",
        r#"{ $.eventSource = kms.amazonaws.com && ($.eventName != Decrypt || $.errorCode = "*") }"#,
        r#"{ $.eventName = X && ($.userAgent != "a*" || $.userAgent != "*b") }"#,
        "{ $.readOnly IS FALSE || $.readOnly NOT EXISTS }",
    ]);
}

#[test]
fn and_mixed_with_or_without_parentheses() {
    finds(
        r"
mixed-operators: `&&` binds tighter than `||`: these clauses are one alternative, and say nothing about the others; write the parentheses that are meant
{ ($.errorCode =*UnauthorizedOperation) || ($.errorCode =AccessDenied*) && ($.sourceIPAddress!=delivery.logs.amazonaws.com) && ($.eventName!=HeadBucket) }
                                           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
{ (($.errorCode =*UnauthorizedOperation) || ($.errorCode =AccessDenied*)) && ($.sourceIPAddress!=delivery.logs.amazonaws.com) && ($.eventName!=HeadBucket) }
",
    );
    finds(
        r"
mixed-operators: `&&` binds tighter than `||`: these clauses are one alternative, and say nothing about the others; write the parentheses that are meant
{ ($.eventSource = ec2.amazonaws.com) && ($.eventName = CreateRoute) || ($.eventName = DeleteRoute) || ($.eventName = ReplaceRoute) }
  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
{ ($.eventSource = ec2.amazonaws.com) && (($.eventName = CreateRoute) || ($.eventName = DeleteRoute) || ($.eventName = ReplaceRoute)) }
",
    );
    finds(
        r#"
mixed-operators: `&&` binds tighter than `||`: these clauses are one alternative, and say nothing about the others; write the parentheses that are meant
{ $.errorCode = "A" || $.errorCode = "B" && $.userIdentity.arn = "*role*" }
                       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
"#,
    );
    finds(
        r"
mixed-operators: `&&` binds tighter than `||`: these clauses are one alternative, and say nothing about the others; write the parentheses that are meant
{ $.readOnly IS TRUE && ($.eventName = A || $.eventName = B && $.errorCode NOT EXISTS) }
                                            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
",
    );
    finds_nothing(&[
        "{ $.eventName = A || ($.eventName = B && $.errorCode NOT EXISTS) }",
        "{ ($.eventName = A || $.eventName = B) && $.errorCode NOT EXISTS }",
        "{ ($.eventName = A) || ((($.eventName = B) && ($.errorCode NOT EXISTS))) }",
    ]);
}

#[test]
fn text_compared_with_a_boolean() {
    finds(
        r#"
boolean-as-string: never true: `$.readOnly` is a JSON boolean, which no text is compared with; write `IS FALSE`
{ ($.eventName = "*TransitGateway*") && ($.readOnly = false) }
                                         ^^^^^^^^^^^^^^^^^^
{ ($.eventName = "*TransitGateway*") && ($.readOnly IS FALSE) }
"#,
    );
    finds(
        r#"
boolean-as-string: never true: `$.managementEvent` is a JSON boolean, which no text is compared with; write `IS FALSE`
{ $.managementEvent != "True" }
  ^^^^^^^^^^^^^^^^^^^^^^^^^^^
{ $.managementEvent IS FALSE }
"#,
    );
    finds_nothing(&[
        "{ $.readOnly IS FALSE }",
        "{ $.requestParameters.force = true }",
        "{ $.userIdentity.sessionContext.attributes.mfaAuthenticated = true }",
    ]);
}

#[test]
fn is_true_of_a_string() {
    finds(
        r#"
string-as-boolean: never true: `$.userIdentity.sessionContext.attributes.mfaAuthenticated` is a string, which is never `IS FALSE`; write `= "false"`
{ $.userIdentity.sessionContext.attributes.mfaAuthenticated IS FALSE }
  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
{ $.userIdentity.sessionContext.attributes.mfaAuthenticated = "false" }
"#,
    );
    finds(
        r#"
string-as-boolean: never true: `$.additionalEventData.MFAUsed` is a string, which is never `IS TRUE`; write `= "Yes"`
{ $.additionalEventData.MFAUsed IS TRUE }
  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
{ $.additionalEventData.MFAUsed = "Yes" }
"#,
    );
    finds(
        r"
string-as-boolean: never true: `$.sessionCredentialFromConsole` is a string, which is never `IS FALSE`; write `NOT EXISTS`
{ $.sessionCredentialFromConsole IS FALSE }
  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
{ $.sessionCredentialFromConsole NOT EXISTS }
",
    );
    finds(
        r"
string-as-boolean: never true: `$.eventName` is a string, which is never `IS TRUE`
{ $.eventName IS TRUE }
  ^^^^^^^^^^^^^^^^^^^
",
    );
    finds_nothing(&[
        "{ $.requestParameters.bypassPolicyLockoutSafetyCheck IS TRUE }",
        "{ $.responseElements.encrypted IS FALSE }",
    ]);
}

#[test]
fn what_is_never_comparable() {
    finds(
        r#"
not-comparable: never true: `$.userIdentity` is an object, for which `=` is always false; ask about one of its members
{ $.userIdentity = "*" }
  ^^^^^^^^^^^^^^^^^^^^
"#,
    );
    finds(
        r#"
not-comparable: never true: `$.resources[0]` is an object, for which `!=` is always false; ask about one of its members
{ $.resources[0] != "x" }
  ^^^^^^^^^^^^^^^^^^^^^
"#,
    );
    finds(
        r#"
not-comparable: never true: `$.resources` is an array, for which `=` is always false; ask about one of its members
{ $.resources = "*kms*" }
  ^^^^^^^^^^^^^^^^^^^^^
"#,
    );
    finds(
        r#"
not-comparable: never true: `$.readOnly` is a JSON boolean, for which `=` is always false; ask with `IS TRUE` or `IS FALSE`
{ $.readOnly = "*" }
  ^^^^^^^^^^^^^^^^
"#,
    );
    finds(
        r"
not-comparable: never true: `$.eventTime` is a string, and `>` compares numbers only
{ $.eventTime > 2026 }
  ^^^^^^^^^^^^^^^^^^
",
    );
    finds_nothing(&[
        "{ $.responseElements IS NULL }",
        "{ $.requestParameters.maxResults > 100 }",
        "{ $.userIdentity NOT EXISTS }",
    ]);
}

#[test]
fn null_where_nothing_is_written() {
    finds(
        r"
is-null: never true: CloudTrail leaves `$.errorCode` out, it does not write null; write `NOT EXISTS`
{ $.eventName = DeleteBucket && $.errorCode IS NULL }
                                ^^^^^^^^^^^^^^^^^^^
{ $.eventName = DeleteBucket && $.errorCode NOT EXISTS }
",
    );
    finds_nothing(&[
        "{ $.requestParameters IS NULL }",
        "{ $.responseElements.x IS NULL }",
    ]);
}

#[test]
fn clauses_that_can_never_hold() {
    finds(
        r#"
never-matches: never true: every text matches `*`; to test that `$.errorCode` is missing, use `NOT EXISTS`
{ $.eventName = DeleteBucket && $.errorCode != "*" }
                                ^^^^^^^^^^^^^^^^^^
{ $.eventName = DeleteBucket && $.errorCode NOT EXISTS }
"#,
    );
    finds(
        r#"
never-matches: never true: every text matches `*`; to test that `$.errorCode` is missing, use `NOT EXISTS`
{ $.eventName = DeleteBucket && $.errorCode != "**" }
                                ^^^^^^^^^^^^^^^^^^^
{ $.eventName = DeleteBucket && $.errorCode NOT EXISTS }
"#,
    );
    finds(
        r"
never-matches: never true together with `$.eventName = A`
{ $.eventName = A && $.eventName = B }
                     ^^^^^^^^^^^^^^^
",
    );
    finds(
        r"
never-matches: never true together with `$.eventName = List*`
{ ($.eventName = Get* || $.eventName = List*) && $.eventName = Delete* }
                                                 ^^^^^^^^^^^^^^^^^^^^^
",
    );
    finds(
        r#"
never-matches: never true together with `$.errorCode NOT EXISTS`
{ $.errorCode NOT EXISTS && $.errorCode = "AccessDenied" }
                            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^
"#,
    );
    finds(
        r#"
never-matches: never true together with `$.userIdentity.sessionContext NOT EXISTS`
{ $.userIdentity.sessionContext NOT EXISTS && $.userIdentity.sessionContext.attributes.creationDate = "2026*" }
                                              ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
"#,
    );
    finds(
        r#"
never-matches: never true together with `$.errorCode = "AccessDenied"`
{ $.errorCode = "AccessDenied" && $.errorCode != "Access*" }
                                  ^^^^^^^^^^^^^^^^^^^^^^^^
"#,
    );
    finds(
        r#"
never-matches: never true together with `$.userIdentity.type = "AssumedRole"`
{ $.userIdentity.type = "AssumedRole" && $.userIdentity.userName = "ci" }
                                         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
"#,
    );
    finds(
        r"
never-matches: never true together with `$.requestParameters.n > 5`
{ $.requestParameters.n > 5 && $.requestParameters.n <= 5 }
                               ^^^^^^^^^^^^^^^^^^^^^^^^^^
",
    );
    finds(
        r"
never-matches: never true together with `$.readOnly IS TRUE`
{ $.readOnly IS TRUE && $.readOnly IS FALSE }
                        ^^^^^^^^^^^^^^^^^^^
",
    );
    finds(
        r#"
never-matches: never true together with `$.requestParameters.n > 5`
{ $.requestParameters.n > 5 && $.requestParameters.n = "few" }
                               ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
"#,
    );
    finds_nothing(&[
        "{ $.eventName = A || $.eventName = B }",
        "{ $.eventName = Get* && $.eventName = *Object }",
        "{ $.requestParameters.n >= 5 && $.requestParameters.n <= 5 }",
        "{ $.requestParameters.items[*].a = 1 && $.requestParameters.items[*].a = 2 }",
        "{ $.userIdentity.type = Root && $.userIdentity.invokedBy NOT EXISTS && $.eventType != AwsServiceEvent }",
        r#"{ $.eventName = "${Name}" && $.eventName = B }"#,
        r#"{ $.requestParameters.n = 1 && $.requestParameters.n = "1*" }"#,
    ]);
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
unknown-value: no record has the value `UpdateTrail` in `$.eventType`; known are `AwsApiCall`, `AwsServiceEvent`, `AwsConsoleAction`, `AwsConsoleSignIn`, `AwsConsoleSignin`, `AwsCloudTrailInsight`, `AwsVpceEvent`
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
unknown-value: no record has the value `Failed` in `$.responseElements.ConsoleLogin`; known are `Success`, `Failure`
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
unknown-value: no record has the value `Service*` in `$.eventType`; known are `AwsApiCall`, `AwsServiceEvent`, `AwsConsoleAction`, `AwsConsoleSignIn`, `AwsConsoleSignin`, `AwsCloudTrailInsight`, `AwsVpceEvent`
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
service-name: no record has the value `my.service` in `$.eventSource`; a service is called like `kms.amazonaws.com`
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

#[test]
fn terms_that_do_not_count() {
    finds(
        r"
ignored-term: ignored: a term with `?` counts only if every term of the pattern has it
ERROR ?timeout
      ^^^^^^^^
",
    );
    finds_nothing(&["?ERROR ?timeout", "ERROR -timeout"]);
}

#[test]
fn comparisons_that_are_terms() {
    finds(
        r#"
comparison-as-text: `$.eventName=` is searched for as text, and no field is compared; write the pattern in braces and without quotes around it: `{ $.name = value }`
"($.eventName=DeleteGroupPolicy)||($.eventName=DeleteRolePolicy)}"
  ^^^^^^^^^^^^
{ ($.eventName=DeleteGroupPolicy)||($.eventName=DeleteRolePolicy)}
"#,
    );
    finds(
        r#"
comparison-as-text: `$.errorCode not exists` is searched for as text, and no field is compared; write the pattern in braces and without quotes around it: `{ $.name = value }`
"{ $.errorCode not exists }"
   ^^^^^^^^^^^^^^^^^^^^^^
{ $.errorCode not exists }
"#,
    );
    finds(
        r#"
comparison-as-text: `$.userIdentity.type =` is searched for as text, and no field is compared; write the pattern in braces and without quotes around it: `{ $.name = value }`
"$.userIdentity.type = Root && $.a"
 ^^^^^^^^^^^^^^^^^^^^^
"#,
    );
    finds(
        r#"
comparison-as-text: `$.a[0] !=` is searched for as text, and no field is compared; write the pattern in braces and without quotes around it: `{ $.name = value }`
ERROR -"{ $.a[0] != 1 }"
          ^^^^^^^^^
"#,
    );
    finds_nothing(&[
        r#""$.errorCode""#,
        r#""costs $.50 = cheap""#,
        r#""$.a is""#,
        r#""a = $.b""#,
        r#""{ a = b }""#,
        r#"{ $.requestParameters.filterPattern = "*$.errorCode = *" }"#,
    ]);
}

#[test]
fn a_parameter_may_have_any_value() {
    let written =
        r#"{ $.eventSource = "${Service}" && $.eventName = "${A}" && $.eventName = "${B}" }"#;
    let pattern: FilterPattern = written.parse().unwrap();
    assert_eq!(lint(&pattern), []);
    // A bound pattern is linted as written, so that every position is one in the text.
    let bound = pattern.bind(&|_| Some(vec!["x".to_owned(), "y".to_owned()]));
    assert_eq!(lint(&bound.unwrap()), []);
}

#[test]
fn a_pattern_that_is_not_json_is_not_changed() {
    finds_nothing(&[
        "",
        "[ip, user, ...]",
        "%AccessDenied%",
        "AccessDenied -Decrypt",
    ]);
}

#[test]
fn a_pattern_of_several_lines_keeps_them() {
    let source = "{ ($.errorCode = A) ||\n  ($.errorCode = B) &&\n  ($.eventName != C) }";
    let finding = &lint_source(source)[0];
    let suggestion = finding.suggestion.as_ref().unwrap();
    assert_eq!(
        suggestion.apply(source),
        "{ (($.errorCode = A) ||\n  ($.errorCode = B)) &&\n  ($.eventName != C) }"
    );
    let edit = |at: usize, replacement: &str| Edit {
        span: at..at,
        replacement: replacement.to_owned(),
    };
    assert_eq!(suggestion.edits(), [edit(2, "("), edit(42, ")")]);
}

#[test]
fn no_correction_makes_a_pattern_too_long() {
    let names = "x".repeat(MAX_LENGTH - 45);
    let source = format!(r#"{{ $.errorCode != "{names}" }}"#);
    let found = lint_source(&source);
    assert_eq!(found[0].code, Code::MissingField);
    assert_eq!(found[0].suggestion, None);
}
