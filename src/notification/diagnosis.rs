//! What is behind the calls, as far as their records tell; one renderer for each service that we know more of.

use super::harmless::harmless;
use super::scene::Scene;
use super::{general, kms};
use crate::evidence::Fact;

/// What a renderer finds out.
#[derive(Clone, Debug, Default)]
pub(super) struct Diagnosis {
    /// What the calls were about, in the singular: `key`.
    pub(super) thing: &'static str,
    /// Each of them as the records name it, the most frequent first.
    pub(super) things: Vec<(String, u64)>,
    /// Names in the request, each harmless, where no thing is known: `routeTableId rtb-...`.
    pub(super) names: Vec<String>,
    /// What stands behind the calls, a line each: `S3 object arn:aws:s3:::...`.
    pub(super) behind: Vec<String>,
    /// Why they failed, the most frequent first.
    pub(super) causes: Vec<Cause>,
    /// What else the reader should know before acting.
    pub(super) notes: Vec<String>,
    /// Lines for a shell.
    pub(super) commands: Vec<String>,
    /// Label and address.
    pub(super) links: Vec<(String, String)>,
}

/// One reason for failed calls.
#[derive(Clone, Debug)]
pub(super) struct Cause {
    /// How many calls.
    pub(super) count: u64,
    /// The reason, as the end of a sentence.
    pub(super) reason: String,
    /// What to do.
    pub(super) advice: String,
}

/// Finds out, by the service that was called.
pub(super) fn diagnose(scene: &Scene<'_>) -> Diagnosis {
    let sources = scene.tally(|facts| facts.text(Fact::EventSource));
    let mut diagnosis = match sources.as_slice() {
        [(source, _)] if kms::EVENT_SOURCES.contains(source) => kms::diagnose(scene),
        _ => general::diagnose(scene),
    };
    diagnosis.causes = each_once(diagnosis.causes);
    diagnosis
}

/// The causes with those that read the same as one: an error can have several codes.
fn each_once(causes: Vec<Cause>) -> Vec<Cause> {
    let mut once: Vec<Cause> = Vec::new();
    for cause in causes {
        match once.iter_mut().find(|known| known.reason == cause.reason) {
            Some(known) => known.count += cause.count,
            None => once.push(cause),
        }
    }
    once.sort_by_key(|cause| std::cmp::Reverse(cause.count));
    once
}

impl Diagnosis {
    /// ` on key 1b2c...`, ` on 3 keys`, ` (routeTableId rtb-...)`, or nothing; ` (1 of 2 on key 1b2c...)` where not all
    /// of the `known` records name one.
    pub(super) fn on(&self, known: u64) -> String {
        let on = match self.things.as_slice() {
            [] if self.names.is_empty() => return String::new(),
            [] => return format!(" ({})", self.names.join(", ")),
            [(name, _)] => format!("on {} {}", self.thing, harmless(short(name))),
            more => format!("on {} {}s", more.len(), self.thing),
        };
        let named: u64 = self.things.iter().map(|(_, count)| count).sum();
        if named < known {
            format!(" ({named} of {known} {on})")
        } else {
            format!(" {on}")
        }
    }
}

/// `, and 3 more`; nothing where nothing was left out.
pub(super) fn and_more(left_out: usize) -> String {
    match left_out {
        0 => String::new(),
        more => format!(", and {more} more"),
    }
}

/// The name without the part of an ARN that says where it is.
fn short(name: &str) -> &str {
    match super::arn::Arn::of(name) {
        Some(arn) if arn.service == "kms" => {
            arn.resource.strip_prefix("key/").unwrap_or(arn.resource)
        }
        Some(arn) if !arn.resource.is_empty() => arn.resource,
        _ => name,
    }
}
