//! The section of the callers and their sources.

use super::section::Section;
use crate::evidence::Fact;
use crate::notification::caller::Caller;
use crate::notification::render_input::RenderInput;

/// Callers and sources of the sampled records.
pub(super) fn section(input: &RenderInput<'_>) -> Section {
    let mut section = Section::new("Who", 3_500);
    let evidence = input.evidence();
    if evidence.records.is_empty() {
        return section;
    }
    let (mut tasks, mut sessions) = (Vec::new(), Vec::new());
    for facts in &evidence.records {
        let caller = input.caller(facts);
        let (list, name) = match (caller.ecs_task(), caller) {
            (Some(task), _) => (&mut tasks, task),
            (None, Caller::Role { session, .. }) => (&mut sessions, session),
            _ => continue,
        };
        if !list.contains(&name) {
            list.push(name);
        }
    }
    section.values("Role", &input.sampled(Fact::RoleArn));
    section.values("ECS task", &tasks);
    section.values("Session", &sessions);
    if input.sampled(Fact::RoleArn).is_empty() {
        section.values("Identity", &input.sampled(Fact::IdentityArn));
        section.values("Identity type", &input.sampled(Fact::IdentityType));
        section.values("User name", &input.sampled(Fact::UserName));
        if input.sampled(Fact::IdentityArn).is_empty() {
            section.values("Principal", &input.sampled(Fact::PrincipalId));
        }
    }
    section.values("Access key", &input.sampled(Fact::AccessKeyId));
    section.values("Called by", &input.sampled(Fact::InvokedBy));
    section.values("Source address", &input.sampled(Fact::SourceIpAddress));
    section.values("User agent", &input.sampled(Fact::UserAgent));
    section.values("VPC endpoint", &input.sampled(Fact::VpcEndpointId));
    section.values("MFA", &input.sampled(Fact::MfaUsed));
    let named = |id: &&str| input.named(id).to_string();
    let accounts = input.sampled(Fact::RecipientAccountId);
    section.sanitized_values("Account", accounts.iter().map(named));
    let caller_accounts = input.sampled(Fact::AccountId);
    if caller_accounts != accounts {
        section.sanitized_values("Caller account", caller_accounts.iter().map(named));
    }
    section.values("Region", &input.sampled(Fact::AwsRegion));
    let known = evidence.records.len() as u64;
    if evidence.count > known && input.definition.count_distinct.is_none() {
        section.line(&format!(
            "  according to {known} of the {} records",
            evidence.count
        ));
    }
    section
}
