//! Signing out at a provider, and being signed out by it.

use openidconnect::{ClientId, LogoutRequest, PostLogoutRedirectUrl};
use store::{EndedThere, Provided};

use super::logout_token::LogoutToken;
use super::metadata::Signed;
use super::{NotShown, Provider};

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
        let wrong = |cause: &str| NotShown::Wrong(cause.to_owned());
        let token = LogoutToken::parse(token).map_err(wrong)?;
        token.is_said_to(&self.told.client_id, &self.told.issuer).map_err(NotShown::Wrong)?;
        let known = self.known().await?;
        if !token.is_signed_by(known.metadata.jwks().keys()) {
            let known = self.known_anew(&known).await?;
            if !token.is_signed_by(known.metadata.jwks().keys()) {
                return Err(wrong("no key of the provider has signed it"));
            }
        }
        match (token.said.text("sid"), token.said.text("sub")) {
            (Some(session), _) => Ok(Ended::Session(session.to_owned())),
            (None, Some(subject)) => Ok(Ended::Subject(subject.to_owned())),
            (None, None) => Err(wrong("it says neither which session nor whose (`sid`, `sub`)")),
        }
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
