//! Compiles `alarms.yaml` and every file that it includes into the function, so that it is deployed without further files.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use included_files::files;

#[path = "build/included_files.rs"]
mod included_files;

fn main() {
    let root = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let out = PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo sets it"));
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=build/included_files.rs");
    match files(&root, Path::new("alarms.yaml")) {
        Ok(files) => {
            for path in files.keys() {
                println!("cargo::rerun-if-changed={}", path.display());
            }
            fs::write(out.join("alarms_files.rs"), table(&files)).expect("cargo made the folder");
        }
        Err(message) => {
            for line in message.lines() {
                println!("cargo::error={line}");
            }
        }
    }
}

/// A slice of paths and texts, as Rust.
fn table(files: &BTreeMap<PathBuf, String>) -> String {
    let pairs: Vec<_> = files.iter().collect();
    format!("&{pairs:?}")
}
