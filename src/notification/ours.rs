//! What CloudWatch does not say: the value of the document's last key, `CloudTrailAlarms`.

use serde::Serialize;

use super::diagnosis::Diagnosis;
use super::mail;
use super::scene::Scene;
use crate::alarm::definition::Severity;
use crate::alarm::state::IncidentTotals;
use crate::evidence::{Evidence, Facts, Tally, Timeline};

/// Version of what stands here: another one is not read as this one is. Keys may come without a new version.
const VERSION: &str = "1";

/// Most bytes of tallies, and of samples, as JSON. SNS takes 256 KB of all texts together, in which each quote of this
/// document takes two bytes.
const MAX_BYTES: usize = 32 << 10;

/// What stands under `CloudTrailAlarms`; `docs/notification.schema.json` says what each key is.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Ours<'a> {
    version: &'static str,
    id: &'a str,
    repeat: u32,
    severity: Option<Severity>,
    runbook: Option<&'a str>,
    filter_pattern: String,
    group: Vec<GroupValue<'a>>,
    headline: String,
    causes: Vec<CauseEntry<'a>>,
    commands: &'a [String],
    links: Vec<Link>,
    totals: Option<&'a IncidentTotals>,
    stands_for: u64,
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

/// [`Evidence`], as much of it as there is room for.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct EvidenceEntry<'a> {
    count: u64,
    at_least: bool,
    first: Option<jiff::Timestamp>,
    last: Option<jiff::Timestamp>,
    tallies: Vec<&'a Tally>,
    untallied: u64,
    timeline: &'a Timeline,
    excluded: u64,
    duplicates: u64,
    too_late: u64,
    records: Vec<&'a Facts>,
}

impl<'a> Ours<'a> {
    pub(super) fn new(scene: &Scene<'a>, diagnosis: &'a Diagnosis) -> Self {
        let definition = scene.definition;
        let owed = scene.owed;
        let group = scene.group.0.iter().map(|(selector, value)| GroupValue {
            selector,
            value: value.as_deref(),
        });
        let causes = diagnosis.causes.iter().map(|cause| CauseEntry {
            count: cause.count,
            reason: &cause.reason,
            advice: &cause.advice,
        });
        let links = diagnosis
            .links
            .iter()
            .cloned()
            .chain(mail::links_to_logs(scene));
        Self {
            version: VERSION,
            id: &owed.id,
            repeat: owed.repeat,
            severity: definition.severity,
            runbook: definition.runbook.as_deref(),
            filter_pattern: definition.pattern.to_string(),
            group: group.collect(),
            headline: mail::headline(scene, diagnosis),
            causes: causes.collect(),
            commands: &diagnosis.commands,
            links: links.map(|(label, url)| Link { label, url }).collect(),
            totals: owed.totals.as_ref(),
            stands_for: owed.dropped_before,
            evidence: EvidenceEntry::new(&owed.evidence),
        }
    }
}

impl<'a> EvidenceEntry<'a> {
    fn new(evidence: &'a Evidence) -> Self {
        let tallies = bounded(&evidence.tallies);
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
            untallied: evidence.untallied + dropped,
            tallies,
            timeline: &evidence.timeline,
            excluded: evidence.excluded,
            duplicates: evidence.duplicates,
            too_late: evidence.too_late,
            records: bounded(&evidence.records),
        }
    }
}

/// As many of the first as fit into [`MAX_BYTES`].
fn bounded<T: Serialize>(items: &[T]) -> Vec<&T> {
    let mut bytes = 0;
    let fits = |item: &&T| {
        bytes += serde_json::to_string(item).map_or(0, |json| json.len());
        bytes <= MAX_BYTES
    };
    items.iter().take_while(fits).collect()
}
