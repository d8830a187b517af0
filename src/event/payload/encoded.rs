//! Decoding of base64 in pieces.

use std::io::{self, BufRead, Read};

/// Number of characters that are decoded at once. The decoded bytes fit into the L1 cache.
const PIECE: usize = 32 << 10;

/// Reader of the bytes of a base64 text.
pub(super) struct Encoded<'a> {
    /// The text that is not decoded yet.
    text: &'a [u8],
    decoded: &'a mut Vec<u8>,
    /// Number of bytes of `decoded` that have been read.
    read: usize,
}

impl<'a> Encoded<'a> {
    /// A reader at the beginning of the text. `buffer` is its memory.
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
            // Padding ends the text, so the rest is not base64.
            if !rest.is_empty() && self.decoded.len() < PIECE / 4 * 3 {
                let source = base64_simd::STANDARD
                    .check(b"=")
                    .expect_err("padding alone is not base64");
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
