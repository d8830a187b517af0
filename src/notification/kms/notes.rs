//! Notes for the reader: remedies, policies, accounts and services.

use std::collections::BTreeSet;

use crate::evidence::{AccessDenied, Fact, Facts};
use crate::notification::arn::Arn;
use crate::notification::call::caller_account;
use crate::notification::command::Command;
use crate::notification::diagnosis::and_more;
use crate::notification::kms::failure::Failure;
use crate::notification::kms::key::{
    MAX_KEYS, failure_of, is_alias, is_key_from_ciphertext, key_of, key_region, keys,
};
use crate::notification::render_input::RenderInput;
use crate::notification::sanitize::sanitize;

/// All notes; `failures` are those of the tallied calls.
pub(super) fn notes(input: &RenderInput<'_>, failures: &[(Failure<'_>, u64)]) -> Vec<String> {
    let mut notes = remedies(input);
    let policies: BTreeSet<&str> = (input.sampled(Fact::ErrorMessage).into_iter())
        .filter_map(|message| AccessDenied::parse(message)?.policy_arn)
        .collect();
    if let Some(arn) = policies.first() {
        notes.push(format!(
            "The policy that forbids it: {}{}",
            sanitize(arn),
            and_more(policies.len() - 1)
        ));
    }
    notes.extend(across_accounts(input));
    if is_key_from_ciphertext(input) {
        notes.push(
            "KMS took the key from the ciphertext, and the message does not name it: the configuration of the program that \
             wrote the data shows which key that is, as do calls that worked before (resources in their records)."
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
            "{}{} made the call for the caller, with the caller's rights: what that service was asked to do is what \
             failed.",
            sanitize(service),
            and_more(services.len() - 1)
        ));
    }
    let denied = failures
        .iter()
        .any(|(failure, _)| failure.denial_reason.is_some());
    let callers = input.callers();
    if denied
        && callers
            .iter()
            .any(|(caller, _)| caller.ecs_task().is_some())
    {
        notes.push(
            "A task has two roles. The application's own calls use the task role (taskRoleArn); secrets that ECS \
             injects, image pulls and log drivers use the execution role (executionRoleArn). Change the one that is \
             named above."
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
            " The owner of the key does not see a denial in CloudTrail."
        } else {
            ""
        };
        format!(
            "The key belongs to account {}, the caller to {}: both the key policy of the one and a policy of the \
             caller in the other must allow it.{unseen}",
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

/// Commands that undo the cause, if there are any.
///
/// They change resources, so they are comments, and next to the causes instead of among the commands to copy.
fn remedies(input: &RenderInput<'_>) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let keys = keys(input).into_iter().take(MAX_KEYS);
    for key in keys.filter(|key| !is_alias(key)) {
        let region = key_region(input, key);
        let failures =
            input.tally(|facts| failure_of(facts).filter(|_| key_of(facts) == Some(key)));
        for words in failures.iter().filter_map(|(failure, _)| failure.remedy()) {
            let command = Command::new(&format!("  # {words}"))
                .with("--region", region)
                .with("--key-id", key);
            lines.extend(command.line().filter(|line| !lines.contains(line)));
        }
    }
    if !lines.is_empty() {
        lines.insert(0, "Once it is clear who did this, and why:".to_owned());
    }
    lines
}
