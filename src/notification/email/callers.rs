//! The section of the callers and their sources.

use super::section::Section;
use crate::evidence::Fact;
use crate::notification::caller::Caller;
use crate::notification::diagnosis::and_more;
use crate::notification::render_input::RenderInput;
use crate::notification::sanitize::sanitize;

/// Maximum number of roles and users that are listed.
const MAX_IDENTITIES: usize = 3;

/// Prefix of the IDs of temporary access keys. They identify nobody, because a role session has a new one each time.
const TEMPORARY_KEY: &str = "ASIA";

/// Callers and sources of the sampled records.
pub(super) fn section(input: &RenderInput<'_>) -> Section {
    let mut section = Section::new("Who", 3_500);
    let evidence = input.evidence();
    if evidence.records.is_empty() {
        return section;
    }
    for identity in identities(input) {
        section.line(&format!("  {identity}"));
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
    let services = input.sampled(Fact::InvokedBy);
    let mut addresses = input.sampled(Fact::SourceIpAddress);
    addresses.retain(|address| !services.contains(address));
    let source = [
        first_of("ECS task ", &tasks),
        first_of("session ", &sessions),
        first_of("from ", &addresses),
        first_of("via ", &input.sampled(Fact::VpcEndpointId)),
    ];
    let source: Vec<String> = source.into_iter().flatten().collect();
    section.paragraph("  ", "    ", &source.join(", "));
    section.field("Invoked by", &listed(&services));
    let keys = input.sampled(Fact::AccessKeyId);
    let keys: Vec<&str> = (keys.into_iter())
        .filter(|key| !key.starts_with(TEMPORARY_KEY))
        .collect();
    section.field("Access key", &listed(&keys));
    let callers = input.sampled(Fact::AccountId);
    if callers != input.sampled(Fact::RecipientAccountId) {
        let named: Vec<String> = callers
            .iter()
            .map(|id| input.named(id).to_string())
            .collect();
        section.field("Account of the caller", &named.join(", "));
    }
    let known = evidence.records.len() as u64;
    if evidence.count > known && input.definition.count_distinct.is_none() {
        section.line(&format!("  (from {known} of {} records)", evidence.count));
    }
    section
}

/// ARNs of roles and users; without an ARN, what identifies the caller otherwise.
fn identities(input: &RenderInput<'_>) -> Vec<String> {
    let mut identities: Vec<String> = Vec::new();
    for facts in &input.evidence().records {
        let arn = [Fact::RoleArn, Fact::IdentityArn]
            .into_iter()
            .find_map(|fact| facts.text(fact));
        let identity = arn
            .filter(|arn| !arn.is_empty())
            .map_or_else(|| input.caller(facts).to_string(), sanitize);
        if !identities.contains(&identity) {
            identities.push(identity);
        }
    }
    if let Some(more @ 1..) = identities.len().checked_sub(MAX_IDENTITIES) {
        identities.truncate(MAX_IDENTITIES);
        identities.push(format!("and {more} more"));
    }
    identities
}

/// `from 10.0.12.47`, `from 10.0.12.47, and 3 more`. `None` without a value.
fn first_of(label: &str, values: &[&str]) -> Option<String> {
    let first = values.first()?;
    Some(format!(
        "{label}{}{}",
        sanitize(first),
        and_more(values.len() - 1)
    ))
}

/// The first value and the number of the others.
fn listed(values: &[&str]) -> String {
    first_of("", values).unwrap_or_default()
}
