//! Updates of a bucket that add as much as it has room for.

use super::item::number;
use super::{AttributeValue, Item, UpdateItemFluentBuilder};
use crate::series::{MAX_FACTS_PER_SHARD, MAX_FINGERPRINTS_PER_SHARD};

/// What a bucket is thought to have room for, beside its elements.
#[derive(Clone, Copy)]
pub(super) struct Room {
    pub(super) facts: bool,
    pub(super) fingerprints: bool,
}

impl Room {
    pub(super) fn for_all() -> Self {
        Self {
            facts: true,
            fingerprints: true,
        }
    }

    pub(super) fn is_any(self) -> bool {
        self.facts || self.fingerprints
    }

    /// Less than before, since that was too much for this item.
    pub(super) fn less(self, item: &Item) -> Self {
        let has_room = |attribute, most| match item.get(attribute) {
            Some(AttributeValue::Ss(texts)) => texts.len() < most,
            _ => true,
        };
        let left = Self {
            facts: self.facts && has_room("facts", MAX_FACTS_PER_SHARD),
            fingerprints: self.fingerprints && has_room("shapes", MAX_FINGERPRINTS_PER_SHARD),
        };
        if (left.facts, left.fingerprints) == (self.facts, self.fingerprints) {
            // Not their number, then, but their size.
            return Self {
                facts: false,
                fingerprints: self.fingerprints && self.facts,
            };
        }
        left
    }
}

/// An update that adds to sets, each on the condition that it has room.
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

    pub(super) fn add_texts(
        self,
        attribute: &str,
        texts: impl Iterator<Item = String>,
        has_room: bool,
        most: usize,
    ) -> Self {
        let texts: Vec<String> = texts.collect();
        if !has_room || texts.is_empty() {
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
