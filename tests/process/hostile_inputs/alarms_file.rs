//! Hostile alarms files. `crates/cli` has the same test of `lint`.

use std::fmt::Write as _;

use cloudtrail_alarms_testkit::alarms::alarm_item;
use cloudtrail_alarms_testkit::faulty_alarms_files::assert_all_rejected;
use cloudtrail_alarms_testkit::folder::folder;

use super::hostile_input::start;

#[test]
fn faulty_alarms_files_are_rejected() {
    assert_all_rejected(|folder| start(folder).fail_to_start());
}

#[test]
fn five_thousand_alarms_are_loaded() {
    let mut alarms = "Alarms:\n".to_owned();
    for n in 0..5_000 {
        let lines = format!(
            "AlarmName: A{n}\nFilterPattern: '{{ $.eventName = \"Call{n}\" }}'\nThreshold: 0"
        );
        alarms.write_str(&alarm_item(&lines)).unwrap();
    }
    let folder = folder(&[("alarms.yaml", &alarms)]);
    let mut function = start(folder.path());
    let record = serde_json::json!({"eventName": "Call4999"});
    let reply = function.invoke(&super::records::records([record])).unwrap();
    assert_eq!(reply["matched"], 1);
    assert_eq!(reply["notifications"]["sent"], 1);
    let peak = function.peak_memory().unwrap();
    assert!(peak < 128 << 20, "{} MiB", peak >> 20);
}
