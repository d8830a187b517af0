//! Read-only commands that help to investigate calls to KMS.

use std::collections::BTreeSet;

use crate::evidence::{AccessDenied, Fact, Facts};
use crate::notification::arn::Arn;
use crate::notification::call::{call_name, caller_account};
use crate::notification::command::Command;
use crate::notification::diagnosis::Check;
use crate::notification::general;
use crate::notification::kms::key::{
    MAX_KEYS, failure_of, is_alias, is_key_from_ciphertext, key_of, key_region, keys,
};
use crate::notification::render_input::RenderInput;
use crate::notification::resource;

/// All checks. If they are for several accounts, the question names the account.
pub(super) fn checks(input: &RenderInput<'_>) -> Vec<Check> {
    let mut all: Vec<(&str, Check)> = key_checks(input);
    if all.is_empty() && is_key_from_ciphertext(input) {
        let aliases = Command::new("aws kms list-aliases").with("--region", input.call_region());
        let check = Check::new("Which keys does the account have?", [aliases.line()]);
        all.extend(check.map(|check| (input.account(), check)));
    }
    // If a policy or the state of a key is the cause, the task does not matter.
    let is_task_the_question = input.evidence().records.iter().all(|facts| {
        failure_of(facts)
            .is_some_and(|failure| failure.denial_reason.is_none() && !failure.is_by_state())
    });
    if is_task_the_question {
        all.extend(task_check(input));
    }
    // The other calls of an ECS task are those of the application. Logs Insights shows them.
    let is_failed_task =
        |facts: &Facts| failure_of(facts).is_some() && input.caller(facts).ecs_task().is_some();
    if all.is_empty() || !input.evidence().records.iter().all(is_failed_task) {
        let further = general::checks(input).into_iter();
        all.extend(further.map(|check| (input.account(), check)));
    }
    with_accounts(input, all)
}

/// Checks of the state of the keys, of their policies, and of the policies of the callers.
fn key_checks<'a>(input: &RenderInput<'a>) -> Vec<(&'a str, Check)> {
    let keys: Vec<&str> = keys(input);
    let mut checks = Vec::new();
    for key in keys.iter().take(MAX_KEYS) {
        let owner = Arn::parse(key).map_or(input.account(), |arn| arn.account);
        // A comment, because the call would be in the trail of the key's owner, and the caller may have chosen the key.
        let comment = if is_foreign(input, owner) { "# " } else { "" };
        let name = resource::key(key);
        for (question, command) in key_commands(input, key) {
            let line = command.line().map(|line| format!("{comment}{line}"));
            let check = Check::new(&question.replace("{key}", &name), [line]);
            checks.extend(check.map(|check| (owner, check)));
        }
        let simulation = simulation(input, key).and_then(|(account, command)| {
            let question = format!("Do the caller's own policies allow the call on {name}?");
            Some((account, Check::new(&question, [command.line()])?))
        });
        checks.extend(simulation);
    }
    if let (Some(more @ 1..), Some((_, check))) =
        (keys.len().checked_sub(MAX_KEYS), checks.last_mut())
    {
        check.commands.push(format!("# and {more} more keys"));
    }
    checks
}

/// The checks, with the account in the question if they are for several accounts.
fn with_accounts(input: &RenderInput<'_>, checks: Vec<(&str, Check)>) -> Vec<Check> {
    let accounts: BTreeSet<&str> = checks.iter().map(|(account, _)| *account).collect();
    let named = |(account, check): (&str, Check)| {
        if accounts.len() < 2 || account.is_empty() {
            return check;
        }
        let question = format!("In account {}: {}", input.named(account), check.question);
        Check { question, ..check }
    };
    checks.into_iter().map(named).collect()
}

/// Whether an account is neither the function's nor one whose records are in the evidence.
fn is_foreign(input: &RenderInput<'_>, account: &str) -> bool {
    let logged = input.sampled(Fact::RecipientAccountId);
    !account.is_empty() && account != input.deployment.account && !logged.contains(&account)
}

/// Commands that describe a key, each after the question that it answers. `{key}` is to be replaced by the key.
fn key_commands<'a>(input: &RenderInput<'a>, key: &'a str) -> Vec<(&'static str, Command)> {
    let region = key_region(input, key);
    let command = |words: &str| {
        Command::new(words)
            .with("--region", region)
            .with("--key-id", key)
    };
    let failures = input.tally(|facts| failure_of(facts).filter(|_| key_of(facts) == Some(key)));
    let is_denied = (failures.iter()).any(|(failure, _)| failure.denial_reason.is_some());
    let state = command("aws kms describe-key")
        .then("--query 'KeyMetadata.[Arn,KeyState,DeletionDate,KeyUsage,KeySpec]'");
    let mut commands = vec![("In which state is {key}?", state)];
    if is_denied && !is_alias(key) {
        let policy = command("aws kms get-key-policy").then("--policy-name default --output text");
        commands.push(("Whom does the policy of {key} allow or deny?", policy));
    }
    commands
}

/// Which service and task definition the first ECS task belongs to. The record does not contain the cluster, so the command
/// asks all clusters.
fn task_check<'a>(input: &RenderInput<'a>) -> Option<(&'a str, Check)> {
    let mut records = input.evidence().records.iter();
    let (account, task) =
        records.find_map(|facts| Some((caller_account(facts), input.caller(facts).ecs_task()?)))?;
    let region = input.call_region();
    let clusters = Command::new("aws ecs list-clusters").with("--region", region);
    let tasks = Command::new("aws ecs describe-tasks")
        .with("--region", region)
        .with("--tasks", task);
    let command = format!(
        "for c in $({} --query 'clusterArns[]' --output text); do {} --cluster \"$c\" \
         --query 'tasks[].[clusterArn,group,taskDefinitionArn,lastStatus]' --output text; done",
        clusters.line()?,
        tasks.line()?
    );
    let question = "Which service and task definition does the ECS task belong to?";
    Some((account, Check::new(question, [Some(command)])?))
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
