//! Notes for the reader: remedies, policies, accounts and services.

use std::collections::BTreeSet;

use crate::evidence::{AccessDenied, Fact, Facts};
use crate::notification::arn::Arn;
use crate::notification::call::caller_account;
use crate::notification::diagnosis::and_more;
use crate::notification::kms::failure::Failure;
use crate::notification::kms::key::{MAX_KEYS, is_key_from_ciphertext, key_of};
use crate::notification::render_input::RenderInput;
use crate::notification::sanitize::sanitize;

/// All notes; `failures` are those of the tallied calls.
pub(super) fn notes(input: &RenderInput<'_>, failures: &[(Failure<'_>, u64)]) -> Vec<String> {
    let mut notes = Vec::new();
    let policies: BTreeSet<&str> = (input.sampled(Fact::ErrorMessage).into_iter())
        .filter_map(|message| AccessDenied::parse(message)?.policy_arn)
        .collect();
    if let Some(arn) = policies.first() {
        notes.push(format!(
            "The denying policy: {}{}",
            sanitize(arn),
            and_more(policies.len() - 1)
        ));
    }
    notes.extend(across_accounts(input));
    if is_key_from_ciphertext(input) {
        notes.push(
            "The ciphertext determined the key, and the error message does not name it. The configuration of the program \
             that encrypted the data shows the key, and so do the records of earlier successful calls."
                .to_owned(),
        );
    }
    let mut services = Vec::new();
    for facts in failed_samples(input) {
        // A service that calls on its own behalf is the caller.
        if facts.text(Fact::IdentityType) != Some("AWSService")
            && let Some(service) = facts.text(Fact::InvokedBy)
            && !services.contains(&service)
        {
            services.push(service);
        }
    }
    if let Some(service) = services.first() {
        notes.push(format!(
            "{}{} called KMS on the caller's behalf. The operation that failed is the caller's request to that \
             service.",
            sanitize(service),
            and_more(services.len() - 1)
        ));
    }
    let denied = failures
        .iter()
        .all(|(failure, _)| failure.denial_reason.is_some());
    let callers = input.callers();
    if denied
        && !failures.is_empty()
        && callers
            .iter()
            .any(|(caller, _)| caller.ecs_task().is_some())
    {
        notes.push(
            "The caller is one of a task's two roles: taskRoleArn or executionRoleArn (secrets, images)."
                .to_owned(),
        );
    }
    notes
}

/// The sampled records of failed calls.
fn failed_samples<'a>(input: &RenderInput<'a>) -> impl Iterator<Item = &'a Facts> {
    let records = input.evidence().records.iter();
    records.filter(|facts| facts.text(Fact::ErrorCode).is_some())
}

/// Notes about callers in another account than the key, by sampled record, because the trail of an organization
/// contains callers of many accounts.
fn across_accounts<'a>(input: &RenderInput<'a>) -> Vec<String> {
    let mut pairs = BTreeSet::new();
    for facts in failed_samples(input) {
        let owner = key_of(facts)
            .and_then(Arn::parse)
            .map_or("", |arn| arn.account);
        let caller = caller_account(facts);
        if !owner.is_empty() && !caller.is_empty() && owner != caller {
            let is_unseen = facts.text(Fact::DenialReason).is_some()
                && facts.text(Fact::RecipientAccountId) != Some(owner);
            pairs.insert((owner, caller, is_unseen));
        }
    }
    let note = |&(owner, caller, is_unseen): &(&'a str, &'a str, bool)| {
        let unseen = if is_unseen {
            " The denial is not in the CloudTrail events of the key's account."
        } else {
            ""
        };
        format!(
            "The key belongs to account {}, the caller to {}. Both the key policy and a policy of the caller must \
             allow the call.{unseen}",
            input.named(owner),
            input.named(caller)
        )
    };
    let mut notes: Vec<String> = pairs.iter().take(MAX_KEYS).map(note).collect();
    if let Some(more @ 1..) = pairs.len().checked_sub(MAX_KEYS) {
        notes.push(format!("and {more} more pairs of accounts"));
    }
    notes
}
