//! Input of commands: files, standard input, records and lines.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use flate2::bufread::MultiGzDecoder;
use serde::de::IgnoredAny;

use crate::error::CliError;

/// Size of a read buffer, in bytes.
const BUFFER: usize = 64 << 10;

/// The first bytes of a gzip file (RFC 1952, 2.3.1).
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

/// The first bytes of a ZIP file.
const ZIP_MAGIC: &[u8] = b"PK\x03\x04";

/// Reads a text file, gzip or not; `-` is standard input.
pub(super) fn text(path: &Path) -> Result<String, CliError> {
    if path == Path::new("-") {
        read_text(path, Ok(io::stdin()))
    } else {
        text_of_file(path)
    }
}

/// Reads a text file, gzip or not. `-` is an ordinary file name.
pub(super) fn text_of_file(path: &Path) -> Result<String, CliError> {
    read_text(path, File::open(path))
}

fn read_text(
    path: &Path,
    input: io::Result<impl Read + Send + 'static>,
) -> Result<String, CliError> {
    let mut bytes = Vec::new();
    let read = input
        .and_then(decompressed)
        .and_then(|mut input| input.read_to_end(&mut bytes));
    read.and_then(|_| decoded(bytes))
        .map_err(|source| CliError::Read {
            path: name(path),
            source,
        })
}

/// The text in UTF-8.
fn decoded(bytes: Vec<u8>) -> io::Result<String> {
    let is_utf16 = bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]);
    let reason = if is_utf16 {
        "it is encoded in UTF-16; save it in UTF-8"
    } else if bytes.starts_with(ZIP_MAGIC) {
        "it is a ZIP file; if it is a plan of Terraform, give the output of `terraform show -json`"
    } else {
        "it is not encoded in UTF-8"
    };
    String::from_utf8(bytes).map_err(|_| io::Error::new(io::ErrorKind::InvalidData, reason))
}

/// Buffers an input. If it is gzip, decompresses it.
pub(super) fn decompressed(
    input: impl Read + Send + 'static,
) -> io::Result<Box<dyn BufRead + Send>> {
    let mut input = BufReader::with_capacity(BUFFER, input);
    Ok(if input.fill_buf()?.starts_with(&GZIP_MAGIC) {
        Box::new(BufReader::with_capacity(BUFFER, MultiGzDecoder::new(input)))
    } else {
        Box::new(input)
    })
}

/// The name of a file in messages.
pub(super) fn name(path: &Path) -> String {
    if path == Path::new("-") {
        "standard input".to_owned()
    } else {
        path.display().to_string()
    }
}

/// Converts each line of a file.
pub(super) fn lines<T>(
    path: &Path,
    convert: impl Fn(&str) -> Result<T, String>,
) -> Result<Vec<T>, CliError> {
    let convert = |(line, text): (usize, &str)| {
        convert(text).map_err(|reason| CliError::Line {
            path: name(path),
            line,
            reason,
        })
    };
    (1..).zip(text(path)?.lines()).map(convert).collect()
}

/// Removes white space between JSON tokens, as in records of CloudTrail. Returns other text unchanged.
pub(super) fn compact(text: &str) -> String {
    if serde_json::from_str::<IgnoredAny>(text).is_err() {
        return text.to_owned();
    }
    let mut in_string = false;
    let mut escaped = false;
    let keeps = |c: &char| {
        let keep = in_string || !c.is_ascii_whitespace();
        match c {
            '"' if !escaped => in_string = !in_string,
            _ => {}
        }
        escaped = *c == '\\' && !escaped;
        keep
    };
    text.chars().filter(keeps).collect()
}

#[cfg(test)]
mod tests {
    use super::compact;

    #[test]
    fn only_white_space_between_tokens_is_removed() {
        assert_eq!(
            compact("{ \"a b\" : [ 1.0 ,\n \"c \\\" d\" ] }"),
            r#"{"a b":[1.0,"c \" d"]}"#
        );
        assert_eq!(compact("not { json"), "not { json");
    }
}
