//! Characters that can deceive the reader of untrusted text.

/// Whether the character is a control character, is invisible, or changes how its neighbors are displayed.
///
/// Callers escape these characters before they show text from records and files. Line feeds and tabs are included.
pub fn is_unsafe_char(c: char) -> bool {
    c.is_control()
        || matches!(c,
            // Soft hyphen, joiners, fillers and other characters without a glyph.
            '\u{ad}' | '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{3164}' | '\u{ffa0}'
            // Line and paragraph separators, zero-width characters, bidirectional marks, embeddings and overrides.
            | '\u{2028}' | '\u{2029}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{61c}' | '\u{feff}' | '\u{fff0}'..='\u{fffb}' | '\u{fe00}'..='\u{fe0f}'
            // Format controls of shorthand and musical notation, tags and variation selectors.
            | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}
