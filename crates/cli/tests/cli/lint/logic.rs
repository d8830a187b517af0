//! Findings in the logic of a pattern: clauses that are true or false for other records than intended.

use super::{finds, finds_nothing};

#[test]
fn not_equal_where_the_field_may_be_missing() {
    finds(
        r#"
missing-field: `!=` is false if `$.userIdentity.invokedBy` is missing, as in some records; add `NOT EXISTS` to include them
{ ($.errorCode = "AccessDenied") && ($.userIdentity.invokedBy != "config.amazonaws.com") }
                                     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
{ ($.errorCode = "AccessDenied") && ($.userIdentity.invokedBy NOT EXISTS || $.userIdentity.invokedBy != "config.amazonaws.com") }
"#,
    );
    finds(
        r#"
missing-field: `!=` is false if `$.userIdentity.invokedBy` is missing, as in some records; add `NOT EXISTS` to include them
{ $.errorCode = "AccessDenied" && ($.eventName != "Decrypt" || $.userIdentity.invokedBy != "config.amazonaws.com") }
                                                               ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
{ $.errorCode = "AccessDenied" && ($.eventName != "Decrypt" || $.userIdentity.invokedBy NOT EXISTS || $.userIdentity.invokedBy != "config.amazonaws.com") }
"#,
    );
    finds(
        r#"
missing-field: `!=` is false if `$.errorCode` is missing, as in some records; add `NOT EXISTS` to include them
{ $.eventName = DeleteBucket && $.errorCode != "AccessDenied" }
                                ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
{ $.eventName = DeleteBucket && ($.errorCode NOT EXISTS || $.errorCode != "AccessDenied") }
"#,
    );
    finds(
        r#"
missing-field: `!=` is false if `$.userIdentity.sessionContext.attributes.mfaAuthenticated` is missing, as in some records; add `NOT EXISTS` to include them
{ $.userIdentity.sessionContext.attributes.mfaAuthenticated != "true" }
  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
{ $.userIdentity.sessionContext.attributes.mfaAuthenticated NOT EXISTS || $.userIdentity.sessionContext.attributes.mfaAuthenticated != "true" }
"#,
    );
    finds(
        r#"
missing-field: `!=` is false if `$.resources` is missing, as in some records; add `NOT EXISTS` to include them
{ $.eventSource = kms.amazonaws.com && $.resources[*].ARN != "arn:aws:kms:*" }
                                       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
{ $.eventSource = kms.amazonaws.com && ($.resources NOT EXISTS || $.resources[*].ARN != "arn:aws:kms:*") }
"#,
    );
    finds(
        r#"
missing-field: `!=` is false if `$.userIdentity.sessionContext.attributes.mfaAuthenticated` is missing, as in some records; add `NOT EXISTS` to include them
{ $.userIdentity.type = IAMUser && $.userIdentity.sessionContext.attributes.mfaAuthenticated != "true" }
                                   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
{ $.userIdentity.type = IAMUser && ($.userIdentity.sessionContext.attributes.mfaAuthenticated NOT EXISTS || $.userIdentity.sessionContext.attributes.mfaAuthenticated != "true") }
"#,
    );
    finds(
        r#"
missing-field: `!=` is false if `$.userIdentity.userName` is missing, as in some records; add `NOT EXISTS` to include them
{ $.userIdentity.userName != "a" && $.userIdentity.userName != "b" }
  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
{ ($.userIdentity.userName NOT EXISTS || $.userIdentity.userName != "a") && $.userIdentity.userName != "b" }
missing-field: `!=` is false if `$.userIdentity.userName` is missing, as in some records; add `NOT EXISTS` to include them
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
always-true: nearly every record matches: `$.sourceIPAddress!="delivery.logs.amazonaws.com"` is true of all but a few, regardless of the other alternatives; join exclusions with `&&`
{ ($.errorCode = "*UnauthorizedOperation") || ($.errorCode = "AccessDenied*") || ($.sourceIPAddress!="delivery.logs.amazonaws.com") || ($.eventName!="HeadBucket") }
                                                                                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
{ (($.errorCode = "*UnauthorizedOperation") || ($.errorCode = "AccessDenied*")) && ($.sourceIPAddress!="delivery.logs.amazonaws.com") && ($.eventName!="HeadBucket") }
"#,
    );
    finds(
        r#"
always-true: `||` between `!=` of one field: every record that has `$.userAgent` matches; join exclusions with `&&`
{ $.errorCode = "AccessDenied" && ($.userAgent != "a" || $.userAgent != "b") }
                                   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
{ $.errorCode = "AccessDenied" && ($.userAgent != "a" && $.userAgent != "b") }
"#,
    );
    finds(
        r"
always-true: `||` between `!=` of one field: only the value of `$.sourceIPAddress` that the others include is excluded; join exclusions with `&&`
{ ($.eventName = Authenticate) && (($.sourceIPAddress != 10.10.*) || ($.sourceIPAddress != 10.*)) }
                                    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
{ ($.eventName = Authenticate) && (($.sourceIPAddress != 10.10.*) && ($.sourceIPAddress != 10.*)) }
",
    );
    finds(
        r#"
always-true: nearly every record matches: `$.eventName != "A"` is true of all but a few, regardless of the other alternatives; join exclusions with `&&`
{ $.eventName != "A" || $.sourceIPAddress != "B" }
  ^^^^^^^^^^^^^^^^^^
{ $.eventName != "A" && $.sourceIPAddress != "B" }
"#,
    );
    finds(
        r#"
always-true: nearly every record matches: `$.eventName != "A"` is true of all but a few, regardless of the other alternatives; join exclusions with `&&`
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
