//! Globs: texts in which `*` is a wildcard.

/// Whether `text` matches `pattern`, in which `*` matches any number of characters, including none.
///
/// On a mismatch only the last star is extended, by one byte, so the time is at most the product of the lengths. Bytes are
/// enough: `*` is ASCII, and in UTF-8 no character's bytes occur inside another character.
pub fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut p, mut t) = (0, 0);
    // The position after the last star, and the end of what that star matches so far.
    let mut retry: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some(b'*') => {
                p += 1;
                retry = Some((p, t));
            }
            Some(&byte) if byte == text[t] => {
                p += 1;
                t += 1;
            }
            _ => match &mut retry {
                Some((after_star, end)) => {
                    *end += 1;
                    (p, t) = (*after_star, *end);
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|&byte| byte == b'*')
}

/// Whether `pattern` matches every text.
pub fn is_any(pattern: &str) -> bool {
    !pattern.is_empty() && pattern.bytes().all(|byte| byte == b'*')
}

/// Same as [`matches`], but each piece between two stars matches at its first occurrence only.
///
/// Recordings of 2019 show CloudWatch doing so. What matches here also matches by [`matches`]. If the pattern ends in a
/// star, both agree.
pub(crate) fn matches_leftmost(pattern: &str, text: &str) -> bool {
    let mut pieces = pattern.split('*');
    let first = pieces.next().unwrap_or_default();
    let Some(last) = pieces.next_back() else {
        return pattern == text;
    };
    let after = |rest: &str, piece: &str| rest.find(piece).map(|at| at + piece.len());
    let Some(mut rest) = text.strip_prefix(first) else {
        return false;
    };
    for piece in pieces {
        match after(rest, piece) {
            Some(end) => rest = &rest[end..],
            None => return false,
        }
    }
    last.is_empty() || after(rest, last) == Some(rest.len())
}

/// Whether no text matches both globs.
pub fn are_disjoint(a: &str, b: &str) -> bool {
    match (a.split_once('*'), b.split_once('*')) {
        (None, _) => !matches(b, a),
        (_, None) => !matches(a, b),
        (Some((head_a, _)), Some((head_b, _))) => {
            let tail = |text: &str| text.rsplit('*').next().unwrap_or_default().to_owned();
            let (tail_a, tail_b) = (tail(a), tail(b));
            let heads_fit = head_a.starts_with(head_b) || head_b.starts_with(head_a);
            let tails_fit = tail_a.ends_with(&tail_b) || tail_b.ends_with(&tail_a);
            !heads_fit || !tails_fit
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{matches, matches_leftmost};

    #[test]
    fn leftmost_first_does_not_go_back() {
        // Both were recorded in 2019.
        assert!(!matches_leftmost("*111.111.111", "111.111.111.111"));
        assert!(!matches_leftmost("111*111", "111.111.111"));
        for (pattern, text) in [
            ("1*3", "123"),
            ("*a*", "bab"),
            ("a*b*", "aXbXb"),
            ("*", ""),
            ("a", "a"),
        ] {
            assert!(matches_leftmost(pattern, text), "{pattern} {text}");
        }
        assert!(!matches_leftmost("a", "ab"));
        assert!(!matches_leftmost("a*", "ba"));
    }

    #[test]
    fn a_star_goes_back_as_far_as_needed() {
        assert!(matches("*111.111.111", "111.111.111.111"));
        assert!(matches("*ab*d", "abxabcd"));
        assert!(matches("a*a", "aa"));
        assert!(!matches("a*a", "a"));
    }

    #[test]
    fn stars_alone_match_anything_and_nothing_matches_only_nothing() {
        assert!(matches("*", ""));
        assert!(matches("**", "é\n"));
        assert!(matches("", ""));
        assert!(!matches("", "a"));
    }

    #[test]
    fn many_stars_do_not_take_exponential_time() {
        let pattern = "*a".repeat(500) + "b";
        assert!(!matches(&pattern, &"a".repeat(10_000)));
    }
}
