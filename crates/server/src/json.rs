//! JSON bodies, and what is wrong with them in the words of JSON.

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use serde::Deserialize;
use serde_json::error::Category;

use crate::problem::{Kind, Problem};

/// Longer messages repeat too much of the body.
const LONGEST_MESSAGE: usize = 300;

/// Whether a body says that it is JSON.
pub(crate) fn is_json(headers: &HeaderMap) -> bool {
    let media_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let media_type = media_type.split(';').next().unwrap_or_default().trim();
    media_type.eq_ignore_ascii_case("application/json")
}

/// The body of a request that must be JSON and say so; 400 otherwise.
pub(crate) fn body(headers: &HeaderMap, body: Result<Bytes, BytesRejection>) -> Result<Bytes, Problem> {
    if !is_json(headers) {
        return Err(Problem::new(
            Kind::Malformed,
            "send JSON, with the header `Content-Type: application/json`",
        ));
    }
    Ok(body?)
}

/// Reads a body.
pub(crate) fn read<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, Problem> {
    serde_json::from_slice(body).map_err(|error| {
        // Where an error is takes time to follow: it is read again.
        let again = &mut serde_json::Deserializer::from_slice(body);
        let path =
            serde_path_to_error::deserialize::<_, T>(again).err().map(|error| error.path().to_string());
        Problem::new(Kind::Malformed, what_is_wrong(&error, path.as_deref()))
    })
}

fn what_is_wrong(error: &serde_json::Error, path: Option<&str>) -> String {
    let said = error.to_string();
    let mut message = match error.classify() {
        Category::Data => {
            let said = said.rsplit_once(" at line ").map_or(&*said, |(said, _)| said);
            let wrong = governance::in_words_of_json(said);
            match path {
                None | Some(".") => format!("the body: {wrong}"),
                Some(path) => format!("`{path}`: {wrong}"),
            }
        }
        Category::Eof if error.column() == 0 => "the body is empty; expected a JSON object".to_owned(),
        Category::Syntax | Category::Eof | Category::Io => format!("the body is not JSON: {said}"),
    };
    if let Some((end, _)) = message.char_indices().nth(LONGEST_MESSAGE) {
        message.truncate(end);
        message.push('…');
    }
    message
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "only reading it is tried")]
    struct Sample {
        #[serde(default)]
        text: String,
        #[serde(default)]
        list: Vec<Inner>,
    }

    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "only reading it is tried")]
    struct Inner {
        flag: bool,
    }

    #[test]
    fn messages_say_where_and_what_was_expected_and_found() {
        let check = |body: &str, expected: &str| {
            assert_eq!(read::<Sample>(body.as_bytes()).unwrap_err().detail, expected, "{body}");
        };
        check("", "the body is empty; expected a JSON object");
        check("{", "the body is not JSON: EOF while parsing an object at line 1 column 1");
        check("{} {}", "the body is not JSON: trailing characters at line 1 column 4");
        check(r#"{"text":{}}"#, "`text`: expected a string, not an object");
        check(r#"{"text":[1]}"#, "`text`: expected a string, not an array");
        check(r#"{"text":null}"#, "`text`: expected a string, not null");
        check(r#"{"text":1.5}"#, "`text`: expected a string, not the number `1.5`");
        check(r#"{"list":"x"}"#, "`list`: expected an array, not the string \"x\"");
        check(
            r#"{"list":[{"flag":true},{"flag":7}]}"#,
            "`list[1].flag`: expected a boolean, not the number `7`",
        );
        check(r#"{"list":[{}]}"#, "`list[0]`: `flag` is missing");
        let long = read::<Sample>(format!(r#"{{"list":"{}"}}"#, "ä".repeat(1000)).as_bytes()).unwrap_err();
        assert_eq!(long.detail.chars().count(), LONGEST_MESSAGE + 1);
    }
}
