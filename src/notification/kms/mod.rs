//! The diagnosis of calls to AWS KMS: keys, encryption context, causes of failures, and next steps.

mod commands;
mod encryption_context;
mod failure;
mod key;
mod notes;

use crate::evidence::Fact;
use crate::notification::arn::Arn;
use crate::notification::diagnosis::{Cause, Diagnosis};
use crate::notification::general;
use crate::notification::link::AwsConsole;
use crate::notification::render_input::RenderInput;

use failure::Failure;
pub(super) use key::key_of;
use key::{MAX_KEYS, failure_of};

/// `eventSource` of AWS KMS.
pub(super) const EVENT_SOURCES: [&str; 1] = ["kms.amazonaws.com"];

/// Maximum number of lines about encryption contexts.
const MAX_CONTEXT_LINES: usize = 5;

/// Diagnoses calls to KMS.
pub(super) fn diagnose(input: &RenderInput<'_>) -> Diagnosis {
    let failures = input.tally(failure_of);
    let cause = |(failure, count): &(Failure<'_>, u64)| Cause {
        count: *count,
        reason: failure.reason(),
        advice: failure.advice().to_owned(),
    };
    Diagnosis {
        resource_kind: "key",
        resources: input.tally(|facts| key_of(facts).map(str::to_owned)),
        names: Vec::new(),
        encryption_context: encryption_context(input),
        causes: failures.iter().map(cause).collect(),
        notes: notes::notes(input, &failures),
        commands: commands::commands(input),
        links: links(input),
    }
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
