//! Base64, undone piece by piece.

use std::io::{self, BufRead, Read};

/// Characters that are decoded at once; what they decode to stays in the nearest cache.
const PIECE: usize = 32 << 10;

/// The bytes that a base64 text stands for.
pub(super) struct Encoded<'a> {
    /// What has not been decoded yet.
    text: &'a [u8],
    decoded: &'a mut Vec<u8>,
    /// How much of `decoded` has been read.
    read: usize,
}

impl<'a> Encoded<'a> {
    /// Reads from the text's beginning; `buffer` is memory to use.
    pub(super) fn new(text: &'a str, buffer: &'a mut Vec<u8>) -> Self {
        buffer.clear();
        buffer.reserve_exact(PIECE / 4 * 3);
        Self {
            text: text.as_bytes(),
            decoded: buffer,
            read: 0,
        }
    }
}

impl BufRead for Encoded<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.read == self.decoded.len() && !self.text.is_empty() {
            let (piece, rest) = self.text.split_at(self.text.len().min(PIECE));
            self.read = 0;
            self.decoded.clear();
            base64_simd::STANDARD
                .decode_append(piece, self.decoded)
                .map_err(|source| io::Error::new(io::ErrorKind::InvalidData, source))?;
            // Padding ends the text: what follows it is no base64.
            if !rest.is_empty() && self.decoded.len() < PIECE / 4 * 3 {
                let source = base64_simd::STANDARD
                    .check(b"=")
                    .expect_err("padding alone is none");
                return Err(io::Error::new(io::ErrorKind::InvalidData, source));
            }
            self.text = rest;
        }
        Ok(&self.decoded[self.read..])
    }

    fn consume(&mut self, amount: usize) {
        self.read += amount;
    }
}

impl Read for Encoded<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.fill_buf()?.read(buffer)?;
        self.consume(read);
        Ok(read)
    }
}
