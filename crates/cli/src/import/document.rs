//! Parses a JSON or YAML document, and keeps the order, the lines and the comments of the source.
//!
//! CloudFormation's short-form tags become their long form: `!Ref X` is `{"Ref": "X"}`.

use std::collections::HashSet;
use std::fmt;

use cloudtrail_alarms::yaml::{self, Schema};
use cloudwatch_filter_pattern::excerpt::quoted;
use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

/// A value of a document.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Node {
    /// A text, a number, a boolean or null.
    Scalar(Value),
    List(Vec<Node>),
    /// Members in the order of the source. Their keys are unique.
    Mapping(Vec<Member>),
}

/// A member of a mapping.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Member {
    pub(super) key: String,
    pub(super) value: Node,
    /// Line of the key, from 1. `None` in JSON.
    pub(super) line: Option<usize>,
    /// Comments directly above the key and after it, without their markers.
    pub(super) comments: Vec<String>,
}

/// Why a text is not a document.
#[derive(Debug)]
pub(super) struct DocumentError {
    /// From 1.
    pub(super) line: usize,
    pub(super) reason: String,
}

/// The value of a text.
pub(super) fn parse(text: &str) -> Result<Node, DocumentError> {
    if is_json(text) {
        return serde_json::from_str(text).map_err(|error| not_json(&error));
    }
    parse_yaml(text)
}

/// The values of a text: JSON documents that follow each other, or one YAML document.
pub(super) fn parse_all(text: &str) -> Result<Vec<Node>, DocumentError> {
    if is_json(text) {
        let values = serde_json::Deserializer::from_str(text).into_iter();
        let values = values.collect::<Result<_, _>>();
        return values.map_err(|error| not_json(&error));
    }
    Ok(vec![parse_yaml(text)?])
}

fn is_json(text: &str) -> bool {
    text.trim_start().starts_with(['{', '['])
}

fn not_json(error: &serde_json::Error) -> DocumentError {
    DocumentError {
        line: error.line(),
        reason: format!("not JSON: {error}"),
    }
}

fn parse_yaml(text: &str) -> Result<Node, DocumentError> {
    let document = yaml::parse(text, Schema::Template);
    if let Some(error) = document.syntax_error {
        return Err(DocumentError {
            line: error.line,
            reason: error.message,
        });
    }
    let layout = Layout::new(text);
    if let Some(problem) = document.problems.into_iter().next() {
        return Err(DocumentError {
            line: layout.line(problem.span.start),
            reason: problem.message,
        });
    }
    let root = document.root;
    Ok(root.map_or(Node::Scalar(Value::Null), |root| layout.node(root)))
}

impl Node {
    /// The value of this key, if the node is a mapping that has it.
    pub(super) fn get(&self, key: &str) -> Option<&Node> {
        let member = self.members().iter().find(|member| member.key == key);
        member.map(|member| &member.value)
    }

    /// The members of a mapping. Another node has none.
    pub(super) fn members(&self) -> &[Member] {
        match self {
            Self::Mapping(members) => members,
            Self::Scalar(_) | Self::List(_) => &[],
        }
    }

    /// The items of a list; `None` for another node.
    pub(super) fn items(&self) -> Option<&[Node]> {
        match self {
            Self::List(items) => Some(items),
            Self::Scalar(_) | Self::Mapping(_) => None,
        }
    }

    /// The text; `None` for another node.
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Scalar(value) => value.as_str(),
            Self::List(_) | Self::Mapping(_) => None,
        }
    }

    /// The node as JSON, without the order of its members.
    pub(super) fn to_json(&self) -> Value {
        match self {
            Self::Scalar(value) => value.clone(),
            Self::List(items) => items.iter().map(Self::to_json).collect(),
            Self::Mapping(members) => {
                let members = members.iter();
                Value::Object(
                    members
                        .map(|member| (member.key.clone(), member.value.to_json()))
                        .collect(),
                )
            }
        }
    }
}

/// A YAML text and where its lines begin.
struct Layout<'t> {
    text: &'t str,
    starts: Vec<usize>,
}

impl<'t> Layout<'t> {
    fn new(text: &'t str) -> Self {
        let breaks = text.match_indices('\n').map(|(at, _)| at + 1);
        let starts = std::iter::once(0).chain(breaks).collect();
        Self { text, starts }
    }

    /// The line of a byte offset, from 1.
    fn line(&self, offset: usize) -> usize {
        self.starts.partition_point(|&begin| begin <= offset)
    }

    fn node(&self, node: yaml::Node) -> Node {
        match node.value {
            yaml::Value::List(items) => {
                Node::List(items.into_iter().map(|item| self.node(item)).collect())
            }
            yaml::Value::Mapping(entries) => {
                let entries = entries.into_iter();
                Node::Mapping(entries.map(|entry| self.member(entry)).collect())
            }
            _ => Node::Scalar(node.to_json(Schema::Template)),
        }
    }

    fn member(&self, entry: yaml::Entry) -> Member {
        let start = entry.key_span.start;
        let line = self.line(start);
        let mut comments = self.comments_above(line, start);
        comments.extend(self.comment_after(entry.key_span.end));
        Member {
            key: entry.key,
            value: self.node(entry.value),
            line: Some(line),
            comments,
        }
    }

    /// The comment after a key whose value begins in another line.
    fn comment_after(&self, end: usize) -> Option<String> {
        let rest = self.text[end..].lines().next()?;
        let rest = rest.trim_start().strip_prefix(':')?;
        let comment = rest.trim_start().strip_prefix('#')?;
        Some(comment.trim().to_owned())
    }

    /// The comments directly above a key in a line (from 1), if the key is the first of its line.
    ///
    /// A comment is as far indented as the key. So it is not in a text of several lines, which is further indented.
    fn comments_above(&self, line: usize, start: usize) -> Vec<String> {
        let before = &self.text[self.starts[line - 1]..start];
        if !before.chars().all(|c| c == ' ' || c == '-') {
            return Vec::new();
        }
        let indentation = before.len() - before.trim_start_matches(' ').len();
        let above = self.starts[..line].windows(2).rev();
        let above = above.map(|line| &self.text[line[0]..line[1]]);
        let mut comments: Vec<String> = above
            .map_while(|line| {
                let comment = line.trim_start_matches(' ');
                let is_aligned = line.len() - comment.len() == indentation;
                let comment = comment.strip_prefix('#').filter(|_| is_aligned)?;
                Some(comment.trim().to_owned())
            })
            .collect();
        comments.reverse();
        comments
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NodeVisitor)
    }
}

/// Reads a JSON value, and keeps the order of its members.
struct NodeVisitor;

impl<'de> Visitor<'de> for NodeVisitor {
    type Value = Node;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Node, E> {
        Ok(Node::Scalar(value.into()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Node, E> {
        Ok(Node::Scalar(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Node, E> {
        Ok(Node::Scalar(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Node, E> {
        Ok(Node::Scalar(value.into()))
    }

    fn visit_str<E>(self, value: &str) -> Result<Node, E> {
        Ok(Node::Scalar(value.into()))
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Scalar(Value::Null))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Node, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = sequence.next_element()? {
            items.push(item);
        }
        Ok(Node::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node, A::Error> {
        let mut members: Vec<Member> = Vec::new();
        let mut known = HashSet::new();
        while let Some(key) = map.next_key::<String>()? {
            if !known.insert(key.clone()) {
                let message = format!("{} is given twice", quoted(&key));
                return Err(A::Error::custom(message));
            }
            let value = map.next_value()?;
            members.push(Member {
                key,
                value,
                line: None,
                comments: Vec::new(),
            });
        }
        Ok(Node::Mapping(members))
    }
}

#[cfg(test)]
mod tests;
