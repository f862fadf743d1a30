//! Addresses of pages: a path, and a query in which every state of a page is.

use std::fmt;

use axum::http::Uri;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

/// An address within this server.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Address {
    path: String,
    query: Vec<(String, String)>,
}

/// A text as a part of a path.
pub(crate) fn segment(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

impl Address {
    pub(crate) fn new(path: impl Into<String>) -> Self {
        Self { path: path.into(), query: Vec::new() }
    }
    /// What was asked for, without what a page shows once.
    pub(crate) fn of(uri: &Uri) -> Self {
        let pairs = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()).into_owned();
        let query = pairs.filter(|(name, value)| !value.is_empty() && name != "done").collect();
        Self { path: uri.path().to_owned(), query }
    }
    pub(crate) fn path(&self) -> &str {
        &self.path
    }
    /// The same, where this is said once.
    #[must_use]
    pub(crate) fn with(&self, name: &str, value: impl fmt::Display) -> Self {
        let mut other = self.without(name);
        let value = value.to_string();
        if !value.is_empty() {
            other.query.push((name.to_owned(), value));
        }
        other
    }
    /// The same, where this is not said.
    #[must_use]
    pub(crate) fn without(&self, name: &str) -> Self {
        let query = self.query.iter().filter(|(known, _)| known != name).cloned().collect();
        Self { path: self.path.clone(), query }
    }
    /// The same query at another path.
    #[must_use]
    pub(crate) fn at(&self, path: &str) -> Self {
        Self { path: path.to_owned(), query: self.query.clone() }
    }
    /// What a form that goes there says besides, in hidden fields.
    pub(crate) fn fields(&self) -> &[(String, String)] {
        &self.query
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path)?;
        if self.query.is_empty() {
            return Ok(());
        }
        write!(f, "?{}", form_urlencoded::Serializer::new(String::new()).extend_pairs(&self.query).finish())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_says_each_thing_once() {
        let here = Address::of(&"/users?text=a+b&after=12&done=3&empty=".parse().unwrap());
        assert_eq!(here.to_string(), "/users?text=a+b&after=12");
        assert_eq!(here.with("after", 24).to_string(), "/users?text=a+b&after=24");
        assert_eq!(here.without("after").without("text").to_string(), "/users");
        assert_eq!(Address::new("/a").with("x", "ü&").to_string(), "/a?x=%C3%BC%26");
    }
}
