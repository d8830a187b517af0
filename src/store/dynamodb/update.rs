//! Updates of a bucket that add to sets, each on the condition that the set is not full.

use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::AttributeValue;

use super::Item;
use super::item::number;
use crate::series::Capacity;

/// The details that an update adds besides the elements.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct DetailParts {
    pub(super) facts: bool,
    pub(super) fingerprints: bool,
}

impl DetailParts {
    /// All details.
    pub(super) const ALL: Self = Self {
        facts: true,
        fingerprints: true,
    };

    pub(super) fn is_empty(self) -> bool {
        !self.facts && !self.fingerprints
    }

    /// Fewer details, after an update with these was rejected for this item.
    pub(super) fn reduced_for(self, item: &Item) -> Self {
        let length = |attribute| match item.get(attribute) {
            Some(AttributeValue::Ss(texts)) => texts.len(),
            _ => 0,
        };
        let capacity = Capacity::of(0, length("facts"), length("shapes"));
        let reduced = Self {
            facts: self.facts && capacity.facts,
            fingerprints: self.fingerprints && capacity.fingerprints,
        };
        if reduced == self {
            // The sets are not full, so the item would be too large.
            self.without_largest()
        } else {
            reduced
        }
    }

    /// Without the facts, which are larger than the fingerprints; without any details if the facts are not included.
    fn without_largest(self) -> Self {
        Self {
            facts: false,
            fingerprints: self.fingerprints && self.facts,
        }
    }
}

/// Builder of an update that adds to sets, each on the condition that it is not full.
pub(super) struct Update {
    request: UpdateItemFluentBuilder,
    additions: Vec<String>,
    conditions: Vec<String>,
}

impl Update {
    pub(super) fn new(request: UpdateItemFluentBuilder) -> Self {
        Self {
            request,
            additions: Vec::new(),
            conditions: Vec::new(),
        }
    }

    /// Adds `value` to a set, or to a number. With `most`, only if the set has fewer elements.
    pub(super) fn add(
        mut self,
        attribute: &str,
        value: AttributeValue,
        most: Option<usize>,
    ) -> Self {
        self.additions.push(format!("#{attribute} :{attribute}"));
        self.request = self
            .request
            .expression_attribute_names(format!("#{attribute}"), attribute)
            .expression_attribute_values(format!(":{attribute}"), value);
        if let Some(most) = most {
            self.conditions.push(format!(
                "(attribute_not_exists(#{attribute}) OR size(#{attribute}) < :most_{attribute})"
            ));
            self.request = self
                .request
                .expression_attribute_values(format!(":most_{attribute}"), number(most));
        }
        self
    }

    /// Adds texts to a set, unless there are none or they are not included.
    pub(super) fn add_texts(
        self,
        attribute: &str,
        texts: impl Iterator<Item = String>,
        is_included: bool,
        most: usize,
    ) -> Self {
        let texts: Vec<String> = texts.collect();
        if !is_included || texts.is_empty() {
            return self;
        }
        self.add(attribute, AttributeValue::Ss(texts), Some(most))
    }

    pub(super) fn finish(self) -> UpdateItemFluentBuilder {
        let additions = self.additions.join(", ");
        self.request
            .update_expression(format!("ADD {additions} SET #expires = :expires"))
            .set_condition_expression(
                (!self.conditions.is_empty()).then(|| self.conditions.join(" AND ")),
            )
    }
}
