//! What a server has at an address, whatever its noun.

use reqwest::blocking::{RequestBuilder, Response};
use reqwest::header::{CONTENT_TYPE, ETAG, IF_MATCH};
use reqwest::{Method, StatusCode};
use serde::Deserialize;
use serde_json::Value;

use super::hierarchy::segment;
use super::{JSON, LONG, QUESTION, Remote, problem};

/// A page of a list.
#[derive(Deserialize)]
struct Page {
    items: Vec<Value>,
    /// Null on the last one; absent from lists that come whole.
    #[serde(default)]
    next: Option<String>,
}

/// An address of the API. What people call things may have any letter in it, and is one part all the same.
pub(crate) fn at<const N: usize>(parts: [&str; N]) -> String {
    parts.map(segment).join("/")
}

impl Remote {
    pub(crate) fn thing(&self, address: &str) -> anyhow::Result<Value> {
        self.json(self.request(Method::GET, address, &[]).timeout(QUESTION))
    }

    pub(crate) fn things(&self, address: &str) -> anyhow::Result<Vec<Value>> {
        let mut things = Vec::new();
        let mut next: Option<String> = None;
        loop {
            let query: Vec<_> = next.as_deref().map(|next| ("cursor", next)).into_iter().collect();
            let page: Page = self.json(self.request(Method::GET, address, &query).timeout(QUESTION))?;
            things.extend(page.items);
            next = page.next;
            if next.is_none() {
                return Ok(things);
            }
        }
    }

    /// Makes something, or does something to what is there; answers what has become of it, or null.
    pub(crate) fn post(&self, address: &str, body: &Value) -> anyhow::Result<Value> {
        self.done(self.request(Method::POST, address, &[]), Some(body))
    }

    /// Changes what is there as it was read, so that nobody's change is lost.
    pub(crate) fn change(
        &self,
        address: &str,
        change: impl FnOnce(&Value) -> anyhow::Result<Value>,
    ) -> anyhow::Result<Value> {
        let response = self.send(self.request(Method::GET, address, &[]).timeout(QUESTION))?;
        let tag = tag(&response);
        let read: Value =
            serde_json::from_slice(&self.bytes(response)?).map_err(|error| self.not_understood(&error))?;
        // A new name makes another reference; the number stays.
        let address = match (&read["number"], address.rsplit_once('/')) {
            (Value::Number(number), Some((above, _))) => format!("{above}/{number}"),
            _ => address.to_owned(),
        };
        let request = self.request(Method::PATCH, &address, &[]).header(IF_MATCH, tag);
        self.done(request, Some(&change(&read)?))
    }

    /// Puts something in the place of what is there, as it was read: null where there is nothing.
    pub(crate) fn put(
        &self,
        address: &str,
        change: impl FnOnce(&Value) -> anyhow::Result<Value>,
    ) -> anyhow::Result<Value> {
        let request = self.request(Method::GET, address, &[]).timeout(QUESTION);
        let request = request.build().map_err(|error| problem::unsent(&self.address, &error))?;
        let response =
            self.client.execute(request).map_err(|error| problem::unsent(&self.address, &error))?;
        let request = self.request(Method::PUT, address, &[]);
        if response.status() == StatusCode::NOT_FOUND {
            return self.done(request, Some(&change(&Value::Null)?));
        }
        if !response.status().is_success() {
            return Err(problem::refused(&self.address, self.token.is_some(), response));
        }
        let tag = tag(&response);
        let read: Value =
            serde_json::from_slice(&self.bytes(response)?).map_err(|error| self.not_understood(&error))?;
        self.done(request.header(IF_MATCH, tag), Some(&change(&read)?))
    }

    /// Sets what has no content of its own.
    pub(crate) fn mark(&self, address: &str) -> anyhow::Result<()> {
        self.done(self.request(Method::PUT, address, &[]), None).map(drop)
    }

    /// Takes it away.
    pub(crate) fn unmark(&self, address: &str) -> anyhow::Result<()> {
        self.done(self.request(Method::DELETE, address, &[]), None).map(drop)
    }

    /// What is answered to a query.
    pub(crate) fn asked(&self, address: &str, query: &[(&str, &str)]) -> anyhow::Result<Value> {
        self.json(self.request(Method::GET, address, query).timeout(QUESTION))
    }

    /// The same, as it comes.
    pub(crate) fn text(&self, address: &str, query: &[(&str, &str)]) -> anyhow::Result<Vec<u8>> {
        self.bytes(self.send(self.request(Method::GET, address, query).timeout(QUESTION))?)
    }

    /// Removes what is there as it was read.
    pub(crate) fn remove(&self, address: &str) -> anyhow::Result<()> {
        let tag = tag(&self.send(self.request(Method::GET, address, &[]).timeout(QUESTION))?);
        self.done(self.request(Method::DELETE, address, &[]).header(IF_MATCH, tag), None)?;
        Ok(())
    }

    fn done(&self, request: RequestBuilder, body: Option<&Value>) -> anyhow::Result<Value> {
        let request = match body {
            Some(body) => request.header(CONTENT_TYPE, JSON).body(body.to_string()),
            None => request,
        };
        let bytes = self.bytes(self.send(request.timeout(LONG))?)?;
        if bytes.is_empty() {
            return Ok(Value::Null);
        }
        Ok(serde_json::from_slice(&bytes).map_err(|error| self.not_understood(&error))?)
    }
}

/// The version that was read.
fn tag(response: &Response) -> String {
    let tag = response.headers().get(ETAG).and_then(|value| value.to_str().ok());
    tag.unwrap_or("*").to_owned()
}
