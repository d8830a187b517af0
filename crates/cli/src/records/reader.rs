//! Reads one input file: bytes in, records out, in the order of the file.

use std::io::{self, BufRead, Read};

use super::classify::Classifier;
use super::json_stream::JsonStream;
use super::record::{DeliveryInterval, InputError, Item};
use crate::input::decompressed;

/// The records of one file. Decompresses gzip, splits the text into JSON values and classifies each value.
pub(crate) struct RecordReader {
    values: JsonStream<Box<dyn BufRead + Send>>,
    classifier: Classifier,
}

impl RecordReader {
    /// Starts at the current position of the input.
    pub(crate) fn new(
        input: impl Read + Send + 'static,
        interval: DeliveryInterval,
    ) -> io::Result<Self> {
        Ok(Self {
            values: JsonStream::new(decompressed(input)?),
            classifier: Classifier::new(interval),
        })
    }
}

impl Iterator for RecordReader {
    type Item = Result<Item, InputError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(item) = self.classifier.next_item() {
                return Some(Ok(item));
            }
            let classified = match self.values.next_value() {
                Ok(None) => return None,
                Ok(Some(value)) => self.classifier.classify(value),
                Err(error) => Err(error.into()),
            };
            if let Err(error) = classified {
                return Some(Err(error));
            }
        }
    }
}
