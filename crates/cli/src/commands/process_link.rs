//! `process link`: using the process of another project area, once it was told what that comes to.

use clap::Args;
use governance::Impact;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::agree::{Consent, agree};
use super::process::One;
use super::process_difference::Difference;
use super::{representation, shifts};
use crate::output::Output;

#[derive(Debug, Args)]
pub(super) struct Link {
    #[command(flatten)]
    one: One,
    /// The name of the project area that shares its process
    #[arg(long = "project-area", value_name = "NAME")]
    provider: String,
    /// The public address of the server that has it, which is a friend; without it, this server
    #[arg(long, value_name = "URI")]
    from: Option<String>,
    /// Use its iteration types, too
    #[arg(long)]
    iteration_types: bool,
    /// Drop the project area's own entries, preconditions and those of its roles that the other defines, too
    #[arg(long)]
    drop_own: bool,
    /// Change nothing: show what would become of it
    #[arg(long)]
    preview: bool,
    /// Do not ask
    #[arg(long)]
    yes: bool,
}

/// What using the process comes to, as the server tells it.
#[derive(Serialize, Deserialize)]
struct UseOfProcess {
    difference: Difference,
    impact: Option<Impact>,
}

/// So many rows of shifts are shown to people.
const SHOWN: usize = 40;

impl Link {
    pub(super) fn run(&self, output: Output) -> anyhow::Result<()> {
        let consent = Consent::of(self.preview, self.yes, output, "nothing was changed")?;
        let remote = self.one.server.connect()?;
        let address = self.one.below("used-process");
        let mut body = self.body();
        if consent != Consent::Given {
            self.write(&remote.post(&address, &body)?, output)?;
            if consent == Consent::Preview {
                return Ok(());
            }
            agree("Use this process?", "nothing was changed", "use it")?;
        }
        body["preview"] = json!(false);
        remote.post(&address, &body)?;
        representation::write(&remote.thing(&address)?, output)
    }

    fn body(&self) -> Value {
        let own = if self.drop_own { "drop" } else { "keep" };
        let mut body = json!({
            "project_area": self.provider,
            "iteration_types": self.iteration_types,
            "own": own,
            "preview": true,
        });
        if let Some(from) = &self.from {
            body["server"] = json!(from);
        }
        body
    }

    fn write(&self, told: &Value, output: Output) -> anyhow::Result<()> {
        let it: UseOfProcess = serde_json::from_value(told.clone())?;
        let text = || {
            let mut text = it.difference.text(self.drop_own);
            if let Some(impact) = &it.impact {
                text.push('\n');
                text.push_str(&shifts::impact_text(impact, SHOWN));
            }
            text
        };
        output.write(told, || it.difference.table(self.drop_own), text)?;
        Ok(())
    }
}
