//! Lines of CSV that go to a server, and come from it.

use document::Source;
use governance::ImportPlan;
use reqwest::Method;
use reqwest::header::{ACCEPT, CONTENT_TYPE};

use super::thing::at;
use super::{LONG, Remote, as_of_pair};

const CSV: &str = "text/csv";

impl Remote {
    /// Imports lines into a project area, or tells what that would change.
    pub(crate) fn import_csv(
        &self,
        project_area: &str,
        what: &str,
        lines: &Source<'_>,
        preview: bool,
    ) -> anyhow::Result<ImportPlan> {
        let preview = if preview { "true" } else { "false" };
        let query = [("what", what), ("preview", preview), ("name", &*lines.name)];
        let request = self.request(Method::POST, &at(["project-areas", project_area, "import"]), &query);
        self.json(request.header(CONTENT_TYPE, CSV).body(lines.text.to_vec()).timeout(LONG))
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
