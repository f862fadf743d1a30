//! Signing out at a provider, and being signed out by it.

use openidconnect::{ClientId, LogoutRequest, Nonce, PostLogoutRedirectUrl};
use serde_json::Value;
use store::{EndedThere, Provided};

use super::claims::Said;
use super::metadata::{Signed, causes};
use super::token::{believed, is_of_another_key};
use super::{NotShown, Provider};

/// By which a provider says that a session has ended there (OpenID Connect Back-Channel Logout 2.4).
const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

impl Provider {
    /// Where a browser goes to sign out there too, if the provider has such a place.
    pub(crate) async fn sign_out(&self, provided: &Provided) -> Option<String> {
        let known = match self.known().await {
            Ok(known) => known,
            Err(error) => {
                tracing::warn!(%error, "somebody has signed out here, and not there");
                return None;
            }
        };
        let there = known.metadata.additional_metadata().end_session_endpoint.clone()?;
        let signed: Signed = provided.id_token.parse().ok()?;
        let request = LogoutRequest::from(there)
            .set_id_token_hint(&signed)
            .set_client_id(ClientId::new(self.told.client_id.clone()))
            .set_post_logout_redirect_uri(PostLogoutRedirectUrl::new(self.signed_out.clone()).ok()?);
        Some(request.http_get_url().into())
    }

    /// Which of its sessions has ended, by a token that says so.
    pub(crate) async fn ended(&self, token: &str) -> Result<Ended, NotShown> {
        let wrong = |cause: String| NotShown::Wrong(cause);
        let signed: Signed = token.parse().map_err(|_| wrong("it is no token".to_owned()))?;
        let mut known = self.known().await?;
        let mut verified = believed(&self.client(&known)?, &signed, &["JWT", "logout+jwt"], no_nonce);
        if verified.as_ref().is_err_and(is_of_another_key) {
            known = self.known_anew(&known).await?;
            verified = believed(&self.client(&known)?, &signed, &["JWT", "logout+jwt"], no_nonce);
        }
        let claims = verified.map_err(|error| wrong(causes(&error)))?;
        let said = Said::default().with(&claims);
        if !said.get("events").and_then(|events| events.get(EVENT)).is_some_and(Value::is_object) {
            return Err(wrong("it does not say that a session has ended (`events`)".to_owned()));
        }
        Ok(match said.text("sid") {
            Some(session) => Ended::Session(session.to_owned()),
            None => Ended::Subject(claims.subject().to_string()),
        })
    }
}

/// What has ended at a provider.
#[derive(Debug)]
pub(crate) enum Ended {
    /// One session of its own.
    Session(String),
    /// All of somebody's.
    Subject(String),
}

impl Ended {
    /// Which sessions here those are.
    pub(crate) fn here(&self) -> EndedThere<'_> {
        match self {
            Self::Session(session) => EndedThere::Session(session),
            Self::Subject(subject) => EndedThere::Subject(subject),
        }
    }
}

/// What is signed for signing in says nothing of signing out.
fn no_nonce(nonce: Option<&Nonce>) -> Result<(), String> {
    if nonce.is_none() { Ok(()) } else { Err("it was made for signing in".to_owned()) }
}
