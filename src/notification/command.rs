//! Shell commands for the reader to copy. Values from records are quoted; a command with an invalid value is left out.

use crate::notification::sanitize::{LABEL_SEPARATORS, is_autolinked};
use crate::unsafe_char::is_unsafe_char;

/// Maximum length of a value in a command, in bytes.
const MAX_VALUE: usize = 300;

/// A builder of a command line. `None` after an invalid value.
#[derive(Clone, Debug)]
pub(super) struct Command(Option<String>);

impl Command {
    /// Starts a command with trusted words, which are not quoted.
    pub(super) fn new(words: &str) -> Self {
        Self(Some(words.to_owned()))
    }

    /// Appends `option value`. An invalid value discards the command.
    pub(super) fn with(self, option: &str, value: &str) -> Self {
        Self(
            self.0
                .and_then(|line| Some(format!("{line} {option} {}", quoted(value)?))),
        )
    }

    /// Appends `=value` without a space. An invalid value discards the command.
    pub(super) fn with_value(self, value: &str) -> Self {
        Self(
            self.0
                .and_then(|line| Some(format!("{line}={}", quoted(value)?))),
        )
    }

    /// Appends trusted words.
    pub(super) fn then(self, words: &str) -> Self {
        Self(self.0.map(|line| format!("{line} {words}")))
    }

    /// The command line. `None` if a value was invalid.
    pub(super) fn line(self) -> Option<String> {
        self.0
    }
}

/// Quotes a value as one word of a POSIX shell. `None` if it looks like an option, was truncated, or contains
/// characters that no AWS name contains.
///
/// Mail clients turn host names into links. Dots in separate quotes prevent that, and mean the same to the shell.
fn quoted(value: &str) -> Option<String> {
    let begins = value.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '/');
    let is_whole = value.len() <= MAX_VALUE && !value.ends_with('\u{2026}');
    if !begins || !is_whole || value.chars().any(is_unsafe_char) {
        return None;
    }
    let is_bare = |c: char| c.is_ascii_alphanumeric() || "-_./:@%+=,".contains(c);
    let linked = is_autolinked(value);
    if value.chars().all(is_bare) && !linked {
        return Some(value.to_owned());
    }
    let mut word = value.replace('\'', "'\\''");
    if linked {
        word = word
            .replace("://", "':''//'")
            .replace('.', "'.'")
            // The second replacement separates overlapping pairs in a longer row.
            .replace("\\\\", "\\''\\")
            .replace("\\\\", "\\''\\");
        // The other separators are not ASCII, so they must remain quoted.
        for dot in LABEL_SEPARATORS.into_iter().filter(|dot| !dot.is_ascii()) {
            word = word.replace(dot, &format!("''{dot}''"));
        }
    }
    Some(format!("'{word}'"))
}

#[cfg(test)]
mod tests {
    use std::process::Command as Process;

    use super::*;

    #[test]
    fn plain_values_are_not_quoted() {
        let command = Command::new("aws kms describe-key")
            .with(
                "--key-id",
                "arn:aws:kms:eu-west-1:111122223333:key/1234abcd",
            )
            .then("--output json");
        assert_eq!(
            command.line().unwrap(),
            "aws kms describe-key --key-id arn:aws:kms:eu-west-1:111122223333:key/1234abcd --output json"
        );
    }

    #[test]
    fn an_invalid_value_discards_the_command() {
        for value in [
            "",
            "-rf",
            "a\nb",
            "a\u{202e}b",
            "cut\u{2026}",
            &"x".repeat(301),
        ] {
            assert_eq!(
                Command::new("ls").with("-d", value).line(),
                None,
                "{value:?}"
            );
        }
    }

    #[test]
    fn a_shell_reads_every_value_unchanged_and_no_email_client_links_it() {
        for value in [
            "a b",
            "it's",
            "x$(reboot)",
            "x`reboot`; rm -rf / #",
            "a\\b",
            "role/app.prod",
            "https://evil.example/x",
            "evil\u{3002}example www\u{ff0e}evil\u{ff61}example",
            "a\\\\server.example",
            "a\\\\\\server",
            "a\\\\\\\\\\server",
            "x'; echo 'x",
        ] {
            let line = Command::new("printf %s").with("", value).line().unwrap();
            let out = Process::new("sh").args(["-c", &line]).output().unwrap();
            assert_eq!(String::from_utf8(out.stdout).unwrap(), value, "{line}");
            assert!(!is_autolinked(&line), "{line}");
        }
    }
}
