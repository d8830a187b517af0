//! Reads one input file: bytes in, records out, in the order of the file.

use std::fs::File;
use std::io::{self, BufRead, BufReader};

use flate2::bufread::MultiGzDecoder;

use super::classify::Classifier;
use super::json_stream::JsonStream;
use super::record::{DeliveryInterval, InputError, Item};

/// Size of a read buffer, in bytes.
const BUFFER: usize = 64 << 10;

/// The first bytes of a gzip file (RFC 1952, 2.3.1).
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

/// The records of one file. Decompresses gzip, splits the text into JSON values and classifies each value.
pub(super) struct RecordReader {
    values: JsonStream<Box<dyn BufRead + Send>>,
    classifier: Classifier,
}

impl RecordReader {
    /// Starts at the beginning of a file.
    pub(super) fn new(file: File, interval: DeliveryInterval) -> io::Result<Self> {
        let mut file = BufReader::with_capacity(BUFFER, file);
        let is_gzip = file.fill_buf()?.starts_with(&GZIP_MAGIC);
        let input: Box<dyn BufRead + Send> = if is_gzip {
            Box::new(BufReader::with_capacity(BUFFER, MultiGzDecoder::new(file)))
        } else {
            Box::new(file)
        };
        Ok(Self {
            values: JsonStream::new(input),
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
