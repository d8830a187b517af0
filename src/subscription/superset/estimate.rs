//! Estimates the share of records that a clause lets through. The estimate only decides which step comes first.

use super::clause::Clause;
use super::dnf::Conjunct;
use cloudwatch_filter_pattern::{Comparison, Condition, Keyword, Operand, Operator, glob};

/// Shares of the calls in a trail, by prefix of `eventName`. Rounded from busy accounts, where nearly all calls read, assume a
/// role or use a key.
const BUSY: [(&str, f64); 12] = [
    ("Describe", 0.25),
    ("Get", 0.12),
    ("List", 0.12),
    ("AssumeRole", 0.12),
    ("Decrypt", 0.12),
    ("GenerateDataKey", 0.08),
    ("CreateLogStream", 0.04),
    ("Head", 0.02),
    ("Encrypt", 0.02),
    ("PutObject", 0.02),
    ("Update", 0.01),
    ("CreateGrant", 0.005),
];

/// Shares of the calls in a trail, by `eventSource`.
const SERVICES: [(&str, f64); 8] = [
    ("kms.amazonaws.com", 0.2),
    ("sts.amazonaws.com", 0.15),
    ("ec2.amazonaws.com", 0.2),
    ("s3.amazonaws.com", 0.1),
    ("ssm.amazonaws.com", 0.05),
    ("logs.amazonaws.com", 0.05),
    ("dynamodb.amazonaws.com", 0.03),
    ("iam.amazonaws.com", 0.02),
];

/// The share of any other name or service.
const RARE: f64 = 0.0005;

/// The share that a conjunct lets through if its clauses are independent.
pub(super) fn conjunct(conjunct: &Conjunct) -> f64 {
    conjunct.clauses.iter().map(clause).product()
}

/// The share that a clause lets through.
pub(super) fn clause(clause: &Clause) -> f64 {
    let field = clause.selector.to_string();
    let shares = clause.conditions.iter().map(|one| condition(&field, one));
    shares.sum::<f64>().min(1.0)
}

fn condition(field: &str, condition: &Condition) -> f64 {
    match condition {
        Condition::NotExists if field == "$.errorCode" => 0.97,
        Condition::NotExists | Condition::Is(Keyword::False) => 0.6,
        Condition::Is(Keyword::True) => 0.1,
        Condition::Is(Keyword::Null) => 0.05,
        Condition::Compare(comparison) => compared(field, comparison),
    }
}

fn compared(field: &str, comparison: &Comparison) -> f64 {
    let Operand::Text(text) = &comparison.operand.node else {
        return 0.1;
    };
    let text = text.literal().unwrap_or("*");
    match comparison.operator.node {
        Operator::NotEqual => 0.95,
        _ if field == "$.errorCode" && text.starts_with('*') => 0.03,
        _ if field == "$.errorCode" => 0.01,
        _ if field == "$.eventName" => named(text, &BUSY, true),
        _ if field == "$.eventSource" => named(text, &SERVICES, false),
        _ if field == "$.userIdentity.type" && text == "Root" => RARE,
        _ => match letters(text) {
            0 => 0.5,
            _ if !text.contains('*') => 0.02,
            some => loose(some).max(0.02),
        },
    }
}

/// The share of the names that the text matches.
fn named(text: &str, busy: &[(&str, f64)], beginnings: bool) -> f64 {
    let begins = text.split('*').next().unwrap_or_default();
    let shares = busy.iter().map(|(name, share)| {
        if glob::matches(text, name) || text.contains('*') && name.starts_with(begins) {
            *share
        } else if beginnings && text.starts_with(name) {
            share / 50.0
        } else {
            0.0
        }
    });
    let known: f64 = shares.sum();
    let unknown = if text.contains('*') {
        loose(letters(text))
    } else {
        RARE
    };
    (known + unknown).min(1.0)
}

/// The share that a text with a star and this number of other characters lets through.
fn loose(letters: usize) -> f64 {
    0.3 * 0.6_f64.powi(i32::try_from(letters).unwrap_or(i32::MAX))
}

fn letters(text: &str) -> usize {
    text.chars().filter(|c| *c != '*').count()
}
