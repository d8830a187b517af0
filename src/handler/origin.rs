//! Checks that subscription payloads come from CloudTrail's log streams in this stack's log group and account.
//!
//! Permission to write log events is common: `CloudWatchAgentServerPolicy` allows it for every log group. So records
//! count only if they come from a stream that CloudTrail writes, in the log group and account of this stack.

use crate::event::payload::Envelope;
use crate::notification::DeploymentContext;

/// The log group and the account that subscription payloads must come from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// The log group; `None` allows any.
    log_group: Option<String>,
    /// The account that owns it; `None` allows any.
    owner: Option<String>,
}

/// A payload from another log stream, log group or account.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub(super) enum Foreign {
    /// The name of the log stream is not one that CloudTrail uses.
    #[error(
        "expected a log stream of CloudTrail, such as 111122223333_CloudTrail_us-east-1, found {found:?}"
    )]
    Stream {
        /// The name of the log stream.
        found: String,
    },
    /// The log group is not the configured one.
    #[error("expected the log group {expected:?} (CLOUDTRAIL_LOG_GROUP_NAME), found {found:?}")]
    Group {
        /// The configured log group.
        expected: String,
        /// The log group of the payload.
        found: String,
    },
    /// The log group belongs to another account.
    #[error(
        "expected a log group of account {expected} (FUNCTION_ROLE_ARN), found one of {found:?}"
    )]
    Owner {
        /// The configured account ID.
        expected: String,
        /// The account ID of the payload.
        found: String,
    },
}

/// An EventBridge event that claims to carry a record and does not come from an AWS service.
#[derive(Debug, thiserror::Error)]
#[error("expected an EventBridge event from a source that begins with \"aws.\", found {found:?}")]
pub(super) struct ForgedSource {
    pub(super) found: String,
}

impl Origin {
    /// The configured log group and account of a stack. One that is not configured is not checked.
    pub fn of(deployment: &DeploymentContext) -> Self {
        Self {
            log_group: deployment.log_group.clone(),
            owner: Some(deployment.account.clone()).filter(|account| !account.is_empty()),
        }
    }

    /// Checks the origin of a payload by its envelope. A name that is empty in the envelope is not checked: CloudWatch
    /// Logs sets all of them, and a caller that invokes the function directly can set any.
    ///
    /// # Errors
    /// The log stream, the log group or the account is not an expected one.
    pub(super) fn check(&self, envelope: &Envelope) -> Result<(), Foreign> {
        let Envelope {
            owner,
            log_group,
            log_stream,
            ..
        } = envelope;
        if !log_stream.is_empty() && !is_of_cloudtrail(log_stream) {
            return Err(Foreign::Stream {
                found: log_stream.clone(),
            });
        }
        if let Some(expected) = unexpected(self.log_group.as_ref(), log_group) {
            return Err(Foreign::Group {
                expected,
                found: log_group.clone(),
            });
        }
        if let Some(expected) = unexpected(self.owner.as_ref(), owner) {
            return Err(Foreign::Owner {
                expected,
                found: owner.clone(),
            });
        }
        Ok(())
    }
}

/// The expected name if it is configured and the envelope has another one.
fn unexpected(expected: Option<&String>, found: &str) -> Option<String> {
    expected
        .filter(|expected| !found.is_empty() && *expected != found)
        .cloned()
}

/// Whether it is the name of a CloudTrail log stream: `ACCOUNT_CloudTrail_REGION`, then `_NUMBER` if there are several
/// (CloudTrail User Guide, "CloudWatch log group and log stream naming for CloudTrail"). In an organization trail the
/// organization ID and `_` come first (the same guide, "Role policy document for CloudTrail to use CloudWatch Logs for
/// monitoring"). Insights events have a name of their own, as their files have.
fn is_of_cloudtrail(stream: &str) -> bool {
    let account = match stream.strip_prefix("o-").map(|rest| rest.split_once('_')) {
        None => stream,
        Some(Some((id, account)))
            if is_made_of(id, |c| c.is_ascii_lowercase() || c.is_ascii_digit()) =>
        {
            account
        }
        Some(_) => return false,
    };
    let named = ["_CloudTrail_", "_CloudTrail-Insight_"];
    let Some((account, region)) = named.iter().find_map(|name| account.split_once(name)) else {
        return false;
    };
    is_made_of(account, |c| c.is_ascii_digit())
        && is_made_of(region, |c| {
            c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_'
        })
}

/// Whether the text is not empty and `is_one` holds for each character.
fn is_made_of(text: &str, is_one: impl Fn(char) -> bool) -> bool {
    !text.is_empty() && text.chars().all(is_one)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_cloudtrail_log_streams_are_accepted() {
        for stream in [
            "111122223333_CloudTrail_us-east-1",
            "111122223333_CloudTrail_ap-southeast-2_3",
            "o-exampleorgid_111122223333_CloudTrail_us-gov-west-1",
            "111122223333_CloudTrail-Insight_us-east-1",
        ] {
            assert!(is_of_cloudtrail(stream), "{stream}");
        }
        for stream in [
            "evil",
            "i-0123456789abcdef0",
            "_CloudTrail_us-east-1",
            "111122223333_CloudTrail_",
            "111122223333_cloudtrail_us-east-1",
            "x111122223333_CloudTrail_us-east-1",
            "o-_111122223333_CloudTrail_us-east-1",
            "o-exampleorgid",
            "111122223333_CloudTrail_us-east-1/../x",
            "2020/03/05/[$LATEST]20bddfd5a2dc4c6b97ac02800eae90d0",
        ] {
            assert!(!is_of_cloudtrail(stream), "{stream}");
        }
    }

    #[test]
    fn a_payload_from_another_stream_log_group_or_account_is_rejected() {
        let origin = Origin {
            log_group: Some("trail".to_owned()),
            owner: Some("111122223333".to_owned()),
        };
        let envelope = |owner: &str, log_group: &str, log_stream: &str| Envelope {
            is_control_message: false,
            owner: owner.to_owned(),
            log_group: log_group.to_owned(),
            log_stream: log_stream.to_owned(),
        };
        let stream = "111122223333_CloudTrail_us-east-1";
        let check = |owner, log_group, log_stream| {
            let refusal = origin.check(&envelope(owner, log_group, log_stream));
            refusal.err().map(|foreign| foreign.to_string())
        };
        assert_eq!(check("111122223333", "trail", stream), None);
        assert_eq!(check("", "", ""), None);
        for (refusal, words) in [
            (check("111122223333", "trail", "evil"), "found \"evil\""),
            (
                check("111122223333", "other", stream),
                "expected the log group \"trail\"",
            ),
            (
                check("444455556666", "trail", stream),
                "found one of \"444455556666\"",
            ),
        ] {
            let text = refusal.expect(words);
            assert!(text.contains(words), "{text}");
        }
        let anywhere = Origin::default();
        let elsewhere = envelope("444455556666", "other", stream);
        assert_eq!(anywhere.check(&elsewhere), Ok(()));
    }
}
