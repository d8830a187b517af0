//! Parses a JSON or YAML document, and keeps the order, the lines and the comments of the source.
//!
//! CloudFormation's short-form tags become their long form: `!Ref X` is `{"Ref": "X"}`.

use std::collections::HashMap;
use std::fmt;

use cloudtrail_alarms::yaml::{self, Schema};
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
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
pub(super) struct Fault {
    /// From 1.
    pub(super) line: usize,
    pub(super) reason: String,
}

/// The value of the text.
pub(super) fn parse(text: &str) -> Result<Node, Fault> {
    if text.trim_start().starts_with(['{', '[']) {
        return serde_json::from_str(text).map_err(|error| Fault {
            line: error.line(),
            reason: format!("not JSON: {error}"),
        });
    }
    let document = yaml::parse(text, Schema::Template);
    if let Some(error) = document.syntax_error {
        return Err(Fault {
            line: error.line,
            reason: error.message,
        });
    }
    let layout = Layout::new(text);
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
        let line = self.starts.partition_point(|&begin| begin <= start);
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
        let mut known: HashMap<String, usize> = HashMap::new();
        while let Some((key, value)) = map.next_entry::<String, Node>()? {
            if let Some(&at) = known.get(&key) {
                members[at].value = value;
                continue;
            }
            known.insert(key.clone(), members.len());
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
mod tests {
    use super::*;

    #[test]
    fn members_keep_their_order_lines_and_comments() {
        let text = "# of the file\n\nb:\n  # not of x, with a blank line below\n\n  #first\n  # second\n  x: |\n    # text\n  a: # third\n    !Ref y\n";
        let document = parse(text).expect("it is YAML");
        let b = &document.members()[0];
        assert_eq!((b.line, b.comments.len()), (Some(3), 0));
        let [x, a] = b.value.members() else {
            panic!("{b:?}")
        };
        assert_eq!((x.key.as_str(), x.line), ("x", Some(8)));
        assert_eq!(x.comments, ["first", "second"]);
        assert_eq!((a.key.as_str(), a.line), ("a", Some(10)));
        assert_eq!(a.comments, ["third"]);
        assert_eq!(a.value.get("Ref").and_then(Node::text), Some("y"));
    }

    #[test]
    fn json_keeps_its_order_and_the_last_of_equal_keys() {
        let document = parse(r#"{"b": [1, 2.0, null, true], "a": "x", "b": -1}"#);
        let document = document.expect("it is JSON");
        let keys: Vec<_> = document
            .members()
            .iter()
            .map(|member| &member.key)
            .collect();
        assert_eq!(keys, ["b", "a"]);
        assert_eq!(document.to_json(), serde_json::json!({"b": -1, "a": "x"}));
    }
}
