//! What an access-denied message says: which action on which resource, and which policy stood in the way.
//!
//! IAM User Guide, "Troubleshoot access denied error messages": `User: P is not authorized to perform: A on resource: R
//! because no T policy allows the A action`, or `... with an explicit deny in a T policy`, lately with the policy's ARN
//! behind it. KMS has forms of its own where it does not tell whether the key exists.

use std::sync::LazyLock;

use memchr::memmem::Finder;

/// Words to look for in every message, which is made ready once: that takes longer than to find them.
type Words = LazyLock<Finder<'static>>;

static NOT_AUTHORIZED: Words = LazyLock::new(|| Finder::new(" is not authorized to perform: "));
static ON_RESOURCE: Words = LazyLock::new(|| Finder::new("on resource: "));
static BECAUSE: Words = LazyLock::new(|| Finder::new("because "));
static DENY: Words = LazyLock::new(|| Finder::new("with an explicit deny"));

fn has(text: &str, words: &Words) -> bool {
    words.find(text.as_bytes()).is_some()
}

/// What stands before the words, and what behind them.
fn split_at<'t>(text: &'t str, words: &Words) -> Option<(&'t str, &'t str)> {
    let at = words.find(text.as_bytes())?;
    Some((text.get(..at)?, text.get(at + words.needle().len()..)?))
}

/// An access-denied message, taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccessDenied<'m> {
    /// `kms:Decrypt`; none in a form that does not say it.
    pub action: Option<&'m str>,
    /// The ARN that the message names; none where KMS took the key from the ciphertext, or keeps it to itself.
    pub resource: Option<&'m str>,
    /// Why.
    pub ruling: DenialReason,
    /// The ARN of the policy, where the message names it.
    pub policy_arn: Option<&'m str>,
}

/// What decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DenialReason {
    /// No policy of this kind allows it.
    NoAllow(PolicyType),
    /// A policy of this kind forbids it.
    ExplicitDeny(PolicyType),
    /// The key does not exist, or is in another Region, or its policy does not allow it: KMS does not say which.
    Ambiguous,
    /// The message does not tell.
    Unknown,
}

/// A kind of policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "IAM's own names")]
pub enum PolicyType {
    Identity,
    Resource,
    Session,
    Boundary,
    Endpoint,
    ServiceControl,
    ResourceControl,
    RoleTrust,
}

impl PolicyType {
    const ALL: [Self; 8] = [
        Self::Identity,
        Self::Resource,
        Self::Session,
        Self::Boundary,
        Self::Endpoint,
        Self::ServiceControl,
        Self::ResourceControl,
        Self::RoleTrust,
    ];

    /// As a message names it, in the singular.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Identity => "identity-based policy",
            Self::Resource => "resource-based policy",
            Self::Session => "session policy",
            Self::Boundary => "permissions boundary",
            Self::Endpoint => "VPC endpoint policy",
            Self::ServiceControl => "service control policy",
            Self::ResourceControl => "resource control policy",
            Self::RoleTrust => "role trust policy",
        }
    }

    /// The kind that the text begins with; the plural is taken too.
    fn at(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|layer| {
            let name = layer.as_str();
            let stem = name.strip_suffix('y').unwrap_or(name);
            text.starts_with(stem)
        })
    }
}

impl DenialReason {
    /// In the message's own words: `no identity-based policy allows it`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NoAllow(PolicyType::Identity) => "no identity-based policy allows it",
            Self::NoAllow(PolicyType::Resource) => "no resource-based policy allows it",
            Self::NoAllow(PolicyType::Session) => "no session policy allows it",
            Self::NoAllow(PolicyType::Boundary) => "no permissions boundary allows it",
            Self::NoAllow(PolicyType::Endpoint) => "no VPC endpoint policy allows it",
            Self::NoAllow(PolicyType::ServiceControl) => "no service control policy allows it",
            Self::NoAllow(PolicyType::ResourceControl) => "no resource control policy allows it",
            Self::NoAllow(PolicyType::RoleTrust) => "no role trust policy allows it",
            Self::ExplicitDeny(PolicyType::Identity) => "explicit deny in an identity-based policy",
            Self::ExplicitDeny(PolicyType::Resource) => "explicit deny in a resource-based policy",
            Self::ExplicitDeny(PolicyType::Session) => "explicit deny in a session policy",
            Self::ExplicitDeny(PolicyType::Boundary) => "explicit deny in a permissions boundary",
            Self::ExplicitDeny(PolicyType::Endpoint) => "explicit deny in a VPC endpoint policy",
            Self::ExplicitDeny(PolicyType::ServiceControl) => {
                "explicit deny in a service control policy"
            }
            Self::ExplicitDeny(PolicyType::ResourceControl) => {
                "explicit deny in a resource control policy"
            }
            Self::ExplicitDeny(PolicyType::RoleTrust) => "explicit deny in a role trust policy",
            Self::Ambiguous => "the key does not exist here, or its policy does not allow it",
            Self::Unknown => "the message does not name a policy",
        }
    }

    /// The ruling whose words [`DenialReason::as_str`] gives.
    pub fn of_words(words: &str) -> Option<Self> {
        let of_layers = PolicyType::ALL
            .into_iter()
            .flat_map(|layer| [Self::NoAllow(layer), Self::ExplicitDeny(layer)]);
        of_layers
            .chain([Self::Ambiguous, Self::Unknown])
            .find(|ruling| ruling.as_str() == words)
    }
}

impl<'m> AccessDenied<'m> {
    /// Takes an `errorMessage` apart; none for one that is about something else.
    pub fn of(message: &'m str) -> Option<Self> {
        // KMS until 2020, and what it says still where it must not tell whether a key exists.
        if message.starts_with("The ciphertext refers to a customer master key that does not exist")
        {
            return Some(Self {
                action: None,
                resource: None,
                ruling: DenialReason::Ambiguous,
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
            ruling: ruling(reason),
            policy_arn,
        })
    }
}

fn ruling(reason: &str) -> DenialReason {
    if !has(reason, &BECAUSE) && !has(reason, &DENY) {
        return DenialReason::Unknown;
    }
    if reason.contains("because the resource does not exist in this Region") {
        return DenialReason::Ambiguous;
    }
    let layer = |marker: &str| {
        let (_, rest) = reason.split_once(marker)?;
        let rest = rest.strip_prefix("n ").unwrap_or(rest);
        PolicyType::at(rest.trim_start())
    };
    if let Some(layer) = layer("with an explicit deny in a") {
        DenialReason::ExplicitDeny(layer)
    } else if let Some(layer) = layer("because no ") {
        DenialReason::NoAllow(layer)
    } else {
        DenialReason::Unknown
    }
}

/// The resource, which can be of several words (`user TrailDiscover`), and the reason. The reason comes last, whatever
/// words the resource is made of.
fn resource(text: &str) -> (&str, &str) {
    let reasons = [
        " because no ",
        " because the resource ",
        " with an explicit deny",
    ];
    let may_say = has(text, &BECAUSE) || has(text, &DENY);
    let places = reasons.iter().filter_map(|words| text.rfind(words));
    match may_say.then(|| places.max()).flatten() {
        Some(at) => {
            let (resource, reason) = text.split_at(at);
            (resource.trim().trim_matches('"'), reason)
        }
        None if text.starts_with("arn:") || text.starts_with('"') => word(text),
        None => (text.split(" because ").next().unwrap_or(text).trim(), ""),
    }
}

/// The first word, without the quotes round it, and what follows.
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
        let denial = AccessDenied::of(&message).unwrap();
        assert_eq!(
            (denial.action, denial.resource),
            (Some("kms:Decrypt"), Some(KEY))
        );
        denial.ruling
    }

    #[test]
    fn every_layer_is_told_from_the_words() {
        for layer in PolicyType::ALL {
            let name = layer.as_str();
            let no_allow = format!("because no {name} allows the kms:Decrypt action");
            assert_eq!(denial(&no_allow), DenialReason::NoAllow(layer));
            let article = if name.starts_with('i') { "an" } else { "a" };
            for end in ["", ".", ": arn:aws:iam::111122223333:policy/x"] {
                let deny = format!("with an explicit deny in {article} {name}{end}");
                assert_eq!(denial(&deny), DenialReason::ExplicitDeny(layer), "{deny}");
            }
            for ruling in [
                DenialReason::NoAllow(layer),
                DenialReason::ExplicitDeny(layer),
            ] {
                assert_eq!(DenialReason::of_words(ruling.as_str()), Some(ruling));
            }
        }
    }

    #[test]
    fn a_resource_ends_where_the_reason_begins() {
        let user = "User: arn:aws:iam::111122223333:user/x is not authorized to perform: iam:GetUser on resource: ";
        let no_allow = "because no identity-based policy allows the iam:GetUser action";
        for (rest, resource, ruling) in [
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
            let denial = AccessDenied::of(&message).unwrap();
            assert_eq!(denial.resource, Some(resource));
            assert_eq!(denial.ruling, ruling, "{rest}");
        }
    }

    #[test]
    fn what_is_not_understood_is_unknown_and_never_dropped() {
        assert_eq!(denial(""), DenialReason::Unknown);
        assert_eq!(denial("because of the weather"), DenialReason::Unknown);
        assert_eq!(denial("with an explicit deny"), DenialReason::Unknown);
        assert_eq!(AccessDenied::of("Rate exceeded"), None);
    }

    #[test]
    fn the_forms_of_kms_that_name_no_key() {
        let user =
            "User: arn:aws:iam::111122223333:user/x is not authorized to perform: kms:Decrypt";
        let ciphertext = format!(
            "{user} on the resource associated with this ciphertext because no identity-based policy allows the \
             kms:Decrypt action"
        );
        let denial = AccessDenied::of(&ciphertext).unwrap();
        assert_eq!(denial.resource, None);
        assert_eq!(denial.ruling, DenialReason::NoAllow(PolicyType::Identity));

        let hidden = format!(
            "{user} on this resource because the resource does not exist in this Region, no resource-based policies \
             allow access, or a resource-based policy explicitly denies access"
        );
        assert_eq!(
            AccessDenied::of(&hidden).unwrap().ruling,
            DenialReason::Ambiguous
        );

        let old = "The ciphertext refers to a customer master key that does not exist, does not exist in this region, \
                   or you are not allowed to access.";
        assert_eq!(
            AccessDenied::of(old).unwrap().ruling,
            DenialReason::Ambiguous
        );
    }

    #[test]
    fn a_policy_that_is_named_is_found() {
        let arn = "arn:aws:organizations::999988887777:policy/o-exampleorgid/service_control_policy/p-examplepolicyid";
        let message = format!(
            "User: x is not authorized to perform: kms:Decrypt on resource: \"{KEY}\" with an explicit deny in a \
             service control policy: {arn}"
        );
        let denial = AccessDenied::of(&message).unwrap();
        assert_eq!(denial.policy_arn, Some(arn));
        assert_eq!(denial.resource, Some(KEY));
        assert_eq!(
            denial.ruling,
            DenialReason::ExplicitDeny(PolicyType::ServiceControl)
        );
    }
}
