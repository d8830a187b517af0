//! A stream of bytes, seen through a window that moves along it.

use std::io::{self, Read};

use super::PayloadError;

/// Bytes of the window: small enough to stay in the processor's second cache.
pub(super) const SIZE: usize = 256 << 10;

/// A window larger than this, in bytes, is given back before the next use, so that one giant does not stay for good.
const KEPT: usize = 4 << 20;

/// What has been read of a stream, and not been used yet.
pub(super) struct Window<'b, R> {
    input: R,
    bytes: &'b mut Vec<u8>,
    start: usize,
    end: usize,
    /// Bytes that may still be read.
    left: usize,
    limit: usize,
    is_at_end: bool,
}

impl<'b, R: Read> Window<'b, R> {
    /// A window at the beginning of `input`, of which at most `limit` bytes are accepted; `buffer` is memory to use.
    pub(super) fn new(input: R, buffer: &'b mut Vec<u8>, limit: usize) -> Self {
        if buffer.len() > KEPT {
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

    /// What is seen.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes[self.start..self.end]
    }

    /// How many bytes stood before what is seen.
    pub(super) fn passed(&self) -> usize {
        self.limit - self.left - (self.end - self.start)
    }

    /// Whether nothing follows what is seen.
    pub(super) fn is_at_end(&self) -> bool {
        self.is_at_end
    }

    /// Moves on by so many bytes.
    pub(super) fn consume(&mut self, count: usize) {
        self.start += count;
    }

    /// Sees more: fills the window, which grows if it is full of what has not been used.
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

/// Whose fault it is that a stream cannot be read.
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
    fn what_a_giant_took_is_given_back() {
        let giant = vec![b' '; KEPT + 1];
        let mut buffer = Vec::new();
        let mut window = Window::new(giant.as_slice(), &mut buffer, usize::MAX);
        while !window.is_at_end() {
            window.extend().unwrap();
        }
        assert_eq!(window.bytes(), giant);
        assert!(buffer.capacity() > KEPT);
        Window::new([].as_slice(), &mut buffer, usize::MAX);
        assert_eq!(buffer.capacity(), SIZE);
    }
}
