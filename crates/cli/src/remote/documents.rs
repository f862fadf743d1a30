//! Documents that go to a server, and come from it.

use document::{Limits, Mode, Problems, read};
use governance::{ImportPlan, Shift};
use reqwest::Method;
use reqwest::blocking::RequestBuilder;
use reqwest::header::{ACCEPT, CONTENT_TYPE, IF_MATCH};
use serde::{Deserialize, Serialize};
use server::ConsumerImpact;

use super::{JSON, LONG, Remote, as_of_pair};
use crate::organisation_source::Files;

#[derive(Serialize)]
struct Documents<'a> {
    documents: Vec<NamedText<'a>>,
}

#[derive(Serialize)]
struct NamedText<'a> {
    name: &'a str,
    text: &'a str,
}

/// What an import would change, here and where other servers use a process of this one.
#[derive(Deserialize, Serialize)]
pub(crate) struct ImportPlanned {
    #[serde(flatten)]
    pub(crate) plan: ImportPlan,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) consumers: Vec<ConsumerImpact>,
}

impl Remote {
    /// The organisation, or one process template, as a document: `yaml` or `json`.
    pub(crate) fn export(
        &self,
        form: &str,
        template: Option<&str>,
        as_of: Option<&str>,
    ) -> anyhow::Result<Vec<u8>> {
        let mut query = vec![("format", form)];
        query.extend(template.map(|name| ("template", name)));
        query.extend(as_of_pair(as_of));
        let request = self.request(Method::GET, "export", &query).header(ACCEPT, "*/*").timeout(LONG);
        self.bytes(self.send(request)?)
    }

    /// Who gains and who loses from one revision to another; the newest where none is named.
    pub(crate) fn compare(&self, from: Option<&str>, to: Option<&str>) -> anyhow::Result<Vec<Shift>> {
        let sides = [("from", from), ("to", to)];
        let query: Vec<_> = sides.into_iter().filter_map(|(name, side)| Some((name, side?))).collect();
        self.json(self.request(Method::GET, "compare", &query).timeout(LONG))
    }

    /// Who would gain and who would lose if it were as documents say.
    pub(crate) fn compare_with(&self, files: &Files, as_of: Option<&str>) -> anyhow::Result<Vec<Shift>> {
        self.json(self.with_documents("compare", &as_of_pair(as_of), files)?)
    }

    /// What an import would change, here and where other servers use a process of this one.
    pub(crate) fn plan(&self, files: &Files, mode: Mode) -> anyhow::Result<ImportPlanned> {
        self.json(self.with_documents("plan", &[mode_pair(mode)], files)?)
    }

    /// Imports what was planned on a revision, unless anything was changed since.
    pub(crate) fn import(&self, files: &Files, mode: Mode, on: u64) -> anyhow::Result<ImportPlan> {
        let request = self.with_documents("import", &[mode_pair(mode)], files)?;
        self.json(request.header(IF_MATCH, format!("\"{on}\"")))
    }

    fn with_documents(
        &self,
        path: &str,
        query: &[(&str, &str)],
        files: &Files,
    ) -> anyhow::Result<RequestBuilder> {
        let mut documents = Vec::new();
        for source in files.sources() {
            let Ok(text) = str::from_utf8(source.text) else {
                // JSON has no words for it. What is wrong with it is told as everywhere.
                let (sources, limits) = (files.sources(), Limits::default());
                let mut problems = Problems::default();
                read(&sources, &limits, &mut problems);
                return Err(problems.report(&sources, &limits).into());
            };
            documents.push((source.name, text));
        }
        let documents = documents.iter().map(|(name, text)| NamedText { name, text }).collect();
        let body = serde_json::to_vec(&Documents { documents })?;
        Ok(self.request(Method::POST, path, query).header(CONTENT_TYPE, JSON).body(body).timeout(LONG))
    }
}

fn mode_pair(mode: Mode) -> (&'static str, &'static str) {
    let mode = match mode {
        Mode::Overlay => "overlay",
        Mode::Replace => "replace",
    };
    ("mode", mode)
}
