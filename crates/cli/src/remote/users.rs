//! Users as CSV that go to a server, and come from it.

use std::io::{BufRead as _, BufReader};

use document::Source;
use reqwest::Method;
use reqwest::header::{ACCEPT, CONTENT_TYPE};
use serde::Deserialize;
use serde_json::Value;

use super::{JSON_LINES, LONG, Remote, as_of_pair};
use crate::commands::users::UsersPlan;
use crate::failure::Failure;

const CSV: &str = "text/csv";
const ADDRESS: &str = "users.csv";

/// What a server tells on the way.
#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Line {
    Progress(Progress),
    Plan(UsersPlan),
    Problem(Value),
}

/// How far an import is.
#[derive(Deserialize)]
pub(crate) struct Progress {
    /// `judging`, `comparing` or `keeping`.
    pub(crate) doing: String,
    pub(crate) done: usize,
    pub(crate) of: usize,
}

impl Remote {
    /// Imports users, or tells what that would change; `report` is told how far it is.
    pub(crate) fn import_users(
        &self,
        lines: &Source<'_>,
        preview: bool,
        report: impl Fn(&Progress),
    ) -> anyhow::Result<UsersPlan> {
        let preview = if preview { "true" } else { "false" };
        let request = self.request(Method::POST, ADDRESS, &[("preview", preview), ("name", &*lines.name)]);
        let request = request.header(CONTENT_TYPE, CSV).header(ACCEPT, JSON_LINES);
        let response = self.send(request.body(lines.text.to_vec()).timeout(LONG))?;
        for line in BufReader::new(response).split(b'\n') {
            let line = line.map_err(|error| self.cut_short(&error))?;
            match serde_json::from_slice(&line).map_err(|error| self.not_understood(&error))? {
                Line::Progress(progress) => report(&progress),
                Line::Plan(plan) => return Ok(plan),
                Line::Problem(document) => return Err(self.problem(document.to_string().as_bytes())),
            }
        }
        let cause = format!("the answer of {} ended too early", self.address);
        Err(Failure::new(cause, "look at the users, and import again what is not there").into())
    }

    /// The users as CSV.
    pub(crate) fn export_users(&self, as_of: Option<&str>) -> anyhow::Result<Vec<u8>> {
        let request =
            self.request(Method::GET, ADDRESS, &as_of_pair(as_of)).header(ACCEPT, CSV).timeout(LONG);
        self.bytes(self.send(request)?)
    }
}
