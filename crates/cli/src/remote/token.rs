//! The access token with which a server is asked. It is never shown.

use std::fmt;
use std::io::Read;
use std::path::Path;

use reqwest::header::HeaderValue;
use serde::{Deserialize, Serialize};

use crate::failure::Failure;
use crate::organisation_source::cannot_read;

/// A personal access token.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Token(String);

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token")
    }
}

const LONGEST: u64 = 4096;

impl Token {
    /// The token that a text is, but for blanks around it; `from` says where it was found.
    pub(crate) fn new(text: &str, from: &str) -> anyhow::Result<Self> {
        let text = text.trim();
        if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Ok(Self(text.to_owned()));
        }
        let cause = format!("{from} holds no access token");
        Err(Failure::new(cause, "a token is one line of letters, digits and signs, and nothing else").into())
    }

    /// Reads one from a file; `-` is stdin.
    pub(crate) fn read(path: &Path) -> anyhow::Result<Self> {
        let mut text = String::new();
        let read = if path == Path::new("-") {
            std::io::stdin().lock().take(LONGEST).read_to_string(&mut text)
        } else {
            let file = std::fs::File::open(path);
            file.and_then(|file| file.take(LONGEST).read_to_string(&mut text))
        };
        read.map_err(|cause| cannot_read(path, &cause))?;
        let from = if path == Path::new("-") {
            "standard input".to_owned()
        } else {
            format!("`{}`", path.display())
        };
        Self::new(&text, &from)
    }

    pub(super) fn header(&self) -> HeaderValue {
        let header = HeaderValue::from_str(&format!("Bearer {}", self.0));
        // INVARIANT: a token is made of visible ASCII, of which there is a header.
        let mut header = header.expect("visible ASCII is a header");
        header.set_sensitive(true);
        header
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_one_word_and_is_never_shown() {
        let token = Token::new(" secret-word\n", "x").unwrap();
        assert_eq!(token.header(), "Bearer secret-word");
        assert!(!format!("{token:?} {:?}", token.header()).contains("secret"));
        for text in ["", "\n", "secret words", "secret\nword", "sécret"] {
            let error = Token::new(text, "`file`").unwrap_err().to_string();
            assert!(error.starts_with("`file` holds no access token") && !error.contains("cret"), "{error}");
        }
    }
}
