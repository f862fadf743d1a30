//! The side of the consumer: signing requests (RFC 5849 §3.1).

use std::fmt;

use crate::base_string::base_string;
use crate::encoding::{Pair, encode, form_pairs};
use crate::request::Url;
use crate::{Body, Problem, SignatureMethod};

/// With what a consumer signs.
#[derive(Clone)]
pub struct Credentials<'a> {
    /// The key that the provider knows the consumer by.
    pub consumer_key: &'a str,
    /// The secret that goes with it.
    pub consumer_secret: &'a str,
    /// The token that a person or the provider has given; without one the request is two-legged.
    pub token: Option<Token<'a>>,
    /// By which method.
    pub method: SignatureMethod,
}

/// A token with its secret.
#[derive(Clone, Copy)]
pub struct Token<'a> {
    /// As the provider gave it.
    pub token: &'a str,
    /// The secret that came with it.
    pub secret: &'a str,
}

/// Secrets are never printed.
impl fmt::Debug for Credentials<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let token = self.token.map(|token| token.token);
        let (key, method) = (self.consumer_key, self.method);
        formatter
            .debug_struct("Credentials")
            .field("consumer_key", &key)
            .field("token", &token)
            .field("method", &method)
            .finish_non_exhaustive()
    }
}

/// Secrets are never printed.
impl fmt::Debug for Token<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Token").field("token", &self.token).finish_non_exhaustive()
    }
}

/// A request that is about to be sent.
#[derive(Clone, Copy, Debug)]
pub struct Outgoing<'a> {
    /// `GET`, `POST`, …
    pub method: &'a str,
    /// Absolute, with the query.
    pub url: &'a str,
    /// What is sent along. A body that is no form is hashed.
    pub body: Body<'a>,
    /// Where a request for a token wants the person sent back to.
    pub callback: Option<&'a str>,
    /// What the person brought back.
    pub verifier: Option<&'a str>,
}

impl Credentials<'_> {
    /// The value of the `Authorization` header, signed at `now`, seconds since 1970, with a nonce that was
    /// never used before.
    ///
    /// # Errors
    /// When the URL is not absolute.
    pub fn authorization(&self, request: &Outgoing<'_>, now: u64, nonce: &str) -> Result<String, Problem> {
        let url = Url::of(request.url)?;
        let mut protocol: Vec<(&str, String)> = vec![
            ("oauth_consumer_key", self.consumer_key.to_owned()),
            ("oauth_nonce", nonce.to_owned()),
            ("oauth_signature_method", self.method.name().to_owned()),
            ("oauth_timestamp", now.to_string()),
            ("oauth_version", "1.0".to_owned()),
        ];
        let optional = [
            ("oauth_token", self.token.map(|token| token.token)),
            ("oauth_callback", request.callback),
            ("oauth_verifier", request.verifier),
        ];
        protocol.extend(optional.into_iter().filter_map(|(name, value)| Some((name, value?.to_owned()))));
        let mut parameters: Vec<Pair> = form_pairs(url.query.as_bytes());
        match request.body {
            Body::Form(form) => parameters.extend(form_pairs(form)),
            Body::Other([]) => {}
            Body::Other(body) => protocol.push(("oauth_body_hash", self.method.body_hash(body))),
        }
        let pair = |(name, value): &(&str, String)| (name.as_bytes().to_vec(), value.as_bytes().to_vec());
        parameters.extend(protocol.iter().map(pair));
        let text = base_string(request.method, &url.base, &parameters);
        let token_secret = self.token.map_or("", |token| token.secret);
        protocol.push(("oauth_signature", self.method.sign(&text, self.consumer_secret, token_secret)));
        let written = protocol.iter().map(|(name, value)| format!("{name}=\"{}\"", encode(value.as_bytes())));
        Ok(format!("OAuth {}", written.collect::<Vec<_>>().join(", ")))
    }
}
