//! Lines to copy into a shell. A value from a record stands in them quoted, or not at all.

use super::harmless::{DOTS, is_harmful, is_linked};

/// Longest value that stands in a command, in bytes.
const MAX_VALUE: usize = 300;

/// A command line in the making.
#[derive(Clone, Debug)]
pub(super) struct Command(Option<String>);

impl Command {
    /// Begins with words of ours, which need no quotes.
    pub(super) fn new(words: &str) -> Self {
        Self(Some(words.to_owned()))
    }

    /// Adds `option value`. A value that cannot stand in a command makes the whole line none.
    pub(super) fn with(self, option: &str, value: &str) -> Self {
        Self(
            self.0
                .and_then(|line| Some(format!("{line} {option} {}", quoted(value)?))),
        )
    }

    /// Adds `=value` to what was said last.
    pub(super) fn with_value(self, value: &str) -> Self {
        Self(
            self.0
                .and_then(|line| Some(format!("{line}={}", quoted(value)?))),
        )
    }

    /// Adds words of ours.
    pub(super) fn then(self, words: &str) -> Self {
        Self(self.0.map(|line| format!("{line} {words}")))
    }

    /// The line.
    pub(super) fn line(self) -> Option<String> {
        self.0
    }
}

/// The value as one word of a POSIX shell; none for one that could be taken for an option, was cut, or holds what no
/// name in AWS holds.
///
/// Mail clients make links of what looks like a host; a dot in quotes of its own is the same to the shell and not to
/// them.
fn quoted(value: &str) -> Option<String> {
    let begins = value.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '/');
    let is_whole = value.len() <= MAX_VALUE && !value.ends_with('\u{2026}');
    if !begins || !is_whole || value.chars().any(is_harmful) {
        return None;
    }
    let is_bare = |c: char| c.is_ascii_alphanumeric() || "-_./:@%+=,".contains(c);
    let linked = is_linked(value);
    if value.chars().all(is_bare) && !linked {
        return Some(value.to_owned());
    }
    let mut word = value.replace('\'', "'\\''");
    if linked {
        word = word
            .replace("://", "':''//'")
            .replace('.', "'.'")
            // The second time separates the pairs of a longer row.
            .replace("\\\\", "\\''\\")
            .replace("\\\\", "\\''\\");
        // The other dots get quotes of their own, inside of which they stay: they are not ASCII.
        for dot in DOTS.into_iter().filter(|dot| !dot.is_ascii()) {
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
    fn what_is_plain_stands_bare() {
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
    fn a_value_that_cannot_be_right_gives_no_command() {
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
    fn a_shell_reads_every_value_as_it_is_and_no_mail_client_links_it() {
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
            assert!(!is_linked(&line), "{line}");
        }
    }
}
