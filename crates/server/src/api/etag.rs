//! Entity tags: a digest of what was read, so that a change says upon what it was made.

use axum::http::header::{IF_MATCH, IF_NONE_MATCH};
use axum::http::{HeaderMap, HeaderName};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::body::bad_value;
use crate::problem::{Kind, Problem};
use crate::scope::{Scope, Scopes};

/// The strong entity tag of a representation, with its quotes.
pub(super) fn of(representation: &[u8]) -> String {
    let digest = Sha256::digest(representation);
    format!("\"{}\"", BASE64_URL_SAFE_NO_PAD.encode(&digest[..12]))
}

/// A list of entity tags, as a header has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Tags {
    /// `*`: whatever is there.
    Any,
    /// Those of the list, with their quotes.
    These(Vec<String>),
}

impl Tags {
    /// A `*` stands by itself (RFC 9110 §13.1.1).
    pub(super) fn parse(text: &str) -> Option<Self> {
        if text.trim() == "*" {
            return Some(Self::Any);
        }
        let blank = [' ', '\t'];
        let (mut these, mut rest) = (Vec::new(), text.trim_matches(blank));
        loop {
            let begin = if rest.starts_with(WEAK) { WEAK.len() } else { 0 };
            let end = rest.get(begin..)?.strip_prefix('"')?.find('"')?;
            let (tag, after) = rest.split_at(begin + end + 2);
            these.push(tag.to_owned());
            rest = match after.trim_start_matches(blank) {
                "" => return Some(Self::These(these)),
                more => more.strip_prefix(',')?.trim_start_matches(blank),
            };
        }
    }

    /// Whether it names this strong tag; weak ones do not.
    pub(super) fn names(&self, tag: &str) -> bool {
        match self {
            Self::Any => true,
            Self::These(these) => these.iter().any(|it| it == tag),
        }
    }

    /// The same, where a proxy that has compressed the answer may have made a weak tag of it.
    fn names_weakly(&self, tag: &str) -> bool {
        match self {
            Self::Any => true,
            Self::These(these) => these.iter().any(|it| it.strip_prefix(WEAK).unwrap_or(it) == tag),
        }
    }
}

const WEAK: &str = "W/";

/// What a request says of the representation that it is about (RFC 9110 §13.1).
#[derive(Clone, Debug, Default)]
pub(super) struct Conditions {
    pub(super) if_match: Option<Tags>,
    pub(super) if_none_match: Option<Tags>,
}

impl Conditions {
    pub(super) fn of(headers: &HeaderMap) -> Result<Self, Problem> {
        let tags = |name: &HeaderName| {
            let texts: Result<Vec<_>, _> = headers.get_all(name).iter().map(|it| it.to_str()).collect();
            let texts = texts.unwrap_or_default();
            if !headers.contains_key(name) {
                return Ok(None);
            }
            let said =
                || format!("the header {name} is no list of entity tags such as `\"a\", \"b\"`, or `*`");
            Tags::parse(&texts.join(",")).map(Some).ok_or_else(|| Problem::new(Kind::Malformed, said()))
        };
        Ok(Self { if_match: tags(&IF_MATCH)?, if_none_match: tags(&IF_NONE_MATCH)? })
    }

    /// Whether the change may be made to what is there now; what was sent is told with it if not.
    pub(super) fn check(&self, guarded: bool, now: Option<&[u8]>, sent: &[u8]) -> Result<(), Problem> {
        let tag = now.map(of);
        let unwanted =
            self.if_none_match.as_ref().zip(tag.as_ref()).is_some_and(|(it, tag)| it.names_weakly(tag));
        let holds = match (&self.if_match, &tag) {
            _ if unwanted => false,
            (Some(wanted), Some(tag)) => wanted.names(tag),
            (Some(_), None) => false,
            (None, Some(_)) if guarded => {
                let said = "send the ETag of what you have read as If-Match, so that nobody's change is lost; \
                            `If-Match: *` changes it whatever it is";
                return Err(Problem::new(Kind::NoPrecondition, said));
            }
            (None, _) => true,
        };
        if holds {
            return Ok(());
        }
        let json = |text: &[u8]| serde_json::from_slice::<Value>(text).unwrap_or(Value::Null);
        let said = match (now, unwanted) {
            (None, _) => "`If-Match` names something, and nothing is there; without it, it is made",
            (Some(_), true) => "`If-None-Match` names what is there: `current` is how it is",
            (Some(_), false) => {
                "somebody changed it in the meantime: `current` is how it is now, `yours` what you sent"
            }
        };
        let problem = Problem::new(Kind::Overtaken, said).with(CURRENT, now.map_or(Value::Null, json));
        Err(problem.with("yours", json(sent)).with("etag", tag.map_or(Value::Null, Value::from)))
    }

    /// Whether the client has this already.
    pub(super) fn has(&self, tag: &str) -> bool {
        self.if_none_match.as_ref().is_some_and(|known| known.names_weakly(tag))
    }
}

/// The entity tags that a body has in place of the header.
pub(super) fn sent(text: &str, pointer: &str) -> Result<Tags, Problem> {
    let said = "expected entity tags such as `\"a\"`, or `*`";
    Tags::parse(text).ok_or_else(|| bad_value(pointer, said))
}

/// Where a problem tells what is there.
const CURRENT: &str = "current";

/// The problem as it is told to who may use these scopes: without `read`, not what is there.
pub(super) fn told_within(mut problem: Problem, scopes: Scopes) -> Problem {
    if scopes.contains(Scope::Read) || problem.kind != Kind::Overtaken {
        return problem;
    }
    problem.detail = "what is there is not as it must be; how it is needs the scope `read`".to_owned();
    problem.without(CURRENT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entity_tags_are_a_list_or_any() {
        let these = |tags: &[&str]| Some(Tags::These(tags.iter().map(|tag| (*tag).to_owned()).collect()));
        assert_eq!(Tags::parse(" * "), Some(Tags::Any));
        assert_eq!(Tags::parse(r#""a""#), these(&[r#""a""#]));
        assert_eq!(Tags::parse(r#" "a,b" , W/"c","" "#), these(&[r#""a,b""#, r#"W/"c""#, r#""""#]));
        for text in ["", "a", "\"a", r#""a" "b""#, r#""x", *"#, r#"*, "x""#, r#""a","#, r#"w/"a""#, "W/"] {
            assert_eq!(Tags::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_weak_tag_is_enough_to_know_something_and_not_to_change_it() {
        let tags = Tags::parse(r#"W/"a""#).unwrap();
        assert!(tags.names_weakly(r#""a""#) && !tags.names(r#""a""#));
    }

    #[test]
    fn what_is_there_is_never_overwritten_blindly() {
        let there = b"{}";
        let check = |if_match: Option<&str>, if_none_match: Option<&str>, now: Option<&[u8]>| {
            let tags = |text: Option<&str>| text.map(|text| Tags::parse(text).unwrap());
            let conditions = Conditions { if_match: tags(if_match), if_none_match: tags(if_none_match) };
            conditions.check(true, now, b"{}").map_err(|problem| problem.kind)
        };
        let there = Some(&there[..]);
        assert_eq!(check(None, None, None), Ok(()));
        assert_eq!(check(None, Some("*"), None), Ok(()));
        assert_eq!(check(Some("*"), None, None), Err(Kind::Overtaken));
        assert_eq!(check(Some("*"), None, there), Ok(()));
        assert_eq!(check(Some(&of(b"{}")), None, there), Ok(()));
        assert_eq!(check(Some("\"x\""), None, there), Err(Kind::Overtaken));
        assert_eq!(check(None, None, there), Err(Kind::NoPrecondition));
        assert_eq!(check(None, Some("\"x\""), there), Err(Kind::NoPrecondition));
        assert_eq!(check(None, Some("*"), there), Err(Kind::Overtaken));
    }
}
