//! Asking a provider over HTTP.

use std::pin::Pin;
use std::sync::OnceLock;
use std::time::Duration;

use openidconnect::{AsyncHttpClient, HttpRequest, HttpResponse};
use reqwest::redirect::Policy;
use reqwest::{Certificate, Client};
use thiserror::Error;
use tokio_rustls::rustls::crypto::ring;

use super::metadata::causes;

const CONNECT: Duration = Duration::from_secs(5);
const ALTOGETHER: Duration = Duration::from_secs(10);
/// No document of a provider is larger.
const LARGEST: usize = 1 << 20;

/// Why there is no answer.
#[derive(Clone, Debug, Error)]
#[error("{0}")]
pub(super) struct NoAnswer(String);

impl NoAnswer {
    fn of(error: &reqwest::Error) -> Self {
        Self(causes(error))
    }
}

/// What asks; made when it is first needed, for it reads what the machine trusts.
pub(super) struct Http {
    authorities: Option<Vec<Certificate>>,
    client: OnceLock<Client>,
}

/// What is waited for. It borrows nothing: futures of `openidconnect` that do cannot be sent elsewhere.
pub(super) type Waiting<T> = Pin<Box<dyn Future<Output = T> + Send>>;
/// How `openidconnect` asks.
pub(super) struct Ask(Result<Client, NoAnswer>);

impl<'a> AsyncHttpClient<'a> for Ask {
    type Error = NoAnswer;
    type Future = Waiting<Result<HttpResponse, NoAnswer>>;

    fn call(&'a self, request: HttpRequest) -> Self::Future {
        Box::pin(answer(self.0.clone(), request))
    }
}

impl Http {
    pub(super) fn new(authorities: Option<Vec<Certificate>>) -> Self {
        Self { authorities, client: OnceLock::new() }
    }

    pub(super) fn ask(&self) -> Ask {
        Ask(self.client().cloned())
    }

    fn client(&self) -> Result<&Client, NoAnswer> {
        if let Some(client) = self.client.get() {
            return Ok(client);
        }
        // Another part of the process may have chosen it already, and there is but one to choose.
        let _ = ring::default_provider().install_default();
        let mut builder = Client::builder()
            .user_agent(concat!("bailiwick/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT)
            .timeout(ALTOGETHER)
            // Whoever redirects would get the secret.
            .redirect(Policy::none());
        if let Some(authorities) = &self.authorities {
            builder = builder.tls_certs_only(authorities.iter().cloned());
        }
        let client = builder.build().map_err(|error| NoAnswer::of(&error))?;
        Ok(self.client.get_or_init(|| client))
    }
}

async fn answer(client: Result<Client, NoAnswer>, request: HttpRequest) -> Result<HttpResponse, NoAnswer> {
    let request = request.try_into().map_err(|error| NoAnswer::of(&error))?;
    let sent = client?.execute(request).await;
    let mut response = sent.map_err(|error| NoAnswer::of(&error))?;
    let (status, headers) = (response.status(), response.headers().clone());
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| NoAnswer::of(&error))? {
        body.extend_from_slice(&chunk);
        if body.len() > LARGEST {
            return Err(NoAnswer(format!("the answer has more than {LARGEST} bytes")));
        }
    }
    let mut answer = HttpResponse::new(body);
    *answer.status_mut() = status;
    *answer.headers_mut() = headers;
    Ok(answer)
}
