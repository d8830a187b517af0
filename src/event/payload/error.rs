//! Errors of payloads.

/// Why a payload cannot be decoded. Not retryable.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PayloadError {
    /// `data` is not base64.
    #[error("expected `awslogs.data` to be base64")]
    Base64 {
        /// The cause.
        #[source]
        source: base64_simd::Error,
    },
    /// The decoded bytes are not gzip, end early, or have a wrong checksum.
    #[error("expected `awslogs.data` to hold whole gzip data")]
    Gzip {
        /// The cause.
        #[source]
        source: std::io::Error,
    },
    /// The inflated text is larger than the limit.
    #[error("the payload inflates to more than {limit} bytes")]
    TooLarge {
        /// The limit, in bytes.
        limit: usize,
    },
    /// Invalid UTF-8 outside of the string values of keys. In a string value, it becomes U+FFFD.
    #[error("expected the payload to be UTF-8 text, which it is not from byte {at} on")]
    Utf8 {
        /// Offset of the first invalid byte in the inflated text.
        at: usize,
    },
    /// The text is not the JSON of a subscription payload.
    #[error(
        "expected the payload to be the JSON object of a subscription, with `messageType` and `logEvents`, which it is \
         not from byte {at} on"
    )]
    Json {
        /// Offset of the rejected part in the inflated text. Positions in the cause are relative to it.
        at: usize,
        /// The cause.
        #[source]
        source: serde_json::Error,
    },
    /// `messageType` is not one of the two known values.
    #[error("expected `messageType` to be DATA_MESSAGE or CONTROL_MESSAGE, found {found:?}")]
    MessageType {
        /// The text found.
        found: String,
    },
}
