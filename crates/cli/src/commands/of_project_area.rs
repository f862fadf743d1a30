//! What a project area has under names: tags, shared queries.

use clap::Args;
use serde_json::{Value, json};

use super::representation::{list, remove, write};
use crate::output::Output;
use crate::remote::{ServerArgs, at};

#[derive(Debug, Args)]
pub(super) struct OfProjectArea {
    #[command(flatten)]
    pub(super) server: ServerArgs,
    /// The project area
    pub(super) project_area: String,
}

/// What it has, as addresses have it: `tags` or `shared-queries`.
pub(super) type Kind = &'static str;

impl OfProjectArea {
    pub(super) fn one(&self, kind: Kind, name: &str) -> String {
        at(["project-areas", &self.project_area, kind, name])
    }

    pub(super) fn list(
        &self,
        kind: Kind,
        columns: &'static [&'static str],
        empty: &str,
        output: Output,
    ) -> anyhow::Result<()> {
        let all = at(["project-areas", &self.project_area, kind]);
        list(&self.server, &all, columns, empty, output)
    }

    pub(super) fn create(&self, kind: Kind, body: &Value, output: Output) -> anyhow::Result<()> {
        let all = at(["project-areas", &self.project_area, kind]);
        write(&self.server.connect()?.post(&all, body)?, output)
    }

    pub(super) fn delete(&self, kind: Kind, name: &str, output: Output) -> anyhow::Result<()> {
        remove(&self.server, &self.one(kind, name), &json!({"deleted": name}), output)
    }
}
