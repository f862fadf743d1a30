//! How a base string is signed (RFC 5849 §3.4.2), and how a body is hashed (OAuth Request Body Hash 1.0).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::{digest, hmac};

use crate::Problem;
use crate::encoding::encode;

/// How requests are signed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SignatureMethod {
    /// As ELM and RFC 5849 do it.
    HmacSha1,
    /// The same with SHA-256.
    #[default]
    HmacSha256,
}

impl SignatureMethod {
    /// Its name in `oauth_signature_method`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::HmacSha1 => "HMAC-SHA1",
            Self::HmacSha256 => "HMAC-SHA256",
        }
    }

    pub(crate) fn named(name: &str) -> Result<Self, Problem> {
        let known = [Self::HmacSha1, Self::HmacSha256].into_iter().find(|method| method.name() == name);
        known.ok_or_else(|| Problem::SignatureMethod(name.to_owned()))
    }

    fn key(self, consumer_secret: &str, token_secret: &str) -> hmac::Key {
        let algorithm = match self {
            Self::HmacSha1 => hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
            Self::HmacSha256 => hmac::HMAC_SHA256,
        };
        let key = format!("{}&{}", encode(consumer_secret.as_bytes()), encode(token_secret.as_bytes()));
        hmac::Key::new(algorithm, key.as_bytes())
    }

    /// The signature as `oauth_signature` has it.
    pub(crate) fn sign(self, base_string: &str, consumer_secret: &str, token_secret: &str) -> String {
        STANDARD.encode(hmac::sign(&self.key(consumer_secret, token_secret), base_string.as_bytes()))
    }

    /// Whether it is the signature, found out in the same time wherever it differs.
    pub(crate) fn verify(
        self,
        base_string: &str,
        signature: &str,
        consumer_secret: &str,
        token_secret: &str,
    ) -> Result<(), Problem> {
        let signature = STANDARD.decode(signature).map_err(|_| Problem::Signature)?;
        hmac::verify(&self.key(consumer_secret, token_secret), base_string.as_bytes(), &signature)
            .map_err(|_| Problem::Signature)
    }

    /// The hash of a body as `oauth_body_hash` has it, by the hash function of the method.
    pub(crate) fn body_hash(self, body: &[u8]) -> String {
        match self {
            Self::HmacSha1 => sha1(body),
            Self::HmacSha256 => STANDARD.encode(digest::digest(&digest::SHA256, body)),
        }
    }

    /// Whether it is the hash of the body. With HMAC-SHA256 some clients, oauthlib among them, hash the body
    /// by SHA-1 all the same; the extension knows no other.
    pub(crate) fn is_body_hash(self, body: &[u8], hash: &str) -> bool {
        // What is compared is no secret: both sides of it are in the request.
        hash == self.body_hash(body) || hash == sha1(body)
    }
}

fn sha1(body: &[u8]) -> String {
    STANDARD.encode(digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, body))
}
