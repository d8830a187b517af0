//! `JUnit` XML, the test report format of CI systems.
//!
//! Writes the subset that all of them support: `testsuites`, `testsuite` with counts, `testcase`, `failure` and `error`.

use std::fmt;

use crate::suite::{Ending, Outcome, Suite};

/// The XML document with the outcomes of all suites.
pub(super) struct Report<'r>(pub(super) &'r [Suite]);

impl fmt::Display for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let suites = self.0;
        let tests: usize = suites.iter().map(|suite| suite.outcomes.len()).sum();
        let count = |ending| -> usize { suites.iter().map(|suite| suite.count(ending)).sum() };
        let (failures, errors) = (count(Ending::Failed), count(Ending::NotRun));
        writeln!(f, r#"<?xml version="1.0" encoding="UTF-8"?>"#)?;
        writeln!(
            f,
            r#"<testsuites name="cloudtrail-alarms" tests="{tests}" failures="{failures}" errors="{errors}">"#
        )?;
        for suite in suites {
            let Suite { alarm, outcomes } = suite;
            writeln!(
                f,
                r#"  <testsuite name="{}" tests="{}" failures="{}" errors="{}">"#,
                Escaped(alarm),
                outcomes.len(),
                suite.count(Ending::Failed),
                suite.count(Ending::NotRun)
            )?;
            for outcome in outcomes {
                test_case(alarm, outcome, f)?;
            }
            writeln!(f, "  </testsuite>")?;
        }
        writeln!(f, "</testsuites>")
    }
}

fn test_case(alarm: &str, outcome: &Outcome, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let (alarm, name) = (Escaped(alarm), Escaped(&outcome.name));
    write!(f, r#"    <testcase classname="{alarm}" name="{name}""#)?;
    let element = match outcome.ending() {
        Ending::Passed => return writeln!(f, "/>"),
        Ending::Failed => "failure",
        Ending::NotRun => "error",
    };
    let problem = outcome.problem();
    let mut details = Vec::new();
    outcome
        .write_details("", &mut details)
        .expect("writing to memory does not fail");
    let details = String::from_utf8_lossy(&details);
    writeln!(f, ">")?;
    write!(f, r#"      <{element} message="{}">"#, Escaped(&problem))?;
    writeln!(f, "{}</{element}>", Escaped(&details))?;
    writeln!(f, "    </testcase>")
}

/// Escapes text for element content and attribute values. Characters that XML 1.0 does not allow become U+FFFD.
struct Escaped<'t>(&'t str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in self.0.chars() {
            match c {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                // Attribute values are normalized: without an escape these would become spaces.
                '\t' | '\n' | '\r' => write!(f, "&#{};", u32::from(c))?,
                '\0'..' ' | '\u{FFFE}' | '\u{FFFF}' => f.write_str("\u{FFFD}")?,
                other => write!(f, "{other}")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::Escaped;

    #[test]
    fn markup_and_invalid_characters_are_escaped() {
        assert_eq!(
            Escaped("<a b=\"c\"> & 'd'\n\u{1}\u{FFFE}é").to_string(),
            "&lt;a b=&quot;c&quot;&gt; &amp; 'd'&#10;\u{FFFD}\u{FFFD}é"
        );
    }
}
