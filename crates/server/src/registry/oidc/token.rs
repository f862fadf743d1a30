//! What a provider has signed, and whether it is to be believed.

use openidconnect::core::{CoreGenderClaim, CoreJwsSigningAlgorithm};
use openidconnect::{
    AccessToken, AccessTokenHash, AuthorizationCode, ClaimsVerificationError, IdTokenClaims,
    JsonWebTokenType, Nonce, OAuth2TokenResponse as _, PkceCodeVerifier, RequestTokenError,
    SignatureVerificationError, SubjectIdentifier, TokenResponse as _, UserInfoClaims, UserInfoError,
};
use serde::de::IgnoredAny;
use store::Provided;

use super::claims::{Claims, Said};
use super::fetch::{Ask, Waiting};
use super::metadata::{Client, Exchanged, Signed, causes};
use super::{Identity, NotShown, Provider};
use crate::chance::now;

/// With which it may sign: what only the provider can, and no checksum with a secret that two know.
pub(super) const ALGORITHMS: [CoreJwsSigningAlgorithm; 9] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha384,
    CoreJwsSigningAlgorithm::RsaSsaPssSha512,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
    CoreJwsSigningAlgorithm::EdDsa,
];

/// So far, in seconds, the provider's clock may be ahead of ours.
pub(super) const AHEAD: i64 = 5 * 60;

pub(super) type SignedClaims = IdTokenClaims<Claims, CoreGenderClaim>;

impl Provider {
    /// Exchanges a code for what the provider has signed, and reads in it who it is.
    pub(super) async fn identify(
        &self,
        code: AuthorizationCode,
        verifier: PkceCodeVerifier,
        nonce: &Nonce,
    ) -> Result<Identity, NotShown> {
        let wrong = |cause: String| NotShown::Wrong(cause);
        let mut known = self.known().await?;
        let client = self.client(&known)?;
        let answer = exchange(client.clone(), code, verifier, self.cache.http.ask()).await;
        let answer = answer.map_err(|error| match error {
            Failed::Refused(said) => wrong(format!("the provider does not take its `code`: `{said}`")),
            Failed::Senseless(cause) => wrong(cause),
            Failed::Otherwise(cause) => self.unavailable(cause),
        })?;
        let signed = answer.id_token().ok_or_else(|| wrong("the provider has signed nothing".to_owned()))?;
        let nonce_is = |said: Option<&Nonce>| match said {
            Some(said) if said.secret() == nonce.secret() => Ok(()),
            _ => Err("it is of another sign-in".to_owned()),
        };
        let mut verified = believed(&client, signed, nonce_is);
        if verified.as_ref().is_err_and(is_of_another_key) {
            known = self.known_anew(&known).await?;
            verified = believed(&self.client(&known)?, signed, nonce_is);
        }
        let claims = verified.map_err(|error| wrong(causes(&error)))?;
        self.is_for_us(&claims)?;
        let client = self.client(&known)?;
        of_access_token(&client, signed, &claims, answer.access_token())?;
        let said = self.said(&client, &claims, answer.access_token()).await?;
        let provided = Provided {
            subject: claims.subject().to_string(),
            session: said.text("sid").map(str::to_owned),
            id_token: signed.to_string(),
        };
        Ok(Identity { person: self.person(&said)?, provided })
    }

    /// OpenID Connect Core 3.1.3.7, number 5.
    pub(super) fn is_for_us(&self, claims: &SignedClaims) -> Result<(), NotShown> {
        match claims.authorized_party() {
            Some(party) if party.as_str() != self.told.client_id => {
                Err(NotShown::Wrong(format!("it was signed for `{}` (`azp`)", party.as_str())))
            }
            _ => Ok(()),
        }
    }

    /// What is signed, and what the provider tells besides where something is missing.
    async fn said(
        &self,
        client: &Client,
        claims: &SignedClaims,
        access_token: &AccessToken,
    ) -> Result<Said, NotShown> {
        let said = Said::default().with(claims);
        if client.user_info_url().is_none() || !self.misses(&said) {
            return Ok(said);
        }
        let (client, subject) = (client.clone(), claims.subject().clone());
        match tell(client, access_token.clone(), subject, self.cache.http.ask()).await {
            Ok(told) => Ok(said.with(&told)),
            Err(Failed::Refused(cause) | Failed::Senseless(cause)) => Err(NotShown::Wrong(cause)),
            Err(Failed::Otherwise(cause)) => Err(self.unavailable(cause)),
        }
    }
}

/// Why the provider has not answered as it should.
enum Failed {
    /// It was about this sign-in.
    Refused(String),
    /// It is no sense, and will be none the next time.
    Senseless(String),
    /// It may answer otherwise later.
    Otherwise(String),
}

fn exchange(
    client: Client,
    code: AuthorizationCode,
    verifier: PkceCodeVerifier,
    ask: Ask,
) -> Waiting<Result<Exchanged, Failed>> {
    Box::pin(async move {
        let exchange = client.exchange_code(code).map_err(|error| Failed::Otherwise(error.to_string()))?;
        let answer = exchange.set_pkce_verifier(verifier).request_async(&ask).await;
        answer.map_err(|error| match error {
            RequestTokenError::ServerResponse(said) => Failed::Refused(said.error().to_string()),
            // What is no JSON was written by something between us and it.
            RequestTokenError::Parse(_, ref body) if is_json(body) => Failed::Senseless(causes(&error)),
            error => Failed::Otherwise(causes(&error)),
        })
    })
}

fn tell(
    client: Client,
    access_token: AccessToken,
    subject: SubjectIdentifier,
    ask: Ask,
) -> Waiting<Result<UserInfoClaims<Claims, CoreGenderClaim>, Failed>> {
    Box::pin(async move {
        let request = client.user_info(access_token, Some(subject));
        let request = request.map_err(|error| Failed::Otherwise(error.to_string()))?;
        request.request_async(&ask).await.map_err(|error| match error {
            UserInfoError::ClaimsVerification(_) => Failed::Refused(causes(&error)),
            UserInfoError::Parse(_) => Failed::Senseless(causes(&error)),
            error => Failed::Otherwise(causes(&error)),
        })
    })
}

fn is_json(body: &[u8]) -> bool {
    serde_json::from_slice::<IgnoredAny>(body).is_ok()
}

/// What stands in it, if issuer, audience, signature, times and nonce are as they should be.
fn believed(
    client: &Client,
    signed: &Signed,
    nonce_is: impl Fn(Option<&Nonce>) -> Result<(), String>,
) -> Result<SignedClaims, ClaimsVerificationError> {
    let newest = now().microseconds() / 1_000_000 + AHEAD;
    let types = JsonWebTokenType::new("JWT".to_owned()).normalize().ok();
    let verifier = client.id_token_verifier().set_allowed_algs(ALGORITHMS).set_allowed_jose_types(types);
    let verifier = verifier.set_issue_time_verifier_fn(move |at| {
        if at.timestamp() <= newest { Ok(()) } else { Err("it comes from the future".to_owned()) }
    });
    signed.claims(&verifier, nonce_is).cloned()
}

/// Whether it may have been signed with a key that the provider has not had before.
fn is_of_another_key(error: &ClaimsVerificationError) -> bool {
    use SignatureVerificationError::{CryptoError, NoMatchingKey};
    matches!(error, ClaimsVerificationError::SignatureVerification(NoMatchingKey | CryptoError(_)))
}

/// OpenID Connect Core 3.1.3.8.
fn of_access_token(
    client: &Client,
    signed: &Signed,
    claims: &SignedClaims,
    access_token: &AccessToken,
) -> Result<(), NotShown> {
    let wrong = |error: &dyn std::error::Error| NotShown::Wrong(causes(error));
    let Some(expected) = claims.access_token_hash() else { return Ok(()) };
    let verifier = client.id_token_verifier();
    let algorithm = signed.signing_alg().map_err(|error| wrong(&error))?;
    let key = signed.signing_key(&verifier).map_err(|error| wrong(&error))?;
    let hash = AccessTokenHash::from_token(access_token, algorithm, key).map_err(|error| wrong(&error))?;
    if hash == *expected {
        Ok(())
    } else {
        Err(NotShown::Wrong("it belongs to another access token (`at_hash`)".to_owned()))
    }
}
