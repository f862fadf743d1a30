//! Criteria of a search, as options.

use clap::ValueEnum;
use governance::SearchCriteria;
use serde_json::{Map, Value, json};

use crate::failure::Failure;

/// What is searched for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum What {
    Components,
    Configurations,
}

impl What {
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Components => "components",
            Self::Configurations => "configurations",
        }
    }
}

/// Those of which there can be several.
const LISTS: [&str; 3] = ["tag", "attribute", "kind"];

/// Reads `KEY=VALUE` pairs.
pub(crate) fn criteria(pairs: &[String]) -> anyhow::Result<SearchCriteria> {
    let help = "see docs/global-configurations.md#search for the criteria";
    let mut all = Map::new();
    for pair in pairs {
        let Some((key, value)) = pair.split_once('=') else {
            return Err(Failure::new(format_args!("`{pair}` is no KEY=VALUE"), help).into());
        };
        if LISTS.contains(&key) {
            let list = all.entry(key).or_insert_with(|| json!([]));
            list.as_array_mut().into_iter().for_each(|list| list.push(value.into()));
            continue;
        }
        let value = match (key, value) {
            ("archived", "true") => Value::Bool(true),
            ("archived", "false") => Value::Bool(false),
            _ => value.into(),
        };
        if all.insert(key.to_owned(), value).is_some() {
            return Err(Failure::new(format_args!("the criterion `{key}` is there twice"), help).into());
        }
    }
    let read = serde_json::from_value(Value::Object(all));
    Ok(read.map_err(|error| Failure::new(format_args!("a criterion is not understood: {error}"), help))?)
}
