//! `--alarm` of all formats, and `--output-dir`.

use std::fs;

use crate::{ANY_THRESHOLD, alarm, folder, run};

const FORMATS: [&str; 6] = [
    "athena",
    "cloudformation",
    "log-alarm",
    "logs-insights",
    "subscription-filter",
    "terraform",
];

/// Three alarms. The pattern of the third one is not about fields.
fn alarms() -> String {
    let named = |name: &str, pattern: &str| {
        alarm(name, pattern, &format!("{ANY_THRESHOLD}MetricName: {name}"))
    };
    format!(
        "Alarms:\n{}{}{}",
        named("First", "{ $.eventName = FirstCall }"),
        named("Second", "{ $.eventName = SecondCall }"),
        named("Third", "ERROR"),
    )
}

#[test]
fn an_export_has_the_selected_alarms_only() {
    let folder = folder(&[("alarms.yaml", &alarms())]);
    for format in FORMATS {
        let printed = run(&folder, &["export", format, "--alarm", "Second"], &[], "");
        assert_eq!(printed.code, 0, "{format}: {printed:?}");
        let has = |text: &str| printed.stdout.contains(text);
        assert!(
            has("SecondCall") && !has("FirstCall"),
            "{format}: {printed:?}"
        );
        let unknown = run(&folder, &["export", format, "--alarm", "Fourth"], &[], "");
        assert!(
            unknown.usage_error().contains("unknown alarm \"Fourth\""),
            "{format}"
        );
    }
}

#[test]
fn an_alarm_that_is_left_out_is_a_finding() {
    let folder = folder(&[("alarms.yaml", &alarms())]);
    for format in ["athena", "log-alarm", "logs-insights"] {
        let printed = run(&folder, &["export", format], &[], "");
        assert_eq!(printed.code, 1, "{format}: {printed:?}");
        let note = "Third: left out: its pattern is not about fields\n";
        assert!(printed.stderr.contains(note), "{format}: {printed:?}");
        assert!(printed.stdout.contains(note), "{format}: {printed:?}");
    }
}

#[test]
fn each_query_goes_to_a_file_of_its_own() {
    let names = [
        "KMS errors / prod",
        "kms errors (prod)",
        "\u{fc}",
        "../../etc/passwd",
    ];
    let items = names.map(|name| alarm(&format!("'{name}'"), "{ $.eventName = x }", ANY_THRESHOLD));
    let folder = folder(&[("alarms.yaml", &format!("Alarms:\n{}", items.concat()))]);
    let arguments = ["export", "athena", "--output-dir", "new/queries"];
    let printed = run(&folder, &arguments, &[], "");
    assert_eq!(printed.code, 0, "{printed:?}");
    let files = [
        "KMS-errors-prod.sql",
        "kms-errors-prod2.sql",
        "alarm.sql",
        "etc-passwd.sql",
    ];
    let paths = files.map(|file| format!("new/queries/{file}\n"));
    assert_eq!(printed.stdout, paths.concat());
    for (name, file) in names.iter().zip(files) {
        let text =
            fs::read_to_string(folder.path().join("new/queries").join(file)).expect("it is there");
        assert!(text.starts_with(&format!("-- {name}\n-- ")), "{text}");
        assert!(
            text.ends_with("ORDER BY 1;\n") && text.matches(';').count() >= 1,
            "{text}"
        );
    }
    let listed = fs::read_dir(folder.path().join("new/queries")).expect("it is a folder");
    assert_eq!(listed.count(), names.len());
}
