//! Resolves values of templates to text. References to parameters become `${Name}`.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

/// Resolves values, and collects the parameters that they refer to.
pub(super) struct TextResolver<'p> {
    pub(super) parameters: &'p Map<String, Value>,
    /// Names of the parameters.
    pub(super) used: BTreeSet<String>,
    /// The escape of a literal `${` in the target.
    pub(super) escaped: &'static str,
}

impl TextResolver<'_> {
    /// The text of a value, or the reason why it cannot be resolved.
    pub(super) fn text(&mut self, value: &Value) -> Result<String, String> {
        match value {
            Value::String(text) => Ok(text.replace("${", self.escaped)),
            Value::Number(number) => Ok(number.to_string()),
            Value::Bool(value) => Ok(value.to_string()),
            Value::Object(members) if members.len() == 1 => {
                let (name, argument) = members.iter().next().expect("it has one");
                self.function(name, argument)
            }
            _ => Err(format!("{value} is not a text")),
        }
    }

    fn function(&mut self, name: &str, argument: &Value) -> Result<String, String> {
        match (name, argument) {
            ("Ref", Value::String(name)) => self.reference(name),
            ("Fn::Sub", Value::String(text)) => self.substitute(text, &Map::new()),
            ("Fn::Sub", Value::Array(arguments)) => match arguments.as_slice() {
                [Value::String(text), Value::Object(values)] => self.substitute(text, values),
                _ => Err("its `Fn::Sub` has unknown arguments".to_owned()),
            },
            ("Fn::Join", Value::Array(arguments)) => match arguments.as_slice() {
                [Value::String(between), Value::Array(parts)] => {
                    let parts = parts.iter().map(|part| self.text(part));
                    Ok(parts.collect::<Result<Vec<_>, _>>()?.join(between))
                }
                _ => Err("its `Fn::Join` has unknown arguments".to_owned()),
            },
            _ => Err(format!(
                "only CloudFormation knows the value of its `{name}`"
            )),
        }
    }

    fn reference(&mut self, name: &str) -> Result<String, String> {
        if self.parameters.contains_key(name) {
            self.used.insert(name.to_owned());
            return Ok(format!("${{{name}}}"));
        }
        Err(format!("only CloudFormation knows the value of `{name}`"))
    }

    fn substitute(&mut self, text: &str, values: &Map<String, Value>) -> Result<String, String> {
        let mut out = String::new();
        let mut rest = text;
        while let Some(open) = rest.find("${") {
            let close = rest[open..]
                .find('}')
                .ok_or("its `Fn::Sub` has a `${` without a `}`")?
                + open;
            let name = &rest[open + 2..close];
            out.push_str(&rest[..open]);
            match (name.strip_prefix('!'), values.get(name)) {
                (Some(literal), _) => {
                    out.push_str(self.escaped);
                    out.push_str(literal);
                    out.push('}');
                }
                (None, Some(value)) => out.push_str(&self.text(value)?),
                (None, None) => out.push_str(&self.reference(name)?),
            }
            rest = &rest[close + 1..];
        }
        Ok(out + rest)
    }
}
