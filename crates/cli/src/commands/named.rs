//! Something of a server that is named by its reference, and what is done to it whatever it is.

use clap::Args;
use serde_json::{Value, json};

use super::described::Changes;
use crate::remote::{ServerArgs, at};

#[derive(Debug, Args)]
pub(super) struct Named {
    #[command(flatten)]
    pub(super) server: ServerArgs,
    /// Its reference
    pub(super) reference: String,
}

/// What it is, as addresses have it: `components` or `configurations`.
pub(super) type Kind = &'static str;

impl Named {
    pub(super) fn show(&self, kind: Kind) -> anyhow::Result<Value> {
        self.server.connect()?.thing(&at([kind, &self.reference]))
    }
    /// Does something that needs no more to be said: `archive`.
    pub(super) fn act(&self, kind: Kind, verb: &str) -> anyhow::Result<Value> {
        self.server.connect()?.post(&at([kind, &self.reference, verb]), &json!({}))
    }
}

#[derive(Debug, Args)]
pub(super) struct Edit {
    #[command(flatten)]
    named: Named,
    #[command(flatten)]
    changes: Changes,
}

impl Edit {
    pub(super) fn make(self, kind: Kind) -> anyhow::Result<Value> {
        let Self { named: Named { server, reference }, changes } = self;
        server.connect()?.change(&at([kind, &reference]), |now| Ok(changes.keys(now)))
    }
}
