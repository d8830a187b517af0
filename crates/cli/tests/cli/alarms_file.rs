//! `lint` rejects hostile alarms files. `tests/process` has the same test of the function.

use cloudtrail_alarms_testkit::faulty_alarms_files::assert_all_rejected;

use super::run;

#[test]
fn faulty_alarms_files_are_rejected() {
    assert_all_rejected(|folder| {
        let outcome = run(folder, &["lint", "alarms.yaml"], &[], "");
        assert_eq!(outcome.code, 1, "{outcome:?}");
        outcome.stdout + &outcome.stderr
    });
}
