//! Who made the calls, and from where.

use super::super::caller::Caller;
use super::super::scene::Scene;
use super::section::Section;
use crate::evidence::Fact;

/// Writes who it was, by the samples.
pub(super) fn section(scene: &Scene<'_>) -> Section {
    let mut section = Section::new("Who", 3_500);
    let evidence = scene.evidence();
    if evidence.records.is_empty() {
        return section;
    }
    let (mut tasks, mut sessions) = (Vec::new(), Vec::new());
    for facts in &evidence.records {
        let caller = Caller::of(facts);
        let (list, name) = match (caller.ecs_task(), caller) {
            (Some(task), _) => (&mut tasks, task),
            (None, Caller::Role { session, .. }) => (&mut sessions, session),
            _ => continue,
        };
        if !list.contains(&name) {
            list.push(name);
        }
    }
    section.values("Role", &scene.sampled(Fact::RoleArn));
    section.values("ECS task", &tasks);
    section.values("Session", &sessions);
    if scene.sampled(Fact::RoleArn).is_empty() {
        section.values("Identity", &scene.sampled(Fact::IdentityArn));
        section.values("Identity type", &scene.sampled(Fact::IdentityType));
        section.values("User name", &scene.sampled(Fact::UserName));
        if scene.sampled(Fact::IdentityArn).is_empty() {
            section.values("Principal", &scene.sampled(Fact::PrincipalId));
        }
    }
    section.values("Access key", &scene.sampled(Fact::AccessKeyId));
    section.values("Called by", &scene.sampled(Fact::InvokedBy));
    section.values("Source address", &scene.sampled(Fact::SourceIpAddress));
    section.values("User agent", &scene.sampled(Fact::UserAgent));
    section.values("VPC endpoint", &scene.sampled(Fact::VpcEndpointId));
    section.values("MFA", &scene.sampled(Fact::MfaUsed));
    section.values("Account", &scene.sampled(Fact::RecipientAccountId));
    let caller_accounts = scene.sampled(Fact::AccountId);
    if caller_accounts != scene.sampled(Fact::RecipientAccountId) {
        section.values("Caller account", &caller_accounts);
    }
    section.values("Region", &scene.sampled(Fact::AwsRegion));
    let known = evidence.records.len() as u64;
    if evidence.count > known && scene.definition.count_distinct.is_none() {
        section.line(&format!(
            "  as {known} of the {} records say",
            evidence.count
        ));
    }
    section
}
