//! The tokens that ask for the next page of a search.
//!
//! A token holds the revision of which the pages are, so that they neither skip nor repeat anything while
//! the organisation changes, and what was shown last. Nothing in it is secret, and nothing that it asks for
//! is trusted: every member is judged again. A digest ties it to its search, so that a token of another
//! search, of somebody else or with a typing error is told rather than answered with a wrong page.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};
use store::Revision;

use crate::problem::{Kind, Problem};

/// Where a page begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) revision: Revision,
    /// So many results a page has.
    pub(super) limit: u32,
    /// So many results have been shown.
    pub(super) shown: u32,
    /// The last of them; empty when there was none.
    pub(super) last: String,
}

/// A number for a search: the same for the same search of the same asker, another for another.
pub(super) type SearchDigest = [u8; 32];

const FORM: u8 = 1;
const TIED: usize = 16;

impl Place {
    pub(super) fn token(&self, search: &SearchDigest) -> String {
        let mut bytes = vec![FORM];
        bytes.extend(self.revision.number().to_be_bytes());
        bytes.extend(self.limit.to_be_bytes());
        bytes.extend(self.shown.to_be_bytes());
        bytes.extend(self.last.as_bytes());
        let tie = tie(search, &bytes);
        bytes.extend(tie);
        BASE64_URL_SAFE_NO_PAD.encode(bytes)
    }

    pub(super) fn of_token(token: &str, search: &SearchDigest) -> Result<Self, Problem> {
        let read = || {
            let bytes = BASE64_URL_SAFE_NO_PAD.decode(token).ok()?;
            let (said, tied) = bytes.split_at_checked(bytes.len().checked_sub(TIED)?)?;
            let rest = said.strip_prefix(&[FORM])?;
            let (revision, rest) = rest.split_first_chunk()?;
            let (limit, rest) = rest.split_first_chunk()?;
            let (shown, last) = rest.split_first_chunk()?;
            (tied == tie(search, said)).then_some(())?;
            Some(Self {
                revision: Revision::new(u64::from_be_bytes(*revision)),
                limit: u32::from_be_bytes(*limit),
                shown: u32::from_be_bytes(*shown),
                last: String::from_utf8(last.to_vec()).ok()?,
            })
        };
        read().ok_or_else(|| {
            let said = "`page.token` is not the `next_token` of an answer to this search; all but the token must \
                        be as it was then";
            Problem::new(Kind::BadQuestion, said)
        })
    }
}

fn tie(search: &SearchDigest, said: &[u8]) -> [u8; TIED] {
    let digest = Sha256::new().chain_update(search).chain_update(said).finalize();
    std::array::from_fn(|at| digest[at])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_comes_back_and_no_altered_or_foreign_one_does() {
        let place = Place { revision: Revision::new(7), limit: 2, shown: 4, last: "gc:Größe#x".into() };
        let (search, other) = ([1; 32], [2; 32]);
        let token = place.token(&search);
        assert_eq!(Place::of_token(&token, &search).unwrap(), place);
        assert!(Place::of_token(&token, &other).is_err());
        for at in 0..token.len() {
            let mut altered = token.clone().into_bytes();
            altered[at] = if altered[at] == b'A' { b'B' } else { b'A' };
            let altered = String::from_utf8(altered).unwrap();
            assert!(Place::of_token(&altered, &search).is_err(), "{altered}");
        }
        for nonsense in ["", "x", "====", &token[1..], &"A".repeat(22), &"A".repeat(100_000)] {
            assert!(Place::of_token(nonsense, &search).is_err(), "{nonsense}");
        }
    }
}
