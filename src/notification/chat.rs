//! A custom notification of Amazon Q Developer in chat applications (formerly AWS Chatbot).
//!
//! Source: Amazon Q Developer in chat applications Administrator Guide, "Custom notifications". The service silently
//! drops messages that do not match its schema. Title and description have at most 250 and 8,000 characters.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Serialize;

use crate::alarm::AlarmState;
use crate::evidence::Fact;
use crate::notification::call::call_name;
use crate::notification::diagnosis::{Diagnosis, and_more};
use crate::notification::digest;
use crate::notification::first_line::first_line;
use crate::notification::log_links::log_links;
use crate::notification::render_input::RenderInput;
use crate::notification::sanitize::{sanitize, sanitize_multiline_within};
use crate::notification::summary::summary;

/// Maximum length of the description, in bytes.
const MAX_DESCRIPTION: usize = 6_000;

/// Maximum length of the alarm's own description, in bytes.
const MAX_ALARM_DESCRIPTION: usize = 1_500;

/// Maximum number of related resources.
const MAX_RESOURCES: usize = 10;

#[derive(Serialize)]
struct CustomNotification<'a> {
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
    /// The same for all notifications of an alarm and group, so that they form one thread.
    thread_id: String,
    summary: String,
    event_type: &'a str,
    related_resources: Vec<String>,
    additional_context: BTreeMap<&'static str, String>,
}

/// Renders the notification as JSON.
pub(super) fn notification(
    input: &RenderInput<'_>,
    diagnosis: &Diagnosis,
    subject: &str,
) -> String {
    let RenderInput {
        definition,
        group,
        pending,
        deployment,
        ..
    } = *input;
    let summary = unformatted(&summary(input, diagnosis));
    let mut keywords = vec![
        definition.name.clone(),
        pending.change.to.as_str().to_owned(),
    ];
    keywords.extend(
        definition
            .severity
            .map(|severity| severity.as_str().to_owned()),
    );
    let context = [
        ("account", deployment.account.clone()),
        (
            "accountName",
            unformatted(&input.named(&deployment.account).name().unwrap_or_default()),
        ),
        ("region", deployment.region.clone()),
        ("count", pending.evidence.count.to_string()),
        ("reason", pending.change.reason.clone()),
    ];
    let custom = CustomNotification {
        version: "1.0",
        source: "custom",
        id: &pending.id,
        content: Content {
            text_type: "client-markdown",
            title: unformatted(subject),
            description: description(input, diagnosis, &summary),
            next_steps: diagnosis
                .causes
                .iter()
                .map(|cause| unformatted(&cause.advice))
                .collect(),
            keywords,
        },
        metadata: Metadata {
            thread_id: format!("{}-{}", definition.name, group.id()),
            summary: unformatted(&first_line(input, diagnosis)),
            event_type: pending.change.to.as_str(),
            related_resources: (diagnosis.resources.iter().take(MAX_RESOURCES))
                .map(|(name, _)| unformatted(&sanitize(name)))
                .collect(),
            additional_context: context
                .into_iter()
                .filter(|(_, value)| !value.is_empty())
                .collect(),
        },
    };
    serde_json::to_string(&custom).expect("any string can be serialized")
}

/// The first line of the email, summary, description of the alarm, most frequent values, and links.
fn description(input: &RenderInput<'_>, diagnosis: &Diagnosis, summary: &str) -> String {
    let first = unformatted(&first_line(input, diagnosis));
    let mut lines = vec![first, String::new(), summary.to_owned()];
    let own = sanitize_multiline_within(&input.definition.description, MAX_ALARM_DESCRIPTION);
    if !own.is_empty() && input.pending.change.to == AlarmState::Alarm {
        lines.extend([String::new(), format!("*Alarm description:* {own}")]);
    }
    let effects = diagnosis.impacts.iter().flat_map(|impact| {
        let undo = impact
            .undo
            .iter()
            .map(|command| format!("`{}`", in_code(command)));
        let consequences = impact.consequences.iter().map(|text| unformatted(text));
        consequences.chain(undo).collect::<Vec<_>>()
    });
    let effects: Vec<String> = effects.collect();
    if !effects.is_empty() {
        lines.push(String::new());
        lines.extend(effects);
    }
    lines.push(String::new());
    let count = |fact| input.tally(|facts| facts.text(fact).map(str::to_owned));
    let values = [
        ("Error", count(Fact::ErrorCode)),
        (
            "Call",
            input.tally(|facts| call_name(facts).map(Cow::into_owned)),
        ),
        ("Resource", diagnosis.resources.clone()),
        (
            "Caller",
            input.tally(|facts| Some(input.caller(facts).to_string())),
        ),
    ];
    lines.extend(
        values
            .iter()
            .filter_map(|(name, values)| most_frequent(name, values)),
    );
    let groups = input
        .pending
        .digest
        .iter()
        .flat_map(|content| &content.groups);
    lines.extend(groups.map(|one| {
        let group = in_code(&digest::group_phrase(input, &one.group));
        format!(
            "`{group}`: {}",
            unformatted(&digest::activity_phrase(input, one))
        )
    }));
    let accounts = input.accounts();
    lines.extend(
        accounts
            .first()
            .filter(|account| account.name().is_some())
            .map(|account| {
                let shown = in_code(&account.to_string());
                format!("*Account:* `{shown}`{}", and_more(accounts.len() - 1))
            }),
    );
    let addresses = input.sampled(Fact::SourceIpAddress);
    lines.extend(addresses.first().map(|address| {
        let shown = in_code(&sanitize(address));
        format!("*Source:* `{shown}`{}", and_more(addresses.len() - 1))
    }));
    let event = diagnosis.event_link().cloned();
    let logs = log_links(input).pop();
    let all_groups = (input.pending.digest.iter()).flat_map(|_| diagnosis.links.iter().cloned());
    let pages = event.into_iter().chain(all_groups).chain(logs);
    lines.extend(pages.map(|(label, link)| format!("{}: {link}", unformatted(&label))));
    lines.extend(
        input
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
    let value = in_code(&sanitize(first));
    let more = match values.len() {
        1 => String::new(),
        several => format!(" and {} more", several - 1),
    };
    Some(format!("*{name}:* `{value}` ({count}){more}"))
}

/// Joins the lines that fit. Lines are never truncated, because half a link does not work.
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
        text.push_str(" more in the email");
    }
    text
}

/// Escapes sanitized text for inline code: no backticks, and no angle brackets, which Slack uses for mentions.
fn in_code(text: &str) -> String {
    text.replace('`', "'")
        .replace('<', "\u{2039}")
        .replace('>', "\u{203a}")
}

/// Escapes sanitized text so that Slack and Teams show it without formatting, mentions and links.
///
/// Slack has no escape character, so markup characters become similar ones. An underscore within a word is not markup.
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
    fn markup_in_untrusted_text_is_not_formatted() {
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
