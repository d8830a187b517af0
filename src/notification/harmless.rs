//! Text from a record is not to be trusted: whoever makes an API call chooses its user agent, and much else.

/// Longest text from a record on one line of the mail, in characters.
const MAX_TEXT: usize = 512;

/// The text with everything that could forge another line, hide, or turn the reading direction made visible, and cut
/// where it is too long.
pub(super) fn harmless(text: &str) -> String {
    let mut shown = String::new();
    for (place, c) in text.chars().enumerate() {
        if place == MAX_TEXT {
            shown.push_str(" [cut]");
            break;
        }
        if is_harmful(c) {
            shown.extend(c.escape_unicode());
        } else {
            shown.push(c);
        }
    }
    shown
}

fn is_harmful(c: char) -> bool {
    c.is_control()
        || matches!(c,
            // Line and paragraph separators, zero-width characters, marks and embeddings of the reading direction.
            '\u{2028}' | '\u{2029}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{061c}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::harmless;

    #[test]
    fn what_could_deceive_is_made_visible() {
        assert_eq!(harmless("a\r\nTo: b"), "a\\u{d}\\u{a}To: b");
        assert_eq!(harmless("x\u{202e}gpj.exe"), "x\\u{202e}gpj.exe");
        assert_eq!(harmless("schl\u{fc}ssel"), "schl\u{fc}ssel");
    }

    #[test]
    fn a_long_text_is_cut_with_a_mark() {
        assert_eq!(
            harmless(&"x".repeat(513)),
            format!("{} [cut]", "x".repeat(512))
        );
        assert_eq!(harmless(&"x".repeat(512)), "x".repeat(512));
    }
}
