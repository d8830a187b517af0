//! YAML into a tree that knows where everything stands.
//!
//! serde's data model has no places and stops at the first diagnostic; an alarms file is to be told *all* that is wrong with
//! it, each at its line and column. So the parser's events become nodes here, and [`super::properties`] reads those.
//!
//! It is the YAML of CloudFormation templates: no aliases, one document, `!Sub` and `!Ref` (which mean what `${Name}`
//! means everywhere in an alarms file) but no other function.

use std::ops::Range;

use serde_saphyr::granit_parser::{
    self, Event, Parser, ScalarStyle, ScanError, Span, StrInput, Tag,
};

use super::diagnostic::{Diagnostic, Source};
use cloudwatch_filter_pattern::excerpt::quoted;

/// Deepest nesting of block collections, and of flow collections inside: nodes are read by recursion, and a record in an
/// alarms file has a dozen levels at most.
const MAX_DEPTH: usize = 64;

/// Something in a file, and the bytes where it stands.
#[derive(Debug)]
pub(super) struct Node {
    /// For a collection this is its bracket, or its first key or item.
    pub(super) span: Range<usize>,
    pub(super) value: Value,
}

#[derive(Debug)]
pub(super) enum Value {
    /// Nothing, `~` or `null`.
    Null,
    Scalar(Scalar),
    List(Vec<Node>),
    Mapping(Vec<Entry>),
    /// What cannot be used, which is already among the diagnostics.
    Unusable,
}

/// A text; what it says (a number, a name) is for its reader to decide.
#[derive(Debug)]
pub(super) struct Scalar {
    pub(super) text: String,
    /// Neither quoted nor a block, so that in JSON it may be a number or a boolean.
    pub(super) plain: bool,
    pub(super) quoting: Quoting,
    /// The byte of the file from which `text` stands there letter for letter; none if it has escapes or several lines.
    pub(super) verbatim: Option<usize>,
}

/// How a text is written in YAML.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quoting {
    /// As it is, its lines folded.
    Plain,
    /// In `'`, which itself is `''`; its lines folded.
    Single,
    /// In `"`, with escapes; its lines folded.
    Double,
    /// Below `|` or `>`.
    Block,
}

/// A key of a mapping and its value. No two entries of a mapping have the same key.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) key: String,
    pub(super) key_span: Range<usize>,
    pub(super) value: Node,
}

impl Node {
    fn unusable(span: Range<usize>) -> Self {
        let value = Value::Unusable;
        Self { span, value }
    }

    /// The value of this key, if the node is a mapping that has it.
    pub(super) fn get(&self, key: &str) -> Option<&Node> {
        match &self.value {
            Value::Mapping(entries) => entries
                .iter()
                .find(|entry| entry.key == key)
                .map(|entry| &entry.value),
            _ => None,
        }
    }

    /// What it is, for a message: "expected a list, found {this}".
    pub(super) fn describe(&self) -> String {
        match &self.value {
            Value::Null | Value::Unusable => "nothing".to_owned(),
            Value::Scalar(scalar) => quoted(&scalar.text),
            Value::List(_) => "a list".to_owned(),
            Value::Mapping(_) => "a mapping".to_owned(),
        }
    }
}

/// The one document of a file; nothing if the file is empty, or not YAML, which is then among the diagnostics.
pub(super) fn parse(source: &Source, diagnostics: &mut Vec<Diagnostic>) -> Option<Node> {
    let options = granit_parser::options! {
        emit_comments: false,
        block_nesting_limit: MAX_DEPTH,
        flow_nesting_limit: MAX_DEPTH,
    };
    let parser = Parser::new_from_str_with_options(source.text(), options);
    match (Builder {
        source,
        parser,
        diagnostics,
    })
    .document()
    {
        Ok(root) => root,
        Err(error) => {
            let offset = error.marker().byte_offset().unwrap_or_default();
            diagnostics
                .push(source.diagnostic(offset..offset, format!("not YAML: {}", error.info())));
            None
        }
    }
}

struct Builder<'a> {
    source: &'a Source,
    parser: Parser<'a, StrInput<'a>>,
    diagnostics: &'a mut Vec<Diagnostic>,
}

impl<'a> Builder<'a> {
    fn next(&mut self) -> Result<(Event<'a>, Span), ScanError> {
        // After its last event the parser has none; reading on from there is reading the last one again.
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

    /// The node that begins with this event. The parser bounds the recursion: [`MAX_DEPTH`].
    fn node(&mut self, event: Event<'a>, span: &Span) -> Result<Node, ScanError> {
        let tag_at = span.tag_span().as_ref().map_or(bytes(span), bytes);
        let span = bytes(span);
        let (node, tag) = match event {
            Event::Scalar(text, style, _, tag) => {
                let value = self.scalar(&text, style, tag.as_deref(), &span);
                (Node { span, value }, tag)
            }
            Event::SequenceStart(_, _, tag) => (self.list(span)?, tag),
            Event::MappingStart(_, _, tag) => (self.mapping(span)?, tag),
            Event::Alias(_) => {
                let message =
                    "aliases are not supported, as in CloudFormation; write the value out";
                self.report(span.clone(), message);
                return Ok(Node::unusable(span));
            }
            // The parser begins a node with nothing else.
            _ => return Ok(Node::unusable(span)),
        };
        let is_scalar = matches!(node.value, Value::Scalar(_));
        match tag.as_deref() {
            // A tag of YAML's own (`!!str`) says what is known.
            None => Ok(node),
            Some(tag) if tag.is_yaml_core_schema() => Ok(node),
            Some(tag) if is_scalar && (is_function(tag, "Ref") || is_function(tag, "Sub")) => {
                Ok(node)
            }
            Some(tag) => {
                let message = format!(
                    "`{tag}` is not supported here; write the value, or a parameter as `${{Name}}`"
                );
                self.report(tag_at, message);
                Ok(Node::unusable(node.span))
            }
        }
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
        loop {
            let (event, span) = self.next()?;
            if matches!(event, Event::MappingEnd | Event::StreamEnd) {
                let first = entries.first().map(|entry| entry.key_span.clone());
                let span = first.filter(|_| start.is_empty()).unwrap_or(start);
                return Ok(Node {
                    span,
                    value: Value::Mapping(entries),
                });
            }
            let key = self.node(event, &span)?;
            let (event, span) = self.next()?;
            let value = self.node(event, &span)?;
            let Value::Scalar(Scalar { text: name, .. }) = key.value else {
                if !matches!(key.value, Value::Unusable) {
                    let found = key.describe();
                    self.report(key.span, format!("expected a name as key, found {found}"));
                }
                continue;
            };
            if entries.iter().any(|entry| entry.key == name) {
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
        if tag.is_some_and(|tag| is_function(tag, "Ref")) {
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
        let stands_there = self
            .source
            .text()
            .get(start..)
            .is_some_and(|rest| rest.starts_with(line));
        let verbatim = (stands_there && !line.contains('\n')).then_some(start);
        Value::Scalar(Scalar {
            text: text.to_owned(),
            plain,
            quoting,
            verbatim,
        })
    }

    fn report(&mut self, span: Range<usize>, message: impl Into<String>) {
        self.diagnostics.push(self.source.diagnostic(span, message));
    }
}

/// Whether a tag is the short form of this CloudFormation function: `!Sub`.
fn is_function(tag: &Tag, name: &str) -> bool {
    tag.to_string().strip_prefix('!') == Some(name)
}

fn bytes(span: &Span) -> Range<usize> {
    let range = span.byte_range().unwrap_or_default();
    range.start..range.end.max(range.start)
}
