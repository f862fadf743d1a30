//! What can be wrong with a word, or with the use of one.

use thiserror::Error;

/// A flaw, and the slash path of keys and indices at which it is written: `attributes/cost`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flawed {
    /// Below the area or item.
    pub at: String,
    /// What is wrong.
    pub flaw: Flaw,
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Error)]
#[expect(missing_docs, reason = "the messages say what each is")]
pub enum Flaw {
    // Of the words.
    #[error("`{0}` is a list: write it as one")]
    NoList(&'static str),
    #[error("{kind} cannot be read: {cause}")]
    Unreadable { kind: &'static str, cause: String },
    #[error("{kind} `{name}` is there twice: remove one")]
    Twice { kind: &'static str, name: String },
    #[error("`{text}` is no tag: write `{form}`")]
    TagForm { text: String, form: String },
    #[error("`{0}` is no tag: write words in lower case, with `/` between a tag and those nested in it")]
    NoTag(String),
    #[error("a tag has at most {0} characters: shorten it")]
    TagTooLong(usize),

    // Of their use.
    #[error("{0}")]
    Name(String),
    #[error("`{0}` is {1}: write it as that")]
    Shape(&'static str, &'static str),
    #[error("the attribute `{id}` is {expected}, not `{found}`")]
    Value { id: String, expected: String, found: String },
    #[error("the attribute `{id}` names the user `{user}`, who does not exist: name one who does")]
    NoPerson { id: String, user: String },
    #[error("the attribute `{id}` is not for a {kind}: remove it")]
    NotFor { id: String, kind: &'static str },
    #[error("the attribute `{0}` is required: give it a value")]
    Missing(String),
    #[error("the attribute `{0}` cannot be changed on a baseline: make a stream from it, and change that")]
    Frozen(String),
    #[error("`{0}` is neither a link type of the project area nor a URI: choose one of them")]
    LinkType(String),
    #[error("a link needs a `uri`, such as `https://example.com`, not `{0}`")]
    LinkUri(String),
    #[error("a link is a URI, or has `uri`, `type` and `title`, which are text; `{0}` is no key of it")]
    LinkKey(String),

    // Of a changed type, for what is there.
    #[error("{count} {} this: {item}: {flaw}", if *.count == 1 { "item breaks" } else { "items break" })]
    InUse { count: usize, item: String, flaw: Box<Flaw> },
}
