//! Names and the composite texts made of them.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt::Write as _;

use smol_str::SmolStr;
use thiserror::Error;
use unicode_normalization::UnicodeNormalization as _;

/// A name as its owner wrote it; shared, never changed. Most lie where they are used, so that comparing one
/// waits for no memory besides.
pub type Name = SmolStr;

/// How user ids are compared: Unicode simple case folding (docs/process.md#users).
pub fn fold(id: &str) -> Cow<'_, str> {
    // Of all bytes at once: ids are short, and most need no folding.
    if !id.bytes().fold(false, |any, byte| any | !byte.is_ascii() | byte.is_ascii_uppercase()) {
        return id.into();
    }
    id.chars().map(fold_char).collect::<String>().into()
}

/// Whether what a text folds to begins with a folded text.
pub(crate) fn begins_folded(text: &str, beginning: &str) -> bool {
    let mut letters = text.chars().map(fold_char);
    beginning.chars().all(|letter| letters.next() == Some(letter))
}

/// Whether what a text folds to contains a folded text.
pub fn contains_folded(text: &str, folded: &str) -> bool {
    if !text.is_ascii() {
        return fold(text).contains(folded);
    }
    let (text, wanted) = (text.as_bytes(), folded.as_bytes());
    wanted.is_empty() || text.windows(wanted.len()).any(|part| part.eq_ignore_ascii_case(wanted))
}

/// The order of what two texts fold to.
pub fn compare_folded(one: &str, other: &str) -> Ordering {
    if one.is_ascii() && other.is_ascii() {
        let (one, other) = (one.as_bytes().iter(), other.as_bytes().iter());
        return one.map(u8::to_ascii_lowercase).cmp(other.map(u8::to_ascii_lowercase));
    }
    one.chars().map(fold_char).cmp(other.chars().map(fold_char))
}

/// How user ids are kept apart: those with the same skeleton cannot both exist (docs/process.md#users).
pub fn skeleton(id: &str) -> String {
    // Of whole directories: most names in them need no more.
    if id.is_ascii() {
        return id.to_ascii_lowercase();
    }
    // What is not seen may keep apart what is composed.
    let seen = id.nfkc().filter(|letter| !is_unseen(*letter) && !chooses_form(*letter));
    seen.map(fold_char).nfkc().collect()
}

/// Letters of which nothing is seen, or that only turn the order of others (Default_Ignorable_Code_Point and
/// Bidi_Control of Unicode), and those that end a line.
pub const fn is_unseen(letter: char) -> bool {
    matches!(letter,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
        | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e00ff}'
        | '\u{e01f0}'..='\u{e0fff}')
}

/// Variation selectors: names may have them, in emoji, and two ids do not differ by them.
const fn chooses_form(letter: char) -> bool {
    matches!(letter, '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}')
}

/// One of the ways in which a text can be typed stands for all of them (NFC, as RFC 8265 has it for
/// passwords).
pub fn composed(text: &str) -> Cow<'_, str> {
    if text.is_ascii() { text.into() } else { text.nfc().collect::<String>().into() }
}

fn fold_char(letter: char) -> char {
    unicode_case_mapping::case_folded(letter).and_then(|code| char::from_u32(code.get())).unwrap_or(letter)
}

/// A `%` in a composite text that is not followed by two hexadecimal digits, or that gives no UTF-8.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error(
    "`{0}` is not percent-encoded text: `%` must be followed by two hexadecimal digits, and the bytes be UTF-8"
)]
pub struct BadEncoding(pub String);

/// A part of a composite text, with `/ : # @ %` percent-encoded (docs/organisation-document.md#references).
pub fn encode(part: &str) -> String {
    let mut text = String::with_capacity(part.len());
    for letter in part.chars() {
        match letter {
            '/' | ':' | '#' | '@' | '%' => {
                // Writing to a String cannot fail.
                write!(text, "%{:02X}", letter as u32).unwrap_or_default();
            }
            other => text.push(other),
        }
    }
    text
}

/// The part that was encoded; any `%XX` is decoded.
pub fn decode(text: &str) -> Result<Cow<'_, str>, BadEncoding> {
    // Of all bytes at once: parts are short.
    if !text.bytes().fold(false, |any, byte| any | (byte == b'%')) {
        return Ok(text.into());
    }
    let bad = || BadEncoding(text.to_owned());
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digit = |it: Option<u8>| it.and_then(|it| (it as char).to_digit(16)).ok_or_else(bad);
            bytes.push((digit(rest.next())? * 16 + digit(rest.next())?) as u8);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).map(Into::into).map_err(|_| bad())
}

/// The parts before and after the first of an ASCII letter. A byte at a time: parts are short.
pub(crate) fn split_at_first(text: &str, letter: char) -> Option<(&str, &str)> {
    let at = text.bytes().position(|byte| char::from(byte) == letter)?;
    Some((&text[..at], &text[at + 1..]))
}

/// The known name most like `wanted`, where one is near enough to be a slip of the pen.
pub fn nearest<'a>(wanted: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let near = wanted.chars().count() / 3 + 1;
    known
        .into_iter()
        .filter(|name| name.len().abs_diff(wanted.len()) <= 4 * near)
        .map(|name| (distance(&wanted.to_lowercase(), &name.to_lowercase()), name))
        .filter(|(distance, _)| *distance <= near)
        .min()
        .map(|(_, name)| name)
}

/// Edit distance, counting a swap of neighbours as one.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut before = vec![0; b.len() + 1];
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i; b.len() + 1];
        for j in 1..=b.len() {
            let change = last[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            row[j] = change.min(last[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                row[j] = row[j].min(before[j - 2] + 1);
            }
        }
        before = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_survives_encoding_and_only_separators_are_encoded() {
        for part in ["Motor 1.0", "a/b:c#d@e%f", "Größe", ""] {
            assert_eq!(decode(&encode(part)).unwrap(), part);
        }
        assert_eq!(encode("R&D/Ä:1"), "R&D%2FÄ%3A1");
        assert!(decode("50%").is_err() && decode("%zz").is_err() && decode("%FF").is_err());
    }

    #[test]
    fn user_ids_are_compared_by_case_folding_and_kept_apart_by_form() {
        assert_eq!(fold("BOB"), fold("bob"));
        assert_ne!(fold("ﬁn"), fold("fin"));
        assert_eq!(skeleton("ﬁn"), skeleton("FIN"));
        assert_eq!(skeleton("rena\u{fe0f}\u{301}"), skeleton("ren\u{e1}"));
        // What nobody sees keeps no two apart.
        for unseen in
            ['\u{ad}', '\u{34f}', '\u{61c}', '\u{200d}', '\u{2028}', '\u{3164}', '\u{fe0f}', '\u{e0101}']
        {
            assert_eq!(skeleton(&format!("bo{unseen}b")), "bob", "{unseen:?}");
        }
    }

    #[test]
    fn the_nearest_name_is_offered_only_when_it_is_near() {
        assert_eq!(nearest("adminstrators", ["members", "administrators"]), Some("administrators"));
        assert_eq!(nearest("xyz", ["members", "administrators"]), None);
    }
}
