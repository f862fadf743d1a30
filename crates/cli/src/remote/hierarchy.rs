//! Hierarchies that a server knows.

use std::fmt::Write as _;

use governance::{ComparisonText, HierarchyText, MergeText, ReplacementText, SkewText, UseText};
use reqwest::Method;
use reqwest::header::{ACCEPT, CONTENT_TYPE};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{JSON, LONG, Remote, as_of_pair};

/// A configuration of a server, and the moment of which it is asked.
pub(crate) struct Of<'a> {
    pub(crate) remote: &'a Remote,
    pub(crate) reference: &'a str,
    pub(crate) as_of: Option<&'a str>,
}

/// What has become of a replacement.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Replaced {
    pub(crate) replaced: Vec<String>,
    pub(crate) refused: Vec<ReplacementText>,
}

/// What was made of the root.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Branched {
    pub(crate) reference: String,
    pub(crate) name: String,
}

/// A page of a list.
#[derive(Deserialize)]
struct Page<T> {
    items: Vec<T>,
    next: Option<String>,
}

impl Of<'_> {
    pub(crate) fn hierarchy(&self, level: Option<usize>) -> anyhow::Result<HierarchyText> {
        self.read("hierarchy", &level_pair(level))
    }
    pub(crate) fn picture(&self, form: &str, level: Option<usize>) -> anyhow::Result<Vec<u8>> {
        let (path, query) = self.address(&format!("hierarchy.{form}"), &level_pair(level));
        let query: Vec<_> = query.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let request = self.remote.request(Method::GET, &path, &query).header(ACCEPT, "*/*").timeout(LONG);
        self.remote.bytes(self.remote.send(request)?)
    }
    pub(crate) fn skews(&self) -> anyhow::Result<Vec<SkewText>> {
        self.read("skew", &[])
    }
    pub(crate) fn where_used(&self, depth: &str) -> anyhow::Result<Vec<UseText>> {
        let mut uses = Vec::new();
        let mut query = vec![("depth", depth.to_owned()), ("limit", "1000".to_owned())];
        loop {
            let page: Page<UseText> = self.read("where-used", &query)?;
            uses.extend(page.items);
            let Some(next) = page.next else { return Ok(uses) };
            query.retain(|(name, _)| *name != "cursor");
            query.push(("cursor", next));
        }
    }
    pub(crate) fn compare(&self, with: &str) -> anyhow::Result<ComparisonText> {
        self.read("compare", &[("with", with.to_owned())])
    }
    pub(crate) fn merge(&self, with: &str, base: &str) -> anyhow::Result<MergeText> {
        self.read("compare", &[("with", with.to_owned()), ("base", base.to_owned())])
    }
    pub(crate) fn replacements(&self, old: &str, new: &str) -> anyhow::Result<Vec<ReplacementText>> {
        self.read("replace-everywhere", &[("replace", old.to_owned()), ("by", new.to_owned())])
    }
    pub(crate) fn replace(&self, old: &str, new: &str, partial: bool) -> anyhow::Result<Replaced> {
        self.post("replace-everywhere", &json!({"replace": old, "by": new, "partial": partial}))
    }
    pub(crate) fn branch(&self, names: &str) -> anyhow::Result<Branched> {
        self.post("branch", &json!({"names": names}))
    }

    fn address(&self, what: &str, query: &[(&'static str, String)]) -> (String, Vec<(&'static str, String)>) {
        let as_of = as_of_pair(self.as_of).into_iter().map(|(_, moment)| ("as_of", moment.to_owned()));
        let path = format!("configurations/{}/{what}", segment(self.reference));
        (path, query.iter().cloned().chain(as_of).collect())
    }

    fn read<T: DeserializeOwned>(&self, what: &str, query: &[(&'static str, String)]) -> anyhow::Result<T> {
        let (path, query) = self.address(what, query);
        let query: Vec<_> = query.iter().map(|(name, value)| (*name, value.as_str())).collect();
        self.remote.json(self.remote.request(Method::GET, &path, &query).timeout(LONG))
    }

    fn post<T: DeserializeOwned>(&self, what: &str, body: &serde_json::Value) -> anyhow::Result<T> {
        let (path, _) = self.address(what, &[]);
        let request = self.remote.request(Method::POST, &path, &[]);
        self.remote.json(request.header(CONTENT_TYPE, JSON).body(body.to_string()).timeout(LONG))
    }
}

fn level_pair(level: Option<usize>) -> Vec<(&'static str, String)> {
    level.map(|level| ("level", level.to_string())).into_iter().collect()
}

/// A text as one part of a path.
pub(super) fn segment(text: &str) -> String {
    text.bytes().fold(String::new(), |mut segment, byte| {
        if byte.is_ascii_alphanumeric() || byte == b'-' {
            segment.push(char::from(byte));
        } else {
            // Writing to a text does not fail.
            let _ = write!(segment, "%{byte:02X}");
        }
        segment
    })
}
