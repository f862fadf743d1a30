//! Cursors: where the next page of a list goes on. They stay good whatever changes in between.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;

use governance::Place;

use super::body::{bad_query, json};
use crate::problem::Problem;

/// So many items a page has unless `limit` says otherwise.
pub(super) const USUAL: usize = 100;
/// So many at most.
pub(super) const MOST: usize = 1000;

const MARK: u8 = b'c';

pub(super) fn write(place: u64) -> String {
    let mut bytes = vec![MARK];
    bytes.extend(place.to_be_bytes().into_iter().skip_while(|byte| *byte == 0));
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

/// The place that a cursor means.
pub(super) fn read(text: &str) -> Result<u64, Problem> {
    let place = || {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).ok()?;
        let (mark, rest) = bytes.split_first()?;
        let fits = *mark == MARK && rest.len() <= 8;
        fits.then(|| rest.iter().fold(0, |place, byte| place << 8 | u64::from(*byte)))
    };
    place().ok_or_else(|| bad_query("cursor", "expected the `next` of an earlier page of this list"))
}

/// A place among what a search has found.
pub(super) fn write_place(place: &Place) -> Result<String, Problem> {
    Ok(BASE64_URL_SAFE_NO_PAD.encode(json(place)?))
}

/// The place that such a cursor means.
pub(super) fn read_place(text: &str) -> Result<Place, Problem> {
    let place = || serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(text).ok()?).ok();
    place().ok_or_else(|| bad_query("cursor", "expected the `next` of an earlier page of this search"))
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
    fn a_cursor_means_its_place_and_anything_else_is_none() {
        for place in [0, 1, 255, 256, u64::from(u32::MAX), u64::MAX] {
            assert_eq!(read(&write(place)).ok(), Some(place));
        }
        for text in ["", "x", "AAAA", "=", "Y2NjY2NjY2NjY2Nj"] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
