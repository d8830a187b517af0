//! Wrapping of prose.

/// Maximum length of a line of prose, in characters. A longer word is a line of its own.
pub(super) const WIDTH: usize = 100;

/// The lines of a paragraph. `first` and `rest` are the indentations of the first line and of the others.
pub(super) fn wrapped(first: &str, rest: &str, text: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = first.to_owned();
    let mut is_empty = true;
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let length = line.chars().count() + usize::from(!is_empty) + word.chars().count();
        if !is_empty && length > WIDTH {
            lines.push(std::mem::replace(&mut line, rest.to_owned()));
            is_empty = true;
        }
        if !is_empty {
            line.push(' ');
        }
        line.push_str(word);
        is_empty = false;
    }
    if !is_empty {
        lines.push(line);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::{WIDTH, wrapped};

    #[test]
    fn a_line_has_at_most_the_width_unless_a_word_is_longer() {
        let long = "x".repeat(WIDTH);
        let text = format!("{} {long} b", "word ".repeat(30));
        let lines = wrapped("  1. ", "     ", &text);
        assert!(lines[0].starts_with("  1. word"));
        assert!(lines[1].starts_with("     word"));
        assert_eq!(lines[lines.len() - 2], format!("     {long}"));
        assert_eq!(lines[lines.len() - 1], "     b");
        for line in lines.iter().filter(|line| !line.contains(&long)) {
            assert!(line.len() <= WIDTH, "{line}");
        }
        assert_eq!(wrapped("a", "b", "  "), [""; 0]);
    }
}
