//! Tags (docs/global-configurations.md#tags).

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Flaw, Word};
use crate::carried::Carried;
use crate::organisation::Organisation;
use crate::process_area::AreaId;
use crate::rules::LONGEST_NAME;
use crate::text::Name;

/// A tag: parts in lower case, with `/` before what is nested, as in `safety/brake`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Tag(Name);

impl Tag {
    /// Reads a tag. What is written is what is kept: another form of it is refused, not changed.
    ///
    /// # Errors
    /// What is wrong, and the right form if there is one.
    pub fn parse(text: &str) -> Result<Self, Flaw> {
        let parts = || text.split('/').map(|part| part.trim().to_lowercase());
        let unseen = |letter: char| {
            letter.is_control()
                || matches!(letter, '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
        };
        if text.contains(unseen) || parts().any(|part| part.is_empty()) {
            return Err(Flaw::NoTag(text.to_owned()));
        }
        if text.chars().nth(LONGEST_NAME).is_some() {
            return Err(Flaw::TagTooLong(LONGEST_NAME));
        }
        let form = parts().collect::<Vec<_>>().join("/");
        if form == text { Ok(Self(form.into())) } else { Err(Flaw::TagForm { text: text.to_owned(), form }) }
    }

    /// As it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is the other, or nested in it.
    pub fn is_within(&self, above: &Self) -> bool {
        within(&self.0, above)
    }

    /// Where it comes to be when `from`, with all that is nested in it, becomes `to`.
    #[must_use]
    pub fn moved(&self, from: &Self, to: &Self) -> Self {
        match self.0.strip_prefix(&*from.0) {
            Some(below) if self.is_within(from) => Self(format!("{}{below}", to.0).into()),
            _ => self.clone(),
        }
    }
}

fn within(tag: &str, above: &Tag) -> bool {
    tag.strip_prefix(&*above.0).is_some_and(|below| below.is_empty() || below.starts_with('/'))
}

impl TryFrom<String> for Tag {
    type Error = Flaw;
    fn try_from(text: String) -> Result<Self, Flaw> {
        Self::parse(&text)
    }
}

impl From<Tag> for String {
    fn from(tag: Tag) -> Self {
        tag.0.to_string()
    }
}

/// A tag that a project area lists.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a mapping with the `name` of a tag")]
pub struct ListedTag {
    /// The tag.
    pub name: Tag,
    /// What it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

impl Word for ListedTag {
    const KEY: &'static str = "tags";
    const KIND: &'static str = "a tag";
    fn name(&self) -> &str {
        self.name.as_str()
    }
}

/// The tags that a component or configuration has, as they are written.
pub(crate) fn tags_of(carried: &Carried) -> impl Iterator<Item = &str> {
    carried.get("tags").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
}

impl Organisation {
    /// The tags that components and configurations of a project area have, each with how many have it, in
    /// order.
    pub fn used_tags(&self, area: AreaId) -> impl Iterator<Item = (&str, usize)> {
        self.index.tags(area)
    }

    /// Whether a tag exists: the project area lists it or one nested in it, or an item there has one of them.
    pub fn has_tag(&self, area: AreaId, tag: &Tag) -> bool {
        let used = || self.used_tags(area).any(|(it, _)| within(it, tag));
        used() || super::Vocabulary::of_area(self, area).tags.iter().any(|it| it.name.is_within(tag))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_lower_case_and_has_no_blanks_around_its_parts_and_no_empty_part() {
        for good in ["safe", "safety/brake", "two words/größe", "a/b/c"] {
            assert_eq!(Tag::parse(good).map(String::from), Ok(good.to_owned()));
        }
        for (bad, form) in [("Safe", "safe"), (" safe", "safe"), ("safety / Brake", "safety/brake")] {
            let form = form.to_owned();
            assert_eq!(Tag::parse(bad), Err(Flaw::TagForm { text: bad.to_owned(), form }));
        }
        for bad in ["", " ", "/", "a//b", "/a", "a/", "a\u{200b}b", "a\nb"] {
            assert_eq!(Tag::parse(bad), Err(Flaw::NoTag(bad.to_owned())));
        }
    }

    #[test]
    fn what_is_nested_moves_along_and_what_only_begins_alike_does_not() {
        let tag = |text| Tag::parse(text).expect("a tag");
        let moved = |it| String::from(tag(it).moved(&tag("safe"), &tag("risk/low")));
        assert_eq!(
            ["safe", "safe/brake", "safer", "un/safe"].map(moved),
            ["risk/low", "risk/low/brake", "safer", "un/safe"]
        );
    }
}
