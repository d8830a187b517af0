//! Suggests a known word for a misspelled one.

/// The word of `known` with the smallest edit distance. `None` if no word is close.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let length = word.chars().count();
    // A word of one character is not a misspelling of another one.
    let far_enough = ((length / 3).max(1) + 1).min(length);
    let near = known
        .into_iter()
        .map(|candidate| (distance(word, candidate), candidate));
    near.filter(|(distance, _)| *distance < far_enough)
        .min()
        .map(|(_, candidate)| candidate)
}

/// `; did you mean ...?`, or an empty text if no word is close.
pub fn suggestion<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    nearest(word, known).map_or_else(String::new, |near| format!("; did you mean `{near}`?"))
}

/// Levenshtein distance between `a` and `b`, ignoring case.
pub fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.to_lowercase().chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.to_lowercase().chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let changed = diagonal + usize::from(from != *to);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn only_a_near_word_is_suggested() {
        let known = ["Threshold", "Period", "Statistic"];
        assert_eq!(nearest("Treshold", known), Some("Threshold"));
        assert_eq!(nearest("peroid", known), Some("Period"));
        assert_eq!(nearest("Colour", known), None);
        assert_eq!(nearest("", known), None);
        assert_eq!(nearest("A", ["B"]), None);
        assert_eq!(nearest("AC", ["AB"]), Some("AB"));
    }
}
