//! A custom notification of Amazon Q Developer in chat applications (formerly AWS Chatbot).
//!
//! It drops what is not of its schema without a word; so nothing else stands in it. Source: its administrator guide,
//! "Custom notifications"; title and description may have 250 and 8,000 characters.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Serialize;

use super::caller::Caller;
use super::diagnosis::{Diagnosis, and_more};
use super::harmless::{MAX_TEXT, bounded, harmless, plain_within};
use super::mail;
use super::scene::{Scene, call};
use crate::evidence::Fact;

/// Longest description, in bytes.
const MAX_DESCRIPTION: usize = 6_000;

/// How much of the alarm's own description stands in it, in bytes.
const MAX_OWN: usize = 1_500;

/// Most resources that are named.
const MAX_RESOURCES: usize = 10;

#[derive(Serialize)]
struct Custom<'a> {
    version: &'static str,
    source: &'static str,
    id: &'a str,
    content: Content,
    metadata: Metadata<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Content {
    text_type: &'static str,
    title: String,
    description: String,
    next_steps: Vec<String>,
    keywords: Vec<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Metadata<'a> {
    /// The same for all notifications of an alarm and group: they form one thread.
    thread_id: String,
    summary: String,
    event_type: &'a str,
    related_resources: Vec<String>,
    additional_context: BTreeMap<&'static str, String>,
}

/// The notification as JSON.
pub(super) fn notification(scene: &Scene<'_>, diagnosis: &Diagnosis, subject: &str) -> String {
    let Scene {
        definition,
        group,
        owed,
        place,
        ..
    } = *scene;
    let headline = unformatted(&mail::headline(scene, diagnosis));
    let mut keywords = vec![definition.name.clone(), owed.change.to.as_str().to_owned()];
    keywords.extend(
        definition
            .severity
            .map(|severity| severity.as_str().to_owned()),
    );
    let context = [
        ("account", place.account.clone()),
        ("region", place.region.clone()),
        ("count", owed.evidence.count.to_string()),
        ("reason", owed.change.reason.clone()),
    ];
    let custom = Custom {
        version: "1.0",
        source: "custom",
        id: &owed.id,
        content: Content {
            text_type: "client-markdown",
            title: unformatted(subject),
            description: description(scene, diagnosis, &headline),
            next_steps: diagnosis
                .causes
                .iter()
                .map(|cause| unformatted(&cause.advice))
                .collect(),
            keywords,
        },
        metadata: Metadata {
            thread_id: format!("{}-{}", definition.name, group.id()),
            summary: bounded(headline, MAX_TEXT),
            event_type: owed.change.to.as_str(),
            related_resources: (diagnosis.things.iter().take(MAX_RESOURCES))
                .map(|(name, _)| unformatted(&harmless(name)))
                .collect(),
            additional_context: context
                .into_iter()
                .filter(|(_, value)| !value.is_empty())
                .collect(),
        },
    };
    serde_json::to_string(&custom).expect("texts are JSON")
}

fn description(scene: &Scene<'_>, diagnosis: &Diagnosis, headline: &str) -> String {
    let mut lines = vec![headline.to_owned()];
    let own = plain_within(&scene.definition.description, MAX_OWN);
    if !own.is_empty() {
        lines.extend([String::new(), own]);
    }
    lines.push(String::new());
    let owned = |fact| scene.tally(|facts| facts.text(fact).map(str::to_owned));
    let values = [
        ("Error", owned(Fact::ErrorCode)),
        (
            "Call",
            scene.tally(|facts| call(facts).map(Cow::into_owned)),
        ),
        ("Resource", diagnosis.things.clone()),
        (
            "Caller",
            scene.tally(|facts| Some(Caller::of(facts).to_string())),
        ),
    ];
    lines.extend(
        values
            .iter()
            .filter_map(|(name, values)| most_frequent(name, values)),
    );
    let addresses = scene.sampled(Fact::SourceIpAddress);
    lines.extend(addresses.first().map(|address| {
        let shown = in_code(&harmless(address));
        format!("*Source:* `{shown}`{}", and_more(addresses.len() - 1))
    }));
    let pages = diagnosis
        .links
        .iter()
        .cloned()
        .chain(mail::links_to_logs(scene));
    lines.extend(pages.map(|(label, link)| format!("{label}: {link}")));
    lines.extend(
        scene
            .definition
            .runbook
            .as_ref()
            .map(|runbook| format!("Runbook: {runbook}")),
    );
    whole_lines(&lines)
}

/// ``*Error:* `AccessDenied` (3) and 2 more``.
fn most_frequent(name: &str, values: &[(String, u64)]) -> Option<String> {
    let (first, count) = values.first()?;
    let value = in_code(&harmless(first));
    let more = match values.len() {
        1 => String::new(),
        several => format!(" and {} more", several - 1),
    };
    Some(format!("*{name}:* `{value}` ({count}){more}"))
}

/// As many lines as there is room for, each whole: half a link leads nowhere.
fn whole_lines(lines: &[String]) -> String {
    let mut text = String::new();
    let mut left_out = 0;
    for line in lines {
        if text.len() + line.len() + 1 > MAX_DESCRIPTION {
            left_out += 1;
            continue;
        }
        text.push_str(line);
        text.push('\n');
    }
    if left_out > 0 {
        text.push_str(&left_out.to_string());
        text.push_str(" more in the mail");
    }
    text
}

/// Harmless text without what ends a piece of code, or what Slack takes for a mention of a channel.
fn in_code(text: &str) -> String {
    text.replace('`', "'")
        .replace('<', "\u{2039}")
        .replace('>', "\u{203a}")
}

/// Harmless text without what Slack or Teams would format, or take for a mention or a link. Slack knows no backslash, so
/// what marks gives way to what looks like it; an underscore within a word marks nothing.
fn unformatted(text: &str) -> String {
    let mut shown = String::new();
    let text = in_code(text).replace("](", "] (");
    let mut before = None;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let is_word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        shown.push(match c {
            '*' => '\u{2217}',
            '~' => '\u{223c}',
            '_' if !(is_word(before) && is_word(chars.peek().copied())) => '\u{ff3f}',
            c => c,
        });
        before = Some(c);
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::{in_code, unformatted};

    #[test]
    fn what_a_caller_marks_is_shown_and_not_formatted() {
        for (text, shown) in [
            ("*bold* ~gone~", "\u{2217}bold\u{2217} \u{223c}gone\u{223c}"),
            ("_it_ task_role", "\u{ff3f}it\u{ff3f} task_role"),
            ("[here](evil)", "[here] (evil)"),
            ("<!channel> `x`", "\u{2039}!channel\u{203a} 'x'"),
        ] {
            assert_eq!(unformatted(text), shown);
        }
        assert_eq!(in_code("`*a*`"), "'*a*'");
    }
}
