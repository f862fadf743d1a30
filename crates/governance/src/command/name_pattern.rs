//! How new configurations are named after others.

use serde::{Deserialize, Serialize};

use crate::text::Name;

/// A text in which `{name}` stands for the name of a configuration, and `{component}` for that of its
/// component.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct NamePattern(Name);

const NAME: &str = "{name}";
const COMPONENT: &str = "{component}";

impl NamePattern {
    /// A pattern of this text; whether it gives good names is for the rules of names.
    pub fn new(text: impl Into<Name>) -> Self {
        Self(text.into())
    }

    /// The name of something made from a configuration of a component.
    pub fn name(&self, component: &str, name: &str) -> Name {
        let mut made = String::new();
        let mut rest = &*self.0;
        // Braces in a name are no pattern.
        while let Some(at) = rest.find('{') {
            made.push_str(&rest[..at]);
            rest = &rest[at..];
            let (with, width) = match rest {
                _ if rest.starts_with(NAME) => (name, NAME.len()),
                _ if rest.starts_with(COMPONENT) => (component, COMPONENT.len()),
                _ => ("{", 1),
            };
            made.push_str(with);
            rest = &rest[width..];
        }
        made.push_str(rest);
        made.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_names_what_is_new_after_what_it_comes_from() {
        for (pattern, name) in [
            ("{name}", "Motor {name}"),
            ("{name} - Sport", "Motor {name} - Sport"),
            ("{{component}: {name}}", "{Engine: Motor {name}}"),
            ("Release 2", "Release 2"),
        ] {
            assert_eq!(&*NamePattern::new(pattern).name("Engine", "Motor {name}"), name);
        }
    }
}
