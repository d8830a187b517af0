//! The diagnosis of calls to AWS KMS: keys, encryption context, causes of failures, and next steps.

mod checks;
mod encryption_context;
mod failure;
mod key;
mod notes;

use crate::evidence::Fact;
use crate::notification::arn::Arn;
use crate::notification::call::call_name;
use crate::notification::command::Command;
use crate::notification::diagnosis::{Cause, Diagnosis};
use crate::notification::general;
use crate::notification::link::AwsConsole;
use crate::notification::render_input::RenderInput;
use crate::notification::resource;
use crate::notification::sanitize::sanitize_error_code;

use failure::Failure;
pub(super) use key::key_of;
use key::{MAX_KEYS, failure_of, is_alias, is_key, key_region};

/// `eventSource` of AWS KMS.
pub(super) const EVENT_SOURCES: [&str; 1] = ["kms.amazonaws.com"];

/// Maximum number of lines about encryption contexts.
const MAX_CONTEXT_LINES: usize = 5;

/// Diagnoses calls to KMS.
pub(super) fn diagnose(input: &RenderInput<'_>) -> Diagnosis {
    let failures = input.tally(failure_of);
    Diagnosis {
        resource_kind: "key",
        resources: input.tally(|facts| key_of(facts).map(str::to_owned)),
        names: Vec::new(),
        encryption_context: encryption_context(input),
        impacts: Vec::new(),
        causes: (failures.iter())
            .map(|(failure, count)| cause(input, failure, *count))
            .collect(),
        notes: notes::notes(input, &failures),
        checks: checks::checks(input),
        links: links(input),
    }
}

/// The cause of failed calls, with the call and the key if they are the same for all of them.
fn cause(input: &RenderInput<'_>, failure: &Failure<'_>, count: u64) -> Cause {
    let is_this = |facts| failure_of(facts).as_ref() == Some(failure);
    let calls = input.tally(|facts| call_name(facts).filter(|_| is_this(facts)));
    let keys = input.tally(|facts| key_of(facts).filter(|_| is_this(facts)));
    let key = match keys.as_slice() {
        [(only, _)] => resource::key(only),
        _ => "the key".to_owned(),
    };
    Cause {
        code: sanitize_error_code(failure.code),
        count,
        reason: failure.reason(&general::action(&calls), &key),
        advice: failure.advice().to_owned(),
        remedies: remedies(input, failure, &keys),
    }
}

/// Commands that remove the cause.
fn remedies(input: &RenderInput<'_>, failure: &Failure<'_>, keys: &[(&str, u64)]) -> Vec<String> {
    let command = |key: &str| {
        let command = Command::new(failure.remedy()?).with("--region", key_region(input, key));
        command.with("--key-id", key).line()
    };
    let keys = keys
        .iter()
        .map(|(key, _)| *key)
        .filter(|key| is_key(key) && !is_alias(key));
    keys.take(MAX_KEYS).filter_map(command).collect()
}

/// Lines about the encryption contexts of the sampled records.
fn encryption_context(input: &RenderInput<'_>) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for text in input.sampled(Fact::EncryptionContext) {
        for line in encryption_context::lines(text) {
            if !lines.contains(&line) {
                lines.push(line);
            }
        }
    }
    let more = lines.len().saturating_sub(MAX_CONTEXT_LINES);
    lines.truncate(MAX_CONTEXT_LINES);
    if more > 0 {
        lines.push(format!("and {more} more"));
    }
    lines
}

/// Links to the keys, after those of calls of any service.
fn links(input: &RenderInput<'_>) -> Vec<(String, String)> {
    let mut links = Vec::new();
    for (key, _) in input.tally(key_of) {
        let Some(arn) = Arn::parse(key) else { continue };
        let link = (arn.resource.strip_prefix("key/"))
            .and_then(|id| AwsConsole::new(input.known_region(arn.region))?.key(id));
        let label = format!("KMS key, in account {}", input.named(arn.account));
        links.extend(link.map(|link| (label, link)));
    }
    let links = general::first_of(links, MAX_KEYS);
    let mut all = general::links(input);
    all.extend(links);
    all
}
