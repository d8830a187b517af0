//! Records that are written alike, recognised at a glance.
//!
//! A record's form is all of it but the contents of its strings, its numbers and its booleans: names, brackets, commas.
//! Most records of an account share one of a few hundred. A form is learned from a record that the quick walk accepted;
//! a record whose form is known is passed by comparing what is fixed and by looking at what varies, which is a fifth of
//! the quick walk's work and tells the same.
//!
//! Why its yes is right: a known form is the sequence of tokens of one accepted record. A text that has the same fixed
//! parts, with a string's content where that had one, and a number, `true` or `false` where that had one of these, has
//! the same sequence of tokens but for the texts of these, so it is one whole JSON object with the same keys at the same
//! depth. Which of its values somebody wants depends on keys and places alone, so these are the same too. What varies is
//! checked anew, character by character. Its no means nothing.
//!
//! Records of different forms share the steps that they begin with, so what is captured at a step may depend on nothing
//! that stands behind it. A captured array does, since it tells whether it holds a `null`: no form is learned from a record
//! with one of them. A wildcard's container does not: it is noted of the byte in front of its value, whatever that is.

use super::quotes::Quote;
use super::scratch::{Entry, Found, Kind, Scratch};
use super::varying::{Content, Varies, is_scalar, scalar, varying};

/// Most steps that are kept, and most values that they capture, twice for one that has an end of its own; some 150 bytes
/// each. When there are more, everything is learned anew.
const MAX_STEPS: usize = 16 << 10;

/// Most bytes of fixed text.
const MAX_FIXED: usize = 1 << 20;

/// Most steps that are known to follow one: each is tried in turn, and who makes records chooses their keys.
const MAX_ALTERNATIVES: usize = 64;

/// Most values of a record that is learned; one that has more would push out what is of use.
const MAX_VALUES: usize = MAX_STEPS / 16;

/// How many bytes more of records may be learned than met again, before only one of [`SELDOM`] is learned: traffic whose
/// keys never repeat would otherwise pay for learning what is of no use.
const PATIENCE: usize = 512 << 10;

/// A prime, lest it fall into the rhythm in which records come.
const SELDOM: u8 = 17;

/// A part of a form: text that is fixed, and then a value that varies.
#[derive(Clone, Debug)]
struct Step {
    fixed: Box<[u8]>,
    varies: Varies,
    /// Whether nothing is captured.
    is_plain: bool,
    /// The steps that were seen to follow: the first of them, and of this one the next alternative. 0 is none.
    follows: u32,
    otherwise: u32,
    /// What is captured of the fixed text, in order.
    opened: Vec<Opened>,
    /// Which of what was captured before ends in the fixed text.
    closed: Vec<Closed>,
    /// The slots that capture the value.
    captures: Vec<usize>,
}

/// A captured `null` or object, or a wildcard's container.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Opened {
    /// At the beginning of the text, without a content.
    entry: Entry,
    /// Bytes from the beginning of the fixed text.
    offset: usize,
}

/// The end of a captured object.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Closed {
    /// Its place in the journal.
    place: usize,
    /// Bytes from the beginning of the fixed text.
    offset: usize,
}

/// The forms that are known, those that begin alike sharing their beginnings.
#[derive(Clone, Debug, Default)]
pub(super) struct Forms {
    /// Bytes of fixed text.
    bytes: usize,
    /// What is captured, of all steps.
    captured: usize,
    /// The first one is none, and what follows it begins a record.
    steps: Vec<Step>,
    /// Bytes of the records that were to be learned and not met again, at most twice [`PATIENCE`].
    unused: usize,
    /// Records that were passed over since the last one that was to be learned.
    passed_over: u8,
    is_disabled: bool,
}

impl Forms {
    /// Learns no more, and forgets.
    pub(super) fn disable(&mut self) {
        *self = Self {
            is_disabled: true,
            ..Self::default()
        };
    }

    /// Captures the values of the record that the text begins with, and returns its length, if its form is known. If not,
    /// something may have been captured.
    pub(super) fn read<const IN_STRING: bool>(
        &mut self,
        text: &[u8],
        scratch: &mut Scratch,
    ) -> Option<usize> {
        let mut before = 0;
        let mut at = 0;
        loop {
            let (this, start) = self.next(before, text, at)?;
            let step = &self.steps[this];
            if !step.is_plain {
                step.capture(at, scratch);
            }
            let (kind, end) = match step.varies {
                Varies::End => {
                    self.unused = self.unused.saturating_sub(start);
                    return Some(start);
                }
                Varies::String => {
                    let content = Content::of::<IN_STRING>(text, start)?;
                    if content.is_escaped && !step.captures.is_empty() {
                        let (kind, from, to) =
                            scratch.unescape::<IN_STRING>(&text[start..content.end])?;
                        scratch.note_values(&step.captures, kind, from, to);
                        (at, before) = (content.end, this);
                        continue;
                    }
                    (Kind::String, content.end)
                }
                Varies::Scalar => scalar(text, start)?,
            };
            if !step.is_plain {
                scratch.note_values(&step.captures, kind, start, end);
            }
            at = end;
            before = this;
        }
    }

    /// The step that the text makes here, and where its fixed text ends.
    #[inline]
    fn next(&mut self, before: usize, text: &[u8], at: usize) -> Option<(usize, usize)> {
        let rest = text.get(at..)?;
        let first = self.steps.get(before)?.follows as usize;
        let (mut this, mut previous) = (first, 0);
        while this != 0 {
            let step = &self.steps[this];
            let fixed = &*step.fixed;
            // A number or a string may follow what is otherwise the same.
            if rest.starts_with(fixed)
                && (step.varies != Varies::Scalar || is_scalar(rest.get(fixed.len())))
            {
                let end = at + fixed.len();
                if previous != 0 {
                    // What was met last is likely to be met next.
                    self.steps[previous].otherwise = step.otherwise;
                    self.steps[this].otherwise = self.steps[before].follows;
                    self.steps[before].follows = narrow(this);
                }
                return Some((this, end));
            }
            (this, previous) = (step.otherwise as usize, this);
        }
        None
    }

    /// Learns the form of a record that the quick walk has accepted: `quotes` are those of its strings, and `journal` is
    /// what was captured.
    pub(super) fn learn<const IN_STRING: bool>(
        &mut self,
        record: &[u8],
        quotes: &[Quote],
        journal: &[Found],
    ) {
        let is_fixed = |found: &Found| found.entry.is_fixed_where_it_begins();
        if self.is_disabled
            || record.len() > MAX_FIXED
            || quotes.len() > MAX_STEPS
            || 2 * journal.len() > MAX_STEPS
            || !journal.iter().all(is_fixed)
        {
            return;
        }
        if self.unused > PATIENCE && self.passed_over < SELDOM - 1 {
            self.passed_over += 1;
            return;
        }
        self.passed_over = 0;
        self.unused = (self.unused + record.len()).min(2 * PATIENCE);
        let values = varying::<IN_STRING>(record, quotes);
        if values.len() > MAX_VALUES {
            return;
        }
        if self.steps.len() + values.len() > MAX_STEPS
            || self.captured + 2 * journal.len() > MAX_STEPS
            || self.bytes + record.len() > MAX_FIXED
        {
            self.steps.clear();
            self.bytes = 0;
            self.captured = 0;
        }
        if self.steps.is_empty() {
            self.steps.push(Step::new(b"", Varies::End));
        }
        let mut entries = journal
            .iter()
            .map(|found| found.entry)
            .enumerate()
            .peekable();
        let mut open: Vec<(usize, usize)> = Vec::new();
        let (mut before, mut from) = (0, 0);
        for value in values {
            let fixed = &record[from..value.start];
            let known = self.alternatives(before).find(|&step| {
                let step = &self.steps[step];
                step.varies == value.varies && *step.fixed == *fixed
            });
            let mut step = Step::new(fixed, value.varies);
            while let Some((place, entry)) =
                entries.next_if(|(_, entry)| entry.place().is_some_and(|at| at < value.start))
            {
                if let Some(end) = entry.end() {
                    open.push((place, end));
                }
                let offset = entry.place().map_or(0, |at| at - from);
                let entry = entry.moved(0);
                step.opened.push(Opened { entry, offset });
            }
            open.retain(|&(place, end)| {
                let is_here = end <= value.start;
                if is_here {
                    let offset = end - from;
                    step.closed.push(Closed { place, offset });
                }
                !is_here
            });
            while let Some((_, Entry::Value { slot, .. })) =
                entries.next_if(|(_, entry)| entry.place() == Some(value.start))
            {
                step.captures.push(slot);
            }
            before = if let Some(known) = known {
                debug_assert!(self.steps[known].captures_like(&step), "{step:?}");
                known
            } else {
                self.add(before, step)
            };
            from = value.end;
        }
    }

    fn alternatives(&self, before: usize) -> impl Iterator<Item = usize> {
        let some = |step: u32| (step != 0).then_some(step as usize);
        std::iter::successors(some(self.steps[before].follows), move |&step| {
            some(self.steps[step].otherwise)
        })
    }

    fn add(&mut self, before: usize, step: Step) -> usize {
        let this = self.steps.len();
        // Where there are too many, the one that was not met for longest goes.
        let kept = self.alternatives(before).nth(MAX_ALTERNATIVES - 2);
        if let Some(last) = kept {
            self.steps[last].otherwise = 0;
        }
        self.captured += step.opened.len() + step.closed.len() + step.captures.len();
        let otherwise = self.steps[before].follows;
        self.bytes += step.fixed.len();
        self.steps.push(Step {
            otherwise,
            is_plain: step.opened.is_empty() && step.closed.is_empty() && step.captures.is_empty(),
            ..step
        });
        self.steps[before].follows = narrow(this);
        this
    }
}

impl Step {
    /// Captures what is to be captured of the fixed text, which begins here.
    fn capture(&self, at: usize, scratch: &mut Scratch) {
        for opened in &self.opened {
            scratch.note(opened.entry.moved(at + opened.offset));
        }
        for closed in &self.closed {
            scratch.journal[closed.place]
                .entry
                .close(at + closed.offset);
        }
    }

    /// Whether both capture the same.
    fn captures_like(&self, other: &Self) -> bool {
        self.opened == other.opened
            && self.closed == other.closed
            && self.captures == other.captures
    }

    fn new(fixed: &[u8], varies: Varies) -> Self {
        Self {
            fixed: fixed.into(),
            varies,
            is_plain: true,
            follows: 0,
            otherwise: 0,
            opened: Vec::new(),
            closed: Vec::new(),
            captures: Vec::new(),
        }
    }
}

/// A place among steps, which [`MAX_STEPS`] bounds.
fn narrow(place: usize) -> u32 {
    u32::try_from(place).expect("it is bounded")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::quotes::Quotes;
    use crate::record::{Encoding, Record, Selector, Selectors};

    #[test]
    fn names_that_never_come_again_make_no_search_longer_and_push_out_nothing_that_does() {
        let mut forms = Forms::default();
        let mut quotes = Quotes::default();
        let mut learn = |forms: &mut Forms, record: &str| {
            quotes.find::<false>(record.as_bytes()).unwrap();
            forms.learn::<false>(record.as_bytes(), quotes.as_slice(), &[]);
        };
        let usual = r#"{"usual":"a"}"#;
        learn(&mut forms, usual);
        // Fewer than would make all be forgotten.
        for number in 0..MAX_STEPS / 4 {
            learn(&mut forms, &format!(r#"{{"a{number}":"a"}}"#));
            let found = forms.read::<false>(usual.as_bytes(), &mut Scratch::default());
            assert_eq!(found, Some(usual.len()));
        }
        assert!(forms.steps.len() > 4 * MAX_ALTERNATIVES);
        for step in 0..forms.steps.len() {
            assert!(forms.alternatives(step).count() <= MAX_ALTERNATIVES);
        }
    }

    #[test]
    fn of_records_that_never_come_again_few_are_learned_whatever_comes_between() {
        let mut forms = Forms::default();
        let mut quotes = Quotes::default();
        let mut learn = |forms: &mut Forms, record: &str| {
            let before = (forms.steps.len(), forms.bytes);
            quotes.find::<false>(record.as_bytes()).unwrap();
            forms.learn::<false>(record.as_bytes(), quotes.as_slice(), &[]);
            before != (forms.steps.len(), forms.bytes)
        };
        let usual = r#"{"a":1}"#;
        let ones = |count| vec!["1"; count].join(",");
        assert!(learn(&mut forms, usual));
        assert!(!learn(&mut forms, &format!("[{}]", ones(MAX_VALUES))));
        let (mut seen, mut learned) = (0, 0);
        while seen < 8 * PATIENCE {
            let record = format!(r#"{{"k{seen}":[{}]}}"#, ones(500));
            seen += record.len();
            if learn(&mut forms, &record) {
                learned += record.len();
            }
            if forms
                .read::<false>(usual.as_bytes(), &mut Scratch::default())
                .is_none()
            {
                learn(&mut forms, usual);
            }
        }
        assert!(learned < PATIENCE + seen / 16, "{learned} of {seen}");
        assert!(learned > PATIENCE, "{learned} of {seen}");
    }

    #[test]
    fn what_is_captured_is_bounded_too() {
        let mut forms = Forms::default();
        let mut quotes = Quotes::default();
        for number in 0..20 {
            let record = format!(r#"{{"k{number}":[{}]}}"#, vec!["null"; 2_000].join(","));
            let first = record.find("null").unwrap();
            let journal: Vec<Found> = (first..)
                .step_by("null,".len())
                .take(2_000)
                .map(|start| Found {
                    entry: Entry::Value {
                        slot: 0,
                        kind: Kind::Null,
                        start,
                        end: start,
                    },
                    next: None,
                })
                .collect();
            quotes.find::<false>(record.as_bytes()).unwrap();
            forms.learn::<false>(record.as_bytes(), quotes.as_slice(), &journal);
            let captured = forms
                .steps
                .iter()
                .map(|step| step.opened.len())
                .sum::<usize>();
            assert!((2_000..=MAX_STEPS).contains(&captured), "{captured}");
        }
    }

    /// Records that say nearly what the one before says: a value is longer, ends otherwise, or is of another kind.
    #[test]
    fn what_is_recognised_is_captured_as_if_it_were_walked() {
        let values = [
            r#""""#,
            r#""a""#,
            r#""ab""#,
            r#""a\n""#,
            r#""a\"b""#,
            r#""é""#,
            r#""a, b""#,
            "1",
            "12",
            "1.5",
            "true",
            "false",
            "null",
            "{}",
            "[]",
            r#"["a",null]"#,
            r#"{"x":"a"}"#,
            r#""arn:aws:iam::111122223333:role/a-role-with-a-long-name""#,
        ];
        let mut seed = 3_usize;
        let mut draw = |limit: usize| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (seed >> 33) % limit
        };
        let mut selectors = Selectors::default();
        let wanted = [&["a"][..], &["b"], &["b", "x"], &["d", "e"], &["d"], &["g"]];
        let slots = wanted.map(|names| selectors.slot(&Selector::of_members(names)));
        let mut quick = selectors.into_reader();
        let mut thorough = quick.clone();
        let mut drawn = [1_usize; 7];
        for _ in 0..20_000 {
            // Mostly a string again: forms must be met again to be of use.
            let among = if draw(30) == 0 { values.len() } else { 7 };
            drawn[draw(7)] = draw(among);
            let [first, second, long, inner, deep, listed, last] = drawn.map(|place| values[place]);
            let record = format!(
                r#"{{"a":{first},"b":{second},"long":{long},"d":{{"e":{deep},"f":{inner},"":"the same in all"}},"f":[{listed}],"g":{last}}}"#
            );
            let outer = serde_json::Value::from(record.as_str()).to_string();
            let reference = thorough.read_reference(&record).unwrap();
            let values = |record: Record<'_>| {
                let text = |value| {
                    record
                        .json(value)
                        .map_or(format!("{value:?}"), String::from)
                };
                slots.map(|slot| record.values(slot).map(text).collect::<Vec<_>>())
            };
            let expected = values(reference);
            assert_eq!(values(quick.read(&record).unwrap()), expected, "{record}");
            let (found, length) = quick
                .scan(&outer.as_bytes()[1..], Encoding::JsonString)
                .unwrap();
            assert_eq!(values(found), expected, "{record}");
            assert_eq!(length, outer.len() - 2);
        }
        assert!(
            quick.layout_cache_hits() > 10_000,
            "{}",
            quick.layout_cache_hits()
        );
    }
}
