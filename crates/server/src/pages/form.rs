//! What forms send.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, Request};
use axum::http::HeaderValue;
use axum::http::header::CONTENT_TYPE;
use sha2::{Digest as _, Sha256};
use store::Revision;

use super::multipart::{Part, boundary, parts};
use crate::chance::hex;
use crate::problem::{Kind, Problem};
use crate::router::Server;

/// The fields of a form, or of a query.
#[derive(Clone, Debug, Default)]
pub(crate) struct Fields {
    all: Vec<(String, String)>,
    /// The file that is no text.
    unreadable: Option<String>,
}

impl Fields {
    pub(crate) fn read(text: &[u8]) -> Self {
        Self { all: form_urlencoded::parse(text).into_owned().collect(), unreadable: None }
    }

    /// A file that was chosen stands in place of what is typed into the field of its name.
    fn of_parts(parts: Vec<Part<'_>>) -> Self {
        let mut fields = Self::default();
        for Part { name, file, content } in parts.into_iter().filter(|part| part.file != Some("")) {
            match (file, std::str::from_utf8(content)) {
                (None, _) => {
                    fields.all.push((name.to_owned(), String::from_utf8_lossy(content).into_owned()));
                }
                (Some(_), Ok(text)) => {
                    fields.all.retain(|(other, _)| other != name);
                    // As it comes back when it has been shown.
                    let text = text.trim_start_matches('\u{feff}').replace("\r\n", "\n").replace('\r', "\n");
                    fields.all.push((name.to_owned(), text));
                }
                (Some(file), Err(_)) => fields.unreadable = Some(file.to_owned()),
            }
        }
        fields
    }

    /// Whether each file that was sent is text.
    pub(crate) fn readable(&self) -> Result<(), Problem> {
        match &self.unreadable {
            None => Ok(()),
            Some(file) => {
                let said = format!("`{file}` is not UTF-8: save it in UTF-8, and choose it again");
                Err(Problem::new(Kind::BadDocument, said))
            }
        }
    }

    /// What is in each field of this name.
    pub(crate) fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.all.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// What is in a field, or nothing.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.all.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
    }

    /// What is in a field, between commas or on lines of its own.
    pub(crate) fn list(&self, name: &str) -> impl Iterator<Item = &str> {
        self.get(name).split([',', '\n']).map(str::trim).filter(|text| !text.is_empty())
    }

    /// Each field, in order.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.all.iter().map(|(key, value)| (key.as_str(), value.as_str()))
    }

    /// A digest of what is said, but for the step on which it is.
    pub(crate) fn digest(&self) -> String {
        let said = self.all.iter().filter(|(key, _)| !STEPS.contains(&key.as_str()));
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
        let media_type = request.headers().get(CONTENT_TYPE);
        let is_form = is_form(media_type);
        let media_type = media_type.and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
        let boundary = boundary(&media_type);
        if boundary.is_none() && !is_form {
            let said = "send application/x-www-form-urlencoded, or multipart/form-data with its boundary";
            return Err(Problem::new(Kind::MediaType, said));
        }
        let body: Result<Bytes, BytesRejection> = Bytes::from_request(request, server).await;
        let body = body?;
        let Some(boundary) = boundary else { return Ok(Self::read(&body)) };
        let broken = || Problem::new(Kind::Malformed, "the body does not consist of parts of a form");
        Ok(Self::of_parts(parts(boundary, &body).ok_or_else(broken)?))
    }
}
