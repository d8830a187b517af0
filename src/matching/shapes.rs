//! Shapes that were made before.

use std::collections::HashMap;

use crate::evidence::Facts;
use crate::series::Shape;

/// Most shapes that are remembered; when there are more, all are forgotten.
const MAX_KNOWN: usize = 1_024;

/// The shapes of the latest records. Forty tasks that fail alike have one, and making it costs a JSON text and a hash.
#[derive(Clone, Debug, Default)]
pub(super) struct Shapes {
    /// By [`Facts::write_tallied`].
    known: HashMap<Vec<u8>, Shape>,
    key: Vec<u8>,
}

impl Shapes {
    /// The shape of a record with these facts.
    pub(super) fn of(&mut self, facts: &Facts) -> Shape {
        self.key.clear();
        facts.write_tallied(&mut self.key);
        if let Some(shape) = self.known.get(&self.key) {
            return shape.clone();
        }
        if self.known.len() == MAX_KNOWN {
            self.known.clear();
        }
        let shape = Shape::of(facts);
        self.known.insert(self.key.clone(), shape.clone());
        shape
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::Fact;

    #[test]
    fn a_shape_is_the_same_whether_it_is_remembered_or_made() {
        let mut shapes = Shapes::default();
        for number in 0..2 * MAX_KNOWN + 10 {
            let code = (number % (MAX_KNOWN + 5)).to_string();
            let facts = Facts::from([
                (Fact::EventId, "1"),
                (Fact::ErrorCode, &code),
                (Fact::IdentityType, "Root"),
            ]);
            for _ in 0..2 {
                assert_eq!(shapes.of(&facts), Shape::of(&facts));
            }
        }
    }

    #[test]
    fn what_differs_in_a_text_or_in_where_it_stands_has_a_shape_of_its_own() {
        let mut shapes = Shapes::default();
        let mut known = Vec::new();
        for facts in [
            Facts::from([(Fact::ErrorCode, "ab"), (Fact::EventName, "c")]),
            Facts::from([(Fact::ErrorCode, "a"), (Fact::EventName, "bc")]),
            Facts::from([(Fact::ErrorCode, "abc")]),
            Facts::from([(Fact::EventName, "abc")]),
            Facts::from([(Fact::IdentityArn, "abc"), (Fact::IdentityType, "Root")]),
            Facts::from([(Fact::IdentityArn, ""), (Fact::IdentityType, "Root")]),
        ] {
            let shape = shapes.of(&facts);
            assert!(!known.contains(&shape), "{facts:?}");
            known.push(shape);
        }
    }
}
