//! The caller of an API call.

use std::fmt;

use crate::alarm::account_names::AccountNames;
use crate::evidence::{Fact, Facts};
use crate::notification::account::Account;
use crate::notification::arn::Arn;
use crate::notification::sanitize::sanitize;

/// The placeholder for a user name that does not exist, because people type passwords there. Source: IAM User Guide,
/// "Logging IAM and STS with CloudTrail".
const HIDDEN: &str = "HIDDEN_DUE_TO_SECURITY_REASONS";

/// The caller of an API call, as far as the record identifies it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Caller<'e> {
    /// A session of a role.
    Role { name: &'e str, session: &'e str },
    /// An IAM user.
    User(&'e str),
    /// The root user of an account.
    Root,
    /// An AWS service on its own behalf.
    Service(&'e str),
    /// A federated user, by kind.
    Federated { kind: &'e str, name: &'e str },
    /// A caller of another account. This account's trail does not contain its name.
    Foreign { account: Account<'e>, name: &'e str },
    /// Any other caller, by a name from the record.
    Other(&'e str),
    /// The record does not identify the caller.
    Unknown,
}

impl<'e> Caller<'e> {
    /// Identifies the caller of a record. `accounts` has the names of accounts.
    pub(super) fn of(facts: &'e Facts, accounts: &'e AccountNames) -> Self {
        let arn = facts.text(Fact::IdentityArn).filter(|arn| !arn.is_empty());
        let resource = arn.and_then(Arn::parse).map(|arn| arn.resource);
        if let Some(resource) = resource {
            if let Some((name, session)) = resource
                .strip_prefix("assumed-role/")
                .and_then(|rest| rest.rsplit_once('/'))
            {
                return Self::Role { name, session };
            }
            if let Some(user) = resource.strip_prefix("user/") {
                return Self::User(user.rsplit('/').next().unwrap_or(user));
            }
            if resource == "root" {
                return Self::Root;
            }
        }
        let is_service =
            |text: &&str| text.ends_with(".amazonaws.com") || text.ends_with(".amazonaws.com.cn");
        let service = [Fact::InvokedBy, Fact::SourceIpAddress]
            .into_iter()
            .filter_map(|fact| facts.text(fact))
            .find(is_service);
        let value = |fact| facts.text(fact).filter(|text| !text.is_empty());
        let named = [Fact::UserName, Fact::PrincipalId, Fact::InvokedBy]
            .into_iter()
            .find_map(value);
        let kind = facts.text(Fact::IdentityType);
        if let (Some("AWSAccount"), None, Some(account)) = (kind, arn, value(Fact::AccountId)) {
            return Self::Foreign {
                account: Account::of(account, accounts),
                name: value(Fact::PrincipalId).unwrap_or_default(),
            };
        }
        match (kind, arn, service, named) {
            (Some("Root"), ..) => Self::Root,
            (_, Some(arn), ..) => Self::Other(arn),
            (_, None, Some(service), _) => Self::Service(service),
            (Some("IAMUser"), _, _, Some(name)) => Self::User(name),
            (Some("SAMLUser"), _, _, Some(name)) => Self::Federated {
                kind: "SAML user",
                name,
            },
            (Some("WebIdentityUser"), _, _, Some(name)) => Self::Federated {
                kind: "web identity user",
                name,
            },
            (_, None, None, Some(name)) => Self::Other(name),
            (_, None, None, None) => Self::Unknown,
        }
    }

    /// The ID of the ECS task, because ECS uses it as session name. `None` if this is not an ECS task.
    pub(super) fn ecs_task(&self) -> Option<&'e str> {
        match self {
            Self::Role { session, .. } if is_task_id(session) => Some(session),
            _ => None,
        }
    }

    /// Whether CloudTrail masks the name.
    pub(super) fn is_hidden(&self) -> bool {
        matches!(self, Self::User(HIDDEN))
    }

    /// The caller without its session, to compare the callers of several calls.
    pub(super) fn without_session(self) -> Self {
        match self {
            Self::Role { name, .. } => Self::Role { name, session: "" },
            other => other,
        }
    }
}

/// Whether this is an ECS task ID: 32 hexadecimal digits, or a UUID in clusters with the old ARN format. Source: ECS
/// Developer Guide, "Amazon Resource Names".
fn is_task_id(session: &str) -> bool {
    let is_hex = |c: char| c.is_ascii_hexdigit() && !c.is_ascii_uppercase();
    let dashes = session.matches('-').count();
    let digits = session.chars().filter(|c| is_hex(*c)).count();
    digits == 32 && (session.len() == 32 || session.len() == 36 && dashes == 4)
}

impl fmt::Display for Caller<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Role { name, session: "" } => write!(f, "role {}", sanitize(name)),
            Self::Role { name, session } => {
                let kind = if self.ecs_task().is_some() {
                    "ECS task"
                } else {
                    "session"
                };
                write!(f, "role {} ({kind} {})", sanitize(name), sanitize(session))
            }
            Self::User(HIDDEN) => f.write_str("a user whose name CloudTrail masks"),
            Self::Federated { kind, name } => write!(f, "{kind} {}", sanitize(name)),
            Self::Foreign { account, name: "" } => {
                write!(f, "an unidentified caller in account {account}")
            }
            Self::Foreign { account, name } => {
                write!(f, "{} of account {account}", sanitize(name))
            }
            Self::User(name) => write!(f, "user {}", sanitize(name)),
            Self::Root => f.write_str("the root user"),
            Self::Service(name) => write!(f, "service {}", sanitize(name)),
            Self::Other(name) => f.write_str(&sanitize(name)),
            Self::Unknown => f.write_str("an unknown caller"),
        }
    }
}

/// A phrase for all callers: `role app (3 ECS tasks)`.
pub(super) fn summarize(callers: &[(Caller<'_>, u64)]) -> String {
    let Some((first, _)) = callers.first() else {
        return Caller::Unknown.to_string();
    };
    if callers.len() == 1 {
        return first.to_string();
    }
    let name = first.without_session();
    if callers
        .iter()
        .all(|(caller, _)| caller.without_session() == name)
    {
        let tasks = callers
            .iter()
            .all(|(caller, _)| caller.ecs_task().is_some());
        let kind = if tasks { "ECS tasks" } else { "sessions" };
        return format!("{name} ({} {kind})", callers.len());
    }
    let others = callers.len() - 1;
    let plural = if others == 1 { "" } else { "s" };
    format!("{first} and {others} other caller{plural}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn words(facts: &[Facts]) -> String {
        let names = AccountNames::default();
        let callers: Vec<_> = (facts.iter())
            .map(|facts| (Caller::of(facts, &names), 1))
            .collect();
        summarize(&callers)
    }

    fn arn(arn: &str) -> Facts {
        Facts::from([(Fact::IdentityArn, arn)])
    }

    #[test]
    fn every_kind_of_caller_has_a_name() {
        let task = "3f7c1d0a9b5e4c62815fd2ab07e94c38";
        let role = |session: &str| {
            arn(&format!(
                "arn:aws:sts::111122223333:assumed-role/app/{session}"
            ))
        };
        assert_eq!(words(&[role(task)]), format!("role app (ECS task {task})"));
        assert_eq!(words(&[role("bob")]), "role app (session bob)");
        assert_eq!(words(&[role("bob"), role("eve")]), "role app (2 sessions)");
        assert_eq!(
            words(&[arn("arn:aws:iam::111122223333:user/div/bob")]),
            "user bob"
        );
        assert_eq!(
            words(&[arn("arn:aws:iam::111122223333:root")]),
            "the root user"
        );
        assert_eq!(
            words(&[role("bob"), arn("arn:aws:iam::1:root")]),
            "role app (session bob) and 1 other caller"
        );
        let service = Facts::from([
            (Fact::IdentityType, "AWSService"),
            (Fact::InvokedBy, "config.amazonaws.com"),
        ]);
        assert_eq!(words(&[service]), "service config.amazonaws.com");
        let of = |kind: &str, fact: Fact, name: &str| {
            let mut facts = Facts::from([
                (Fact::IdentityType, kind),
                (fact, name),
                (Fact::AccountId, "1"),
            ]);
            let all = words(&[facts.clone()]);
            facts = facts.tallied();
            assert_eq!(words(&[facts]), all, "tallied and sampled facts agree");
            all
        };
        assert_eq!(of("IAMUser", Fact::UserName, "anaya"), "user anaya");
        assert_eq!(
            of("IAMUser", Fact::UserName, HIDDEN),
            "a user whose name CloudTrail masks"
        );
        assert_eq!(of("Root", Fact::PrincipalId, "1"), "the root user");
        assert_eq!(of("SAMLUser", Fact::UserName, "bob"), "SAML user bob");
        assert_eq!(
            of("AWSAccount", Fact::PrincipalId, "A:s"),
            "A:s of account 1"
        );
        assert_eq!(
            of("AWSService", Fact::SourceIpAddress, "rds.amazonaws.com"),
            "service rds.amazonaws.com"
        );
        assert_eq!(words(&[Facts::default()]), "an unknown caller");
    }

    #[test]
    fn a_task_id_is_hexadecimal_in_either_form() {
        assert!(is_task_id("3f7c1d0a9b5e4c62815fd2ab07e94c38"));
        assert!(is_task_id("3f7c1d0a-9b5e-4c62-815f-d2ab07e94c38"));
        for other in [
            "",
            "bob",
            "3f7c1d0a9b5e4c62815fd2ab07e94c3",
            "3F7C1D0A9B5E4C62815FD2AB07E94C38",
        ] {
            assert!(!is_task_id(other), "{other}");
        }
    }
}
