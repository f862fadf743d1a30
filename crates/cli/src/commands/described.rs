//! What components and configurations are given when they are made or edited.

use clap::Args;
use serde_json::{Map, Value, json};

use crate::failure::Failure;

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
    /// A URI to which it links
    #[arg(long, value_name = "URI")]
    link: Vec<String>,
    /// An attribute with its value, as JSON or text
    #[arg(long, value_name = "NAME=VALUE")]
    attribute: Vec<String>,
}

impl Beginning {
    /// Adds what is given to the other keys of a new one.
    pub(super) fn with(self, mut keys: Map<String, Value>) -> anyhow::Result<Value> {
        let Self { team_area, description, tag, link, attribute } = self;
        keys.extend(team_area.map(|team| ("team_area".to_owned(), json!(team))));
        keys.extend(description.map(|text| ("description".to_owned(), json!(text))));
        for (key, list) in [("tags", tag), ("links", link)] {
            if !list.is_empty() {
                keys.insert(key.to_owned(), json!(list));
            }
        }
        if !attribute.is_empty() {
            keys.insert("attributes".to_owned(), Value::Object(attributes(&attribute)?));
        }
        Ok(Value::Object(keys))
    }
}

/// Attributes with their values; null where one is taken away.
pub(super) fn attributes(pairs: &[String]) -> anyhow::Result<Map<String, Value>> {
    let mut attributes = Map::new();
    for pair in pairs {
        let Some((name, text)) = pair.split_once('=') else {
            let help = "expected NAME=VALUE, or `NAME=` to take it away";
            return Err(Failure::new(format_args!("`{pair}` is no attribute"), help).into());
        };
        let value = match text {
            "" => Value::Null,
            text => serde_json::from_str(text).unwrap_or_else(|_| json!(text)),
        };
        attributes.insert(name.to_owned(), value);
    }
    Ok(attributes)
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
    /// A URI to which it is to link
    #[arg(long, value_name = "URI")]
    add_link: Vec<String>,
    /// A URI to which it is not to link any more
    #[arg(long, value_name = "URI")]
    remove_link: Vec<String>,
}

impl Changes {
    /// Whether something else is to govern.
    pub(super) const fn change_team_area(&self) -> bool {
        self.team_area.is_some()
    }

    /// The keys that change of what is there.
    pub(super) fn keys(self, now: &Value) -> Value {
        let Self { name, team_area, description, add_link, remove_link } = self;
        let mut keys = Map::new();
        keys.extend(name.map(|name| ("name".to_owned(), json!(name))));
        keys.extend(team_area.map(|team| ("team_area".to_owned(), json!(team))));
        let description = description.map(|text| if text.is_empty() { Value::Null } else { json!(text) });
        keys.extend(description.map(|text| ("description".to_owned(), text)));
        if !add_link.is_empty() || !remove_link.is_empty() {
            // A link is a URI, or has one.
            let uri = |link: &Value| link["uri"].as_str().or(link.as_str()).unwrap_or_default().to_owned();
            let mut links = now["links"].as_array().cloned().unwrap_or_default();
            links.retain(|link| !remove_link.contains(&uri(link)));
            let new: Vec<String> =
                add_link.into_iter().filter(|new| !links.iter().any(|link| uri(link) == *new)).collect();
            links.extend(new.into_iter().map(Value::from));
            keys.insert("links".to_owned(), if links.is_empty() { Value::Null } else { links.into() });
        }
        Value::Object(keys)
    }
}
