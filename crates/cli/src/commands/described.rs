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
    /// A URI to which it links, or a link as JSON: an object with `uri`, `type` and `title`
    #[arg(long, value_name = "LINK")]
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
        if !tag.is_empty() {
            keys.insert("tags".to_owned(), json!(tag));
        }
        if !link.is_empty() {
            let links = link.iter().map(|it| link_of(it)).collect::<Result<Vec<_>, _>>()?;
            keys.insert("links".to_owned(), links.into());
        }
        if !attribute.is_empty() {
            keys.insert("attributes".to_owned(), Value::Object(attributes(&attribute)?));
        }
        Ok(Value::Object(keys))
    }
}

/// A link: its URI, or all of it as JSON.
fn link_of(text: &str) -> anyhow::Result<Value> {
    if !text.starts_with('{') {
        return Ok(text.into());
    }
    serde_json::from_str(text).map_err(|wrong| {
        let help =
            r#"expected a URI, or an object such as {"uri": "https://example.org/7", "type": "satisfies"}"#;
        Failure::new(format_args!("`{text}` is no link: {wrong}"), help).into()
    })
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
    /// A URI to which it is to link, or a link as JSON: an object with `uri`, `type` and `title`
    #[arg(long, value_name = "LINK")]
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
    pub(super) fn keys(self, now: &Value) -> anyhow::Result<Value> {
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
            for new in add_link {
                let new = link_of(&new)?;
                links.retain(|link| uri(link) != uri(&new));
                links.push(new);
            }
            keys.insert("links".to_owned(), if links.is_empty() { Value::Null } else { links.into() });
        }
        Ok(Value::Object(keys))
    }
}
