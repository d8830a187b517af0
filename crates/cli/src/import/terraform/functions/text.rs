//! Functions on texts, numbers and booleans.

use std::fmt::Write as _;

use super::expressions;
use super::{
    Failure, Outcome, argument, bounded, error, index, list, number, text_at, text_of, texts,
};
use crate::import::terraform::value::Value;
use crate::json;

/// The value of a function. `None` if the function is not known.
pub(super) fn call(name: &str, arguments: &[Value]) -> Option<Outcome> {
    let on_text =
        |convert: fn(&str) -> String| text_at(arguments, 0).map(|text| Value::Text(convert(&text)));
    let compare = |test: fn(&str, &str) -> bool| {
        let texts = text_at(arguments, 0).and_then(|first| Ok((first, text_at(arguments, 1)?)));
        texts.map(|(first, second)| Value::Bool(test(&first, &second)))
    };
    let cut = |cut: fn(&str, &str) -> String| {
        let texts = text_at(arguments, 0).and_then(|first| Ok((first, text_at(arguments, 1)?)));
        texts.map(|(first, second)| Value::Text(cut(&first, &second)))
    };
    let rounded =
        |round: fn(f64) -> f64| number(arguments, 0).map(|number| Value::Number(round(number)));
    Some(match name {
        "lower" => on_text(|text| text.chars().map(lower).collect()),
        "upper" => on_text(|text| text.chars().map(upper).collect()),
        "title" => on_text(title),
        "trimspace" => on_text(|text| text.trim().to_owned()),
        "chomp" => on_text(|text| text.trim_end_matches(['\r', '\n']).to_owned()),
        "strrev" => on_text(|text| text.chars().rev().collect()),
        "startswith" => compare(|text, start| text.starts_with(start)),
        "endswith" => compare(|text, end| text.ends_with(end)),
        "strcontains" => compare(|text, part| text.contains(part)),
        "trim" => cut(|text, set| text.trim_matches(|c| set.contains(c)).to_owned()),
        "trimprefix" => cut(|text, start| text.strip_prefix(start).unwrap_or(text).to_owned()),
        "trimsuffix" => cut(|text, end| text.strip_suffix(end).unwrap_or(text).to_owned()),
        "abs" => rounded(f64::abs),
        "ceil" => rounded(f64::ceil),
        "floor" => rounded(f64::floor),
        "min" => extreme(arguments, f64::min),
        "max" => extreme(arguments, f64::max),
        "pow" => power(arguments),
        "indent" => indent(arguments),
        "replace" => replace(arguments),
        "substr" => substr(arguments),
        "split" => split(arguments),
        "join" => join(arguments),
        "format" => format(arguments),
        "formatlist" => format_list(arguments),
        "tostring" => convert(arguments, |value| value.to_text().map(Value::Text)),
        "tonumber" => convert(arguments, |value| value.to_number().map(Value::Number)),
        "tobool" => convert(arguments, |value| value.to_bool().map(Value::Bool)),
        "jsonencode" => {
            argument(arguments, 0).and_then(|value| Ok(Value::Text(json_text(&value)?)))
        }
        _ => return None,
    })
}

fn convert(arguments: &[Value], convert: impl Fn(&Value) -> Option<Value>) -> Outcome {
    match argument(arguments, 0)? {
        Value::Null => Ok(Value::Null),
        value => convert(&value).map_or_else(|| error("the value cannot be converted"), Ok),
    }
}

/// A letter that becomes several letters stays as it is.
fn upper(c: char) -> char {
    let mut letters = c.to_uppercase();
    letters
        .next()
        .filter(|_| letters.next().is_none())
        .unwrap_or(c)
}

fn lower(c: char) -> char {
    let mut letters = c.to_lowercase();
    letters
        .next()
        .filter(|_| letters.next().is_none())
        .unwrap_or(c)
}

fn title(text: &str) -> String {
    let mut starts_word = true;
    let letters = text.chars().map(|c| {
        let letter = if starts_word { upper(c) } else { c };
        starts_word = !c.is_alphanumeric() && c != '_';
        letter
    });
    letters.collect()
}

fn extreme(arguments: &[Value], choose: fn(f64, f64) -> f64) -> Outcome {
    let mut result = number(arguments, 0)?;
    for at in 1..arguments.len() {
        result = choose(result, number(arguments, at)?);
    }
    Ok(Value::Number(result))
}

fn power(arguments: &[Value]) -> Outcome {
    let power = number(arguments, 0)?.powf(number(arguments, 1)?);
    if power.is_finite() {
        Ok(Value::Number(power))
    } else {
        error("the result is not a number")
    }
}

/// Adds spaces at the beginning of all lines but the first.
fn indent(arguments: &[Value]) -> Outcome {
    let (spaces, text) = (index(arguments, 0)?, text_at(arguments, 1)?);
    let breaks = text.matches('\n').count();
    bounded(text.len() + breaks.saturating_mul(spaces))?;
    let indented = format!("\n{}", " ".repeat(if breaks > 0 { spaces } else { 0 }));
    Ok(Value::Text(text.replace('\n', &indented)))
}

fn replace(arguments: &[Value]) -> Outcome {
    let (text, from, to) = (
        text_at(arguments, 0)?,
        text_at(arguments, 1)?,
        text_at(arguments, 2)?,
    );
    let expression = from
        .strip_prefix('/')
        .and_then(|rest| rest.strip_suffix('/'));
    if let Some(expression) = expression {
        return expressions::replace(&text, expression, &to);
    }
    bounded(text.len() + text.matches(&from).count().saturating_mul(to.len()))?;
    Ok(Value::Text(text.replace(&from, &to)))
}

fn substr(arguments: &[Value]) -> Outcome {
    let text = text_at(arguments, 0)?;
    let length = number(arguments, 2)?;
    // Terraform counts from the end.
    if number(arguments, 1)? < 0.0 {
        return Err(Failure::Unsupported);
    }
    let start = index(arguments, 1)?;
    let rest = text.chars().skip(start);
    Ok(Value::Text(if length < 0.0 {
        rest.collect()
    } else {
        rest.take(index(arguments, 2)?).collect()
    }))
}

fn split(arguments: &[Value]) -> Outcome {
    let (separator, text) = (text_at(arguments, 0)?, text_at(arguments, 1)?);
    bounded(text.len().saturating_mul(8))?;
    let parts: Vec<Value> = if separator.is_empty() {
        text.chars().map(|c| Value::Text(c.to_string())).collect()
    } else {
        text.split(&separator)
            .map(|part| Value::Text(part.to_owned()))
            .collect()
    };
    Ok(Value::List(parts))
}

fn join(arguments: &[Value]) -> Outcome {
    let separator = text_at(arguments, 0)?;
    let mut parts = Vec::new();
    for at in 1..arguments.len() {
        parts.extend(texts(&list(arguments, at)?)?);
    }
    let length: usize = parts.iter().map(|part| part.len() + separator.len()).sum();
    bounded(length)?;
    Ok(Value::Text(parts.join(&separator)))
}

/// `format`: the verbs `%s`, `%d`, `%v`, `%q` and `%t`, with a width for numbers.
fn format(arguments: &[Value]) -> Outcome {
    let template = text_at(arguments, 0)?;
    let mut values = arguments[1..].iter();
    let mut out = String::new();
    let mut rest = template.as_str();
    while let Some((before, after)) = rest.split_once('%') {
        out += before;
        let verb_at = after
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(after.len());
        let (width, verb) = after.split_at(verb_at);
        let mut verbs = verb.chars();
        let verb = verbs.next();
        rest = verbs.as_str();
        if verb == Some('%') {
            out.push('%');
            continue;
        }
        let value = values.next().map_or_else(
            || error("an argument is missing"),
            |value| Ok(value.clone()),
        )?;
        out += &formatted(verb, width, &value)?;
        bounded(out.len())?;
    }
    Ok(Value::Text(out + rest))
}

fn formatted(verb: Option<char>, width: &str, value: &Value) -> Result<String, Failure> {
    let text = match verb {
        Some('s' | 't') => text_of(value)?,
        Some('d') => whole_number(value)?,
        Some('v') => match super::evaluated(value)? {
            value @ (Value::List(_) | Value::Map(_) | Value::Null) => json_text(&value)?,
            value => text_of(&value)?,
        },
        Some('q') => json_text(&Value::Text(text_of(value)?))?,
        _ => return Err(Failure::Unsupported),
    };
    let columns: usize = width.trim_start_matches('0').parse().unwrap_or(0);
    bounded(columns)?;
    let missing = columns.saturating_sub(text.chars().count());
    if !width.starts_with('0') {
        return Ok(" ".repeat(missing) + &text);
    }
    // The sign of a number is in front of the zeros.
    let has_sign = verb == Some('d') && text.starts_with('-');
    let (sign, digits) = text.split_at(usize::from(has_sign));
    Ok(format!("{sign}{}{digits}", "0".repeat(missing)))
}

/// The digits of a whole number, and its sign if it is negative.
fn whole_number(value: &Value) -> Result<String, Failure> {
    match super::evaluated(value)?.to_number() {
        Some(number) if number.fract() == 0.0 => Ok(number.to_string()),
        _ => error("expected a whole number"),
    }
}

/// `formatlist`: each list gives its items, each other value is repeated.
fn format_list(arguments: &[Value]) -> Outcome {
    let lengths = arguments.iter().filter_map(|value| match value {
        Value::List(items) => Some(items.len()),
        _ => None,
    });
    let length = lengths.clone().min().unwrap_or(1);
    if lengths.max().unwrap_or(1) != length {
        return error("its lists have different lengths");
    }
    let mut total = 0;
    let mut lines = Vec::new();
    for at in 0..length {
        let of_line = arguments.iter().map(|value| match value {
            Value::List(items) => items[at].clone(),
            value => value.clone(),
        });
        let line = format(&of_line.collect::<Vec<_>>())?;
        total += line.size();
        bounded(total)?;
        lines.push(line);
    }
    Ok(Value::List(lines))
}

/// The text of a value as JSON, with the escapes of Terraform for characters of HTML and JavaScript.
fn json_text(value: &Value) -> Result<String, Failure> {
    let mut escaped = String::new();
    for c in to_json(value)?.to_string().chars() {
        // These characters are only in texts.
        if matches!(c, '<' | '>' | '&' | '\u{2028}' | '\u{2029}') {
            let _ = write!(escaped, "\\u{:04x}", u32::from(c));
        } else {
            escaped.push(c);
        }
    }
    Ok(escaped)
}

fn to_json(value: &Value) -> Result<serde_json::Value, Failure> {
    use serde_json::Value as Json;
    Ok(match super::evaluated(value)? {
        Value::Null => Json::Null,
        Value::Bool(value) => value.into(),
        Value::Number(number) => json::number(number),
        Value::Text(text) => text.into(),
        Value::List(items) => Json::Array(items.iter().map(to_json).collect::<Result<_, _>>()?),
        Value::Map(map) => {
            let members = map
                .iter()
                .map(|(key, value)| Ok((key.clone(), to_json(value)?)));
            Json::Object(members.collect::<Result<_, Failure>>()?)
        }
        Value::Resource(_) | Value::Unresolved(_) => return error("the value cannot be converted"),
    })
}
