//! Findings in comparisons with the type of a field.

use super::{finds, finds_nothing};

#[test]
fn text_compared_with_a_boolean() {
    finds(
        r#"
boolean-as-string: never true: `$.readOnly` is a JSON boolean, not a string; use `IS FALSE`
{ ($.eventName = "*TransitGateway*") && ($.readOnly = false) }
                                         ^^^^^^^^^^^^^^^^^^
{ ($.eventName = "*TransitGateway*") && ($.readOnly IS FALSE) }
"#,
    );
    finds(
        r#"
boolean-as-string: never true: `$.managementEvent` is a JSON boolean, not a string; use `IS FALSE`
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
not-comparable: never true: `$.userIdentity` is an object, for which `=` is always false; select one of its members
{ $.userIdentity = "*" }
  ^^^^^^^^^^^^^^^^^^^^
"#,
    );
    finds(
        r#"
not-comparable: never true: `$.resources[0]` is an object, for which `!=` is always false; select one of its members
{ $.resources[0] != "x" }
  ^^^^^^^^^^^^^^^^^^^^^
"#,
    );
    finds(
        r#"
not-comparable: never true: `$.resources` is an array, for which `=` is always false; select one of its members
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
