//! What the records of AWS KMS tell: which key, what it protects, why the call failed, and what to do next.

mod cause;
mod context;

use super::arn::Arn;
use super::command::Command;
use super::diagnosis::{Cause, Diagnosis};
use super::general;
use super::harmless::harmless;
use super::link::Console;
use super::scene::{Scene, call};
use crate::evidence::{Denial, Fact, Facts};

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

/// The key: as CloudTrail resolved it, as the message names it, or as the caller asked for it.
fn key(facts: &Facts) -> Option<&str> {
    [Fact::ResourceArn, Fact::DeniedResource, Fact::KeyId]
        .into_iter()
        .find_map(|fact| facts.text(fact))
}

fn failures<'a>(scene: &Scene<'a>) -> Vec<(Failure<'a>, u64)> {
    scene.tally(|facts| failure(scene, facts))
}

/// How a call failed. The message is known of samples only; it says which state a key is in.
fn failure<'a>(scene: &Scene<'a>, facts: &'a Facts) -> Option<Failure<'a>> {
    let code = facts.text(Fact::ErrorCode)?;
    let is_same =
        |sample: &&Facts| sample.text(Fact::ErrorCode) == Some(code) && key(sample) == key(facts);
    let sample = scene.evidence().records.iter().find(is_same);
    let message = sample.and_then(|sample| sample.text(Fact::ErrorMessage));
    Some(Failure::new(code, facts.text(Fact::PolicyLayer), message))
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
    let mut notes = Vec::new();
    let policies: Vec<&str> = (scene.sampled(Fact::ErrorMessage).into_iter())
        .filter_map(|message| Denial::of(message)?.policy_arn)
        .collect();
    if let Some(arn) = policies.first() {
        notes.push(format!("The policy that forbids it: {}", harmless(arn)));
    }
    let callers = scene.callers();
    let account = scene.account();
    let foreign: Vec<&str> = (scene.tally(key).into_iter())
        .filter_map(|(key, _)| Arn::of(key))
        .map(|arn| arn.account)
        .filter(|owner| !owner.is_empty() && !account.is_empty() && *owner != account)
        .collect();
    if let Some(owner) = foreign.first() {
        notes.push(format!(
            "The key belongs to account {}, the caller to {}: both the key policy there and a policy of the caller \
             here must allow it. The owner of the key does not see a denial in CloudTrail.",
            harmless(owner),
            harmless(account)
        ));
    }
    if let Some(service) = scene.sampled(Fact::InvokedBy).first() {
        notes.push(format!(
            "{} made the call for the caller, with the caller's rights: what that service was asked to do is what \
             failed.",
            harmless(service)
        ));
    }
    let denied = failures.iter().any(|(failure, _)| failure.ruling.is_some());
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

fn commands(scene: &Scene<'_>) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let keys = scene
        .tally(key)
        .into_iter()
        .map(|(key, _)| key)
        .filter(|key| is_key(key));
    for key in keys.take(MAX_KEYS) {
        let owner = Arn::of(key).map_or("", |arn| arn.account);
        let is_foreign = !owner.is_empty() && owner != scene.account();
        let in_account =
            |account: &str| is_foreign.then(|| format!("# in account {}:", harmless(account)));
        lines.extend(in_account(owner));
        lines.extend(of_key(scene, key).into_iter().filter_map(Command::line));
        lines.extend(remedies(scene, key));
        if let Some(line) = simulation(scene, key).and_then(Command::line) {
            lines.extend(in_account(scene.account()));
            lines.push(line);
        }
    }
    let task = scene
        .callers()
        .into_iter()
        .find_map(|(caller, _)| caller.ecs_task());
    lines.extend(task.and_then(|task| describe_task(task, scene.call_region())));
    lines.extend(general::commands(scene));
    lines
}

/// An ARN, an id or an alias; what a caller made up instead is of no use in a command.
fn is_key(key: &str) -> bool {
    let is_of_name = |c: char| c.is_ascii_alphanumeric() || ":/_-".contains(c);
    key.chars().all(is_of_name)
}

fn of_key<'a>(scene: &Scene<'a>, key: &'a str) -> Vec<Command> {
    let region = Arn::of(key).map_or(scene.call_region(), |arn| arn.region);
    let command = |words: &str| {
        Command::new(words)
            .with("--region", region)
            .with("--key-id", key)
    };
    let failures =
        scene.tally(|facts| failure(scene, facts).filter(|_| self::key(facts) == Some(key)));
    let mut commands = vec![
        command("aws kms describe-key")
            .then("--query 'KeyMetadata.[Arn,KeyState,DeletionDate,KeyUsage,KeySpec]'"),
    ];
    if failures.iter().any(|(failure, _)| failure.ruling.is_some()) {
        commands
            .push(command("aws kms get-key-policy").then("--policy-name default --output text"));
    }
    commands
}

/// What undoes the cause, where a command does; behind a comment, since it changes something.
fn remedies(scene: &Scene<'_>, key: &str) -> Vec<String> {
    let region = Arn::of(key).map_or(scene.call_region(), |arn| arn.region);
    let failures =
        scene.tally(|facts| failure(scene, facts).filter(|_| self::key(facts) == Some(key)));
    let mut lines: Vec<String> = Vec::new();
    for words in failures.iter().filter_map(|(failure, _)| failure.remedy()) {
        let command = Command::new(words)
            .with("--region", region)
            .with("--key-id", key);
        if let Some(line) = command.line().filter(|line| !lines.contains(line)) {
            lines.push("# once it is clear who did this, and why:".to_owned());
            lines.push(line);
        }
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

/// Whether the role's own policies would allow the denied call; session policies and endpoints are not simulated.
fn simulation(scene: &Scene<'_>, key: &str) -> Option<Command> {
    let denied =
        |facts: &&Facts| self::key(facts) == Some(key) && facts.text(Fact::PolicyLayer).is_some();
    let facts = scene.evidence().records.iter().find(denied)?;
    let role = facts.text(Fact::RoleArn)?;
    let message = facts.text(Fact::ErrorMessage)?;
    let called = call(facts)?;
    let action = Denial::of(message)
        .and_then(|denial| denial.action)
        .unwrap_or(&called);
    Arn::of(key)?;
    Some(
        Command::new("aws iam simulate-principal-policy")
            .with("--policy-source-arn", role)
            .with("--action-names", action)
            .with("--resource-arns", key)
            .then("--query 'EvaluationResults[].[EvalActionName,EvalDecision]' --output text"),
    )
}

fn links(scene: &Scene<'_>) -> Vec<(String, String)> {
    let mut links = Vec::new();
    for (key, _) in scene.tally(key).into_iter().take(MAX_KEYS) {
        let Some(arn) = Arn::of(key) else { continue };
        let link = (arn.resource.strip_prefix("key/"))
            .and_then(|id| Console::new(arn.region).and_then(|console| console.key(id)));
        links.extend(link.map(|link| {
            (
                format!("KMS key, in account {}", harmless(arn.account)),
                link,
            )
        }));
    }
    let mut all = general::links(scene);
    all.extend(links);
    all
}
