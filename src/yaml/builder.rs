//! Builds the tree from the events of the parser.

use std::ops::Range;

use serde_saphyr::granit_parser::{
    self, Event, Parser, ScalarStyle, ScanError, Span, StrInput, Tag,
};

use super::anchors::{self, Anchors};
use super::node::{Entry, Node, Quoting, Scalar, Schema, Value};
use super::syntax_error::SyntaxError;
use cloudwatch_filter_pattern::excerpt::quoted;

/// Maximum nesting of block collections, and of flow collections inside. Nodes are read by recursion; a record in an alarms
/// file and a template have a dozen levels.
const MAX_DEPTH: usize = 64;

/// The result of [`parse`].
#[derive(Debug)]
pub struct Document {
    /// The value. `None` if the text is empty or is not YAML.
    pub root: Option<Node>,
    /// Violations of the schema. For each, the tree has an unusable node or lacks an entry.
    pub problems: Vec<Problem>,
    /// Why the text is not YAML.
    pub syntax_error: Option<SyntaxError>,
}

/// Something that the schema does not allow.
#[derive(Debug)]
pub struct Problem {
    /// Byte range in the text.
    pub span: Range<usize>,
    /// The cause, for people.
    pub message: String,
}

/// Parses a text.
pub fn parse(text: &str, schema: Schema) -> Document {
    let options = granit_parser::options! {
        emit_comments: false,
        block_nesting_limit: MAX_DEPTH,
        flow_nesting_limit: MAX_DEPTH,
    };
    let mut builder = Builder {
        text,
        schema,
        parser: Parser::new_from_str_with_options(text, options),
        problems: Vec::new(),
        anchors: Anchors::default(),
        depth: 0,
    };
    let (root, syntax_error) = match builder.document() {
        Ok(root) => (root, None),
        Err(error) => (None, Some(SyntaxError::new(text, &error))),
    };
    Document {
        root,
        problems: builder.problems,
        syntax_error,
    }
}

struct Builder<'a> {
    text: &'a str,
    schema: Schema,
    parser: Parser<'a, StrInput<'a>>,
    problems: Vec<Problem>,
    anchors: Anchors,
    /// Number of lists and mappings that are being read.
    depth: usize,
}

impl<'a> Builder<'a> {
    fn next(&mut self) -> Result<(Event<'a>, Span), ScanError> {
        // After its last event the parser returns `None`; this repeats the last event.
        self.parser
            .next_event()
            .unwrap_or(Ok((Event::StreamEnd, Span::default())))
    }

    fn document(&mut self) -> Result<Option<Node>, ScanError> {
        let mut root = None;
        loop {
            let (event, span) = self.next()?;
            match event {
                Event::StreamEnd => return Ok(root),
                Event::DocumentStart(..) if root.is_some() => {
                    self.report(
                        bytes(&span),
                        "expected the end of the file, found a second document",
                    );
                    return Ok(root);
                }
                Event::DocumentStart(..) => {
                    let (event, span) = self.next()?;
                    root = Some(self.node(event, &span)?);
                }
                // The start of the stream or the end of the document.
                _ => {}
            }
        }
    }

    /// The node that begins with this event. The parser limits the recursion to [`MAX_DEPTH`].
    fn node(&mut self, event: Event<'a>, span: &Span) -> Result<Node, ScanError> {
        let tag_at = span.tag_span().as_ref().map_or(bytes(span), bytes);
        let span = bytes(span);
        let anchor = event.anchor_id();
        let (node, tag) = match event {
            Event::Scalar(text, style, _, tag) => {
                let value = self.scalar(&text, style, tag.as_deref(), &span);
                (Node { span, value }, tag)
            }
            Event::SequenceStart(_, _, tag) => (self.nested(span, Self::list)?, tag),
            Event::MappingStart(_, _, tag) => (self.nested(span, Self::mapping)?, tag),
            Event::Alias(id) => return Ok(self.alias(id, span)),
            // The parser begins a node with nothing else.
            _ => return Ok(Node::unusable(span)),
        };
        let node = match tag.as_deref() {
            None => node,
            // A standard tag such as `!!str`.
            Some(tag) if tag.is_yaml_core_schema() => node,
            Some(tag) => self.tagged(node, tag, tag_at),
        };
        if let Some(id) = anchor.filter(|_| self.schema == Schema::Template) {
            self.anchors.add(id, &node);
        }
        Ok(node)
    }

    /// The value that an alias represents.
    fn alias(&mut self, id: usize, span: Range<usize>) -> Node {
        let copy = match self.schema {
            Schema::AlarmsFile => Err(
                "aliases are not supported, as in CloudFormation; write the value out".to_owned(),
            ),
            Schema::Template => self.anchors.copy(id, MAX_DEPTH.saturating_sub(self.depth)),
        };
        copy.unwrap_or_else(|message| {
            self.report(span.clone(), message);
            Node::unusable(span)
        })
    }

    /// The value of a node with a tag of CloudFormation, or another one.
    fn tagged(&mut self, node: Node, tag: &Tag, tag_at: Range<usize>) -> Node {
        match self.schema {
            Schema::AlarmsFile => {
                let is_scalar = matches!(node.value, Value::Scalar(_));
                if is_scalar && (is_function(tag, "Ref") || is_function(tag, "Sub")) {
                    return node;
                }
                let message = format!(
                    "`{tag}` is not supported here; write the value, or a parameter as `${{Name}}`"
                );
                self.report(tag_at, message);
                Node::unusable(node.span)
            }
            Schema::Template => match long_form(tag) {
                None => node,
                Some(key) => Node {
                    span: node.span.clone(),
                    value: Value::Mapping(vec![Entry {
                        key,
                        key_span: tag_at,
                        value: node,
                    }]),
                },
            },
        }
    }

    /// A list or mapping, one level deeper.
    fn nested(
        &mut self,
        start: Range<usize>,
        read: impl FnOnce(&mut Self, Range<usize>) -> Result<Node, ScanError>,
    ) -> Result<Node, ScanError> {
        self.depth += 1;
        let node = read(self, start);
        self.depth -= 1;
        node
    }

    fn list(&mut self, start: Range<usize>) -> Result<Node, ScanError> {
        let mut items = Vec::new();
        loop {
            let (event, span) = self.next()?;
            if matches!(event, Event::SequenceEnd | Event::StreamEnd) {
                let first = items.first().map(|item: &Node| item.span.clone());
                let span = first.filter(|_| start.is_empty()).unwrap_or(start);
                return Ok(Node {
                    span,
                    value: Value::List(items),
                });
            }
            items.push(self.node(event, &span)?);
        }
    }

    fn mapping(&mut self, start: Range<usize>) -> Result<Node, ScanError> {
        let mut entries: Vec<Entry> = Vec::new();
        let mut merged = None;
        loop {
            let (event, span) = self.next()?;
            if matches!(event, Event::MappingEnd | Event::StreamEnd) {
                let first = entries.first().map(|entry| entry.key_span.clone());
                let span = first.filter(|_| start.is_empty()).unwrap_or(start);
                if let Some((key_span, value)) = merged
                    && !anchors::merge(value, &mut entries)
                {
                    self.report(
                        key_span,
                        "expected a mapping, or a list of mappings, after `<<`",
                    );
                }
                return Ok(Node {
                    span,
                    value: Value::Mapping(entries),
                });
            }
            let key = self.node(event, &span)?;
            let (event, span) = self.next()?;
            let value = self.node(event, &span)?;
            let Some(name) = self.key(&key) else {
                continue;
            };
            let is_merge = self.schema == Schema::Template
                && matches!(&key.value, Value::Scalar(scalar) if scalar.plain && scalar.text == "<<");
            if is_merge && merged.is_none() {
                merged = Some((key.span, value));
                continue;
            }
            if is_merge || entries.iter().any(|entry| entry.key == name) {
                self.report(key.span, format!("{} is given twice", quoted(&name)));
                continue;
            }
            entries.push(Entry {
                key: name,
                key_span: key.span,
                value,
            });
        }
    }

    /// The text of a key.
    fn key(&mut self, node: &Node) -> Option<String> {
        match (&node.value, self.schema) {
            (_, Schema::Template) => {
                let json = node.to_json(self.schema);
                Some(
                    json.as_str()
                        .map_or_else(|| json.to_string(), str::to_owned),
                )
            }
            (Value::Scalar(scalar), Schema::AlarmsFile) => Some(scalar.text.clone()),
            (Value::Unusable, Schema::AlarmsFile) => None,
            (_, Schema::AlarmsFile) => {
                let found = node.describe();
                self.report(
                    node.span.clone(),
                    format!("expected a string key, found {found}"),
                );
                None
            }
        }
    }

    fn scalar(
        &mut self,
        text: &str,
        style: ScalarStyle,
        tag: Option<&Tag>,
        span: &Range<usize>,
    ) -> Value {
        let quoting = match style {
            ScalarStyle::Plain => Quoting::Plain,
            ScalarStyle::SingleQuoted => Quoting::Single,
            ScalarStyle::DoubleQuoted => Quoting::Double,
            ScalarStyle::Literal | ScalarStyle::Folded => Quoting::Block,
        };
        let plain = quoting == Quoting::Plain && tag.is_none();
        if plain && matches!(text, "" | "~" | "null" | "Null" | "NULL") {
            return Value::Null;
        }
        if self.schema == Schema::AlarmsFile && tag.is_some_and(|tag| is_function(tag, "Ref")) {
            return Value::Scalar(Scalar {
                text: format!("${{{text}}}"),
                plain,
                quoting,
                verbatim: None,
            });
        }
        let quote = usize::from(matches!(quoting, Quoting::Single | Quoting::Double));
        let start = span.start + quote;
        // A block scalar ends with a line break, even if it is one line.
        let line = text.trim_end_matches('\n');
        let is_verbatim = self
            .text
            .get(start..)
            .is_some_and(|rest| rest.starts_with(line));
        let verbatim = (is_verbatim && !line.contains('\n')).then_some(start);
        Value::Scalar(Scalar {
            text: text.to_owned(),
            plain,
            quoting,
            verbatim,
        })
    }

    fn report(&mut self, span: Range<usize>, message: impl Into<String>) {
        self.problems.push(Problem {
            span,
            message: message.into(),
        });
    }
}

/// Whether a tag is the short form of this CloudFormation function: `!Sub`.
fn is_function(tag: &Tag, name: &str) -> bool {
    tag.to_string().strip_prefix('!') == Some(name)
}

/// The long form of a short-form tag: `Fn::Sub` for `!Sub`. `None` if it is not one.
fn long_form(tag: &Tag) -> Option<String> {
    let tag = tag.to_string();
    Some(match tag.strip_prefix('!')? {
        name @ ("Ref" | "Condition") => name.to_owned(),
        name => format!("Fn::{name}"),
    })
}

fn bytes(span: &Span) -> Range<usize> {
    let range = span.byte_range().unwrap_or_default();
    range.start..range.end.max(range.start)
}
