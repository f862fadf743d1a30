//! Why a request is not accepted.

use thiserror::Error;

/// Why a request is not accepted, as `oauth_problem` and people are told it. No variant holds a secret.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Problem {
    /// The request carries no protocol parameter at all: it is not signed.
    #[error("the request is not signed: it has no OAuth parameter in its header, query or form")]
    Unsigned,
    /// The header, the query or the form cannot be read.
    #[error("{0}")]
    Malformed(&'static str),
    /// A parameter that must be there is not.
    #[error("the parameter `{0}` is missing")]
    Absent(&'static str),
    /// A parameter is there more than once (RFC 5849 §3.1).
    #[error("the parameter `{0}` is there more than once")]
    Twice(String),
    /// A parameter has no value that can be right.
    #[error("the parameter `{0}` has no usable value: {1}")]
    Rejected(&'static str, &'static str),
    /// `oauth_version` is another one than `1.0`.
    #[error("`oauth_version` is `{0}`, and only `1.0` is spoken here")]
    Version(String),
    /// Signed by another method than those offered.
    #[error("the signature method `{0}` is not accepted: use HMAC-SHA256 or HMAC-SHA1")]
    SignatureMethod(String),
    /// The clocks differ by more than the window.
    #[error(
        "the request was signed {} seconds {} what this server's clock says, of which {window} are accepted: compare \
         the two clocks", behind_by.unsigned_abs(), if *behind_by < 0 { "after" } else { "before" }
    )]
    Timestamp {
        /// How far the request's instant lies behind the verifier's, in seconds; negative: ahead.
        behind_by: i64,
        /// How far it may, either way, in seconds.
        window: u64,
    },
    /// The signature is not the one that the secrets give.
    #[error("the signature is not the one that the consumer's and the token's secrets give for this request")]
    Signature,
    /// The body is not the one whose hash was signed.
    #[error("the body is not the one that `oauth_body_hash` was made of")]
    BodyHash,
    /// The nonce was used before with this key.
    #[error("the nonce was used before: each request needs a new one")]
    NonceUsed,
}

impl Problem {
    /// The word for it, as `oauth_problem` has it.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Unsigned | Self::Absent(_) => "parameter_absent",
            Self::Malformed(_) | Self::Twice(_) | Self::Rejected(..) => "parameter_rejected",
            Self::Version(_) => "version_rejected",
            Self::SignatureMethod(_) => "signature_method_rejected",
            Self::Timestamp { .. } => "timestamp_refused",
            Self::Signature | Self::BodyHash => "signature_invalid",
            Self::NonceUsed => "nonce_used",
        }
    }
}
