//! Which of many patterns a record can match at all, for the price of a look at a few of its values.
//!
//! A JSON pattern that matches has made a test true that it cannot do without: some `=` of it found its string, or some
//! comparison found a value. Those are its anchors. Strings of all patterns that are looked for in the same place stand
//! in one table, so that a thousand patterns on `$.eventName` are one lookup.

use rustc_hash::FxHashMap;

use super::Expr;
use super::matcher::{Check, with_text};
use crate::record::{Record, Selector, Slot, Step};

/// One thing that a record may hold. A pattern whose anchors are all missing does not match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Anchor {
    /// A string, or a number of this text, is there.
    Text(Slot, Box<str>),
    /// Some value is there.
    Present(Slot),
}

/// How many records have one of a pattern's anchors: a guess, the lower the fewer.
///
/// Shares in records of real accounts: an `eventName` 1 in 100, an `errorCode` at all 1 in 20, a service or a kind of
/// identity 1 in 5 and more, a Region or an account all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Frequency {
    Rare,
    Occasional,
    Common,
    Everywhere,
}

impl Frequency {
    /// That of one string at this place.
    pub(super) fn of_text(selector: &Selector) -> Self {
        match last_name(selector) {
            "eventSource" | "type" | "invokedBy" => Self::Common,
            "eventType" | "eventVersion" | "eventCategory" | "awsRegion" | "accountId"
            | "recipientAccountId" | "readOnly" | "managementEvent" | "mfaAuthenticated" => {
                Self::Everywhere
            }
            _ => Self::Rare,
        }
    }

    /// That of any value at this place.
    pub(super) fn of_value(selector: &Selector) -> Self {
        let first = match selector.steps().first() {
            Some(Step::Member(name)) => &**name,
            _ => "",
        };
        match first {
            "errorCode" | "errorMessage" => Self::Occasional,
            "requestParameters"
            | "responseElements"
            | "additionalEventData"
            | "serviceEventDetails" => Self::Common,
            _ => Self::Everywhere,
        }
    }
}

fn last_name(selector: &Selector) -> &str {
    let names = selector.steps().iter().rev();
    let mut names = names.filter_map(|step| match step {
        Step::Member(name) => Some(&**name),
        Step::Element(_) | Step::Any => None,
    });
    names.next().unwrap_or_default()
}

/// The anchors of a pattern, and how often one of them is there.
pub(super) type Anchors = (Frequency, Vec<Anchor>);

/// The anchors of an expression; none if it can be true of a record that holds nothing of what it names.
pub(super) fn anchors(expr: &Expr<Check>) -> Option<Anchors> {
    match expr {
        Expr::Test(check) => check.anchors(),
        // All are true, so the rarest will do.
        Expr::And(operands) => operands
            .iter()
            .filter_map(anchors)
            .min_by_key(|(frequency, anchors)| (*frequency, anchors.len())),
        // One is true, and it could be any.
        Expr::Or(operands) => {
            let mut all: Anchors = (Frequency::Rare, Vec::new());
            for operand in operands {
                let (frequency, anchors) = anchors(operand)?;
                all.0 = all.0.max(frequency);
                all.1.extend(anchors);
            }
            Some(all)
        }
    }
}

/// Finds the patterns that a record has an anchor of.
#[derive(Clone, Debug, Default)]
pub(super) struct Index {
    /// How many patterns there are.
    entered: usize,
    /// Those without anchors.
    always: Vec<usize>,
    places: Vec<Place>,
}

/// The anchors in one place of a record.
#[derive(Clone, Debug)]
struct Place {
    slot: Slot,
    /// Patterns for which any value will do.
    present: Vec<usize>,
    texts: FxHashMap<Box<str>, Vec<usize>>,
    /// A bit for each length that a text has; the last is for all that are longer. Spares most lookups.
    lengths: u64,
}

fn length_bit(text: &str) -> u64 {
    1 << text.len().min(63)
}

impl Index {
    /// Enters a pattern, by its place among all.
    pub(super) fn enter(&mut self, pattern: usize, anchors: Option<Anchors>) {
        self.entered += 1;
        let Some((_, anchors)) = anchors else {
            self.always.push(pattern);
            return;
        };
        for anchor in anchors {
            match anchor {
                Anchor::Present(slot) => self.place(slot).present.push(pattern),
                Anchor::Text(slot, text) => {
                    let place = self.place(slot);
                    place.lengths |= length_bit(&text);
                    place.texts.entry(text).or_default().push(pattern);
                }
            }
        }
    }

    fn place(&mut self, slot: Slot) -> &mut Place {
        let known = self.places.iter().position(|place| place.slot == slot);
        let at = known.unwrap_or_else(|| {
            self.places.push(Place {
                slot,
                present: Vec::new(),
                texts: FxHashMap::default(),
                lengths: 0,
            });
            self.places.len() - 1
        });
        &mut self.places[at]
    }

    /// Puts the patterns that the record can match into `found`, in ascending order, and nothing else.
    pub(super) fn candidates(&self, record: Record<'_>, found: &mut Vec<usize>) {
        found.clear();
        found.extend(&self.always);
        for place in &self.places {
            for (nth, value) in record.values(place.slot).enumerate() {
                if nth == 0 {
                    found.extend(&place.present);
                }
                with_text(value, |text| {
                    if place.lengths & length_bit(text) != 0
                        && let Some(patterns) = place.texts.get(text)
                    {
                        found.extend(patterns);
                    }
                });
                // A selector with a wildcard may select the same a hundred thousand times.
                if found.len() > 4 * self.entered {
                    found.sort_unstable();
                    found.dedup();
                }
            }
        }
        found.sort_unstable();
        found.dedup();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Selectors;

    #[test]
    fn what_a_wildcard_selects_again_and_again_takes_no_memory() {
        let mut selectors = Selectors::default();
        let steps = vec![Step::Member("a".into()), Step::Any];
        let slot = selectors.slot(&Selector::new(steps));
        let mut index = Index::default();
        for pattern in 0..3 {
            index.enter(
                pattern,
                Some((Frequency::Rare, vec![Anchor::Text(slot, "x".into())])),
            );
        }
        let message = format!(r#"{{"a":[{}]}}"#, vec![r#""x""#; 50_000].join(","));
        let mut reader = selectors.into_reader();
        let mut found = Vec::new();
        index.candidates(reader.read(&message).unwrap(), &mut found);
        assert_eq!(found, [0, 1, 2]);
        assert!(found.capacity() < 100, "{}", found.capacity());
    }
}
