//! Parser for access-denied messages: the action, the resource, and the policy that caused the denial.
//!
//! Source: IAM User Guide, "Troubleshoot access denied error messages". A message is `User: P is not authorized to
//! perform: A on resource: R because no T policy allows the A action`, or ends in `with an explicit deny in a T
//! policy`. Newer messages also contain the policy's ARN. KMS uses other messages if it must not disclose whether the
//! key exists.

use std::sync::LazyLock;

use memchr::memmem::Finder;

use crate::evidence::denial_reason::{DenialReason, PolicyType};

/// A phrase to search for. Preparing a search takes longer than the search itself, so each is prepared once.
type Phrase = LazyLock<Finder<'static>>;

static NOT_AUTHORIZED: Phrase = LazyLock::new(|| Finder::new(" is not authorized to perform: "));
static ON_RESOURCE: Phrase = LazyLock::new(|| Finder::new("on resource: "));
static BECAUSE: Phrase = LazyLock::new(|| Finder::new("because "));
static DENY: Phrase = LazyLock::new(|| Finder::new("with an explicit deny"));

fn contains(text: &str, phrase: &Phrase) -> bool {
    phrase.find(text.as_bytes()).is_some()
}

/// The text before and after the phrase.
fn split_at<'t>(text: &'t str, phrase: &Phrase) -> Option<(&'t str, &'t str)> {
    let at = phrase.find(text.as_bytes())?;
    Some((text.get(..at)?, text.get(at + phrase.needle().len()..)?))
}

/// The parts of an access-denied message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccessDenied<'m> {
    /// The IAM action, such as `kms:Decrypt`. `None` if the message does not contain it.
    pub action: Option<&'m str>,
    /// The resource in the message, usually an ARN. `None` if KMS took the key from the ciphertext or does not disclose
    /// it.
    pub resource: Option<&'m str>,
    /// Why the call was denied.
    pub reason: DenialReason,
    /// The ARN of the policy, if the message contains it.
    pub policy_arn: Option<&'m str>,
}

impl<'m> AccessDenied<'m> {
    /// Parses an `errorMessage`. `None` if it is not an access-denied message.
    pub fn parse(message: &'m str) -> Option<Self> {
        // KMS used this message until 2020, and still uses it if it must not disclose whether a key exists.
        if message.starts_with("The ciphertext refers to a customer master key that does not exist")
        {
            return Some(Self {
                action: None,
                resource: None,
                reason: DenialReason::Ambiguous,
                policy_arn: None,
            });
        }
        let (_, rest) = split_at(message, &NOT_AUTHORIZED)?;
        let (action, rest) = word(rest);
        let (resource, reason) = match split_at(rest, &ON_RESOURCE) {
            Some((_, rest)) => {
                let (resource, reason) = resource(rest);
                (Some(resource).filter(|resource| *resource != "*"), reason)
            }
            None => (None, rest),
        };
        let policy_arn = reason
            .split_whitespace()
            .map(|word| word.trim_end_matches(['.', ',', ')']))
            .find(|word| word.starts_with("arn:") && word.contains("policy/"));
        Some(Self {
            action: Some(action).filter(|action| !action.is_empty()),
            resource: resource.filter(|resource| !resource.is_empty()),
            reason: denial_reason(reason),
            policy_arn,
        })
    }
}

fn denial_reason(reason: &str) -> DenialReason {
    if !contains(reason, &BECAUSE) && !contains(reason, &DENY) {
        return DenialReason::Unknown;
    }
    if reason.contains("because the resource does not exist in this Region") {
        return DenialReason::Ambiguous;
    }
    let policy_type = |marker: &str| {
        let (_, rest) = reason.split_once(marker)?;
        let rest = rest.strip_prefix("n ").unwrap_or(rest);
        PolicyType::at_start_of(rest.trim_start())
    };
    if let Some(policy_type) = policy_type("with an explicit deny in a") {
        DenialReason::ExplicitDeny(policy_type)
    } else if let Some(policy_type) = policy_type("because no ") {
        DenialReason::NoAllow(policy_type)
    } else {
        DenialReason::Unknown
    }
}

/// Splits the text into resource and reason. A resource can have several words, as in `user TrailDiscover`, so the last
/// phrase that introduces a reason separates them.
fn resource(text: &str) -> (&str, &str) {
    let reasons = [
        " because no ",
        " because the resource ",
        " with an explicit deny",
    ];
    let has_reason = contains(text, &BECAUSE) || contains(text, &DENY);
    let positions = reasons.iter().filter_map(|phrase| text.rfind(phrase));
    match has_reason.then(|| positions.max()).flatten() {
        Some(at) => {
            let (resource, reason) = text.split_at(at);
            (resource.trim().trim_matches('"'), reason)
        }
        None if text.starts_with("arn:") || text.starts_with('"') => word(text),
        None => (text.split(" because ").next().unwrap_or(text).trim(), ""),
    }
}

/// Splits off the first word and removes the quotes around it.
fn word(text: &str) -> (&str, &str) {
    let end = text.find(char::is_whitespace).unwrap_or(text.len());
    let (word, rest) = text.split_at(end);
    (word.trim_matches('"').trim_end_matches(','), rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";

    #[track_caller]
    fn denial(reason: &str) -> DenialReason {
        let message = format!(
            "User: arn:aws:sts::111122223333:assumed-role/app/0123 is not authorized to perform: kms:Decrypt on \
             resource: {KEY} {reason}"
        );
        let denial = AccessDenied::parse(&message).unwrap();
        assert_eq!(
            (denial.action, denial.resource),
            (Some("kms:Decrypt"), Some(KEY))
        );
        denial.reason
    }

    #[test]
    fn every_policy_type_is_parsed() {
        for policy_type in PolicyType::ALL {
            let name = policy_type.as_str();
            let no_allow = format!("because no {name} allows the kms:Decrypt action");
            assert_eq!(denial(&no_allow), DenialReason::NoAllow(policy_type));
            let article = if name.starts_with('i') { "an" } else { "a" };
            for end in ["", ".", ": arn:aws:iam::111122223333:policy/x"] {
                let deny = format!("with an explicit deny in {article} {name}{end}");
                assert_eq!(
                    denial(&deny),
                    DenialReason::ExplicitDeny(policy_type),
                    "{deny}"
                );
            }
            for reason in [
                DenialReason::NoAllow(policy_type),
                DenialReason::ExplicitDeny(policy_type),
            ] {
                assert_eq!(DenialReason::parse(reason.as_str()), Some(reason));
            }
        }
    }

    #[test]
    fn the_resource_ends_before_the_reason() {
        let user = "User: arn:aws:iam::111122223333:user/x is not authorized to perform: iam:GetUser on resource: ";
        let no_allow = "because no identity-based policy allows the iam:GetUser action";
        for (rest, resource, reason) in [
            (
                format!("user TrailDiscover {no_allow}"),
                "user TrailDiscover",
                DenialReason::NoAllow(PolicyType::Identity),
            ),
            (
                "user TrailDiscover with an explicit deny".to_owned(),
                "user TrailDiscover",
                DenialReason::Unknown,
            ),
            (
                "user TrailDiscover".to_owned(),
                "user TrailDiscover",
                DenialReason::Unknown,
            ),
            (
                format!("arn:aws:s3:::b/with an explicit deny in a session policy {no_allow}"),
                "arn:aws:s3:::b/with an explicit deny in a session policy",
                DenialReason::NoAllow(PolicyType::Identity),
            ),
        ] {
            let message = format!("{user}{rest}");
            let denial = AccessDenied::parse(&message).unwrap();
            assert_eq!(denial.resource, Some(resource));
            assert_eq!(denial.reason, reason, "{rest}");
        }
    }

    #[test]
    fn an_unknown_reason_is_reported_as_unknown() {
        assert_eq!(denial(""), DenialReason::Unknown);
        assert_eq!(denial("because of the weather"), DenialReason::Unknown);
        assert_eq!(denial("with an explicit deny"), DenialReason::Unknown);
        assert_eq!(AccessDenied::parse("Rate exceeded"), None);
    }

    #[test]
    fn kms_messages_without_a_key() {
        let user =
            "User: arn:aws:iam::111122223333:user/x is not authorized to perform: kms:Decrypt";
        let ciphertext = format!(
            "{user} on the resource associated with this ciphertext because no identity-based policy allows the \
             kms:Decrypt action"
        );
        let denial = AccessDenied::parse(&ciphertext).unwrap();
        assert_eq!(denial.resource, None);
        assert_eq!(denial.reason, DenialReason::NoAllow(PolicyType::Identity));

        let hidden = format!(
            "{user} on this resource because the resource does not exist in this Region, no resource-based policies \
             allow access, or a resource-based policy explicitly denies access"
        );
        assert_eq!(
            AccessDenied::parse(&hidden).unwrap().reason,
            DenialReason::Ambiguous
        );

        let old = "The ciphertext refers to a customer master key that does not exist, does not exist in this region, \
                   or you are not allowed to access.";
        assert_eq!(
            AccessDenied::parse(old).unwrap().reason,
            DenialReason::Ambiguous
        );
    }

    #[test]
    fn the_policy_arn_is_parsed() {
        let arn = "arn:aws:organizations::999988887777:policy/o-exampleorgid/service_control_policy/p-examplepolicyid";
        let message = format!(
            "User: x is not authorized to perform: kms:Decrypt on resource: \"{KEY}\" with an explicit deny in a \
             service control policy: {arn}"
        );
        let denial = AccessDenied::parse(&message).unwrap();
        assert_eq!(denial.policy_arn, Some(arn));
        assert_eq!(denial.resource, Some(KEY));
        assert_eq!(
            denial.reason,
            DenialReason::ExplicitDeny(PolicyType::ServiceControl)
        );
    }
}
