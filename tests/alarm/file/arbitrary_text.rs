//! Loading does not panic on any text.

use proptest::prelude::*;

use super::{load_text, with_parameters};

/// Tokens of YAML and of alarms files, so that generated text is not rejected at its first character.
fn piece() -> impl Strategy<Value = String> {
    let pieces = [
        "Alarms:",
        "Parameters:",
        "Include:",
        "Tests:",
        "Exclude:",
        "FilterPattern: ",
        "Period: ",
        "Threshold: ",
        "GroupBy: ",
        "\n",
        "\n  ",
        "\n    ",
        "\n  - ",
        "- ",
        ": ",
        "{",
        "}",
        "[",
        "]",
        ", ",
        "'",
        "\"",
        "|",
        ">-",
        "&a ",
        "*a",
        "!Ref ",
        "!Sub ",
        "!!str ",
        "# ",
        "---",
        "...",
        "%YAML 1.2",
        "? ",
        "<<: ",
        "${",
        "${A}",
        "${!A}",
        "\t",
        "\r",
        "\u{feff}",
        "\u{85}",
        "é",
        "\\",
        "$.a",
        "10",
        "~",
        "1e999",
        "AlarmName",
        "{ $.a = \"${A}\" }",
    ];
    prop_oneof![9 => prop::sample::select(pieces.to_vec()).prop_map(str::to_owned), 1 => any::<char>().prop_map(String::from)]
}

proptest! {
    #[test]
    fn no_text_makes_loading_panic(pieces in prop::collection::vec(piece(), 0..40)) {
        if let Err(error) = load_text(&pieces.concat()) {
            prop_assert!(!error.to_string().is_empty());
        }
    }

    #[test]
    fn no_change_to_a_good_file_makes_loading_panic(at in 0..1000_usize, take in 0..9_usize, pieces in prop::collection::vec(piece(), 0..3)) {
        let mut text: Vec<char> = with_parameters("Runbook: ${Team}\nTests: [{Record: {a: 1}, Match: true}]\nGroupBy: [$.a]").chars().collect();
        let start = at % text.len();
        let end = (start + take).min(text.len());
        text.splice(start..end, pieces.concat().chars());
        if let Err(error) = load_text(&text.iter().collect::<String>()) {
            prop_assert!(error.diagnostics().iter().all(|diagnostic| diagnostic.position().line > 0));
        }
    }
}
