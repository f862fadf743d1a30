//! The side of the provider: reading and verifying what others have signed (RFC 5849 §3.2).

use std::fmt;

use crate::base_string::base_string;
use crate::encoding::{Pair, decode, form_pairs};
use crate::request::Url;
use crate::{Body, Problem, Request, SignatureMethod};

/// The secrets that a signature is made with.
#[derive(Clone, Copy)]
pub struct Secrets<'a> {
    /// The consumer's.
    pub consumer: &'a str,
    /// The token's; empty for a request without one.
    pub token: &'a str,
}

/// Secrets are never printed.
impl fmt::Debug for Secrets<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secrets { … }")
    }
}

/// A request whose protocol parameters have been read, and are nothing but claims yet.
#[derive(Clone, Debug)]
pub struct Signed {
    claims: Authentic,
    method: SignatureMethod,
    signature: String,
    base_string: String,
}

/// A request whose signature is right, and whose nonce may have been used before.
#[derive(Clone, Debug)]
#[must_use = "it is authentic only when its nonce has been spent"]
pub struct Unspent(Authentic);

/// What a request says by its protocol parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authentic {
    /// Who sent it.
    pub consumer_key: String,
    /// The token by which it was signed; an empty one is none.
    pub token: Option<String>,
    /// When it was signed, in seconds since 1970 by the consumer's clock.
    pub timestamp: u64,
    /// Never used before with this consumer key.
    pub nonce: String,
    /// Where a request for a token wants the person sent back to; `oob`: nowhere.
    pub callback: Option<String>,
    /// What the person brought back, to be exchanged for a token.
    pub verifier: Option<String>,
    /// Whether the signature covers the body: a form, an empty one, or one whose hash is signed.
    pub covers_body: bool,
}

impl Signed {
    /// Reads the protocol parameters, in whichever of header, query and form they are.
    ///
    /// # Errors
    /// [`Problem::Unsigned`] where there are none; otherwise what is amiss with them.
    pub fn read(request: &Request<'_>) -> Result<Self, Problem> {
        let url = Url::of(request.url)?;
        let mut parameters = header_pairs(request.authorization.unwrap_or_default())?;
        parameters.extend(form_pairs(url.query.as_bytes()));
        if let Body::Form(form) = request.body {
            parameters.extend(form_pairs(form));
        }
        let protocol = Protocol::of(&parameters)?;
        let method = SignatureMethod::named(protocol.needed("oauth_signature_method")?)?;
        if let Some(version) = protocol.get("oauth_version").filter(|version| *version != "1.0") {
            return Err(Problem::Version(version.to_owned()));
        }
        let claims = Authentic {
            consumer_key: protocol.needed("oauth_consumer_key")?.to_owned(),
            token: protocol.get("oauth_token").filter(|token| !token.is_empty()).map(str::to_owned),
            timestamp: protocol.timestamp()?,
            nonce: protocol.needed("oauth_nonce")?.to_owned(),
            callback: protocol.get("oauth_callback").map(str::to_owned),
            verifier: protocol.get("oauth_verifier").map(str::to_owned),
            covers_body: covers(request.body, method, protocol.get("oauth_body_hash"))?,
        };
        let signature = protocol.needed("oauth_signature")?.to_owned();
        parameters.retain(|(name, _)| name != b"oauth_signature");
        let base_string = base_string(request.method, &url.base, &parameters);
        Ok(Self { claims, method, signature, base_string })
    }

    /// The consumer that it claims to be from, whose secret is to be looked up.
    pub fn consumer_key(&self) -> &str {
        &self.claims.consumer_key
    }
    /// The token that it claims to use, whose secret is to be looked up.
    pub fn token(&self) -> Option<&str> {
        self.claims.token.as_deref()
    }
    /// The text that must have been signed, for whoever looks for the reason why a signature is not right. It
    /// holds the parameters of the request, and no secret of OAuth's.
    pub fn base_string(&self) -> &str {
        &self.base_string
    }

    /// Checks the signature, and that it was made at most `window` seconds from `now`, either way.
    ///
    /// # Errors
    /// [`Problem::Signature`] or [`Problem::Timestamp`]. The signature is looked at first: whoever has no
    /// secret learns nothing of this server's clock.
    pub fn verify(self, secrets: Secrets<'_>, now: u64, window: u64) -> Result<Unspent, Problem> {
        self.method.verify(&self.base_string, &self.signature, secrets.consumer, secrets.token)?;
        if self.claims.timestamp.abs_diff(now) > window {
            let behind_by = now.wrapping_sub(self.claims.timestamp).cast_signed();
            return Err(Problem::Timestamp { behind_by, window });
        }
        Ok(Unspent(self.claims))
    }
}

impl Unspent {
    /// The consumer key with which the nonce must be new.
    pub fn consumer_key(&self) -> &str {
        &self.0.consumer_key
    }
    /// The nonce.
    pub fn nonce(&self) -> &str {
        &self.0.nonce
    }
    /// When it was signed, in seconds since 1970: the nonce may be forgotten once this lies outside the
    /// window.
    pub fn timestamp(&self) -> u64 {
        self.0.timestamp
    }

    /// The request, if the nonce was new with the consumer key. Whoever keeps nonces must have written this
    /// one down in the same step in which it was found to be new.
    ///
    /// # Errors
    /// [`Problem::NonceUsed`].
    pub fn spend(self, was_new: bool) -> Result<Authentic, Problem> {
        if was_new { Ok(self.0) } else { Err(Problem::NonceUsed) }
    }
}

/// The protocol parameters among all those of a request.
struct Protocol<'a>(Vec<(&'a str, &'a str)>);

impl<'a> Protocol<'a> {
    fn of(parameters: &'a [Pair]) -> Result<Self, Problem> {
        let mut found: Vec<(&str, &str)> = Vec::new();
        for (name, value) in parameters.iter().filter(|(name, _)| name.starts_with(b"oauth_")) {
            const NO_TEXT: Problem = Problem::Malformed("an OAuth parameter is not UTF-8");
            let name = str::from_utf8(name).map_err(|_| NO_TEXT)?;
            let value = str::from_utf8(value).map_err(|_| NO_TEXT)?;
            if found.iter().any(|(other, _)| *other == name) {
                return Err(Problem::Twice(name.to_owned()));
            }
            found.push((name, value));
        }
        // A callback or a token alone, as the page has it on which a person approves, is no signature.
        let signed = |(name, _): &(&str, &str)| {
            ["oauth_consumer_key", "oauth_signature", "oauth_signature_method"].contains(name)
        };
        if found.iter().any(signed) { Ok(Self(found)) } else { Err(Problem::Unsigned) }
    }

    fn get(&self, name: &str) -> Option<&'a str> {
        self.0.iter().find(|(other, _)| *other == name).map(|(_, value)| *value)
    }

    fn needed(&self, name: &'static str) -> Result<&'a str, Problem> {
        self.get(name).filter(|value| !value.is_empty()).ok_or(Problem::Absent(name))
    }

    fn timestamp(&self) -> Result<u64, Problem> {
        const NAME: &str = "oauth_timestamp";
        let text = self.needed(NAME)?;
        let digits = text.bytes().all(|byte| byte.is_ascii_digit());
        let seconds = if digits { text.parse().ok() } else { None };
        seconds.ok_or(Problem::Rejected(NAME, "expected seconds since 1970 in decimal digits"))
    }
}

/// Whether the signature covers the body (OAuth Request Body Hash 1.0 §4.2).
fn covers(body: Body<'_>, method: SignatureMethod, hash: Option<&str>) -> Result<bool, Problem> {
    const NAME: &str = "oauth_body_hash";
    match (body, hash) {
        (Body::Form(_), Some(_)) => Err(Problem::Rejected(NAME, "a form is signed pair by pair")),
        (Body::Form(_), None) => Ok(true),
        (Body::Other(body), None) => Ok(body.is_empty()),
        (Body::Other(body), Some(hash)) if method.is_body_hash(body, hash) => Ok(true),
        (Body::Other(_), Some(_)) => Err(Problem::BodyHash),
    }
}

/// The parameters of an `Authorization` header, without the realm (RFC 5849 §3.5.1); none of another scheme.
fn header_pairs(value: &str) -> Result<Vec<Pair>, Problem> {
    const EXPECTED: Problem =
        Problem::Malformed("the Authorization header is malformed: expected `OAuth name=\"value\", …`");
    let value = value.trim();
    let (scheme, rest) = value.split_once([' ', '\t']).unwrap_or((value, ""));
    if !scheme.eq_ignore_ascii_case("OAuth") {
        return Ok(Vec::new());
    }
    let mut pairs = Vec::new();
    let mut rest = rest.trim_start();
    while !rest.is_empty() {
        let (name, after) = rest.split_once('=').ok_or(EXPECTED)?;
        let quoted = after.trim_start().strip_prefix('"').ok_or(EXPECTED)?;
        let (value, after) = quoted.split_once('"').ok_or(EXPECTED)?;
        let name = name.trim();
        if name.is_empty() || name.contains([',', '"', ' ']) {
            return Err(EXPECTED);
        }
        if !name.eq_ignore_ascii_case("realm") {
            pairs.push((decode(name.as_bytes()), decode(value.as_bytes())));
        }
        let after = after.trim_start();
        rest = match after.strip_prefix(',') {
            Some(next) => next.trim_start(),
            None if after.is_empty() => after,
            None => return Err(EXPECTED),
        };
    }
    Ok(pairs)
}
