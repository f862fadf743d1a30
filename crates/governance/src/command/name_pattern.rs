//! How new configurations are named after others.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::text::Name;

/// A text in which `{name}` stands for the name of a configuration, and `{component}` for that of its
/// component.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct NamePattern(Name);

const NAME: &str = "{name}";
const COMPONENT: &str = "{component}";

/// Something in braces that stands for nothing.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("`{0}` stands for nothing: expected `{{name}}`, `{{component}}` or `{{date}}`")]
pub struct UnknownPlaceholder(String);

impl NamePattern {
    /// A pattern that somebody has written: a word in braces that is none of a pattern's is a slip, which
    /// would come to stand in thousands of names.
    ///
    /// # Errors
    /// The word.
    pub fn parse(text: &str) -> Result<Self, UnknownPlaceholder> {
        for rest in text.split('{').skip(1) {
            // One that is not closed is as much a slip.
            let (word, is_closed) = rest.split_once('}').map_or((rest, false), |(word, _)| (word, true));
            let is_word =
                !word.is_empty() && word.chars().all(|it| it.is_alphanumeric() || "-_ ".contains(it));
            if is_word && !(is_closed && matches!(word, "name" | "component")) {
                let end = if is_closed { "}" } else { "" };
                return Err(UnknownPlaceholder(format!("{{{word}{end}")));
            }
        }
        Ok(Self::new(text))
    }

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
            assert_eq!(&*NamePattern::parse(pattern).unwrap().name("Engine", "Motor {name}"), name);
        }
    }

    #[test]
    fn a_word_in_braces_that_stands_for_nothing_is_a_slip() {
        for pattern in ["{nme}", "{name} {Date}", "{{name}} {date of today}", "{name", "{name} {component"] {
            let slip = NamePattern::parse(pattern).unwrap_err().to_string();
            assert!(slip.contains("stands for nothing"), "{slip}");
        }
        for pattern in ["{", "a {} b", "{name} {1.0, 2.0}"] {
            assert_eq!(NamePattern::parse(pattern), Ok(NamePattern::new(pattern)));
        }
    }
}
