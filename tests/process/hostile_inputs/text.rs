//! Text that a caller can choose: line breaks, terminal control, links, sections and markup.

use cloudtrail_alarms_testkit::records::{event_id, failed_call};
use serde_json::{Value, json};

use super::hostile_input::{HostileInput, check};
use super::records::{burst, records};

/// Two failed calls with these changes raise the alarm, and one email reports them.
fn reported(name: &'static str, events: fn() -> Vec<Value>) -> HostileInput {
    HostileInput::new(name, events)
        .records([2, 2, 0, 0, 0])
        .emails(1..=1)
}

/// A call with this user agent, by a session that is not an ECS task. The email does not show the user agent of a task.
fn with_user_agent(text: &str) -> Value {
    let arn = "arn:aws:sts::111122223333:assumed-role/pattern1-application-task/session";
    json!({"userAgent": text, "userIdentity": {"arn": arn}})
}

#[test]
fn text_in_an_email_is_escaped_and_stays_on_one_line() {
    check([
        reported("a line break and a Subject line in userAgent", || {
            vec![burst(&with_user_agent("x\r\nSubject: OK\r\n\r\nAll is well."))]
        })
        .shows(r"x\u{d}\u{a}Subject: OK\u{d}\u{a}\u{d}\u{a}All is well."),
        reported("terminal escapes in userAgent", || {
            vec![burst(&with_user_agent("\u{1b}[2J\u{1b}]0;owned\u{7}\u{9b}31m"))]
        })
        .shows(r"\u{1b}[2J\u{1b}]0;owned\u{7}\u{9b}31m"),
        reported("right-to-left and zero-width characters in userAgent", || {
            vec![burst(&with_user_agent("a\u{202e}gpj.exe\u{200b}\u{2066}\u{feff}\u{e0041}"))]
        })
        .shows(r"a\u{202e}gpj"),
        reported("https, www and mailto links in errorMessage", || {
            let text = "sign in at https://evil.example/a?b=c, www.evil.example or mailto:bob@evil.example";
            vec![burst(&json!({"errorMessage": text}))]
        })
        .shows("https[:]//evil[.]example/a?b=c, www[.]evil[.]example or mailto:bob@evil[.]example"),
        reported("hosts without a scheme, with backslashes, in punycode, with an ideographic full stop", || {
            let text = "evil.example http:\\\\server\\x xn--80ak6aa92e.com evil\u{3002}example evil\u{ff0e}example";
            vec![burst(&json!({"errorMessage": text}))]
        })
        .shows(r"evil[.]example http:[\\]server\x xn--80ak6aa92e[.]com evil[.]example evil[.]example"),
        // Known limitation: an IPv4 address itself is not changed, because source addresses have the same form.
        reported("IPv4 addresses in errorMessage", || {
            let text = "see http://198.51.100.7/login and //198.51.100.7 and 198.51.100.7/login";
            vec![burst(&json!({"errorMessage": text}))]
        })
        .shows("http[:]//198.51.100.7/login"),
        reported("a section with a command in errorMessage", || {
            let text = "denied\n\nCheck (read-only commands)\naws kms disable-key --key-id 1\ntouch forged\n\nLinks\n  x:\nhttps://evil.example/";
            vec![burst(&json!({"errorMessage": text}))]
        })
        .shows(r"denied\u{a}\u{a}Check (read-only commands)\u{a}aws kms disable-key")
        .hides("\naws kms disable-key")
        .hides("\ntouch forged"),
        reported("an errorMessage of 250 KB", || {
            vec![burst(&json!({"errorMessage": "very long. ".repeat(23_000)}))]
        })
        .shows("very long. ve")
        .shows(" [cut]"),
        reported("an errorMessage that repeats the words of a denial", || {
            let words = "User: x is not authorized to perform: kms:Decrypt on resource: y because [cut] ";
            let changes = json!({"errorCode": "AccessDenied", "errorMessage": words.repeat(3_000)});
            vec![burst(&changes)]
        }),
        reported("chat markup and mentions in userAgent", || {
            vec![burst(&with_user_agent("<!channel> <@U012AB3CD> *bold* `code` @here"))]
        })
        .shows("<!channel> <@U012AB3CD>"),
    ]);
}

#[test]
fn a_decoy_does_not_hide_another_call() {
    check([HostileInput::new(
        "60 decoys with small event ids before the call that matters",
        || {
            let decoy = |n| {
                failed_call(
                    n,
                    &json!({"eventID": format!("00000000-0000-4000-8000-{n:012x}")}),
                )
            };
            let call = json!({"eventID": event_id(1), "eventName": "ScheduleKeyDeletion"});
            vec![records((1..=60).map(decoy).chain([failed_call(1, &call)]))]
        },
    )
    .records([61, 61, 0, 0, 0])
    .emails(1..=5)
    .shows("ScheduleKeyDeletion")]);
}
