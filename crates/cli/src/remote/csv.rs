//! Lines of CSV that go to a server, and come from it.

use std::io::ErrorKind;

use document::Source;
use governance::ImportPlan;
use reqwest::Method;
use reqwest::header::{ACCEPT, CONTENT_TYPE};
use serde::Deserialize;

use super::thing::at;
use super::{LONG, Remote, as_of_pair};

const CSV: &str = "text/csv";

#[derive(Deserialize)]
struct LinesDone {
    done: usize,
    of: usize,
}

impl Remote {
    /// Imports lines into a project area, or tells what that would change; meanwhile how many lines of how
    /// many are done with.
    pub(crate) fn import_csv(
        &self,
        project_area: &str,
        what: &str,
        lines: &Source<'_>,
        preview: bool,
        tell: impl Fn(usize, usize),
    ) -> anyhow::Result<ImportPlan> {
        let preview = if preview { "true" } else { "false" };
        let query = [("what", what), ("preview", preview), ("name", &*lines.name)];
        let request = self.request(Method::POST, &at(["project-areas", project_area, "import"]), &query);
        let request = request.header(CONTENT_TYPE, CSV).body(lines.text.to_vec()).timeout(LONG);
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

    /// Lines of a project area, or of what is below a configuration.
    pub(crate) fn export_csv(
        &self,
        project_area: &str,
        what: &str,
        below: Option<&str>,
        as_of: Option<&str>,
    ) -> anyhow::Result<Vec<u8>> {
        let mut query = as_of_pair(as_of);
        query.extend(below.map(|below| ("below", below)));
        let address = format!("{}/{what}.csv", at(["project-areas", project_area, "export"]));
        let request = self.request(Method::GET, &address, &query).header(ACCEPT, CSV).timeout(LONG);
        self.bytes(self.send(request)?)
    }
}
