//! The JSON syntax of configurations: `.tf.json`, the output of CDKTF, and HCL that a tool converted to JSON.
//!
//! A block type is a mapping from labels to bodies. Each level may be a list, as converters write it.

use hcl_edit::expr::{Array, Expression, Object, ObjectKey, ObjectValue};
use hcl_edit::parser::{parse_expr, parse_template};
use hcl_edit::structure::{Attribute, Block, BlockLabel, Body};
use hcl_edit::template::StringTemplate;
use hcl_edit::{Decorated, Ident};
use serde_json::Value as Json;

use crate::import::document::{self, Node};

/// The block types of a file, and how many labels they have.
const BLOCKS: [(&str, usize); 6] = [
    ("resource", 2),
    ("data", 2),
    ("module", 1),
    ("variable", 1),
    ("output", 1),
    ("locals", 0),
];

/// Blocks in the resources that are imported. In JSON, they look like attributes.
const NESTED_BLOCKS: [&str; 2] = ["metric_transformation", "metric_query"];

/// A key that python-hcl2 adds to each block. Texts in its files are in the quotes of HCL.
const PYTHON_HCL2: &str = "__is_block__";

/// Whether a document is a configuration: at least one of its members is a block type.
pub(in crate::import) fn is_configuration(document: &Node) -> bool {
    let is_block = |key: &str| BLOCKS.iter().any(|(name, _)| *name == key);
    let mut members = each(document).flat_map(Node::members);
    members.any(|member| is_block(&member.key) && !is_scalar(&member.value))
}

fn is_scalar(node: &Node) -> bool {
    matches!(node, Node::Scalar(_))
}

/// Parses a file. An error has the line and the reason.
pub(super) fn parse(text: &str) -> Result<Body, (usize, String)> {
    let document = document::parse(text).map_err(|error| (error.line, error.reason))?;
    body(&document).map_err(|reason| (1, reason))
}

fn body(document: &Node) -> Result<Body, String> {
    let mut reader = Reader {
        texts_are_quoted: contains_key(document, PYTHON_HCL2),
        body: Body::new(),
    };
    for member in each(document).flat_map(Node::members) {
        match BLOCKS.iter().find(|(name, _)| *name == member.key) {
            Some((name, labels)) => reader.blocks(name, &mut Vec::new(), *labels, &member.value)?,
            // The members of a file of values, such as `terraform.tfvars.json`.
            None => reader.value(&member.key, &member.value)?,
        }
    }
    Ok(reader.body)
}

/// The items of a list; another node is the only item.
fn each(node: &Node) -> impl Iterator<Item = &Node> {
    node.items().unwrap_or(std::slice::from_ref(node)).iter()
}

fn contains_key(node: &Node, key: &str) -> bool {
    let in_members = node.members().iter();
    let in_items = node.items().unwrap_or_default().iter();
    in_members
        .map(|member| (member.key == key, &member.value))
        .chain(in_items.map(|item| (false, item)))
        .any(|(found, value)| found || contains_key(value, key))
}

struct Reader {
    texts_are_quoted: bool,
    body: Body,
}

impl Reader {
    /// Adds the blocks below a block type, after `labels` labels have been read from the keys.
    fn blocks(
        &mut self,
        kind: &str,
        found: &mut Vec<String>,
        labels: usize,
        node: &Node,
    ) -> Result<(), String> {
        for node in each(node) {
            if labels == 0 {
                let mut block = Block::new(Ident::new_sanitized(kind));
                let label = |label: &String| BlockLabel::String(Decorated::new(label.clone()));
                block.labels = found.iter().map(label).collect();
                block.body = self.block_body(kind, node)?;
                self.body.push(block);
                continue;
            }
            for member in node
                .members()
                .iter()
                .filter(|member| !is_comment(&member.key))
            {
                found.push(self.key(&member.key));
                self.blocks(kind, found, labels - 1, &member.value)?;
                found.pop();
            }
        }
        Ok(())
    }

    /// A member of a file of values that is not an expression.
    fn value(&mut self, key: &str, node: &Node) -> Result<(), String> {
        // A block type that is not read, such as `provider`, can repeat.
        if is_comment(key) || self.body.has_attribute(key) {
            return Ok(());
        }
        push(&mut self.body, key, literal(node))
    }

    fn block_body(&self, kind: &str, node: &Node) -> Result<Body, String> {
        let mut body = Body::new();
        for member in node.members() {
            let key = self.key(&member.key);
            if is_comment(&key) {
                continue;
            }
            if key == "dynamic" && kind == "resource" {
                for named in each(&member.value).flat_map(Node::members) {
                    self.dynamic(&mut body, &self.key(&named.key), &named.value)?;
                }
            } else if kind == "resource" && NESTED_BLOCKS.contains(&key.as_str()) {
                for node in each(&member.value) {
                    let mut block = Block::new(Ident::new_sanitized(key.as_str()));
                    block.body = self.block_body("nested", node)?;
                    body.push(block);
                }
            } else {
                // The type of a variable is not a text, and its default is not a template.
                let value = match (kind, key.as_str(), member.value.text()) {
                    ("variable", "type", Some(text)) => type_expression(text),
                    ("variable", "default", _) if !self.texts_are_quoted => literal(&member.value),
                    _ => self.expression(&member.value)?,
                };
                push(&mut body, &key, value)?;
            }
        }
        Ok(body)
    }

    fn dynamic(&self, body: &mut Body, label: &str, node: &Node) -> Result<(), String> {
        for node in each(node) {
            let mut block = Block::new(Ident::new_sanitized("dynamic"));
            block.labels = vec![BlockLabel::String(Decorated::new(label.to_owned()))];
            for member in node.members() {
                let key = self.key(&member.key);
                if key == "content" {
                    for node in each(&member.value) {
                        let mut content = Block::new(Ident::new_sanitized("content"));
                        content.body = self.block_body("content", node)?;
                        block.body.push(content);
                    }
                } else if !is_comment(&key) {
                    push(&mut block.body, &key, self.expression(&member.value)?)?;
                }
            }
            body.push(block);
        }
        Ok(())
    }

    /// A key without the quotes of python-hcl2.
    fn key(&self, key: &str) -> String {
        let inner = key.strip_prefix('"').and_then(|key| key.strip_suffix('"'));
        inner
            .filter(|_| self.texts_are_quoted)
            .unwrap_or(key)
            .to_owned()
    }

    fn expression(&self, node: &Node) -> Result<Expression, String> {
        Ok(match node {
            Node::Scalar(Json::String(text)) => self.text(text)?,
            Node::Scalar(scalar) => scalar_expression(scalar),
            Node::List(items) => {
                let items = items.iter().map(|item| self.expression(item));
                Expression::Array(items.collect::<Result<Array, _>>()?)
            }
            Node::Mapping(members) => {
                let mut object = Object::new();
                for member in members.iter().filter(|member| !is_comment(&member.key)) {
                    let key = self.text(&member.key)?;
                    let value = ObjectValue::new(self.expression(&member.value)?);
                    object.insert(ObjectKey::Expression(key), value);
                }
                Expression::Object(object)
            }
        })
    }

    /// A text is a template.
    fn text(&self, text: &str) -> Result<Expression, String> {
        let is_quoted = text.starts_with('"') || text.starts_with("<<");
        if self.texts_are_quoted && is_quoted {
            return parse_expr(text).map_err(|error| unreadable(text, error.message()));
        }
        if !text.contains("${") && !text.contains("%{") {
            return Ok(Expression::from(text));
        }
        let template = parse_template(text).map_err(|error| unreadable(text, error.message()))?;
        let elements = template.into_iter();
        Ok(Expression::StringTemplate(
            elements.collect::<StringTemplate>(),
        ))
    }
}

/// Whether a key is a comment of the JSON syntax, or was added by a converter.
fn is_comment(key: &str) -> bool {
    key == "//" || (key.starts_with("__") && key.ends_with("__"))
}

/// Adds an attribute, or returns the reason why the body cannot have it.
fn push(body: &mut Body, key: &str, value: Expression) -> Result<(), String> {
    let name = Ident::try_new(key).map_err(|_| format!("`{key}` is not a name of Terraform"))?;
    let added = body.try_push(Attribute::new(name, value));
    added.map_err(|_| format!("`{key}` occurs twice"))
}

fn unreadable(text: &str, reason: &str) -> String {
    format!("the text `{text}` is not a template: {reason}")
}

/// The expression of a type, such as `list(string)`. An older converter wraps it in `${}`.
fn type_expression(text: &str) -> Expression {
    let inner = text
        .strip_prefix("${")
        .and_then(|text| text.strip_suffix('}'));
    let inner = inner.unwrap_or(text).trim_matches('"');
    parse_expr(inner).unwrap_or_else(|_| Expression::from(inner))
}

fn scalar_expression(scalar: &Json) -> Expression {
    match scalar {
        Json::Bool(value) => Expression::from(*value),
        Json::Number(number) => match (number.as_u64(), number.as_i64(), number.as_f64()) {
            (Some(number), _, _) => Expression::from(number),
            (_, Some(number), _) => Expression::from(number),
            (_, _, Some(number)) => Expression::from(number),
            _ => Expression::null(),
        },
        Json::String(text) => Expression::from(text.as_str()),
        _ => Expression::null(),
    }
}

/// A node whose texts are not templates.
fn literal(node: &Node) -> Expression {
    match node {
        Node::Scalar(scalar) => scalar_expression(scalar),
        Node::List(items) => Expression::Array(items.iter().map(literal).collect()),
        Node::Mapping(members) => {
            let mut object = Object::new();
            for member in members {
                let key = ObjectKey::Expression(Expression::from(member.key.as_str()));
                object.insert(key, ObjectValue::new(literal(&member.value)));
            }
            Expression::Object(object)
        }
    }
}
