//! The kinds of findings, by the names that people put into scripts.

use std::fmt;

/// The kinds of findings in patterns. Their names are stable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Code {
    /// The text is no pattern.
    Syntax,
    /// A value that needs quotes has none.
    UnquotedValue,
    /// More of something than the language allows.
    Limit,
    /// `!=` on a field that not every record has.
    MissingField,
    /// Alternatives of which one is true of nearly every record.
    AlwaysTrue,
    /// `&&` and `||` without parentheses that tell which is first.
    MixedOperators,
    /// `= true` on a JSON boolean.
    BooleanAsString,
    /// `IS TRUE` on a string.
    StringAsBoolean,
    /// A comparison with what cannot be compared.
    NotComparable,
    /// `IS NULL` on a field that is left out, never null.
    IsNull,
    /// A clause that can never hold.
    NeverMatches,
    /// A selector that no record has.
    UnknownField,
    /// A value that the field never has.
    UnknownValue,
    /// A name that no service has.
    ServiceName,
    /// A placeholder in which no value was put.
    Placeholder,
    /// A `?term` that does not count.
    IgnoredTerm,
}

impl Code {
    /// All of them.
    pub const ALL: [Self; 16] = [
        Self::Syntax,
        Self::UnquotedValue,
        Self::Limit,
        Self::MissingField,
        Self::AlwaysTrue,
        Self::MixedOperators,
        Self::BooleanAsString,
        Self::StringAsBoolean,
        Self::NotComparable,
        Self::IsNull,
        Self::NeverMatches,
        Self::UnknownField,
        Self::UnknownValue,
        Self::ServiceName,
        Self::Placeholder,
        Self::IgnoredTerm,
    ];

    /// The name of the code.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Syntax => "syntax",
            Self::UnquotedValue => "unquoted-value",
            Self::Limit => "limit",
            Self::MissingField => "missing-field",
            Self::AlwaysTrue => "always-true",
            Self::MixedOperators => "mixed-operators",
            Self::BooleanAsString => "boolean-as-string",
            Self::StringAsBoolean => "string-as-boolean",
            Self::NotComparable => "not-comparable",
            Self::IsNull => "is-null",
            Self::NeverMatches => "never-matches",
            Self::UnknownField => "unknown-field",
            Self::UnknownValue => "unknown-value",
            Self::ServiceName => "service-name",
            Self::Placeholder => "placeholder",
            Self::IgnoredTerm => "ignored-term",
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
