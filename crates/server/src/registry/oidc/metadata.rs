//! What a provider tells of itself: its addresses and the keys with which it signs.

use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use openidconnect::core::{
    CoreAuthDisplay, CoreAuthPrompt, CoreClientAuthMethod, CoreErrorResponseType, CoreGenderClaim,
    CoreJsonWebKey, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm, CoreRevocableToken,
    CoreRevocationErrorResponse, CoreTokenIntrospectionResponse, CoreTokenType,
};
use openidconnect::{
    AuthType, ClientId, ClientSecret, EmptyExtraTokenFields, EndpointMaybeSet, EndpointNotSet, EndpointSet,
    IdToken, IdTokenFields, IssuerUrl, ProviderMetadataWithLogout, StandardErrorResponse,
    StandardTokenResponse,
};
use tokio::sync::Mutex;

use super::claims::Claims;
use super::fetch::{Ask, Http, Waiting};
use super::{NotShown, Provider};
use crate::config::Provider as Told;

/// What it signs.
pub(super) type Signed =
    IdToken<Claims, CoreGenderClaim, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm>;

type Fields = IdTokenFields<
    Claims,
    EmptyExtraTokenFields,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJwsSigningAlgorithm,
>;

/// What it answers for a code.
pub(super) type Exchanged = StandardTokenResponse<Fields, CoreTokenType>;

/// This server, as the provider knows it.
pub(super) type Client = openidconnect::Client<
    Claims,
    CoreAuthDisplay,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJsonWebKey,
    CoreAuthPrompt,
    StandardErrorResponse<CoreErrorResponseType>,
    Exchanged,
    CoreTokenIntrospectionResponse,
    CoreRevocableToken,
    CoreRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// So long what it tells is believed: a key that it has withdrawn is not, after that.
const BELIEVED: Duration = Duration::from_secs(60 * 60);

/// What was read of a provider, and when.
pub(super) struct Known {
    pub(super) metadata: ProviderMetadataWithLogout,
    at: Instant,
}

/// Whoever shows what is signed by a key that nobody knows makes it asked for others no more often.
const ANEW: Duration = Duration::from_secs(10);

/// Nobody waits for a provider that was away a moment ago.
const AWAY: Duration = Duration::from_secs(2);

pub(super) struct Cache {
    pub(super) http: Http,
    // INVARIANT: whoever reads holds it, so that many who sign in at a time ask once.
    known: Mutex<Option<Arc<Known>>>,
    /// When it was last asked for other keys.
    anew: std::sync::Mutex<Option<Instant>>,
    /// When it could not be read, and why, if so the last time.
    away: std::sync::Mutex<Option<(Instant, String)>>,
}

impl Cache {
    pub(super) fn new(told: &Told) -> Self {
        Self {
            http: Http::new(told.authorities.clone()),
            known: Mutex::new(None),
            anew: std::sync::Mutex::default(),
            away: std::sync::Mutex::default(),
        }
    }
}

impl Provider {
    /// What it tells of itself.
    pub(super) async fn known(&self) -> Result<Arc<Known>, NotShown> {
        let began = Instant::now();
        let mut known = match self.cache.known.try_lock() {
            Ok(known) => known,
            // Somebody finds out whether it is there again.
            Err(_) => match self.away() {
                Some((_, cause)) => return Err(self.unavailable(cause)),
                None => self.cache.known.lock().await,
            },
        };
        if let Some(known) = known.as_ref().filter(|known| known.at.elapsed() < BELIEVED) {
            return Ok(Arc::clone(known));
        }
        match self.away() {
            Some((at, cause)) if at >= began || at.elapsed() < AWAY => Err(self.unavailable(cause)),
            _ => self.read(&mut known).await,
        }
    }

    fn away(&self) -> Option<(Instant, String)> {
        self.cache.away.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What it tells now, since it may have other keys; unless somebody has asked anew meanwhile, or a moment
    /// ago.
    pub(super) async fn known_anew(&self, before: &Arc<Known>) -> Result<Arc<Known>, NotShown> {
        let mut known = self.cache.known.lock().await;
        if let Some(known) = known.as_ref().filter(|known| !Arc::ptr_eq(known, before)) {
            return Ok(Arc::clone(known));
        }
        if !self.may_ask_anew() {
            return Ok(Arc::clone(before));
        }
        self.read(&mut known).await
    }

    fn may_ask_anew(&self) -> bool {
        let mut anew = self.cache.anew.lock().unwrap_or_else(PoisonError::into_inner);
        let may = anew.is_none_or(|at| at.elapsed() >= ANEW);
        if may {
            *anew = Some(Instant::now());
        }
        may
    }

    async fn read(&self, known: &mut Option<Arc<Known>>) -> Result<Arc<Known>, NotShown> {
        let issuer = IssuerUrl::new(self.told.issuer.clone()).map_err(|error| self.unavailable(error))?;
        let discovered = discover(issuer, self.cache.http.ask()).await;
        let away = discovered.as_ref().err().map(|cause| (Instant::now(), cause.clone()));
        *self.cache.away.lock().unwrap_or_else(PoisonError::into_inner) = away;
        let metadata = discovered.map_err(|cause| self.unavailable(cause))?;
        let fresh = Arc::new(Known { metadata, at: Instant::now() });
        *known = Some(Arc::clone(&fresh));
        Ok(fresh)
    }

    /// This server, as the provider knows it.
    pub(super) fn client(&self, known: &Known) -> Result<Client, NotShown> {
        let id = ClientId::new(self.told.client_id.clone());
        let secret =
            self.told.client_secret.as_ref().map(|secret| ClientSecret::new(secret.text().to_owned()));
        let client = Client::from_provider_metadata(known.metadata.clone(), id, secret);
        let methods = known.metadata.token_endpoint_auth_methods_supported();
        let takes = |method| methods.is_none_or(|methods| methods.contains(&method));
        let by_body =
            !takes(CoreClientAuthMethod::ClientSecretBasic) && takes(CoreClientAuthMethod::ClientSecretPost);
        let client = if by_body { client.set_auth_type(AuthType::RequestBody) } else { client };
        Ok(client.set_redirect_uri(self.redirect()?))
    }
}

fn discover(issuer: IssuerUrl, ask: Ask) -> Waiting<Result<ProviderMetadataWithLogout, String>> {
    Box::pin(async move {
        let read = ProviderMetadataWithLogout::discover_async(issuer, &ask).await;
        read.map_err(|error| causes(&error))
    })
}

/// An error with what has caused it.
pub(super) fn causes(error: &dyn std::error::Error) -> String {
    let mut told = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        told = format!("{told}: {error}");
        cause = error.source();
    }
    told
}
