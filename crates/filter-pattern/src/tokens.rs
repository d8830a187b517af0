//! Tokens of a message, for space-delimited patterns.

/// The number of tokens in a message.
pub(crate) fn token_count(message: &str) -> usize {
    Tokens::new(message).count()
}

/// A token of a message.
pub(crate) struct MessageToken<'m> {
    /// The token without its quotes or brackets.
    pub(crate) text: &'m str,
    /// Byte offset of the token in the message, including its quote or bracket.
    pub(crate) start: usize,
}

/// The tokens of a message: runs of characters other than white space, and texts in `"` `"` or `[` `]`.
pub(crate) struct Tokens<'m> {
    message: &'m str,
    at: usize,
    /// Whether the rest of the message has no `"`, or no `]`, so that an opening mark is an ordinary character. Without it, a
    /// message of many such marks would take quadratic time.
    unclosed: [bool; 2],
}

impl<'m> Tokens<'m> {
    pub(crate) fn new(message: &'m str) -> Self {
        Self {
            message,
            at: 0,
            unclosed: [false; 2],
        }
    }
}

impl<'m> Iterator for Tokens<'m> {
    type Item = MessageToken<'m>;

    fn next(&mut self) -> Option<MessageToken<'m>> {
        let rest = self.message[self.at..].trim_start();
        let start = self.message.len() - rest.len();
        let first = rest.chars().next()?;
        for (pair, (open, close)) in [('"', '"'), ('[', ']')].into_iter().enumerate() {
            if first != open || self.unclosed[pair] {
                continue;
            }
            if let Some(length) = rest[1..].find(close) {
                self.at = start + length + 2;
                return Some(MessageToken {
                    text: &rest[1..=length],
                    start,
                });
            }
            self.unclosed[pair] = true;
        }
        let text = &rest[..rest.find(char::is_whitespace).unwrap_or(rest.len())];
        self.at = start + text.len();
        Some(MessageToken { text, start })
    }
}
