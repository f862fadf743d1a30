//! What a page says of what was just done, as its address has it: a revision, or a word for what is none,
//! with what it was done to.

use axum::response::{IntoResponse as _, Redirect, Response};

use super::address::Address;
use crate::api::Done;

/// What an address says in place of a revision where there was nothing to change.
pub(super) const NOTHING: &str = "nothing";

/// What is no revision, or more than that; `{}` is what it was done to.
const WORDS: [(&str, &str); 12] = [
    (NOTHING, "Nothing has changed: it was so already."),
    ("session-ended", "The session of {} has ended."),
    ("others-ended", "All other sessions have ended."),
    ("all-ended", "All sessions have ended."),
    ("token-revoked", "The token “{}” is revoked."),
    ("consumer-ended", "“{}” acts for this account no more."),
    ("lock-out-released", "They can try again at once."),
    ("asked", "Your request is sent to those who can grant it."),
    ("accepted", "The request is accepted: revision {}."),
    ("needless", "The request is closed: it was allowed already."),
    ("declined", "The request is declined."),
    ("withdrawn", "The request is withdrawn."),
];

/// No name is longer than what is shown of it.
const LONGEST: usize = 120;

/// Goes to a page after something was done, which then tells it.
pub(crate) fn done(to: &Address, done: &Done) -> Response {
    let told = done.revision.map_or_else(|| NOTHING.to_owned(), |revision| revision.to_string());
    Redirect::to(&to.with("done", told).to_string()).into_response()
}

/// The same after what is no revision: one of the words, and what it was done to.
pub(crate) fn done_to(to: &str, word: &str, of: &str) -> Response {
    let told = if of.is_empty() { word.to_owned() } else { format!("{word}:{of}") };
    Redirect::to(&Address::new(to).with("done", told).to_string()).into_response()
}

/// What an address tells, in words.
pub(super) fn told(done: &str) -> Option<String> {
    if let Ok(revision) = done.parse::<u64>() {
        return Some(format!("Saved: revision {revision}."));
    }
    let (word, of) = done.split_once(':').unwrap_or((done, ""));
    let (_, said) = WORDS.iter().find(|(known, _)| *known == word)?;
    let of: String = of.chars().filter(|letter| !letter.is_control()).take(LONGEST).collect();
    Some(said.replace("{}", &of))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_done_is_told_by_what_the_address_says() {
        for (done, said) in [
            ("8", "Saved: revision 8."),
            ("nothing", "Nothing has changed: it was so already."),
            ("token-revoked:nightly: 2", "The token “nightly: 2” is revoked."),
            ("others-ended", "All other sessions have ended."),
        ] {
            assert_eq!(told(done).as_deref(), Some(said));
        }
        assert_eq!((told(""), told("Your account is closed")), (None, None));
    }
}
