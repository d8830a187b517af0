//! Commands that help to investigate calls to KMS.

use std::collections::BTreeSet;

use crate::evidence::{AccessDenied, Fact, Facts};
use crate::notification::arn::Arn;
use crate::notification::call::{call_name, caller_account};
use crate::notification::command::Command;
use crate::notification::general;
use crate::notification::kms::key::{
    MAX_KEYS, failure_of, is_alias, is_key_from_ciphertext, key_of, key_region, keys,
};
use crate::notification::render_input::RenderInput;

/// All commands, grouped by account.
pub(super) fn commands(input: &RenderInput<'_>) -> Vec<String> {
    // The account to run the command in, and the command.
    let mut all: Vec<(&str, String)> = Vec::new();
    let keys: Vec<&str> = keys(input);
    for key in keys.iter().take(MAX_KEYS) {
        let owner = Arn::parse(key).map_or(input.account(), |arn| arn.account);
        let key_commands = key_commands(input, key)
            .into_iter()
            .filter_map(Command::line);
        // A comment, because the call would be in the trail of the key's owner, and the caller may have chosen the key.
        let comment = if is_foreign(input, owner) { "# " } else { "" };
        all.extend(key_commands.map(|line| (owner, format!("{comment}{line}"))));
        let simulation = simulation(input, key);
        all.extend(simulation.and_then(|(account, command)| Some((account, command.line()?))));
    }
    if let Some(more @ 1..) = keys.len().checked_sub(MAX_KEYS) {
        all.push((input.account(), format!("# and {more} more keys")));
    }
    if keys.is_empty() && is_key_from_ciphertext(input) {
        let aliases = Command::new("aws kms list-aliases").with("--region", input.call_region());
        all.extend(aliases.line().map(|line| (input.account(), line)));
    }
    let task_of = |facts| input.caller(facts).ecs_task().map(str::to_owned);
    let mut records = input.evidence().records.iter();
    let task = records.find_map(|facts| Some((caller_account(facts), task_of(facts)?)));
    let task = task
        .and_then(|(account, task)| Some((account, describe_task(&task, input.call_region())?)));
    all.extend(task);
    let further = general::commands(input).into_iter();
    all.extend(further.map(|line| (input.account(), line)));
    group_by_account(input, all)
}

/// Whether an account is neither the function's nor one whose records are in the evidence.
fn is_foreign(input: &RenderInput<'_>, account: &str) -> bool {
    let logged = input.sampled(Fact::RecipientAccountId);
    !account.is_empty() && account != input.deployment.account && !logged.contains(&account)
}

/// The commands. If they are for several accounts, a comment precedes those of each account.
fn group_by_account<'a>(input: &RenderInput<'a>, commands: Vec<(&'a str, String)>) -> Vec<String> {
    let accounts: BTreeSet<&str> = commands.iter().map(|(account, _)| *account).collect();
    let mut lines = Vec::new();
    let mut current = "";
    for (account, line) in commands {
        if accounts.len() > 1 && account != current && !account.is_empty() {
            lines.push(format!("# in account {}:", input.named(account)));
            current = account;
        }
        lines.push(line);
    }
    lines
}

/// Commands that describe a key.
fn key_commands<'a>(input: &RenderInput<'a>, key: &'a str) -> Vec<Command> {
    let region = key_region(input, key);
    let command = |words: &str| {
        Command::new(words)
            .with("--region", region)
            .with("--key-id", key)
    };
    let failures = input.tally(|facts| failure_of(facts).filter(|_| key_of(facts) == Some(key)));
    let mut commands = vec![
        command("aws kms describe-key")
            .then("--query 'KeyMetadata.[Arn,KeyState,DeletionDate,KeyUsage,KeySpec]'"),
    ];
    if !is_alias(key)
        && failures
            .iter()
            .any(|(failure, _)| failure.denial_reason.is_some())
    {
        commands
            .push(command("aws kms get-key-policy").then("--policy-name default --output text"));
    }
    commands
}

/// A command that finds the task, its service and its task definition in all clusters. The record does not contain the
/// cluster.
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

/// A command that simulates the caller's own policies for the denied call, and the account to run it in. Session
/// policies and endpoint policies are not simulated.
fn simulation<'a>(input: &RenderInput<'a>, key: &str) -> Option<(&'a str, Command)> {
    let denied =
        |facts: &&Facts| key_of(facts) == Some(key) && facts.text(Fact::DenialReason).is_some();
    let facts = input.evidence().records.iter().find(denied)?;
    let user = |arn: &&str| Arn::parse(arn).is_some_and(|arn| arn.resource.starts_with("user/"));
    let principal =
        (facts.text(Fact::RoleArn)).or_else(|| facts.text(Fact::IdentityArn).filter(user))?;
    let message = facts.text(Fact::ErrorMessage)?;
    let called = call_name(facts)?;
    let action = AccessDenied::parse(message)
        .and_then(|denial| denial.action)
        .unwrap_or(&called);
    Arn::parse(key)?;
    let command = Command::new("aws iam simulate-principal-policy")
        .with("--policy-source-arn", principal)
        .with("--action-names", action)
        .with("--resource-arns", key)
        .then("--query 'EvaluationResults[].[EvalActionName,EvalDecision]' --output text");
    Some((Arn::parse(principal)?.account, command))
}
