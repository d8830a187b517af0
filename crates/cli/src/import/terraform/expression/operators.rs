//! Operators and conditionals.

use hcl_edit::expr::{BinaryOp, BinaryOperator, Conditional, Expression, UnaryOp, UnaryOperator};

use super::Scope;
use crate::import::terraform::value::{Evaluated, Unresolved, Value};

impl Scope<'_, '_> {
    pub(super) fn conditional(&self, conditional: &Conditional) -> Evaluated {
        let condition = &conditional.cond_expr;
        let value = self.evaluate(condition)?.to_bool();
        let value = value.ok_or_else(|| self.error(condition, "expected a boolean"))?;
        self.evaluate(if value {
            &conditional.true_expr
        } else {
            &conditional.false_expr
        })
    }

    pub(super) fn unary(&self, operation: &UnaryOp, expression: &Expression) -> Evaluated {
        let value = self.evaluate(&operation.expr)?;
        let result = match operation.operator.value() {
            UnaryOperator::Not => value.to_bool().map(|value| Value::Bool(!value)),
            UnaryOperator::Neg => value.to_number().map(|number| Value::Number(-number)),
        };
        result.ok_or_else(|| self.error(expression, "the operand has the wrong type"))
    }

    pub(super) fn binary(&self, operation: &BinaryOp, expression: &Expression) -> Evaluated {
        let operator = *operation.operator.value();
        let left = self.evaluate(&operation.lhs_expr);
        let right = self.evaluate(&operation.rhs_expr);
        if matches!(operator, BinaryOperator::And | BinaryOperator::Or) {
            return self.logical(operator, left, right, expression);
        }
        let (left, right) = (left?, right?);
        if let Some(unresolved) = first_unresolved(&left).or_else(|| first_unresolved(&right)) {
            return Err(unresolved.clone());
        }
        match operator {
            BinaryOperator::Eq => Ok(Value::Bool(left == right)),
            BinaryOperator::NotEq => Ok(Value::Bool(left != right)),
            _ => {
                let numbers = left.to_number().zip(right.to_number());
                let result = numbers.and_then(|(left, right)| arithmetic(operator, left, right));
                result.ok_or_else(|| self.error(expression, "an operand is not a number, or is 0"))
            }
        }
    }

    /// `&&` and `||`. One operand can decide even if the other is not resolved.
    fn logical(
        &self,
        operator: BinaryOperator,
        left: Evaluated,
        right: Evaluated,
        expression: &Expression,
    ) -> Evaluated {
        let decisive = operator == BinaryOperator::Or;
        let boolean = |value: Evaluated| {
            let value = value?.to_bool();
            value.ok_or_else(|| self.error(expression, "an operand is not a boolean"))
        };
        match (boolean(left), boolean(right)) {
            (Ok(value), _) | (_, Ok(value)) if value == decisive => Ok(Value::Bool(decisive)),
            (Err(unresolved), _) | (_, Err(unresolved)) => Err(unresolved),
            (Ok(_), Ok(_)) => Ok(Value::Bool(!decisive)),
        }
    }
}

fn arithmetic(operator: BinaryOperator, left: f64, right: f64) -> Option<Value> {
    let number = match operator {
        BinaryOperator::Plus => left + right,
        BinaryOperator::Minus => left - right,
        BinaryOperator::Mul => left * right,
        BinaryOperator::Div => left / right,
        BinaryOperator::Mod => left % right,
        BinaryOperator::Less => return Some(Value::Bool(left < right)),
        BinaryOperator::LessEq => return Some(Value::Bool(left <= right)),
        BinaryOperator::Greater => return Some(Value::Bool(left > right)),
        BinaryOperator::GreaterEq => return Some(Value::Bool(left >= right)),
        BinaryOperator::Eq | BinaryOperator::NotEq | BinaryOperator::And | BinaryOperator::Or => {
            return None;
        }
    };
    number.is_finite().then_some(Value::Number(number))
}

/// The first part of a value that is not resolved.
fn first_unresolved(value: &Value) -> Option<&Unresolved> {
    match value {
        Value::Unresolved(unresolved) => Some(unresolved),
        Value::List(items) => items.iter().find_map(first_unresolved),
        Value::Map(map) => map.values().find_map(first_unresolved),
        _ => None,
    }
}
