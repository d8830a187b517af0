//! A sliding window over a stream of bytes.

use std::io::{self, Read};

use super::error::PayloadError;

/// Size of the window in bytes: it fits into the L2 cache of the processor.
pub(super) const SIZE: usize = 256 << 10;

/// A larger buffer, in bytes, is shrunk before the next use, so that one giant log event does not keep its memory.
const MAX_REUSED: usize = 4 << 20;

/// The bytes of a stream that are read and not yet consumed.
pub(super) struct Window<'b, R> {
    input: R,
    bytes: &'b mut Vec<u8>,
    start: usize,
    end: usize,
    /// Number of bytes that may still be read.
    left: usize,
    limit: usize,
    is_at_end: bool,
}

impl<'b, R: Read> Window<'b, R> {
    /// A window at the beginning of `input`, which may have at most `limit` bytes. `buffer` is its memory.
    pub(super) fn new(input: R, buffer: &'b mut Vec<u8>, limit: usize) -> Self {
        if buffer.len() > MAX_REUSED {
            buffer.truncate(SIZE);
            buffer.shrink_to(SIZE);
        }
        buffer.resize(buffer.len().max(SIZE), 0);
        Self {
            input,
            bytes: buffer,
            start: 0,
            end: 0,
            left: limit,
            limit,
            is_at_end: false,
        }
    }

    /// The bytes in the window.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes[self.start..self.end]
    }

    /// Offset of the window in the stream.
    pub(super) fn offset(&self) -> usize {
        self.limit - self.left - (self.end - self.start)
    }

    /// Whether the window reaches the end of the stream.
    pub(super) fn is_at_end(&self) -> bool {
        self.is_at_end
    }

    /// Removes bytes from the beginning of the window.
    pub(super) fn consume(&mut self, count: usize) {
        self.start += count;
    }

    /// Reads more bytes until the window is full. A window that is full already is doubled.
    pub(super) fn extend(&mut self) -> Result<(), PayloadError> {
        self.bytes.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        if self.end == self.bytes.len() {
            self.bytes.resize(self.end * 2, 0);
        }
        while self.end < self.bytes.len() && !self.is_at_end {
            match self.input.read(&mut self.bytes[self.end..]) {
                Ok(0) => self.is_at_end = true,
                Ok(read) => {
                    self.end += read;
                    self.left = self
                        .left
                        .checked_sub(read)
                        .ok_or(PayloadError::TooLarge { limit: self.limit })?;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(failure(error)),
            }
        }
        Ok(())
    }
}

/// The error of a stream that cannot be read.
fn failure(error: io::Error) -> PayloadError {
    match error.downcast::<base64_simd::Error>() {
        Ok(source) => PayloadError::Base64 { source },
        Err(source) => PayloadError::Gzip { source },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_giant_buffer_is_shrunk() {
        let giant = vec![b' '; MAX_REUSED + 1];
        let mut buffer = Vec::new();
        let mut window = Window::new(giant.as_slice(), &mut buffer, usize::MAX);
        while !window.is_at_end() {
            window.extend().unwrap();
        }
        assert_eq!(window.bytes(), giant);
        assert!(buffer.capacity() > MAX_REUSED);
        Window::new([].as_slice(), &mut buffer, usize::MAX);
        assert_eq!(buffer.capacity(), SIZE);
    }
}
