//! Asking another server over HTTP. Its address was typed in by somebody, and what answers there may be
//! anything: neither may become a way into this network (docs/cross-server.md#network-rules).

mod address;
mod allowed;
mod lookup;
mod refusal;
mod root_services;

#[cfg(test)]
mod tests;

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::http::header::{CONTENT_TYPE, LOCATION};
use axum::http::{HeaderMap, Method, StatusCode};
use reqwest::redirect::Policy;
use reqwest::{Client, Response, Url};
use serde::de::DeserializeOwned;
use tokio::time::timeout;

pub(crate) use allowed::AllowedPeers;
pub(crate) use refusal::{PeerRefusal, short};
pub(crate) use root_services::RootServices;

use crate::authority;
use crate::config::Friends;
use lookup::{Checked, Lookup, System};

/// No document of a peer is larger.
const LARGEST: usize = 1 << 20;
/// So often a peer may send us on, within itself.
const MOST_REDIRECTS: usize = 5;
/// A connection is kept longer than the longest usual time between two polls.
const KEPT: Duration = Duration::from_secs(150);
const KEPT_EACH: usize = 4;

/// What asks other servers. It is made once: connections are kept between requests.
pub(crate) struct Peers {
    config: Friends,
    lookup: Arc<dyn Lookup>,
    /// Made when it is first needed, for it reads what the machine trusts.
    client: OnceLock<Client>,
}

/// What is asked.
pub(crate) struct Request<'a> {
    pub(crate) method: Method,
    pub(crate) uri: &'a Url,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

/// What a peer has answered, whatever the status.
#[derive(Debug)]
pub(crate) struct Answer {
    /// Where it came from, after redirects.
    pub(crate) uri: Url,
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Peers {
    pub(crate) fn new(config: &Friends) -> Self {
        Self::with_lookup(config, Arc::new(System))
    }

    fn with_lookup(config: &Friends, lookup: Arc<dyn Lookup>) -> Self {
        Self { config: config.clone(), lookup, client: OnceLock::new() }
    }

    /// The address that a text is, if it may be asked.
    pub(crate) fn uri(&self, text: &str) -> Result<Url, PeerRefusal> {
        address::parse(text, &self.config.allow)
    }

    /// Sends exactly this, once. What would lead elsewhere is no answer: a signature is for one address.
    pub(crate) async fn send(&self, request: Request<'_>) -> Result<Answer, PeerRefusal> {
        let uri = request.uri.clone();
        let answer = self.ask(request).await?;
        match redirect(&answer)? {
            None => Ok(answer),
            Some(to) => Err(PeerRefusal::Redirected { from: uri.to_string(), to: short(to.as_str()) }),
        }
    }

    /// Reads what is there for everybody. A peer may send us on within itself: same scheme, host and port.
    pub(crate) async fn read(&self, uri: &Url, headers: HeaderMap) -> Result<Answer, PeerRefusal> {
        let mut uri = uri.clone();
        for _ in 0..=MOST_REDIRECTS {
            let request =
                Request { method: Method::GET, uri: &uri, headers: headers.clone(), body: Vec::new() };
            let answer = self.ask(request).await?;
            match redirect(&answer)? {
                None => return Ok(answer),
                Some(to) => uri = to,
            }
        }
        Err(PeerRefusal::RedirectedTooOften { from: uri.to_string() })
    }

    async fn ask(&self, request: Request<'_>) -> Result<Answer, PeerRefusal> {
        let Request { method, uri, headers, body } = request;
        // A redirect may have led here: it is checked as what was typed in is.
        address::check(uri, &self.config.allow)?;
        let broken = |error: &reqwest::Error| PeerRefusal::of(uri, error);
        let sent = self.client()?.request(method, uri.clone()).headers(headers).body(body).send();
        let whole = async {
            let late = |_| PeerRefusal::NoAnswer { uri: uri.to_string(), after: self.config.head_timeout };
            let response = timeout(self.config.head_timeout, sent).await.map_err(late)?;
            read(response.map_err(|error| broken(&error))?, uri).await
        };
        let late = |_| PeerRefusal::TooSlow { uri: uri.to_string(), after: self.config.timeout };
        timeout(self.config.timeout, whole).await.map_err(late)?
    }

    fn client(&self) -> Result<&Client, PeerRefusal> {
        if let Some(client) = self.client.get() {
            return Ok(client);
        }
        let tls = authority::client(self.config.authority.as_deref()).map_err(PeerRefusal::NoTls)?;
        let checked = Checked { allow: self.config.allow.clone(), lookup: Arc::clone(&self.lookup) };
        let client = Client::builder()
            .user_agent(concat!("bailiwick/", env!("CARGO_PKG_VERSION")))
            .tls_backend_preconfigured((*tls).clone())
            // The connection is made to an address that this has answered, and to no other.
            .dns_resolver(Arc::new(checked))
            // A proxy would look the name up again, and reach what we must not.
            .no_proxy()
            .redirect(Policy::none())
            .referer(false)
            .http1_only()
            .connect_timeout(self.config.connect_timeout)
            .pool_idle_timeout(KEPT)
            .pool_max_idle_per_host(KEPT_EACH)
            .build();
        let client = client.map_err(|error| PeerRefusal::NoTls(refusal::causes(&error)))?;
        Ok(self.client.get_or_init(|| client))
    }
}

async fn read(mut response: Response, uri: &Url) -> Result<Answer, PeerRefusal> {
    let too_large = || PeerRefusal::TooLarge { uri: uri.to_string(), most: LARGEST };
    let (status, headers) = (response.status(), response.headers().clone());
    if response.content_length().is_some_and(|length| length > LARGEST as u64) {
        return Err(too_large());
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| PeerRefusal::of(uri, &error))? {
        if body.len() + chunk.len() > LARGEST {
            return Err(too_large());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Answer { uri: uri.clone(), status, headers, body })
}

/// Where an answer leads, if it leads anywhere.
fn redirect(answer: &Answer) -> Result<Option<Url>, PeerRefusal> {
    if !answer.status.is_redirection() || answer.status == StatusCode::NOT_MODIFIED {
        return Ok(None);
    }
    let Some(location) = answer.headers.get(LOCATION) else { return Ok(None) };
    let to = location.to_str().ok().and_then(|text| answer.uri.join(text).ok());
    let to =
        to.ok_or_else(|| PeerRefusal::broken(&answer.uri, "it redirects to something that is no address"))?;
    if to.origin() != answer.uri.origin() {
        let to = short(&to.origin().ascii_serialization());
        return Err(PeerRefusal::RedirectedElsewhere { from: answer.uri.to_string(), to });
    }
    Ok(Some(to))
}

impl Answer {
    /// The answer, if it is what was asked for.
    pub(crate) fn success(self) -> Result<Self, PeerRefusal> {
        if self.status.is_success() {
            return Ok(self);
        }
        Err(PeerRefusal::Status { uri: self.uri.to_string(), status: self.status })
    }

    /// What it says, as JSON.
    pub(crate) fn json<T: DeserializeOwned>(&self) -> Result<T, PeerRefusal> {
        self.of_type("JSON", |kind| kind == "application/json" || kind.ends_with("+json"))?;
        let read = serde_json::from_slice(&self.body);
        read.map_err(|error| PeerRefusal::broken(&self.uri, format!("it is no such JSON: {error}")))
    }

    /// The root services that it describes.
    pub(crate) fn root_services(&self) -> Result<RootServices, PeerRefusal> {
        let fitting = |kind: &str| kind.ends_with("/xml") || kind.ends_with("+xml");
        self.of_type("XML (`application/rdf+xml`)", fitting)?;
        root_services::parse(&self.body).map_err(|cause| {
            PeerRefusal::broken(&self.uri, format!("it describes no root services: {cause}"))
        })
    }

    /// What is labelled otherwise is not even looked at.
    fn of_type(&self, expected: &'static str, fits: impl Fn(&str) -> bool) -> Result<(), PeerRefusal> {
        let found = self.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let kind = found.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        if fits(&kind) {
            return Ok(());
        }
        Err(PeerRefusal::WrongType { uri: self.uri.to_string(), found: short(&kind), expected })
    }
}
