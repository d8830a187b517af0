//! `docs/getting-started.md` shows the email that the function sends for the sample event.

use std::fs;

use cloudtrail_alarms::handler::{Handler, Invocation};
use cloudtrail_alarms::matching::OwnIdentity;
use cloudtrail_alarms::notification::Notification;
use cloudtrail_alarms::settings::{Settings, compiled_in};
use cloudtrail_alarms::store::MemoryStore;
use cloudtrail_alarms_testkit::futures::block_on;
use cloudtrail_alarms_testkit::publisher::RecordingPublisher;

/// The notifications for an event, with the environment variables of `make run`.
fn emails(event: &str) -> Vec<Notification> {
    let variable = |name: &str| {
        let value = match name {
            "ECS_TASK_ROLE_ARN" => "arn:aws:iam::111122223333:role/pattern1-application-task",
            "CLOUDTRAIL_LOG_GROUP_NAME" => "aws-cloudtrail-logs",
            "AWS_REGION" => "ap-southeast-2",
            _ => return None,
        };
        Some(value.to_owned())
    };
    let now = "2026-11-20T02:20:12Z".parse().unwrap();
    let settings = Settings::from_environment(&variable, &compiled_in).unwrap();
    let handler = Handler::new(
        settings.alarms,
        MemoryStore::default(),
        RecordingPublisher::default(),
        OwnIdentity::default(),
        settings.deployment,
    );
    let invocation = Invocation {
        request_id: "getting-started".to_owned(),
        function_arn: "arn:aws:lambda:ap-southeast-2:111122223333:function:cloudtrail-alarms"
            .to_owned(),
        now,
        replayed: None,
        deadline: None,
    };
    let (outcome, _) = block_on(handler.handle(event, &invocation));
    outcome.unwrap();
    handler.publisher().published()
}

#[test]
fn the_tutorial_shows_the_email_of_the_sample_event() {
    let emails = emails(include_str!("../../events/kms-error-burst.json"));
    let [Notification { subject, email, .. }] = emails.as_slice() else {
        panic!("one email, not {emails:?}")
    };
    assert!(
        email.lines().count() <= super::golden::MAX_LINES_OF_ALARM,
        "{email}"
    );
    let shown = format!("```text\nSubject: {subject}\n\n{email}```\n");
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/getting-started.md");
    let mut page = fs::read_to_string(path).unwrap();
    if std::env::var_os("UPDATE_MAILS").is_some() {
        let start = page.find("```text\nSubject: ").unwrap();
        let end = start + page[start..].find("\n```\n").unwrap() + "\n```\n".len();
        page.replace_range(start..end, &shown);
        fs::write(path, &page).unwrap();
    }
    assert!(
        page.contains(&shown),
        "docs/getting-started.md does not show this email:\n{shown}"
    );
}
