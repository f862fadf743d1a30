//! The logs of a server.

use std::io::{self, Write};

use reqwest::Method;
use reqwest::header::ACCEPT;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::thing::PAGE;
use super::{LONG, QUESTION, Remote};

impl Remote {
    /// A revision with everything that it changed.
    pub(crate) fn revision(&self, revision: u64) -> anyhow::Result<Value> {
        let address = format!("journal/{revision}");
        let page = PAGE.to_string();
        let first = self.request(Method::GET, &address, &[("limit", &*page)]).timeout(QUESTION);
        let mut whole: Value = self.json(first)?;
        let mut changes: Vec<Value> = self.part(&whole, "changes")?;
        while let Some(next) = whole["next"].as_str().map(str::to_owned) {
            let query = [("limit", &*page), ("cursor", &*next)];
            let mut more: Value = self.json(self.request(Method::GET, &address, &query).timeout(QUESTION))?;
            changes.append(&mut self.part(&more, "changes")?);
            whole["next"] = more["next"].take();
        }
        whole["changes"] = changes.into();
        if let Some(keys) = whole.as_object_mut() {
            keys.remove("next");
        }
        Ok(whole)
    }

    /// Everything of a log that a filter lets pass, as it comes.
    pub(crate) fn copy_log(
        &self,
        log: &str,
        filter: &[(&str, String)],
        out: &mut impl Write,
    ) -> anyhow::Result<()> {
        let query: Vec<(&str, &str)> = filter.iter().map(|(name, it)| (*name, it.as_str())).collect();
        let request = self.request(Method::GET, log, &query).header(ACCEPT, "*/*").timeout(LONG);
        let mut response = self.send(request)?;
        let mut piece = [0; 64 << 10];
        loop {
            let read = io::Read::read(&mut response, &mut piece).map_err(|error| self.cut_short(&error))?;
            if read == 0 {
                return Ok(out.flush()?);
            }
            out.write_all(&piece[..read])?;
        }
    }

    /// Whether the journal is as it was written, and as these hashes say that were noted.
    pub(crate) fn verify<T: DeserializeOwned>(&self, noted: &[String]) -> anyhow::Result<T> {
        let query: Vec<_> = noted.iter().map(|noted| ("noted", noted.as_str())).collect();
        self.json(self.request(Method::GET, "journal/chain", &query).timeout(LONG))
    }
}
