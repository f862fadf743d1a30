//! Something of a server that is named by its reference, and what is done to it whatever it is.

use clap::Args;
use serde_json::{Value, json};

use super::agree::{Consent, NOTHING, agree_to_impact};
use super::described::Changes;
use crate::output::Output;
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

/// Who gains and who loses by another Team Area is shown, and asked about.
#[derive(Debug, Args)]
pub(super) struct Edit {
    #[command(flatten)]
    named: Named,
    #[command(flatten)]
    changes: Changes,
    /// Do not ask about who gains and who loses by another Team Area
    #[arg(long)]
    yes: bool,
}

impl Edit {
    pub(super) fn make(self, kind: Kind, output: Output) -> anyhow::Result<Value> {
        let Self { named: Named { server, reference }, changes, yes } = self;
        let address = at([kind, &reference]);
        let opens = changes.change_team_area();
        let consent = if opens { Consent::of(false, yes, output, NOTHING)? } else { Consent::Given };
        let remote = server.connect()?;
        remote.change(&address, |now| {
            let keys = changes.keys(now)?;
            agree_to_impact(&remote, consent, ("PATCH", &address, &keys))?;
            Ok(keys)
        })
    }
}
