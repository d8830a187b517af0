//! The value of the key `CloudTrailAlarms` in the JSON document: what CloudWatch's notifications do not contain.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::alarm::definition::Severity;
use crate::alarm::state::IncidentTotals;
use crate::evidence::{Fact, Facts, Tally, Timeline};
use crate::notification::diagnosis::{Check, Diagnosis};
use crate::notification::digest_data::DigestData;
use crate::notification::excluded::{ExcludedBy, excluded_by};
use crate::notification::log_links::log_links;
use crate::notification::render_input::RenderInput;
use crate::notification::sanitize::escape_unsafe;
use crate::notification::summary::summary;

/// Version of the schema. New keys can be added without a new version.
const VERSION: &str = "1";

/// Maximum size of the tallies and of the sampled records, each as JSON, in bytes. SNS accepts 256 KB for all texts
/// together, in which each quote of this document takes two bytes.
const MAX_BYTES: usize = 32 << 10;

/// The value of `CloudTrailAlarms`. `docs/reference/notification.schema.json` documents each key.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Extension<'a> {
    version: &'static str,
    id: &'a str,
    repeat: u32,
    severity: Option<Severity>,
    runbook: Option<&'a str>,
    filter_pattern: String,
    group: Vec<GroupValue<'a>>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    account_names: BTreeMap<&'a str, String>,
    #[serde(rename = "headline")]
    summary: String,
    causes: Vec<CauseEntry<'a>>,
    commands: Vec<String>,
    links: Vec<Link>,
    totals: Option<&'a IncidentTotals>,
    replaces: u64,
    already_reported: u64,
    new_kinds: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    digest: Option<DigestData<'a>>,
    evidence: EvidenceEntry<'a>,
}

#[derive(Serialize)]
struct GroupValue<'a> {
    selector: &'a str,
    value: Option<&'a str>,
}

#[derive(Serialize)]
struct CauseEntry<'a> {
    count: u64,
    reason: &'a str,
    advice: &'a str,
}

#[derive(Serialize)]
struct Link {
    label: String,
    url: String,
}

/// [`Evidence`](crate::evidence::Evidence) within [`MAX_BYTES`].
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct EvidenceEntry<'a> {
    count: u64,
    at_least: bool,
    first: Option<jiff::Timestamp>,
    last: Option<jiff::Timestamp>,
    tallies: Vec<&'a Tally>,
    uncounted: u64,
    timeline: &'a Timeline,
    excluded: u64,
    excluded_at_least: bool,
    exclusions: Vec<ExcludedBy<'a>>,
    duplicates: u64,
    too_late: u64,
    records: Vec<&'a Facts>,
}

impl<'a> Extension<'a> {
    pub(super) fn new(input: &RenderInput<'a>, diagnosis: &'a Diagnosis) -> Self {
        let definition = input.definition;
        let pending = input.pending;
        let group = input.group.0.iter().map(|(selector, value)| GroupValue {
            selector,
            value: value.as_deref(),
        });
        let causes = diagnosis.causes.iter().map(|cause| CauseEntry {
            count: cause.count,
            reason: &cause.reason,
            advice: &cause.advice,
        });
        let links = diagnosis.links.iter().cloned().chain(log_links(input));
        Self {
            version: VERSION,
            id: &pending.id,
            repeat: pending.repeat,
            severity: definition.severity,
            runbook: definition.runbook.as_deref(),
            filter_pattern: definition.pattern.to_string(),
            group: group.collect(),
            account_names: account_names(input),
            summary: summary(input, diagnosis),
            causes: causes.collect(),
            commands: diagnosis.checks.iter().flat_map(Check::lines).collect(),
            links: links.map(|(label, url)| Link { label, url }).collect(),
            totals: pending.totals.as_ref(),
            replaces: pending.dropped_before,
            already_reported: pending.already_reported,
            new_kinds: (pending.new_kinds.as_ref()).map_or(0, |kinds| kinds.count.max(1)),
            digest: (pending.digest.as_ref()).map(|digest| DigestData::new(input, digest)),
            evidence: EvidenceEntry::new(input),
        }
    }
}

/// The names of the function's account, of the accounts in the sampled records, and of those in the group.
fn account_names<'a>(input: &RenderInput<'a>) -> BTreeMap<&'a str, String> {
    let of_group = input
        .group
        .0
        .iter()
        .filter_map(|(_, value)| value.as_deref());
    let of_records = [Fact::RecipientAccountId, Fact::AccountId].map(|fact| input.sampled(fact));
    let ids = of_group.chain(of_records.into_iter().flatten());
    let ids = ids.chain([input.deployment.account.as_str()]);
    let names = &input.deployment.account_names;
    ids.filter_map(|id| Some((id, escape_unsafe(names.name(id)?))))
        .collect()
}

impl<'a> EvidenceEntry<'a> {
    fn new(input: &RenderInput<'a>) -> Self {
        let evidence = input.evidence();
        let tallies = fitting(&evidence.tallies);
        let dropped: u64 = evidence
            .tallies
            .iter()
            .skip(tallies.len())
            .map(|tally| tally.count)
            .sum();
        Self {
            count: evidence.count,
            at_least: evidence.at_least,
            first: evidence.first,
            last: evidence.last,
            uncounted: evidence.uncounted + dropped,
            tallies,
            timeline: &evidence.timeline,
            excluded: evidence.excluded,
            excluded_at_least: evidence.excluded_at_least,
            exclusions: fitting(excluded_by(input)),
            duplicates: evidence.duplicates,
            too_late: evidence.too_late,
            records: fitting(&evidence.records),
        }
    }
}

/// The first items, as many as fit into [`MAX_BYTES`].
fn fitting<T: Serialize>(items: impl IntoIterator<Item = T>) -> Vec<T> {
    let mut bytes = 0;
    let fits = |item: &T| {
        bytes += serde_json::to_string(item).map_or(0, |json| json.len());
        bytes <= MAX_BYTES
    };
    items.into_iter().take_while(fits).collect()
}
