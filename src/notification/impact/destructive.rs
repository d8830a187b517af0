//! Calls that delete, disable or stop something, with their consequences and how to undo them.
//!
//! Source: the API reference of each service.

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::alarm::window::saturating_add;
use crate::evidence::Facts;
use crate::notification::arn::Arn;
use crate::notification::command::Command;
use crate::notification::diagnosis::{Check, Impact};
use crate::notification::general;
use crate::notification::impact::request::{number, request, text};
use crate::notification::impact::table::{DESTRUCTIVE, Destructive, OnResource};
use crate::notification::impact::{call, region};
use crate::notification::kms;
use crate::notification::render_input::RenderInput;
use crate::notification::resource;
use crate::notification::sanitize::sanitize_within;

/// Maximum length of the name of a resource in the first line, in bytes.
const MAX_NAME: usize = 60;

/// Waiting period of `ScheduleKeyDeletion` and recovery window of `DeleteSecret` if the request has none, in days.
const DEFAULT_DAYS: i64 = 30;

/// The effect of a destructive call. `None` for other calls.
pub(super) fn impact(input: &RenderInput<'_>, facts: &Facts) -> Option<Impact> {
    match call(facts)? {
        ("kms", "ScheduleKeyDeletion") => Some(key_deletion(input, facts)),
        ("secretsmanager", "DeleteSecret") => secret_deletion(input, facts),
        name => {
            let known = DESTRUCTIVE.iter().find(|known| known.call == name)?;
            Some(of_table(known, input, facts))
        }
    }
}

fn of_table(known: &Destructive, input: &RenderInput<'_>, facts: &Facts) -> Impact {
    let request = request(facts);
    let name = match known.call.0 {
        "kms" => kms::key_of(facts),
        _ => request
            .as_ref()
            .and_then(|request| text(request, known.parameter)),
    };
    let shown = match (known.call.0, name) {
        ("kms", Some(name)) => resource::key(name),
        ("kms", None) => "key".to_owned(),
        (_, Some(name)) => resource_name(name),
        (_, None) => String::new(),
    };
    let what = known.what.replace("{}", &shown).replace("  ", " ");
    let on_resource = |(words, option): OnResource| {
        let command = Command::new(words).with("--region", region(input, facts));
        command.with(option, name?).line()
    };
    Impact {
        what,
        names_caller: false,
        consequences: vec![known.consequence.to_owned()],
        undo: known.undo.and_then(on_resource).into_iter().collect(),
        checks: Check::new(
            "In which state is the resource now?",
            [known.check.and_then(on_resource)],
        )
        .into_iter()
        .collect(),
    }
}

/// The name in an ARN, or the text itself.
fn resource_name(name: &str) -> String {
    let name = Arn::parse(name).map_or(name, |arn| arn.name());
    sanitize_within(name, MAX_NAME)
}

/// The end of a waiting period that begins with the call. `None` if the time of the call is unknown.
fn end_of_wait(facts: &Facts, days: i64) -> Option<Timestamp> {
    let days = SignedDuration::from_hours(24).checked_mul(i32::try_from(days).ok()?)?;
    Some(saturating_add(facts.time()?, days))
}

/// Source: KMS API Reference, `ScheduleKeyDeletion`. KMS can take up to 24 hours longer than the waiting period.
fn key_deletion(input: &RenderInput<'_>, facts: &Facts) -> Impact {
    let request = request(facts);
    let days = request
        .as_ref()
        .and_then(|request| number(request, "pendingWindowInDays"));
    let is_given = days.is_some();
    let days = days.unwrap_or(DEFAULT_DAYS);
    let name = kms::key_of(facts);
    let key = name.map_or_else(|| "key".to_owned(), resource::key);
    let date = end_of_wait(facts, days);
    let (what, deletion) = match date {
        Some(date) => (
            format!(
                "KMS {key} scheduled for deletion on {}",
                date.strftime("%F")
            ),
            format!(
                "KMS deletes the key on {} or up to 24 h later",
                date.strftime("%F %R UTC")
            ),
        ),
        None => (
            format!("KMS {key} scheduled for deletion"),
            "KMS deletes the key after the waiting period".to_owned(),
        ),
    };
    let default = if is_given { "" } else { ", the default" };
    let undo = |words: &str| {
        let command = Command::new(words).with("--region", region(input, facts));
        command.with("--key-id", name?).line()
    };
    Impact {
        what,
        names_caller: false,
        consequences: vec![
            format!("{deletion} (waiting period: {days} days{default})."),
            "Until then calls that use the key fail. After the deletion, data encrypted with the key is lost."
                .to_owned(),
            "Cancel before that date. The first command leaves the key disabled, the second enables it."
                .to_owned(),
        ],
        undo: ["aws kms cancel-key-deletion", "aws kms enable-key"]
            .into_iter()
            .filter_map(undo)
            .collect(),
        checks: recent_use(input, facts, name).into_iter().collect(),
    }
}

/// A command that shows recent calls with the key.
fn recent_use(input: &RenderInput<'_>, facts: &Facts, key: Option<&str>) -> Option<Check> {
    let command = general::lookup_events("ResourceName", key?);
    let command = command.with("--region", region(input, facts));
    let command = command.then(general::RECENT);
    Check::new("Which calls used the key recently?", [command.line()])
}

/// Source: Secrets Manager API Reference, `DeleteSecret`.
fn secret_deletion(input: &RenderInput<'_>, facts: &Facts) -> Option<Impact> {
    let request = request(facts)?;
    let name = text(&request, "secretId")?;
    let shown = sanitize_within(Arn::parse(name).map_or(name, |arn| arn.resource), MAX_NAME);
    let shown = shown.strip_prefix("secret:").unwrap_or(&shown);
    if request
        .get("forceDeleteWithoutRecovery")
        .is_some_and(is_true)
    {
        return Some(Impact {
            what: format!("Secret {shown} deleted without a recovery window"),
            names_caller: false,
            consequences: vec!["The secret cannot be restored.".to_owned()],
            undo: Vec::new(),
            checks: Vec::new(),
        });
    }
    let days = number(&request, "recoveryWindowInDays").unwrap_or(DEFAULT_DAYS);
    let date = end_of_wait(facts, days);
    let on = date.map_or_else(String::new, |date| format!(" on {}", date.strftime("%F")));
    let until = date.map_or_else(String::new, |date| {
        format!(" until {}", date.strftime("%F %R UTC"))
    });
    let undo = Command::new("aws secretsmanager restore-secret")
        .with("--region", region(input, facts))
        .with("--secret-id", name);
    Some(Impact {
        what: format!("Secret {shown} scheduled for deletion{on}"),
        names_caller: false,
        consequences: vec![format!(
            "Nobody can read the secret. You can restore it{until} (recovery window: {days} days)."
        )],
        undo: undo.line().into_iter().collect(),
        checks: Vec::new(),
    })
}

fn is_true(value: &Value) -> bool {
    value.as_bool() == Some(true) || value.as_str() == Some("true")
}
