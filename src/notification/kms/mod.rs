//! What the records of AWS KMS tell: which key, what it protects, why the call failed, and what to do next.

mod cause;
mod context;

use std::collections::BTreeSet;

use super::arn::Arn;
use super::caller::Caller;
use super::command::Command;
use super::diagnosis::{Cause, Diagnosis, and_more};
use super::general;
use super::harmless::harmless;
use super::link::Console;
use super::scene::{Scene, call, layer};
use crate::evidence::{AccessDenied, Fact, Facts, KeyState};

use cause::Failure;

/// `eventSource` of AWS KMS.
pub(super) const EVENT_SOURCES: [&str; 1] = ["kms.amazonaws.com"];

/// Most keys that commands and links are given for.
const MAX_KEYS: usize = 2;

/// Most lines on what the calls were to protect.
const MAX_BEHIND: usize = 5;

pub(super) fn diagnose(scene: &Scene<'_>) -> Diagnosis {
    let failures = failures(scene);
    let cause = |(failure, count): &(Failure<'_>, u64)| Cause {
        count: *count,
        reason: failure.reason(),
        advice: failure.advice().to_owned(),
    };
    Diagnosis {
        thing: "key",
        things: scene.tally(|facts| key(facts).map(str::to_owned)),
        names: Vec::new(),
        behind: behind(scene),
        causes: failures.iter().map(cause).collect(),
        notes: notes(scene, &failures),
        commands: commands(scene),
        links: links(scene),
    }
}

/// The key: the one of several that the message blames, as CloudTrail resolved it, as the message names it, or as the
/// caller asked for it.
fn key(facts: &Facts) -> Option<&str> {
    state(facts).map(|(key, _)| key).or_else(|| {
        [Fact::ResourceArn, Fact::DeniedResource, Fact::KeyId]
            .into_iter()
            .filter_map(|fact| facts.text(fact))
            .find(|key| !key.is_empty())
    })
}

/// The key whose state made the call fail, and the state.
fn state(facts: &Facts) -> Option<(&str, KeyState)> {
    let code = facts.text(Fact::ErrorCode)?;
    let statement = facts.text(Fact::KeyState)?;
    KeyState::of(statement).filter(|_| cause::STATE_CODES.contains(&code))
}

fn failures<'a>(scene: &Scene<'a>) -> Vec<(Failure<'a>, u64)> {
    scene.tally(failure)
}

/// How a call failed.
fn failure(facts: &Facts) -> Option<Failure<'_>> {
    let code = facts.text(Fact::ErrorCode)?;
    let state = state(facts).map(|(_, state)| state);
    Some(Failure::new(code, layer(facts), state))
}

fn behind(scene: &Scene<'_>) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for text in scene.sampled(Fact::EncryptionContext) {
        for line in context::lines(text) {
            if !lines.contains(&line) {
                lines.push(line);
            }
        }
    }
    let more = lines.len().saturating_sub(MAX_BEHIND);
    lines.truncate(MAX_BEHIND);
    if more > 0 {
        lines.push(format!("and {more} more"));
    }
    lines
}

fn notes(scene: &Scene<'_>, failures: &[(Failure<'_>, u64)]) -> Vec<String> {
    let mut notes = remedies(scene);
    let policies: BTreeSet<&str> = (scene.sampled(Fact::ErrorMessage).into_iter())
        .filter_map(|message| AccessDenied::of(message)?.policy_arn)
        .collect();
    if let Some(arn) = policies.first() {
        notes.push(format!(
            "The policy that forbids it: {}{}",
            harmless(arn),
            and_more(policies.len() - 1)
        ));
    }
    notes.extend(across_accounts(scene));
    if is_of_ciphertext(scene) {
        notes.push(
            "KMS took the key from the ciphertext, and the message does not name it: the configuration of whatever \
             wrote the data tells which key that is, as do calls that worked before (resources in their records)."
                .to_owned(),
        );
    }
    let mut services = Vec::new();
    for facts in failed(scene) {
        // A service on its own is the caller.
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
            harmless(service),
            and_more(services.len() - 1)
        ));
    }
    let denied = failures.iter().any(|(failure, _)| failure.ruling.is_some());
    let callers = scene.callers();
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

/// The samples that failed: of a call that worked there is nothing to explain.
fn failed<'a>(scene: &Scene<'a>) -> impl Iterator<Item = &'a Facts> {
    let records = scene.evidence().records.iter();
    records.filter(|facts| facts.text(Fact::ErrorCode).is_some())
}

/// What holds where the caller is of another account than the key, by what each sample says: a trail of an organization
/// has callers of many accounts.
fn across_accounts(scene: &Scene<'_>) -> Vec<String> {
    let mut pairs = BTreeSet::new();
    for facts in failed(scene) {
        let owner = key(facts).and_then(Arn::of).map_or("", |arn| arn.account);
        let caller = caller_account(facts);
        if !owner.is_empty() && !caller.is_empty() && owner != caller {
            let is_unseen = facts.text(Fact::DenialReason).is_some()
                && facts.text(Fact::RecipientAccountId) != Some(owner);
            pairs.insert((owner, caller, is_unseen));
        }
    }
    let note = |&(owner, caller, is_unseen): &(&str, &str, bool)| {
        let unseen = if is_unseen {
            " The owner of the key does not see a denial in CloudTrail."
        } else {
            ""
        };
        format!(
            "The key belongs to account {}, the caller to {}: both the key policy of the one and a policy of the \
             caller in the other must allow it.{unseen}",
            harmless(owner),
            harmless(caller)
        )
    };
    let mut notes: Vec<String> = pairs.iter().take(MAX_KEYS).map(note).collect();
    if let Some(more @ 1..) = pairs.len().checked_sub(MAX_KEYS) {
        notes.push(format!("and {more} more pairs of accounts"));
    }
    notes
}

/// The account of the caller, as the record says it.
fn caller_account(facts: &Facts) -> &str {
    let of_arn = facts.text(Fact::IdentityArn).and_then(Arn::of);
    let said = facts.text(Fact::AccountId);
    said.or(of_arn.map(|arn| arn.account)).unwrap_or_default()
}

/// Whether a message says `the resource associated with this ciphertext` instead of a key.
fn is_of_ciphertext(scene: &Scene<'_>) -> bool {
    let messages = scene.sampled(Fact::ErrorMessage);
    let mut messages = messages.iter();
    messages.any(|message| message.contains("associated with this ciphertext"))
}

fn commands(scene: &Scene<'_>) -> Vec<String> {
    // The account in which it is to be run, and the line.
    let mut all: Vec<(&str, String)> = Vec::new();
    let keys: Vec<&str> = keys(scene);
    for key in keys.iter().take(MAX_KEYS) {
        let owner = Arn::of(key).map_or(scene.account(), |arn| arn.account);
        let of_key = of_key(scene, key).into_iter().filter_map(Command::line);
        // Commented out: the call would appear in the trail of the key's owner, and the caller may have chosen the key.
        let comment = if is_foreign(scene, owner) { "# " } else { "" };
        all.extend(of_key.map(|line| (owner, format!("{comment}{line}"))));
        let simulation = simulation(scene, key);
        all.extend(simulation.and_then(|(account, command)| Some((account, command.line()?))));
    }
    if let Some(more @ 1..) = keys.len().checked_sub(MAX_KEYS) {
        all.push((scene.account(), format!("# and {more} more keys")));
    }
    if keys.is_empty() && is_of_ciphertext(scene) {
        let aliases = Command::new("aws kms list-aliases").with("--region", scene.call_region());
        all.extend(aliases.line().map(|line| (scene.account(), line)));
    }
    let of_task = |facts: &'_ Facts| Caller::of(facts).ecs_task().map(str::to_owned);
    let mut records = scene.evidence().records.iter();
    let task = records.find_map(|facts| Some((caller_account(facts), of_task(facts)?)));
    let task = task
        .and_then(|(account, task)| Some((account, describe_task(&task, scene.call_region())?)));
    all.extend(task);
    let further = general::commands(scene).into_iter();
    all.extend(further.map(|line| (scene.account(), line)));
    in_accounts(all)
}

/// Whether an account is neither the function's nor one whose calls are logged here.
fn is_foreign(scene: &Scene<'_>, account: &str) -> bool {
    let logged = scene.sampled(Fact::RecipientAccountId);
    !account.is_empty() && account != scene.place.account && !logged.contains(&account)
}

/// The lines; where they are not all for one account, behind a comment that says for which.
fn in_accounts(commands: Vec<(&str, String)>) -> Vec<String> {
    let accounts: BTreeSet<&str> = commands.iter().map(|(account, _)| *account).collect();
    let mut lines = Vec::new();
    let mut current = "";
    for (account, line) in commands {
        if accounts.len() > 1 && account != current && !account.is_empty() {
            lines.push(format!("# in account {}:", harmless(account)));
            current = account;
        }
        lines.push(line);
    }
    lines
}

/// What can stand in a command as a key, the most frequent first.
fn keys<'a>(scene: &Scene<'a>) -> Vec<&'a str> {
    let keys = scene.tally(key).into_iter().map(|(key, _)| key);
    keys.filter(|key| is_key(key)).collect()
}

/// An ARN, an id or an alias; what a caller made up instead is of no use in a command.
fn is_key(key: &str) -> bool {
    let is_of_name = |c: char| c.is_ascii_alphanumeric() || ":/_-".contains(c);
    key.chars().all(is_of_name)
}

/// Only `DescribeKey` and the calls that use a key take an alias for it.
fn is_alias(key: &str) -> bool {
    let name = Arn::of(key).map_or(key, |arn| arn.resource);
    name.starts_with("alias/")
}

/// The Region in the ARN of a key, or the Region of the call if the key is not an ARN. Empty if it is unknown.
fn key_region<'a>(scene: &Scene<'a>, key: &'a str) -> &'a str {
    Arn::of(key).map_or(scene.call_region(), |arn| scene.known_region(arn.region))
}

fn of_key<'a>(scene: &Scene<'a>, key: &'a str) -> Vec<Command> {
    let region = key_region(scene, key);
    let command = |words: &str| {
        Command::new(words)
            .with("--region", region)
            .with("--key-id", key)
    };
    let failures = scene.tally(|facts| failure(facts).filter(|_| self::key(facts) == Some(key)));
    let mut commands = vec![
        command("aws kms describe-key")
            .then("--query 'KeyMetadata.[Arn,KeyState,DeletionDate,KeyUsage,KeySpec]'"),
    ];
    if !is_alias(key) && failures.iter().any(|(failure, _)| failure.ruling.is_some()) {
        commands
            .push(command("aws kms get-key-policy").then("--policy-name default --output text"));
    }
    commands
}

/// What undoes the cause, where a command does. It changes something, so it stands with the causes and not among the
/// lines that are copied in one go, and as a comment.
fn remedies(scene: &Scene<'_>) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let keys = keys(scene).into_iter().take(MAX_KEYS);
    for key in keys.filter(|key| !is_alias(key)) {
        let region = key_region(scene, key);
        let failures =
            scene.tally(|facts| failure(facts).filter(|_| self::key(facts) == Some(key)));
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

/// Finds the task, its service and its task definition; the record does not tell the cluster.
fn describe_task(task: &str, region: &str) -> Option<String> {
    let clusters = Command::new("aws ecs list-clusters").with("--region", region);
    let tasks = Command::new("aws ecs describe-tasks")
        .with("--region", region)
        .with("--tasks", task);
    Some(format!(
        "for c in $({} --query 'clusterArns[]' --output text); do {} --cluster \"$c\" \
         --query 'tasks[].[clusterArn,group,taskDefinitionArn,lastStatus]' --output text; done",
        clusters.line()?,
        tasks.line()?
    ))
}

/// Whether the caller's own policies would allow the denied call, and the account to ask in; session policies and
/// endpoints are not simulated.
fn simulation<'a>(scene: &Scene<'a>, key: &str) -> Option<(&'a str, Command)> {
    let denied =
        |facts: &&Facts| self::key(facts) == Some(key) && facts.text(Fact::DenialReason).is_some();
    let facts = scene.evidence().records.iter().find(denied)?;
    let user = |arn: &&str| Arn::of(arn).is_some_and(|arn| arn.resource.starts_with("user/"));
    let principal =
        (facts.text(Fact::RoleArn)).or_else(|| facts.text(Fact::IdentityArn).filter(user))?;
    let message = facts.text(Fact::ErrorMessage)?;
    let called = call(facts)?;
    let action = AccessDenied::of(message)
        .and_then(|denial| denial.action)
        .unwrap_or(&called);
    Arn::of(key)?;
    let command = Command::new("aws iam simulate-principal-policy")
        .with("--policy-source-arn", principal)
        .with("--action-names", action)
        .with("--resource-arns", key)
        .then("--query 'EvaluationResults[].[EvalActionName,EvalDecision]' --output text");
    Some((Arn::of(principal)?.account, command))
}

fn links(scene: &Scene<'_>) -> Vec<(String, String)> {
    let mut links = Vec::new();
    for (key, _) in scene.tally(key) {
        let Some(arn) = Arn::of(key) else { continue };
        let link = (arn.resource.strip_prefix("key/"))
            .and_then(|id| Console::new(scene.known_region(arn.region))?.key(id));
        let label = format!("KMS key, in account {}", harmless(arn.account));
        links.extend(link.map(|link| (label, link)));
    }
    let links = general::first_of(links, MAX_KEYS);
    let mut all = general::links(scene);
    all.extend(links);
    all
}
