//! What components and configurations are given when they are made or edited.

use clap::Args;
use serde_json::{Map, Value, json};

/// What a new one begins with.
#[derive(Debug, Args)]
pub(super) struct Beginning {
    /// Its Team Area: `unassigned`, a slash path of names, or `inherit` (of configurations)
    #[arg(long, value_name = "TEAM_AREA")]
    team_area: Option<String>,
    /// Its description
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    /// A tag that it has
    #[arg(long, value_name = "TAG")]
    tag: Vec<String>,
}

impl Beginning {
    /// Adds what is given to the other keys of a new one.
    pub(super) fn with(self, mut keys: Map<String, Value>) -> Value {
        let Self { team_area, description, tag } = self;
        keys.extend(team_area.map(|team| ("team_area".to_owned(), json!(team))));
        keys.extend(description.map(|text| ("description".to_owned(), json!(text))));
        if !tag.is_empty() {
            keys.insert("tags".to_owned(), json!(tag));
        }
        Value::Object(keys)
    }
}

/// What is to change.
#[derive(Debug, Args)]
#[group(required = true, multiple = true)]
pub(super) struct Changes {
    /// The new name
    #[arg(long)]
    name: Option<String>,
    /// The Team Area: `unassigned`, a slash path of names, or `inherit` (of configurations)
    #[arg(long, value_name = "TEAM_AREA")]
    team_area: Option<String>,
    /// The description; an empty one takes it away
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
}

impl Changes {
    /// The keys that change.
    pub(super) fn keys(self) -> Value {
        let Self { name, team_area, description } = self;
        let mut keys = Map::new();
        keys.extend(name.map(|name| ("name".to_owned(), json!(name))));
        keys.extend(team_area.map(|team| ("team_area".to_owned(), json!(team))));
        let description = description.map(|text| if text.is_empty() { Value::Null } else { json!(text) });
        keys.extend(description.map(|text| ("description".to_owned(), text)));
        Value::Object(keys)
    }
}
