//! Providers of identities, by OpenID Connect: authorisation code with PKCE
//! (docs/guide/operating.md#openid-connect).
//!
//! Nothing is kept between sending somebody to a provider and their coming back: a cookie holds one secret,
//! and everything that has to agree afterwards is derived from it.

mod claims;
mod fetch;
mod logout;
mod logout_token;
mod metadata;
mod token;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use governance::Person;
use openidconnect::core::CoreAuthenticationFlow;
use openidconnect::{
    AuthorizationCode, CsrfToken, Nonce, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, Scope,
};
use sha2::{Digest as _, Sha256};
use store::Provided;
use thiserror::Error;

use crate::chance::hex;
use crate::config::{Config, Provider as Told};
use crate::secret;
use metadata::Cache;

/// Those that the configuration names.
pub(crate) struct Providers(Vec<Provider>);

impl Providers {
    pub(crate) fn new(config: &Config) -> Self {
        let base = config.base_uri.as_ref().map_or("", |base| base.as_str());
        Self(config.providers.iter().map(|told| Provider::new(told.clone(), base)).collect())
    }
    pub(crate) fn named(&self, name: &str) -> Option<&Provider> {
        self.0.iter().find(|provider| provider.told.name == name)
    }
    /// The name and title of each.
    pub(crate) fn offered(&self) -> Vec<(String, String)> {
        self.0.iter().map(|it| (it.told.name.clone(), it.told.title.clone())).collect()
    }
}

/// A provider of identities.
pub(crate) struct Provider {
    told: Told,
    /// Where it sends people back to who have signed in, and who have signed out.
    back: String,
    signed_out: String,
    cache: Cache,
}

/// Why a provider has not shown who somebody is.
#[derive(Debug, Error)]
pub(crate) enum NotShown {
    /// It cannot be asked. The text is for the log.
    #[error("the provider `{provider}` cannot be asked: {cause}")]
    Unavailable {
        /// Which.
        provider: String,
        /// Why.
        cause: String,
    },
    /// The person did not want to, or may not, by what the provider says.
    #[error("the provider says `{0}`")]
    Refused(String),
    /// What came back does not belong to what was begun, or is not what it should be.
    #[error("{0}")]
    Wrong(String),
}

/// Somebody is sent to a provider.
pub(crate) struct Begun {
    /// Where to.
    pub(crate) address: String,
    /// What the browser keeps meanwhile.
    pub(crate) cookie: String,
}

/// Who somebody is, as a provider has shown.
pub(crate) struct Identity {
    pub(crate) person: Person,
    pub(crate) provided: Provided,
}

/// What came back from the provider.
pub(crate) struct CameBack<'a> {
    pub(crate) code: &'a str,
    pub(crate) state: &'a str,
    /// The provider that says to have sent it (RFC 9207), if it says so.
    pub(crate) issuer: &'a str,
    /// What went wrong, if anything did.
    pub(crate) error: &'a str,
}

impl Provider {
    fn new(told: Told, base: &str) -> Self {
        let back = format!("{base}/sign-in/oidc/{}/callback", told.name);
        Self { back, signed_out: format!("{base}/sign-in"), cache: Cache::new(&told), told }
    }

    /// Whether it says who is in which repository group.
    pub(crate) fn maps_groups(&self) -> bool {
        !self.told.groups.is_empty()
    }

    pub(crate) fn name(&self) -> &str {
        &self.told.name
    }
    pub(crate) fn title(&self) -> &str {
        &self.told.title
    }

    /// Sends somebody to it, who will go on to a page of this server afterwards.
    pub(crate) async fn begin(&self, next: &str) -> Result<Begun, NotShown> {
        let known = self.known().await?;
        let secret = secret::fresh();
        let client = self.client(&known)?;
        let derived = |what| self.derived(what, &secret);
        let verifier = PkceCodeVerifier::new(derived("verifier"));
        let (state, nonce) = (CsrfToken::new(derived("state")), Nonce::new(derived("nonce")));
        let request = client
            .authorize_url(CoreAuthenticationFlow::AuthorizationCode, || state, || nonce)
            .add_scopes(self.told.scopes.iter().cloned().map(Scope::new))
            .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier));
        let (address, _, _) = request.url();
        let next = BASE64_URL_SAFE_NO_PAD.encode(next);
        Ok(Begun { address: address.into(), cookie: format!("{secret}.{next}") })
    }

    /// Finds out who has come back.
    pub(crate) async fn finish(&self, cookie: &str, back: CameBack<'_>) -> Result<Identity, NotShown> {
        let wrong = |cause: &str| NotShown::Wrong(cause.to_owned());
        let (secret, _) = cookie.split_once('.').unwrap_or_default();
        if secret.is_empty() {
            return Err(wrong("nothing was begun in this browser, or too long ago"));
        }
        if back.state != self.derived("state", secret) {
            return Err(wrong("it belongs to another sign-in (`state`)"));
        }
        if !back.issuer.is_empty() && back.issuer != self.told.issuer {
            return Err(wrong("another provider has answered (`iss`)"));
        }
        if !back.error.is_empty() {
            return Err(NotShown::Refused(back.error.chars().take(LONGEST_ERROR).collect()));
        }
        if back.code.is_empty() {
            return Err(wrong("it has no `code`"));
        }
        let verifier = PkceCodeVerifier::new(self.derived("verifier", secret));
        let code = AuthorizationCode::new(back.code.to_owned());
        self.identify(code, verifier, &Nonce::new(self.derived("nonce", secret))).await
    }

    /// What has to agree later. A provider's is no other's.
    fn derived(&self, what: &str, secret: &str) -> String {
        hex(&Sha256::digest(format!("{what}\0{}\0{secret}", self.told.name)))
    }

    fn redirect(&self) -> Result<RedirectUrl, NotShown> {
        RedirectUrl::new(self.back.clone()).map_err(|error| self.unavailable(error))
    }

    fn unavailable(&self, cause: impl std::fmt::Display) -> NotShown {
        NotShown::Unavailable { provider: self.told.name.clone(), cause: cause.to_string() }
    }
}

const LONGEST_ERROR: usize = 60;

/// Where somebody wanted to go, by the cookie that went along.
pub(crate) fn next_of(cookie: &str) -> String {
    let (_, next) = cookie.split_once('.').unwrap_or_default();
    let next = BASE64_URL_SAFE_NO_PAD.decode(next).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    next.unwrap_or_default()
}
