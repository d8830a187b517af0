//! Placeholders in texts, which another tool replaces.

use super::property::Text;

/// The first placeholder: a dynamic reference such as `{{resolve:ssm:/name}}`, or a variable such as `{{ Prefix }}`.
pub(super) fn first(text: &Text) -> Option<String> {
    let text = text.to_string();
    text.match_indices("{{").find_map(|(start, _)| {
        let inner = &text[start + 2..];
        let inner = &inner[..inner.find("}}")?];
        let is_variable = |c: char| c.is_ascii_alphanumeric() || matches!(c, ' ' | '_' | '-' | '.');
        let is_placeholder =
            inner.starts_with("resolve:") || !inner.is_empty() && inner.chars().all(is_variable);
        is_placeholder.then(|| format!("{{{{{inner}}}}}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_and_json_have_no_placeholders() {
        for (text, expected) in [
            ("{{resolve:ssm:/a:1}}-x", Some("{{resolve:ssm:/a:1}}")),
            ("of {{ Prefix }}", Some("{{ Prefix }}")),
            ("{ { $.a = 1 } }", None),
            ("{{ $.a = 1 }}", None),
            ("{{}}", None),
            ("{{ open", None),
        ] {
            assert_eq!(first(&Text::from(text)).as_deref(), expected, "{text}");
        }
    }
}
