//! What a provider says of a person.

use governance::Person;
use openidconnect::AdditionalClaims;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{NotShown, Provider};

/// All that is said besides what every provider says.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Claims {
    #[serde(flatten)]
    others: Map<String, Value>,
}

impl AdditionalClaims for Claims {}

/// Everything that is said of somebody, by name.
#[derive(Debug, Default)]
pub(super) struct Said(Map<String, Value>);

impl Said {
    /// Takes over what is new in this.
    pub(super) fn with(mut self, claims: &impl Serialize) -> Self {
        if let Ok(Value::Object(claims)) = serde_json::to_value(claims) {
            for (name, value) in claims {
                self.0.entry(name).or_insert(value);
            }
        }
        self
    }

    /// A claim by its name, or by the way to it.
    pub(super) fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name).or_else(|| {
            let mut parts = name.split('.');
            let first = self.0.get(parts.next()?)?;
            parts.try_fold(first, |value, part| value.get(part))
        })
    }

    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.get(name)?.as_str().filter(|text| !text.trim().is_empty())
    }

    /// Whether a group is in the list, or the one that is there.
    pub(super) fn lists(&self, name: &str, group: &str) -> bool {
        match self.get(name) {
            Some(Value::Array(list)) => list.iter().any(|it| it.as_str() == Some(group)),
            Some(Value::String(one)) => one == group,
            _ => false,
        }
    }
}

impl Provider {
    /// Whether something that this server wants to know is not said.
    pub(super) fn misses(&self, said: &Said) -> bool {
        let claims = &self.told.claims;
        let maps_groups = self.maps_groups();
        [&claims.id, &claims.name, &claims.mail].iter().any(|name| said.get(name).is_none())
            || (maps_groups && said.get(&claims.groups).is_none())
    }

    /// Whom it tells of.
    pub(super) fn person(&self, said: &Said) -> Result<Person, NotShown> {
        let claims = &self.told.claims;
        let id = said.text(&claims.id).ok_or_else(|| {
            NotShown::Wrong(format!("it does not tell the claim `{}`, which is the id", claims.id))
        })?;
        // What somebody has only typed there may be anybody's.
        if claims.id == "email" && said.get("email_verified") == Some(&Value::Bool(false)) {
            return Err(NotShown::Wrong("the mail address, which is the id, is not verified".to_owned()));
        }
        let person = Person {
            registry: self.told.name.as_str().into(),
            id: id.into(),
            name: said.text(&claims.name).unwrap_or(id).into(),
            mail: said.text(&claims.mail).map(Into::into),
            groups: self.told.groups.of(|group| said.lists(&claims.groups, group)),
        };
        person.checked().map_err(|rule| NotShown::Wrong(rule.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_claim_is_found_by_its_name_or_by_the_way_to_it() {
        let said = Said::default()
            .with(&json!({"a.b": "name", "a": {"b": "way", "c": {"d": ["x", 1]}}, "one": "y", "blank": " "}))
            .with(&json!({"one": "later", "new": "z"}));
        assert_eq!(said.text("a.b"), Some("name"));
        assert_eq!(said.text("one"), Some("y"), "what is signed counts before what is told");
        assert_eq!((said.text("new"), said.text("blank"), said.text("a")), (Some("z"), None, None));
        assert!(said.lists("a.c.d", "x") && !said.lists("a.c.d", "1") && said.lists("one", "y"));
        assert!(!said.lists("a", "b") && !said.lists("none", ""));
    }
}
