//! Names in exported documents and of files, made from the names of alarms.

use std::collections::BTreeSet;

/// The names that are taken, in lower case: some file systems do not distinguish case.
#[derive(Debug, Default)]
pub(super) struct Names(BTreeSet<String>);

impl Names {
    /// Takes a name.
    pub(super) fn take(&mut self, name: &str) {
        self.0.insert(name.to_lowercase());
    }

    /// Takes a name that is free with each of the suffixes, the first of `base`, `base2`, `base3` and so on.
    pub(super) fn distinct(&mut self, base: &str, suffixes: &[&str]) -> String {
        let with = |name: &str, suffix: &&str| format!("{name}{suffix}").to_lowercase();
        let is_free = |name: &String| {
            let mut names = suffixes.iter().map(|suffix| with(name, suffix));
            !names.any(|name| self.0.contains(&name))
        };
        let numbered = (2..).map(|number| format!("{base}{number}"));
        let name = std::iter::once(base.to_owned())
            .chain(numbered)
            .find(is_free)
            .expect("there are more numbers than names");
        self.0
            .extend(suffixes.iter().map(|suffix| with(&name, suffix)));
        name
    }
}

/// The words of a name: its longest runs of ASCII letters and digits.
pub(super) fn words(name: &str) -> impl Iterator<Item = &str> {
    let words = name.split(|c: char| !c.is_ascii_alphanumeric());
    words.filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_differ_in_case_get_a_number() {
        let mut names = Names::default();
        names.take("LogGroupName");
        assert_eq!(names.distinct("errors", &[".sql"]), "errors");
        assert_eq!(names.distinct("Errors", &[".sql"]), "Errors2");
        assert_eq!(names.distinct("loggroup", &["Name"]), "loggroup2");
    }
}
