//! `edit-attributes`: the same attributes for many components and configurations.

use clap::Args;
use governance::Impact;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::agree::{Consent, NOTHING, SHOWN, agree};
use super::criteria::{What, criteria};
use super::described::attributes;
use super::shifts;
use crate::Status;
use crate::output::{Format, Output, count, print};
use crate::remote::ServerArgs;
use crate::table::Table;

/// Set attributes of many components and configurations of a project area
///
/// Shows what would become of each, and who would gain and who would lose, and asks. Those that are refused
/// hinder no other.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  bailiwick edit-attributes \"gc:Electric Vehicle\" component:Motor --team-area \"Tuning Team\"
  bailiwick edit-attributes \"gc:Electric Vehicle\" --of configurations --where tag=motor --add-tag drive --preview")]
pub(crate) struct EditAttributes {
    #[command(flatten)]
    server: ServerArgs,
    /// The project area
    project_area: String,
    /// References, or what they have after `#`: `component:Motor`, `Motor/stream:Motor 1.0`
    items: Vec<String>,
    /// Those that a search finds
    #[arg(long, value_enum)]
    of: Option<What>,
    /// A criterion of that search
    #[arg(long = "where", value_name = "KEY=VALUE", requires = "of")]
    criteria: Vec<String>,
    /// The Team Area: `inherit` (of configurations), `unassigned`, or a slash path of names
    #[arg(long)]
    team_area: Option<String>,
    /// The description; an empty one takes it away
    #[arg(long)]
    description: Option<String>,
    /// A tag that each is to have
    #[arg(long, value_name = "TAG")]
    add_tag: Vec<String>,
    /// A tag that none is to have
    #[arg(long, value_name = "TAG")]
    remove_tag: Vec<String>,
    /// An attribute with its value, as JSON or text; `NAME=` takes it away
    #[arg(long, value_name = "NAME=VALUE")]
    attribute: Vec<String>,
    /// Change nothing: show what would become of it
    #[arg(long)]
    preview: bool,
    /// Do not ask
    #[arg(long)]
    yes: bool,
}

/// What has become of an edit, as the server tells it.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Edited {
    revision: Option<u64>,
    changed: usize,
    unchanged: usize,
    refused: usize,
    results: Vec<OneResult>,
    impact: Option<Impact>,
}

#[derive(Debug, Serialize, Deserialize)]
struct OneResult {
    item: String,
    result: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    problem: Option<Value>,
}

impl EditAttributes {
    pub(crate) fn run(self, output: Output) -> anyhow::Result<Status> {
        let for_people = output.asked().unwrap_or(Format::Table) == Format::Table;
        let consent = Consent::of(self.preview, self.yes, output, NOTHING)?;
        let remote = self.server.connect()?;
        let mut body = self.body()?;
        if consent != Consent::Given {
            let preview = remote.edit_attributes(&self.project_area, &body)?;
            write(&preview, output)?;
            if consent == Consent::Preview || preview.changed == 0 {
                return Ok(status(&preview));
            }
            agree("Change this?", NOTHING, "change it")?;
        }
        body["preview"] = json!(false);
        let edited = remote.edit_attributes(&self.project_area, &body)?;
        if !for_people || self.yes {
            write(&edited, output)?;
        }
        if for_people && let Some(revision) = edited.revision {
            print(&format!("Changed as revision {revision}.\n"))?;
        }
        Ok(status(&edited))
    }

    fn body(&self) -> anyhow::Result<Value> {
        let mut select = json!({"items": self.items});
        if let Some(what) = self.of {
            select[what.word()] = serde_json::to_value(criteria(&self.criteria)?)?;
        }
        let mut set = Map::new();
        if let Some(team) = &self.team_area {
            set.insert("team_area".to_owned(), json!(team));
        }
        if let Some(text) = &self.description {
            set.insert("description".to_owned(), if text.is_empty() { Value::Null } else { json!(text) });
        }
        set.insert("tags".to_owned(), json!({"add": self.add_tag, "remove": self.remove_tag}));
        set.insert("attributes".to_owned(), Value::Object(attributes(&self.attribute)?));
        Ok(json!({"select": select, "set": set, "preview": true}))
    }
}

const fn status(edited: &Edited) -> Status {
    if edited.refused > 0 { Status::Not } else { Status::Done }
}

fn write(edited: &Edited, output: Output) -> anyhow::Result<()> {
    let rows = || {
        let mut table = Table::new(&["result", "item", "why"]);
        for OneResult { item, result, problem } in &edited.results {
            let why = problem.as_ref().and_then(|it| it["detail"].as_str()).unwrap_or_default();
            table.row([result.clone(), item.clone(), why.to_owned()]);
        }
        table
    };
    let text = || {
        let mut table = Table::new(&["result", "item", "why"]);
        // What is refused first, for it asks for something to be done.
        let (refused, others): (Vec<_>, Vec<_>) =
            edited.results.iter().partition(|it| it.result == "refused");
        for OneResult { item, result, problem } in refused.into_iter().chain(others).take(SHOWN) {
            let why = problem.as_ref().and_then(|it| it["detail"].as_str()).unwrap_or_default();
            table.row([result.clone(), item.clone(), why.to_owned()]);
        }
        let mut text = if table.is_empty() { String::new() } else { table.text() };
        if edited.results.len() > SHOWN {
            text.push_str(&format!(
                "… and {}; --json tells everything\n",
                count(edited.results.len() - SHOWN, "more row")
            ));
        }
        text.push_str(&format!(
            "\n{} changed, {} unchanged, {} refused.\n",
            edited.changed, edited.unchanged, edited.refused
        ));
        if let Some(impact) = &edited.impact {
            text.push('\n');
            text.push_str(&shifts::impact_text(impact, SHOWN));
        }
        text
    };
    output.write(edited, rows, text)?;
    Ok(())
}
