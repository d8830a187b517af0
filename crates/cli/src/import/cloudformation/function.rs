//! Resolves the intrinsic functions of a template.

use std::collections::BTreeMap;

use super::parameter::{PSEUDO_PARAMETERS, declare_pseudo};
use super::resolver::{Purpose, Resolver, only_deployed, unknown_value};
use crate::import::document::{Member, Node};
use crate::import::property::{Properties, Property, Text, Unknown};

/// Longest text of `Fn::Sub` and `Fn::Join`, in bytes. Properties of alarms and filters have at most 1024 characters.
const MAX_TEXT: usize = 64 * 1024;

/// Functions that only CloudFormation can resolve.
const DEPLOYED: [&str; 9] = [
    "Fn::Base64",
    "Fn::Cidr",
    "Fn::GetAtt",
    "Fn::GetAZs",
    "Fn::GetStackOutput",
    "Fn::ImportValue",
    "Fn::Length",
    "Fn::ToJsonString",
    "Fn::Transform",
];

impl Resolver<'_> {
    /// The members of a mapping, resolved.
    pub(super) fn properties(&mut self, node: &Node) -> Properties {
        let members = node.members().iter();
        members
            .filter_map(|member| {
                let value = self.property(&member.value, Purpose::of(&member.key))?;
                Some((member.key.clone(), value))
            })
            .collect()
    }

    /// A value, resolved. `None` if it is `AWS::NoValue`.
    pub(super) fn property(&mut self, node: &Node, purpose: Purpose) -> Option<Property> {
        match node {
            Node::Mapping(members) => match members.as_slice() {
                [function] if is_function(&function.key) => {
                    self.function(function, purpose).unwrap_or_else(|reason| {
                        let expression = expression(function);
                        Some(Property::Unknown(Unknown { expression, reason }))
                    })
                }
                _ => Some(Property::Mapping(self.properties(node))),
            },
            Node::List(items) => {
                let items = items.iter().filter_map(|item| self.property(item, purpose));
                Some(Property::List(items.collect()))
            }
            Node::Scalar(_) => Some(Property::literal_of(node)),
        }
    }

    fn function(
        &mut self,
        function: &Member,
        purpose: Purpose,
    ) -> Result<Option<Property>, String> {
        let key = function.key.as_str();
        let unknown_arguments = || format!("its `{key}` has unknown arguments");
        let arguments = &function.value;
        let list = arguments.items().unwrap_or(std::slice::from_ref(arguments));
        match (key, list) {
            ("Ref", [name]) => {
                let name = name.text().ok_or_else(unknown_arguments)?;
                self.reference(name, purpose)
            }
            ("Fn::Sub", [text, values @ ..]) if values.len() < 2 => {
                let text = text.text().ok_or_else(unknown_arguments)?;
                let text = self.substitute(text, values.first(), purpose)?;
                Ok(Some(Property::Text(text)))
            }
            ("Fn::Join", [between, parts]) => {
                let between = between.text().ok_or_else(unknown_arguments)?;
                let parts = self.list(parts, purpose)?;
                Ok(Some(Property::Text(join(between, &parts)?)))
            }
            ("Fn::If", [name, yes, no]) => {
                let name = name.text().ok_or_else(unknown_arguments)?;
                let chosen = if self.condition(name)? { yes } else { no };
                Ok(self.property(chosen, purpose))
            }
            ("Fn::FindInMap", [map, first, second, options @ ..]) => {
                self.find_in_map([map, first, second], options.first(), purpose)
            }
            ("Fn::Select", [index, values]) => {
                let index = self.value(index)?;
                let mut values = self.list(values, purpose)?;
                let place_of = index.parse().ok().filter(|index| *index < values.len());
                let place_of = place_of.ok_or_else(|| {
                    let count = values.len();
                    format!("its `{key}` has {count} values, and none with index {index}")
                })?;
                Ok(Some(values.swap_remove(place_of)))
            }
            ("Fn::Split", [_, _]) => Ok(Some(Property::List(self.split(list)?))),
            (
                "Ref" | "Fn::Sub" | "Fn::Join" | "Fn::If" | "Fn::FindInMap" | "Fn::Select"
                | "Fn::Split",
                _,
            ) => Err(unknown_arguments()),
            (key, _) if DEPLOYED.contains(&key) => Err(only_deployed(&expression(function))),
            _ => Err(format!("function `{key}` is not known")),
        }
    }

    fn reference(&mut self, name: &str, purpose: Purpose) -> Result<Option<Property>, String> {
        if name == "AWS::NoValue" {
            return Ok(None);
        }
        let mut text = Text::default();
        if let Some(parameter) = self.template_parameters.get(name) {
            text.push_parameter(&parameter.name);
        } else if PSEUDO_PARAMETERS.contains(&name) {
            text = self.pseudo(name, purpose)?;
        } else {
            return self.resource(name).map(Some);
        }
        Ok(Some(Property::Text(text)))
    }

    /// A pseudo parameter. Without a value it is its own name in a name, and a parameter of the alarms file in a pattern.
    fn pseudo(&mut self, name: &str, purpose: Purpose) -> Result<Text, String> {
        if let Some(value) = self.template_parameters.pseudo(name) {
            return Ok(Text::from(value.as_str()));
        }
        match purpose {
            Purpose::Name => {
                let own_part = name.trim_start_matches("AWS::");
                self.note(format!(
                    "`{name}` in its names is written as `{own_part}`; --param {name}=VALUE gives its value"
                ));
                Ok(Text::from(own_part))
            }
            Purpose::Pattern => {
                let parameter = declare_pseudo(name, self.parameters);
                self.note(format!(
                    "`{name}` in its pattern is parameter `{parameter}`, which needs a value; --param {name}=VALUE writes it out"
                ));
                let mut text = Text::default();
                text.push_parameter(&parameter);
                Ok(text)
            }
            Purpose::Value => Err(unknown_value(name)),
        }
    }

    /// `Ref` of a resource. The name of a log group is resolved, unless it is in the name of another log group: otherwise the
    /// work could double with each log group.
    fn resource(&mut self, name: &str) -> Result<Property, String> {
        let resource = self.entry("Resources", name);
        let kind = resource
            .and_then(|node| node.get("Type"))
            .and_then(Node::text);
        let property = |key: &str| resource.and_then(|node| node.get("Properties")?.get(key));
        match (kind, property("LogGroupName")) {
            (Some("AWS::Logs::MetricFilter"), _) => Err(format!(
                "`Ref` of metric filter `{name}` is the name of the filter, not of its metric; write the `MetricName` of its `MetricTransformations`"
            )),
            (Some("AWS::Logs::LogGroup"), Some(group)) if self.is_idle() => {
                self.open(name);
                let group = self.property(group, Purpose::Value);
                self.close();
                group.ok_or_else(|| unknown_value(name))
            }
            _ => Err(self.unknown_reference(name)),
        }
    }

    /// The items of a list, of a list in a map, of `Fn::Split`, or of a parameter that is a list.
    pub(super) fn list(&mut self, node: &Node, purpose: Purpose) -> Result<Vec<Property>, String> {
        if let [member] = node.members()
            && member.key == "Ref"
            && let Some(name) = member.value.text()
        {
            let text = self.value_of_parameter(name)?;
            let items = text.split(',').map(|item| Property::text(item.trim()));
            return Ok(items.collect());
        }
        match self.property(node, purpose) {
            Some(Property::List(items)) => Ok(items),
            Some(Property::Unknown(unknown)) => Err(unknown.reason),
            _ => Err("it needs a list".to_owned()),
        }
    }

    fn split(&mut self, arguments: &[Node]) -> Result<Vec<Property>, String> {
        let between = self.value(&arguments[0])?;
        let text = self.value(&arguments[1])?;
        if between.is_empty() {
            return Err("its `Fn::Split` has an empty delimiter".to_owned());
        }
        Ok(text.split(&between).map(Property::text).collect())
    }

    /// The value of a map, or the `DefaultValue` of the options if the map has none.
    fn find_in_map(
        &mut self,
        keys: [&Node; 3],
        options: Option<&Node>,
        purpose: Purpose,
    ) -> Result<Option<Property>, String> {
        let [map, first, second] = keys;
        let (map, first, second) = (self.value(map)?, self.value(first)?, self.value(second)?);
        let found = self
            .entry("Mappings", &map)
            .and_then(|node| node.get(&first)?.get(&second));
        let default = options.and_then(|options| options.get("DefaultValue"));
        match (found, default) {
            // A map has only literal values.
            (Some(found), _) => Ok(Some(Property::literal_of(found))),
            (None, Some(default)) => Ok(self.property(default, purpose)),
            (None, None) => Err(format!("`{map}` has no value for `{first}` and `{second}`")),
        }
    }

    fn substitute(
        &mut self,
        text: &str,
        values: Option<&Node>,
        purpose: Purpose,
    ) -> Result<Text, String> {
        let mut out = Text::default();
        let mut rest = text;
        // A name that occurs several times is resolved once.
        let mut known: BTreeMap<&str, Text> = BTreeMap::new();
        while let Some(open) = rest.find("${") {
            let close = rest[open..]
                .find('}')
                .ok_or("its `Fn::Sub` has a `${` without a `}`")?
                + open;
            let name = &rest[open + 2..close];
            out.push_literal(&rest[..open]);
            rest = &rest[close + 1..];
            if let Some(literal) = name.strip_prefix('!') {
                out.push_literal(&format!("${{{literal}}}"));
                continue;
            }
            if !known.contains_key(name) {
                known.insert(name, self.substituted(name, values, purpose)?);
            }
            out.push_text(&known[name]);
            within_limit(&out)?;
        }
        out.push_literal(rest);
        Ok(out)
    }

    /// The text of a name in `Fn::Sub`.
    fn substituted(
        &mut self,
        name: &str,
        values: Option<&Node>,
        purpose: Purpose,
    ) -> Result<Text, String> {
        let value = match values.and_then(|values| values.get(name)) {
            Some(value) => self.property(value, purpose),
            None if name.contains('.') => return Err(only_deployed(&format!("!GetAtt {name}"))),
            None => self.reference(name, purpose)?,
        };
        value.unwrap_or_else(|| Property::text("")).as_text()
    }
}

fn join(between: &str, parts: &[Property]) -> Result<Text, String> {
    let mut text = Text::default();
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            text.push_literal(between);
        }
        text.push_text(&part.as_text()?);
        within_limit(&text)?;
    }
    Ok(text)
}

fn within_limit(text: &Text) -> Result<(), String> {
    if text.len() > MAX_TEXT {
        return Err(format!("its text has more than {MAX_TEXT} bytes"));
    }
    Ok(())
}

fn is_function(key: &str) -> bool {
    key == "Ref" || key.starts_with("Fn::")
}

/// A function in its short form: `!GetAtt Topic.Arn`.
fn expression(function: &Member) -> String {
    let name = function.key.trim_start_matches("Fn::");
    let only_reference = (function.value.text())
        .and_then(|text| text.strip_prefix("${")?.strip_suffix('}'))
        .filter(|reference| name == "Sub" && !reference.contains(['$', '!']));
    if let Some(reference) = only_reference {
        let short = if reference.contains('.') {
            "!GetAtt"
        } else {
            "!Ref"
        };
        return format!("{short} {reference}");
    }
    let texts = function
        .value
        .items()
        .map(|items| items.iter().map(Node::text).collect());
    let texts: Option<Option<Vec<&str>>> = texts;
    match (function.value.text(), texts.flatten()) {
        (Some(text), _) => format!("!{name} {text}"),
        (None, Some(texts)) if name == "GetAtt" => format!("!{name} {}", texts.join(".")),
        _ => format!("!{name} {}", function.value.to_json()),
    }
}
