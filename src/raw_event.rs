//! The text of an invocation's event, passed around the runtime.
//!
//! The Lambda runtime parses the body of an invocation into the type that the handler takes. For a subscription payload,
//! that parse would read and copy a megabyte of base64 text that [`Event::read`](cloudtrail_alarms::event::Event::read)
//! only borrows. Therefore a tower layer takes the body out of each invocation before the runtime parses it, and
//! [`RawEvent`] is the event that the runtime "parses" instead.
//!
//! The text waits in a slot from the layer to the handler. One slot is enough, because an execution environment handles
//! one invocation at a time.

use std::mem;
use std::sync::{Arc, Mutex, PoisonError};

use lambda_runtime::LambdaInvocation;
use serde::{Deserialize, Deserializer};

/// Placeholder for the event of an invocation. Its text is in the [`RawEventSlot`].
pub(crate) struct RawEvent;

impl<'de> Deserialize<'de> for RawEvent {
    /// Reads nothing, so that the runtime accepts an empty body.
    fn deserialize<D: Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
        Ok(Self)
    }
}

/// Holds the text of the event between the runtime's layer and the handler.
#[derive(Clone, Default)]
pub(crate) struct RawEventSlot(Arc<Mutex<String>>);

impl RawEventSlot {
    /// Moves the body of an invocation into the slot.
    pub(crate) fn fill(&self, mut invocation: LambdaInvocation) -> LambdaInvocation {
        let bytes = mem::take(&mut invocation.body);
        // Invalid UTF-8 becomes U+FFFD. Where that matters, the event is rejected with the position.
        let text = String::from_utf8(bytes.into())
            .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned());
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = text;
        invocation
    }

    /// Takes the text out of the slot.
    pub(crate) fn take(&self) -> String {
        mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
