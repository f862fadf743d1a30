//! What forms send.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, Request};
use axum::http::HeaderValue;
use axum::http::header::CONTENT_TYPE;
use sha2::{Digest as _, Sha256};
use store::Revision;

use crate::chance::hex;
use crate::problem::{Kind, Problem};
use crate::router::Server;

/// The fields of a form, or of a query.
#[derive(Clone, Debug, Default)]
pub(crate) struct Fields(Vec<(String, String)>);

impl Fields {
    pub(crate) fn read(text: &[u8]) -> Self {
        Self(form_urlencoded::parse(text).into_owned().collect())
    }

    /// What is in each field of this name.
    pub(crate) fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// What is in a field, or nothing.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
    }

    /// What is in a field, between commas or on lines of its own.
    pub(crate) fn list(&self, name: &str) -> impl Iterator<Item = &str> {
        self.get(name).split([',', '\n']).map(str::trim).filter(|text| !text.is_empty())
    }

    /// Each field, in order.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(key, value)| (key.as_str(), value.as_str()))
    }

    /// A digest of what is said, but for the step on which it is.
    pub(crate) fn digest(&self) -> String {
        let said = self.0.iter().filter(|(key, _)| !STEPS.contains(&key.as_str()));
        // Browsers send other ends of lines with a form than scripts do.
        let said = said.map(|(key, value)| (key, value.replace("\r\n", "\n")));
        let text = form_urlencoded::Serializer::new(String::new()).extend_pairs(said).finish();
        hex(&Sha256::digest(text)[..8])
    }
    /// On which revision somebody has looked at what the form comes to, if they want to go on with this step
    /// and say what they said then: `reviewed` is the digest, a dot and the revision.
    pub(crate) fn agreed(&self, step: &str) -> Option<Revision> {
        let (seen, on) = self.get("reviewed").split_once('.')?;
        let is_meant = self.get("step") == step && seen == self.digest();
        on.parse().ok().filter(|_| is_meant).map(Revision::new)
    }
    /// Each field, in order, but for the step on which it is.
    pub(crate) fn said(&self) -> impl Iterator<Item = (&str, &str)> {
        self.pairs().filter(|(key, _)| !STEPS.contains(key))
    }
}

/// On which step a form is: a digest of what was said when who gains and who loses was looked at, and whether
/// a script asks for that.
pub(crate) const STEPS: [&str; 2] = ["reviewed", "step"];

/// Whether that is the type of what forms send.
pub(super) fn is_form(media_type: Option<&HeaderValue>) -> bool {
    media_type.is_some_and(|it| it.as_bytes().starts_with(b"application/x-www-form-urlencoded"))
}

impl FromRequest<Arc<Server>> for Fields {
    type Rejection = Problem;

    async fn from_request(request: Request, server: &Arc<Server>) -> Result<Self, Problem> {
        if !is_form(request.headers().get(CONTENT_TYPE)) {
            return Err(Problem::new(Kind::MediaType, "send application/x-www-form-urlencoded"));
        }
        let body: Result<Bytes, BytesRejection> = Bytes::from_request(request, server).await;
        Ok(Self::read(&body?))
    }
}
