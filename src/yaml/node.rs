//! The nodes of a YAML document, and their JSON.

use std::ops::Range;
use std::str::FromStr as _;

use cloudwatch_filter_pattern::excerpt::quoted;
use serde_json::Number;

/// Which YAML a text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Schema {
    /// An alarms file: one document without aliases. Its only tags are `!Sub` and `!Ref`, which mean the same as `${Name}`.
    /// Each key is unique. Everything else is a [`Problem`](super::Problem).
    ///
    /// A plain scalar has the type that it has in JSON ("JSON schema" in YAML 1.2): `true` is a boolean, `True` a string.
    AlarmsFile,
    /// A CloudFormation template: one document with unique keys. `!Sub x` is the mapping `{"Fn::Sub": "x"}`, `!Ref x` is
    /// `{"Ref": "x"}`. An alias is a copy of its value, and `<<` adds the entries of a mapping. Everything else is a
    /// [`Problem`](super::Problem).
    ///
    /// A plain scalar can also be `True`, `TRUE`, `False` or `FALSE` ("core schema" in YAML 1.2, and YAML 1.1).
    Template,
}

/// A value and its position.
#[derive(Clone, Debug)]
pub struct Node {
    /// Byte range in the text. For a block collection, the range of its first key or item.
    pub span: Range<usize>,
    /// The value.
    pub value: Value,
}

/// A value of a YAML document.
#[derive(Clone, Debug)]
pub enum Value {
    /// An empty value, `~` or `null`.
    Null,
    /// A text.
    Scalar(Scalar),
    /// A sequence.
    List(Vec<Node>),
    /// A mapping. Its keys are unique.
    Mapping(Vec<Entry>),
    /// A value that the schema does not allow; there is a [`Problem`](super::Problem) for it.
    Unusable,
}

/// A text. The reader decides whether it is a number or a boolean.
#[derive(Clone, Debug)]
pub struct Scalar {
    /// The text without quotes, unescaped.
    pub text: String,
    /// Whether it has neither quotes, a block indicator nor a tag. Only then it can be a number or a boolean in JSON.
    pub plain: bool,
    /// How it is written.
    pub quoting: Quoting,
    /// Byte offset at which `text` is in the file verbatim. `None` if it has escapes or several lines.
    pub verbatim: Option<usize>,
}

/// How a text is written in YAML.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quoting {
    /// Without quotes, its lines folded.
    Plain,
    /// In `'`, which itself is `''`; its lines folded.
    Single,
    /// In `"`, with escapes; its lines folded.
    Double,
    /// Below `|` or `>`.
    Block,
}

/// A key of a mapping and its value.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The key.
    pub key: String,
    /// Byte range of the key.
    pub key_span: Range<usize>,
    /// The value.
    pub value: Node,
}

impl Node {
    /// A value that the schema does not allow.
    pub(super) fn unusable(span: Range<usize>) -> Self {
        let value = Value::Unusable;
        Self { span, value }
    }

    /// The value of this key, if the node is a mapping that has it.
    pub fn get(&self, key: &str) -> Option<&Node> {
        match &self.value {
            Value::Mapping(entries) => entries
                .iter()
                .find(|entry| entry.key == key)
                .map(|entry| &entry.value),
            _ => None,
        }
    }

    /// Describes the value for an error message: "expected a list, found {this}".
    pub fn describe(&self) -> String {
        match &self.value {
            Value::Null | Value::Unusable => "nothing".to_owned(),
            Value::Scalar(scalar) => quoted(&scalar.text),
            Value::List(_) => "a list".to_owned(),
            Value::Mapping(_) => "a mapping".to_owned(),
        }
    }

    /// The node as JSON.
    ///
    /// A plain scalar that JSON reads as a number is a number. So `012345678901`, such as an account ID, is a string.
    pub fn to_json(&self, schema: Schema) -> serde_json::Value {
        match &self.value {
            Value::Null | Value::Unusable => serde_json::Value::Null,
            Value::Scalar(scalar) if scalar.plain => plain_to_json(&scalar.text, schema),
            Value::Scalar(scalar) => scalar.text.as_str().into(),
            Value::List(items) => items.iter().map(|item| item.to_json(schema)).collect(),
            Value::Mapping(entries) => entries
                .iter()
                .map(|entry| (entry.key.clone(), entry.value.to_json(schema)))
                .collect(),
        }
    }
}

fn plain_to_json(text: &str, schema: Schema) -> serde_json::Value {
    match (text, schema) {
        ("true", _) | ("True" | "TRUE", Schema::Template) => true.into(),
        ("false", _) | ("False" | "FALSE", Schema::Template) => false.into(),
        _ => Number::from_str(text).map_or_else(|_| text.into(), Into::into),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::yaml::parse;

    #[track_caller]
    fn json_of(text: &str, schema: Schema) -> serde_json::Value {
        let document = parse(text, schema);
        assert_eq!(document.problems.len(), 0);
        document.root.unwrap().to_json(schema)
    }

    #[test]
    fn capitalized_booleans_are_texts_in_an_alarms_file_and_booleans_in_a_template() {
        let text = r#"[true, True, FALSE, yes, ~, Null, 1.5, 012345678901, "true"]"#;
        assert_eq!(
            json_of(text, Schema::AlarmsFile),
            json!([
                true,
                "True",
                "FALSE",
                "yes",
                null,
                null,
                1.5,
                "012345678901",
                "true"
            ])
        );
        assert_eq!(
            json_of(text, Schema::Template),
            json!([
                true,
                true,
                false,
                "yes",
                null,
                null,
                1.5,
                "012345678901",
                "true"
            ])
        );
    }

    #[test]
    fn a_template_has_functions() {
        let text = "a: !Ref y\nb: !GetAtt [c, d]\n1: !Condition z\n";
        assert_eq!(
            json_of(text, Schema::Template),
            json!({
                "a": {"Ref": "y"},
                "b": {"Fn::GetAtt": ["c", "d"]},
                "1": {"Condition": "z"},
            })
        );
    }

    #[test]
    fn a_template_has_aliases_and_merged_mappings() {
        let text = "x: &x {a: 1, b: &b !Ref y}\ny: *b\nz: {<<: *x, b: 2}\nw: {<<: [{a: 0}, *x]}\n'<<': *b\n";
        assert_eq!(
            json_of(text, Schema::Template),
            json!({
                "x": {"a": 1, "b": {"Ref": "y"}},
                "y": {"Ref": "y"},
                "z": {"a": 1, "b": 2},
                "w": {"a": 0, "b": {"Ref": "y"}},
                "<<": {"Ref": "y"},
            })
        );
    }

    #[test]
    fn what_a_template_must_not_have_is_a_problem() {
        let doubled =
            (1..20).map(|number| format!("a{number}: &a{number} [*a{0}, *a{0}]\n", number - 1));
        let doubled = doubled.collect::<Vec<_>>().concat();
        let nested = (1..70).map(|number| format!("a{number}: &a{number} [*a{}]\n", number - 1));
        let nested = nested.collect::<Vec<_>>().concat();
        let cases = [
            ("a: 1\nb: 2\na: 3\n".to_owned(), "`a` is given twice"),
            (
                "a: 1\n---\nb: 2\n".to_owned(),
                "expected the end of the file, found a second document",
            ),
            (
                "a: &a [*a]\n".to_owned(),
                "an alias is inside of the value that it represents",
            ),
            (
                "a: &a 1\nb: {<<: *a}\n".to_owned(),
                "expected a mapping, or a list of mappings, after `<<`",
            ),
            (
                format!("a0: &a0 x\n{doubled}"),
                "the aliases represent more than 100000 values",
            ),
            (
                format!("a0: &a0 x\n{nested}"),
                "the aliases nest too deeply",
            ),
        ];
        for (text, expected) in cases {
            let document = parse(&text, Schema::Template);
            assert!(document.syntax_error.is_none(), "{text}");
            assert_eq!(document.problems[0].message, expected, "{text}");
        }
    }
}
