//! Lines of CSV that go to a server, and come from it.

use std::io::ErrorKind;

use document::Source;
use reqwest::Method;
use reqwest::header::{ACCEPT, CONTENT_TYPE, IF_MATCH};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::{LONG, Remote, as_of_pair};

const CSV: &str = "text/csv";

#[derive(Deserialize)]
struct LinesDone {
    done: usize,
    of: usize,
}

impl Remote {
    /// Imports lines, if nothing was changed since the revision that was `agreed` to, or tells what that
    /// would change; meanwhile how many lines of how many are done with.
    pub(crate) fn import_csv<P: DeserializeOwned>(
        &self,
        address: &str,
        query: &[(&str, &str)],
        lines: &Source<'_>,
        preview: bool,
        agreed: Option<u64>,
        tell: impl Fn(usize, usize),
    ) -> anyhow::Result<P> {
        let preview = if preview { "true" } else { "false" };
        let query: Vec<_> =
            query.iter().copied().chain([("preview", preview), ("name", &*lines.name)]).collect();
        let request = self.request(Method::POST, address, &query);
        let request = request.header(CONTENT_TYPE, CSV).body(lines.text.to_vec()).timeout(LONG);
        let request =
            agreed.iter().fold(request, |request, agreed| request.header(IF_MATCH, format!("\"{agreed}\"")));
        let plan = self.follow(request, |event, data| {
            let not_understood = |error: serde_json::Error| self.not_understood(&error);
            match event {
                "progress" => {
                    let it: LinesDone = serde_json::from_str(data).map_err(not_understood)?;
                    tell(it.done, it.of);
                }
                "plan" => return Ok(Some(serde_json::from_str(data).map_err(not_understood)?)),
                "problem" => return Err(self.problem(data.as_bytes())),
                _ => {}
            }
            Ok(None)
        })?;
        plan.ok_or_else(|| self.cut_short(&ErrorKind::UnexpectedEof.into()).into())
    }

    /// Lines, with those below a configuration alone where one is named.
    pub(crate) fn export_csv(
        &self,
        address: &str,
        below: Option<&str>,
        as_of: Option<&str>,
    ) -> anyhow::Result<Vec<u8>> {
        let mut query = as_of_pair(as_of);
        query.extend(below.map(|below| ("below", below)));
        let request = self.request(Method::GET, address, &query).header(ACCEPT, CSV).timeout(LONG);
        self.bytes(self.send(request)?)
    }
}
