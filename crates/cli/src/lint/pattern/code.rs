//! Stable codes of findings in patterns.

use std::fmt;

/// The kind of a finding in a pattern. The names are stable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Code {
    /// The text is not a pattern.
    Syntax,
    /// A value that needs quotes has none.
    UnquotedValue,
    /// A limit of the language is exceeded.
    Limit,
    /// `!=` on a field that not every record has.
    MissingField,
    /// An alternative that matches nearly every record.
    AlwaysTrue,
    /// `&&` and `||` without parentheses.
    MixedOperators,
    /// `= true` on a JSON boolean.
    BooleanAsString,
    /// `IS TRUE` on a string.
    StringAsBoolean,
    /// A comparison that the type of the field does not support.
    NotComparable,
    /// `IS NULL` on a field that is left out, never null.
    IsNull,
    /// A test that is never true.
    NeverMatches,
    /// A selector that no record has.
    UnknownField,
    /// A value that the field never has.
    UnknownValue,
    /// A name that is not a service.
    ServiceName,
    /// A placeholder that was not replaced.
    Placeholder,
    /// A `?term` that has no effect.
    IgnoredTerm,
    /// A comparison in quotes, which is a text to search for.
    ComparisonAsText,
}

impl Code {
    /// All codes.
    pub const ALL: [Self; 17] = [
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
        Self::ComparisonAsText,
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
            Self::ComparisonAsText => "comparison-as-text",
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
