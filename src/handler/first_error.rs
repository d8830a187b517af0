//! Collects the errors of independent steps.

use crate::error::Error;

/// The first error of several independent steps. A failed step does not stop the others, but fails the invocation in the end.
#[derive(Debug, Default)]
pub(super) struct FirstError(Option<Error>);

impl FirstError {
    /// Adds an error.
    pub(super) fn push(&mut self, error: impl Into<Error>) {
        self.0.get_or_insert_with(|| error.into());
    }

    /// Adds the error of a step, or returns the value of a step that succeeded.
    pub(super) fn check<T>(&mut self, result: Result<T, impl Into<Error>>) -> Option<T> {
        result.map_err(|error| self.push(error)).ok()
    }

    /// Whether no step has failed.
    pub(super) fn is_none(&self) -> bool {
        self.0.is_none()
    }

    /// The first error, if there is one.
    pub(super) fn into_result(self) -> Result<(), Error> {
        self.0.map_or(Ok(()), Err)
    }
}
