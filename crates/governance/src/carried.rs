//! What an organisation carries for people and pages, though no decision reads it.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The keys of a thing that no decision reads, such as its description, as the organisation document has them
/// (docs/organisation-document.md#carried-keys). One pointer where there are none.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Carried(Option<Arc<BTreeMap<String, Value>>>);

impl Carried {
    /// Nothing carried.
    pub const NOTHING: Self = Self(None);
    /// Whether there is nothing.
    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }
    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.0.as_ref()?.get(key)
    }
    /// The keys and values, by key.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().flat_map(|map| map.iter()).map(|(key, value)| (key.as_str(), value))
    }
    /// With the key set, or, for `None`, without it.
    #[must_use]
    pub fn with(&self, key: &str, value: Option<Value>) -> Self {
        let mut map = self.0.as_deref().cloned().unwrap_or_default();
        match value {
            Some(value) => map.insert(key.to_owned(), value),
            None => map.remove(key),
        };
        map.into_iter().collect()
    }
}

impl FromIterator<(String, Value)> for Carried {
    fn from_iter<I: IntoIterator<Item = (String, Value)>>(entries: I) -> Self {
        let map: BTreeMap<_, _> = entries.into_iter().collect();
        Self((!map.is_empty()).then(|| Arc::new(map)))
    }
}
