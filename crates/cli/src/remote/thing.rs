//! What a server has at an address, whatever its noun.

use reqwest::blocking::{RequestBuilder, Response};
use reqwest::header::{CONTENT_TYPE, ETAG, IF_MATCH};
use reqwest::{Method, StatusCode};
use serde::Deserialize;
use serde_json::Value;

use super::hierarchy::segment;
use super::{JSON, LONG, QUESTION, Remote};

/// A page of a list.
#[derive(Deserialize)]
struct Page {
    items: Vec<Value>,
    /// Null on the last one; absent from lists that come whole.
    #[serde(default)]
    next: Option<String>,
}

/// So many a page has at most.
pub(super) const PAGE: usize = 1000;

/// An address of the API. What people call things may have any letter in it, and is one part all the same.
pub(crate) fn at<const N: usize>(parts: [&str; N]) -> String {
    parts.map(segment).join("/")
}

impl Remote {
    pub(crate) fn thing(&self, address: &str) -> anyhow::Result<Value> {
        self.json(self.request(Method::GET, address, &[]).timeout(QUESTION))
    }

    pub(crate) fn things(&self, address: &str) -> anyhow::Result<Vec<Value>> {
        self.first_things(address, &[], usize::MAX)
    }

    /// The first of those that a filter lets pass, at most so many.
    pub(crate) fn first_things(
        &self,
        address: &str,
        filter: &[(&str, String)],
        most: usize,
    ) -> anyhow::Result<Vec<Value>> {
        let mut things = Vec::new();
        let mut next: Option<String> = None;
        loop {
            let limit = (most - things.len()).clamp(1, PAGE).to_string();
            let mut query: Vec<(&str, &str)> = filter.iter().map(|(name, it)| (*name, it.as_str())).collect();
            query.push(("limit", &limit));
            query.extend(next.as_deref().map(|next| ("cursor", next)));
            let page: Page = self.json(self.request(Method::GET, address, &query).timeout(QUESTION))?;
            things.extend(page.items);
            next = page.next;
            if next.is_none() || things.len() >= most {
                things.truncate(most);
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
        let (tag, read) = self.version(response)?;
        // A new name makes another reference; the number stays. What has none is called as it was.
        let address = match (&read["number"], address.rsplit_once('/')) {
            (Value::Number(number), Some((above, _))) if !read["reference"].is_null() => {
                format!("{above}/{number}")
            }
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
        let response = self.answer(self.request(Method::GET, address, &[]).timeout(QUESTION))?;
        let request = self.request(Method::PUT, address, &[]);
        if response.status() == StatusCode::NOT_FOUND {
            return self.done(request, Some(&change(&Value::Null)?));
        }
        let (tag, read) = self.version(self.success(response)?)?;
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

    /// What was read, with the tag of its version.
    fn version(&self, response: Response) -> anyhow::Result<(String, Value)> {
        let tag = tag(&response);
        let bytes = self.bytes(response)?;
        Ok((tag, serde_json::from_slice(&bytes).map_err(|error| self.not_understood(&error))?))
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
