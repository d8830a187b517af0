//! Calls of functions.

use hcl_edit::Span;
use hcl_edit::expr::{Expression, FuncCall};

use super::{Scope, source_of};
use crate::import::terraform::SHOW;
use crate::import::terraform::functions::{self, Failure};
use crate::import::terraform::value::{Evaluated, Unresolved, Value};

impl Scope<'_, '_> {
    pub(super) fn call(&self, call: &FuncCall, expression: &Expression) -> Evaluated {
        let name = call.name.name.as_str();
        match name {
            "try" => return self.first_without_error(call, expression),
            "can" => {
                let value = call
                    .args
                    .iter()
                    .next()
                    .map(|argument| self.evaluate(argument));
                return match value {
                    Some(Err(unresolved)) if !unresolved.is_error => Err(unresolved),
                    Some(value) => Ok(Value::Bool(value.is_ok())),
                    None => Err(self.error(expression, "`can` needs an argument")),
                };
            }
            _ => {}
        }
        let arguments = self.arguments(call, expression)?;
        let result = (!call.name.is_namespaced()).then(|| functions::call(name, &arguments));
        match result.flatten() {
            Some(Ok(value)) => Ok(value),
            Some(Err(Failure::Unresolved(unresolved))) => Err(unresolved),
            Some(Err(Failure::Error(reason))) => {
                Err(self.error(expression, &format!("`{name}`: {reason}")))
            }
            Some(Err(Failure::Unsupported)) => Err(self.only_terraform(expression)),
            None => Err(self.unknown_function(expression)),
        }
    }

    fn unknown_function(&self, expression: &Expression) -> Unresolved {
        let at = self.position(expression.span());
        let source = source_of(expression);
        let name = source.split('(').next().unwrap_or_default().trim();
        let reason = format!("import does not evaluate the function `{name}` ({at}); {SHOW}");
        self.unresolved(&source, reason)
    }

    fn arguments(
        &self,
        call: &FuncCall,
        expression: &Expression,
    ) -> Result<Vec<Value>, Unresolved> {
        let mut arguments = Vec::new();
        for argument in &call.args {
            arguments.push(Value::element(self.evaluate(argument)));
        }
        if call.args.expand_final() {
            match arguments.pop().unwrap_or(Value::Null).resolved()? {
                Value::List(items) => arguments.extend(items),
                _ => return Err(self.error(expression, "`...` needs a list")),
            }
        }
        Ok(arguments)
    }

    fn first_without_error(&self, call: &FuncCall, expression: &Expression) -> Evaluated {
        let mut last = Err(self.error(expression, "`try` needs an argument"));
        for argument in &call.args {
            last = self.evaluate(argument);
            match &last {
                Err(unresolved) if unresolved.is_error => {}
                _ => return last,
            }
        }
        last
    }
}
