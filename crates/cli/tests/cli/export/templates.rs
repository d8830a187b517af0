//! All exported templates, checked by cfn-lint.

use std::fs;
use std::process::Command;

use cloudtrail_alarms_testkit::folder::empty_folder;
use cloudtrail_alarms_testkit::repository;

use super::FILES;
use crate::tool;

#[test]
fn cfn_lint_accepts_all_templates() {
    let folder = empty_folder();
    let mut templates = Vec::new();
    for format in ["cloudformation", "log-alarm"] {
        for (file, output) in FILES
            .iter()
            .zip(["text", "json", "text", "json", "text", "json"])
        {
            let exported = tool(&["export", format, file, "--output", output]);
            let name = format!("{format}-{}", file.replace('/', "-"));
            let path = folder.path().join(name);
            fs::write(&path, exported.stdout).expect("it can be written");
            templates.push(path);
        }
    }
    let output = Command::new(repository::tool("sam/bin/cfn-lint"))
        .arg("--regions=eu-central-1")
        .arg("--template")
        .args(&templates)
        .current_dir(&folder)
        .output()
        .expect("cfn-lint starts");
    let findings = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{findings}");
}
