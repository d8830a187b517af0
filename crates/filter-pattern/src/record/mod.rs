//! The selective JSON reader: captures the selected values of one JSON object.
//!
//! The input is the text of one log event, the output the values at the registered [`Selector`]s. Register selectors with
//! [`Selectors::slot`], build a [`Reader`], and look up the values of each [`Slot`] in the [`Record`] that it returns:
//!
//! ```
//! use cloudwatch_filter_pattern::record::{Selector, Selectors};
//!
//! let mut selectors = Selectors::default();
//! let name = selectors.slot(&Selector::of_members(&["eventName"]));
//! let mut reader = selectors.into_reader();
//!
//! let record = reader.read(r#"{"eventName": "Decrypt", "readOnly": true}"#)?;
//! assert_eq!(record.text(name), Some("Decrypt"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Guarantees
//!
//! * The text must be one whole JSON object of at most [`MAX_RECORD`] bytes. Anything else is a [`RecordError`].
//! * If an object has duplicate keys, the last one counts.
//! * A value that is not selected never makes a record invalid: lone surrogates, numbers of a thousand digits and brackets
//!   nested a million deep are skipped. A lone surrogate in a captured string becomes three U+FFFD.
//! * No tree of the record is built. A reader allocates nothing for a record whose layout is cached.
//!
//! # The three parsers
//!
//! All of them follow the tree of merged selectors (`tree.rs`) and write to the same capture buffer (`captures.rs`).
//! [`Reader::read`] asks them in this order, and the first result counts:
//!
//! | Parser | Accepts | Cost | Code |
//! |---|---|---|---|
//! | Layout cache | records with the layout of an earlier record | 2.2 | `fast/layouts.rs` |
//! | Scanner | compact JSON, without white space between tokens | 3.2 | `fast/scanner.rs` |
//! | Reference parser | every record; reports errors | 8.9 | `reference.rs` |
//!
//! The cost is that of the whole pipeline, from the base64 text of a payload to the counts of 21 alarms, if this parser reads
//! every record. The unit is the instructions of inflating the payload. `scripts/bench` measures it as `pipeline`,
//! `no-layout-cache` and `reference` (typical traffic, warm). The first payload, whose layouts are not cached yet, costs more.
//!
//! * **The reference parser** is `serde_json`'s parser. [`Reader::read_reference`] uses it alone.
//! * **The scanner** also parses a record in the content of a JSON string, still escaped, as it is in a subscription payload
//!   ([`Encoding::JsonString`]). It first indexes all quotes with SIMD, 64 bytes at a time, like stage 1 of simdjson
//!   (`fast/quotes.rs`), then skips each string in one step.
//! * **The layout cache** keeps the layouts of records that the scanner accepted: all of a record except strings, numbers
//!   and booleans. It compares the literal parts of a record and validates only the parts in between
//!   (`fast/placeholders.rs`).
//!
//! The layout cache and the scanner are the fast path (`fast/mod.rs`), which [`Reader::scan`] uses alone. If the fast path
//! returns a record, that record is valid and its captures are those of the reference parser. `fast/scanner.rs` and
//! `fast/layouts.rs` explain why, and tests compare all three parsers on real and mutated records. If the fast path
//! returns `None`, it cannot decide, and the reference parser does.

mod captures;
mod fast;
mod reader;
mod reference;
mod selector;
mod text;
mod tree;
mod value;

pub use reader::{MAX_RECORD, Reader, Record, RecordError, Selectors, Slot};
pub use selector::{Selector, Step};
pub use text::{Encoding, unescape};
pub use value::Value;
