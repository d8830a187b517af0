//! Rendering of a notification.

use crate::alarm::AlarmState;
use crate::alarm::definition::AlarmDefinition;
use crate::alarm::state::PendingNotification;
use crate::evidence::Fact;
use crate::notification::deployment::{DeploymentContext, Format};
use crate::notification::diagnose::diagnose;
use crate::notification::diagnosis::{Diagnosis, and_more};
use crate::notification::first_line::first_line;
use crate::notification::message::Notification;
use crate::notification::render_input::RenderInput;
use crate::notification::sanitize::sanitize;
use crate::notification::{chat, digest, document, email, region, subject};
use crate::series::Group;

/// Renders a pending notification.
pub fn render(
    definition: &AlarmDefinition,
    group: &Group,
    pending: &PendingNotification,
    deployment: &DeploymentContext,
) -> Notification {
    let region = region::display_name(&deployment.region);
    // The key of a digest names no group.
    let no_group = Group::default();
    let group = if pending.digest.is_some() {
        &no_group
    } else {
        group
    };
    let input = RenderInput {
        definition,
        group,
        pending,
        deployment,
        region,
    };
    let diagnosis = match &pending.digest {
        Some(_) => digest::diagnosis(&input),
        None => diagnose(&input),
    };
    let state = pending.change.to.as_str();
    let qualifiers = qualifiers(&input);
    let subject = subject::subject(state, &definition.name, region, &qualifiers);
    let default = match deployment.format {
        Format::CloudWatch => document::document(&input, &diagnosis),
        Format::AmazonQ => chat::notification(&input, &diagnosis, &subject),
    };
    Notification {
        id: pending.id.clone(),
        email: match &pending.digest {
            Some(content) => email::digest::email(&input, content, &diagnosis),
            None => email::email(&input, &diagnosis),
        },
        sms: subject::sms(
            state,
            &definition.name,
            region,
            &sms_qualifiers(&input, &qualifiers),
            &brief(&input, &diagnosis),
        ),
        default,
        attributes: attributes(definition, pending, deployment),
        subject,
    }
}

/// The parts of the subject that distinguish this notification: the values of the group, the number of the reminder, whether
/// a kind of call is new, and the name of the account.
fn qualifiers(input: &RenderInput<'_>) -> String {
    let pending = input.pending;
    let reminder = (pending.repeat > 0).then(|| format!("reminder {}", pending.repeat));
    let new_kind = (pending.new_kinds.is_some()).then(|| "new kind of call".to_owned());
    let values = input.group.0.iter();
    let values = values.map(|(_, value)| sanitize(value.as_deref().unwrap_or("(none)")));
    let digest = pending.digest.as_ref().map(digest::qualifier);
    let qualifiers = values.chain(reminder).chain(new_kind).chain(digest);
    let qualifiers = qualifiers.chain(account_name(input));
    qualifiers.collect::<Vec<_>>().join(", ")
}

/// The name of the group's account: `prod-payments`. If the group has none, that of the account of the calls; for several
/// accounts `prod-payments, and 2 more`.
fn account_name(input: &RenderInput<'_>) -> Option<String> {
    let values = input.group.0.iter();
    let mut values = values.filter_map(|(_, value)| value.as_deref());
    let of_group = values.find_map(|value| input.named(value).name());
    of_group.or_else(|| {
        let accounts = input.accounts();
        let name = accounts.first()?.name()?;
        Some(name + &and_more(accounts.len() - 1))
    })
}

/// The qualifiers of the text message. It ends with the first line, so the account of the calls is here if it has no name and is
/// not in the group.
fn sms_qualifiers(input: &RenderInput<'_>, qualifiers: &str) -> String {
    let accounts = input.sampled(Fact::RecipientAccountId);
    let account = accounts.first().filter(|account| {
        input.pending.change.to == AlarmState::Alarm
            && account_name(input).is_none()
            && !qualifiers.contains(**account)
    });
    let account = account.map(|account| {
        let account = sanitize(account);
        format!("account {account}{}", and_more(accounts.len() - 1))
    });
    let parts = [qualifiers.to_owned()].into_iter().chain(account);
    let parts: Vec<String> = parts.filter(|part| !part.is_empty()).collect();
    parts.join(", ")
}

/// The first line of the email for the text message. Empty if the state is not ALARM.
fn brief(input: &RenderInput<'_>, diagnosis: &Diagnosis) -> String {
    if input.pending.change.to == AlarmState::Alarm {
        let line = first_line(input, diagnosis);
        // The text message begins with the state.
        let state = format!("{}: ", AlarmState::Alarm);
        line.strip_prefix(&state)
            .map_or(line.clone(), str::to_owned)
    } else {
        String::new()
    }
}

/// Message attributes, by which subscribers can filter.
fn attributes(
    definition: &AlarmDefinition,
    pending: &PendingNotification,
    deployment: &DeploymentContext,
) -> Vec<(&'static str, String)> {
    let mut attributes = vec![
        ("alarm", definition.name.clone()),
        ("state", pending.change.to.as_str().to_owned()),
        ("id", pending.id.clone()),
    ];
    if let Some(severity) = definition.severity {
        attributes.push(("severity", severity.as_str().to_owned()));
    }
    for (name, value) in [
        ("account", &deployment.account),
        ("region", &deployment.region),
    ] {
        if !value.is_empty() {
            attributes.push((name, value.clone()));
        }
    }
    attributes
}
