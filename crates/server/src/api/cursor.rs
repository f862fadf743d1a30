//! Cursors: where the next page of a list goes on. They stay good whatever changes in between.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use governance::Place;
use sha2::{Digest as _, Sha256};

use super::body::{bad_query, json};
use super::route::Pairs;
use crate::problem::Problem;

/// So many items a page has unless `limit` says otherwise.
pub(super) const USUAL: usize = 100;
/// So many at most.
pub(super) const MOST: usize = 1000;

/// A list whose pages follow each other: what is asked for, and what narrows it. Its cursors carry a digest
/// of it, so that one of another list is told, and answers no wrong page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct List([u8; 4]);

impl List {
    /// The list at a path, with these parameters.
    pub(super) fn of(path: &str, pairs: &Pairs) -> Self {
        let mut pairs: Vec<_> = pairs.iter().collect();
        pairs.sort();
        let mut digest = Sha256::new_with_prefix(path);
        for (name, value) in pairs {
            for text in [name, value] {
                digest.update(text.len().to_be_bytes());
                digest.update(text);
            }
        }
        let [a, b, c, d, ..] = <[u8; 32]>::from(digest.finalize());
        Self([a, b, c, d])
    }

    /// The cursor that means a place in it.
    pub(super) fn cursor(self, place: u64) -> String {
        self.written(place.to_be_bytes().into_iter().skip_while(|byte| *byte == 0))
    }
    /// The place that a cursor means.
    pub(super) fn place(self, cursor: &str) -> Result<u64, Problem> {
        let place = |place: &[u8]| {
            (place.len() <= 8).then(|| place.iter().fold(0, |place, byte| place << 8 | u64::from(*byte)))
        };
        self.read(cursor, place)
    }

    /// The cursor that means a place among what a search has found.
    pub(super) fn search_cursor(self, place: &Place) -> Result<String, Problem> {
        Ok(self.written(json(place)?))
    }
    /// The place that such a cursor means.
    pub(super) fn search_place(self, cursor: &str) -> Result<Place, Problem> {
        self.read(cursor, |place| serde_json::from_slice(place).ok())
    }

    fn written(self, place: impl IntoIterator<Item = u8>) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(self.0.into_iter().chain(place).collect::<Vec<_>>())
    }
    fn read<T>(self, cursor: &str, place: impl FnOnce(&[u8]) -> Option<T>) -> Result<T, Problem> {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(cursor).unwrap_or_default();
        let place = bytes.strip_prefix(&self.0).and_then(place);
        place.ok_or_else(|| {
            bad_query(
                "cursor",
                "expected the `next` of an earlier page of this list, asked for as this page is",
            )
        })
    }
}

/// The number of items that a page shall have.
pub(super) fn limit(text: Option<&str>) -> Result<usize, Problem> {
    let Some(text) = text else { return Ok(USUAL) };
    let number = text.parse().ok().filter(|limit| (1..=MOST).contains(limit));
    number.ok_or_else(|| bad_query("limit", format!("expected a number from 1 to {MOST}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_means_its_place_in_its_list_and_nothing_elsewhere() {
        let pairs = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
        };
        let list = List::of("/users", &pairs(&[("text", "a"), ("archived", "true")]));
        assert_eq!(list, List::of("/users", &pairs(&[("archived", "true"), ("text", "a")])));
        let others = [
            List::of("/groups", &pairs(&[("text", "a"), ("archived", "true")])),
            List::of("/users", &pairs(&[("text", "a")])),
            List::of("/users", &pairs(&[("text", "aarchived"), ("", "true")])),
        ];
        for place in [0, 1, 255, 256, u64::from(u32::MAX), u64::MAX] {
            let cursor = list.cursor(place);
            assert_eq!(list.place(&cursor).ok(), Some(place));
            for other in others {
                let said = other.place(&cursor).unwrap_err();
                assert!(said.detail.contains("`next` of an earlier page of this list"), "{}", said.detail);
            }
        }
        for text in ["", "x", "AAAA", "=", "Y2NjY2NjY2NjY2Nj"] {
            assert!(list.place(text).is_err(), "{text}");
        }
    }
}
