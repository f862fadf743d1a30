//! Percent-encoding (RFC 5849 §3.6) and forms, on bytes: what a client signs need not be UTF-8.

use std::borrow::Cow;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode, percent_encode};

/// Everything but `ALPHA`, `DIGIT`, `-`, `.`, `_` and `~`.
const RESERVED: AsciiSet = NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A name with its value, decoded.
pub(crate) type Pair = (Vec<u8>, Vec<u8>);

/// The one encoding that signatures are made of: upper-case hexadecimal, and unreserved bytes as they are.
pub(crate) fn encode(bytes: &[u8]) -> String {
    percent_encode(bytes, &RESERVED).to_string()
}

/// Decodes `%XX`; what is no such sequence stands for itself.
pub(crate) fn decode(text: &[u8]) -> Vec<u8> {
    percent_decode(text).collect()
}

/// The pairs of a query or of a form body, in order; `+` is a blank.
pub(crate) fn form_pairs(text: &[u8]) -> Vec<Pair> {
    let part = |part: &[u8]| {
        let blank: Cow<'_, [u8]> = match part.contains(&b'+') {
            true => part.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect(),
            false => part.into(),
        };
        decode(&blank)
    };
    let pairs = text.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| match pair.iter().position(|byte| *byte == b'=') {
            Some(at) => (part(&pair[..at]), part(&pair[at + 1..])),
            None => (part(pair), Vec::new()),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_unreserved_bytes_stand_for_themselves() {
        assert_eq!(encode(b"Az09-._~"), "Az09-._~");
        assert_eq!(encode(b" +&=/%*!'()"), "%20%2B%26%3D%2F%25%2A%21%27%28%29");
        assert_eq!(encode("☃".as_bytes()), "%E2%98%83");
        assert_eq!(encode(&[0, 0xff]), "%00%FF");
    }

    #[test]
    fn forms_are_read_as_browsers_write_them() {
        let pairs = |text: &str| {
            let pair = |(name, value): Pair| {
                (String::from_utf8(name).expect("text"), String::from_utf8(value).expect("text"))
            };
            form_pairs(text.as_bytes()).into_iter().map(pair).collect::<Vec<_>>()
        };
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(
            pairs("a=r+b&c%40=&a2&&x=a=b"),
            [pair("a", "r b"), pair("c@", ""), pair("a2", ""), pair("x", "a=b")]
        );
        assert_eq!(pairs("a=%2B%zz%"), [pair("a", "+%zz%")]);
    }
}
