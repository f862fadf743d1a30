//! Lines of questions and lines of answers, as `check` takes and gives them (docs/command-line.md#check).

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Serialize};
use serde_json::error::Category;
use serde_json::value::RawValue;

use crate::answer::AnswerText;
use crate::json_mistake::in_words_of_json;
use crate::reference::QuestionText;

/// No question is that long, in bytes; a longer line is one that lost its ends.
pub const LONGEST_LINE: usize = 1 << 20;

/// Reads lines of questions.
#[derive(Clone, Debug, Default)]
pub struct QuestionLines {
    /// The latest question, whose memory is used again.
    text: QuestionText,
}

/// A line that was read.
#[derive(Clone, Debug)]
pub struct QuestionLine<'l, 'q> {
    /// The `id` as it is written, as far as it could be read.
    pub id: Option<&'l str>,
    /// The question, or why it is none.
    pub question: Result<&'q QuestionText, String>,
}

impl QuestionLines {
    /// Reads the next line, without its end; `None` stands for one that is longer than [`LONGEST_LINE`].
    pub fn read<'l>(&mut self, line: Option<&'l [u8]>) -> QuestionLine<'l, '_> {
        let mut id = None;
        let read = readable(line).and_then(|line| read(line, &mut self.text, &mut id));
        QuestionLine { id, question: read.map(|()| &self.text) }
    }
}

/// Writes the line that answers a question with this `id`.
pub fn write_answer_line(id: Option<&str>, answer: Result<&AnswerText, &str>, out: &mut Vec<u8>) {
    if let Some(id) = id {
        out.extend_from_slice(b"{\"id\":");
        out.extend_from_slice(id.as_bytes());
    }
    let begin = out.len();
    let written = match answer {
        Ok(answer) => serde_json::to_writer(&mut *out, answer),
        Err(error) => serde_json::to_writer(&mut *out, &ErrorText { error }),
    };
    written.expect("memory takes whatever is written, and texts have a JSON form");
    if id.is_some() {
        // The answer goes on after the id.
        out[begin] = b',';
    }
    out.push(b'\n');
}

#[derive(Serialize)]
struct ErrorText<'a> {
    error: &'a str,
}

/// The line as text, without the mark that some editors put at the beginning of a file; joined files have it
/// anywhere.
fn readable(line: Option<&[u8]>) -> Result<&str, String> {
    let Some(line) = line.filter(|line| line.len() <= LONGEST_LINE) else {
        return Err(format!("the line is longer than {} MiB; write one question a line", LONGEST_LINE >> 20));
    };
    let text = std::str::from_utf8(line)
        .map_err(|error| format!("the line is not UTF-8: its byte {} is wrong", error.valid_up_to() + 1))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.trim_ascii().is_empty() {
        Err("the line is empty; write a question".to_owned())
    } else {
        Ok(text)
    }
}

/// Reads a question into `text`, and its `id`, as it is written, into `id`.
fn read<'l>(line: &'l str, text: &mut QuestionText, id: &mut Option<&'l str>) -> Result<(), String> {
    let mut json = serde_json::Deserializer::from_str(line);
    Question { text, id }.deserialize(&mut json).and_then(|()| json.end()).map_err(|error| {
        if id.is_none() {
            // Whatever is wrong with the line: up to there it may tell who is to get the error.
            let _ = OnlyId(id).deserialize(&mut serde_json::Deserializer::from_str(line));
        }
        message(&error)
    })
}

/// The reader's words, without the line, of which there is one.
fn message(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let cause = text.rsplit_once(" at line ").map_or(text.as_str(), |(cause, _)| cause);
    let column = error.column();
    match error.classify() {
        Category::Syntax if cause == "trailing characters" => {
            format!("something follows the question at column {column}; write one question a line")
        }
        Category::Syntax | Category::Eof | Category::Io => {
            format!("this is no JSON: {cause} at column {column}")
        }
        Category::Data => in_words_of_json(cause).into_owned(),
    }
}

#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "lowercase")]
enum Key {
    Id,
    User,
    Operation,
    Actions,
    Item,
    Replace,
    By,
    To,
}

struct Question<'a, 'de> {
    text: &'a mut QuestionText,
    id: &'a mut Option<&'de str>,
}

impl<'de> DeserializeSeed<'de> for Question<'_, 'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Question<'_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a question: an object with `user`, `operation`, `actions` and `item`")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let QuestionText { user, operation, actions, item, replace, by, to } = self.text;
        (*replace, *by, *to) = (None, None, None);
        actions.clear();
        let mut seen = 0_u8;
        while let Some(key) = map.next_key()? {
            let (name, bit) = match key {
                Key::Id => ("id", 0),
                Key::User => ("user", 1),
                Key::Operation => ("operation", 2),
                Key::Actions => ("actions", 3),
                Key::Item => ("item", 4),
                Key::Replace => ("replace", 5),
                Key::By => ("by", 6),
                Key::To => ("to", 7),
            };
            if seen & 1 << bit != 0 {
                return Err(A::Error::duplicate_field(name));
            }
            seen |= 1 << bit;
            match key {
                Key::Id => *self.id = Some(map.next_value::<&RawValue>()?.get()),
                Key::User => map.next_value_seed(TextOf(user))?,
                Key::Operation => map.next_value_seed(TextOf(operation))?,
                Key::Actions => *actions = map.next_value()?,
                Key::Item => map.next_value_seed(TextOf(item))?,
                Key::Replace => *replace = map.next_value()?,
                Key::By => *by = map.next_value()?,
                Key::To => *to = map.next_value()?,
            }
        }
        for (name, bit) in [("user", 1), ("operation", 2), ("item", 4)] {
            if seen & 1 << bit == 0 {
                return Err(A::Error::missing_field(name));
            }
        }
        Ok(())
    }
}

/// A text, into memory that is there already.
struct TextOf<'a>(&'a mut String);

impl<'de> DeserializeSeed<'de> for TextOf<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for TextOf<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text")
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        self.0.clear();
        self.0.push_str(text);
        Ok(())
    }
}

/// The `id` of an object whatever else is in it, as far as it is JSON.
struct OnlyId<'a, 'de>(&'a mut Option<&'de str>);

impl<'de> DeserializeSeed<'de> for OnlyId<'_, 'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for OnlyId<'_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            if key == "id" {
                *self.0 = Some(map.next_value::<&RawValue>()?.get());
                return Ok(());
            }
            map.next_value::<IgnoredAny>()?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &str, id: Option<&str>, expected: Result<&str, &str>) {
        let (mut text, mut found) = (QuestionText::default(), None);
        let result = read(line, &mut text, &mut found).map(|()| text.to_string());
        assert_eq!(result.as_deref().map_err(String::as_str), expected, "{line}");
        assert_eq!(found, id, "{line}");
    }

    #[test]
    fn a_question_is_an_object_with_the_keys_of_a_question() {
        check(r#"{"user":"b","operation":"read","item":"repository"}"#, None, Ok("b read repository"));
        check(
            r#"{"id":{"n": [1]},"user":"b\u00f6b","operation":"o","actions":["a","b"],"item":"i","to":null}"#,
            Some(r#"{"n": [1]}"#),
            Ok("böb o/a + b i"),
        );
        check(
            r#"["b","read","repository"]"#,
            None,
            Err(
                "expected a question: an object with `user`, `operation`, `actions` and `item`, not an array",
            ),
        );
        check(r#"{"user":"b","operation":"read"}"#, None, Err("`item` is missing"));
        check(r#"{"user":"b","user":"c"}"#, None, Err("`user` is there twice"));
        check(r#"{"user":1}"#, None, Err("expected a text, not the number `1`"));
    }

    #[test]
    fn an_id_is_found_although_the_line_is_wrong() {
        check(
            r#"{"usr":"b","id":7}"#,
            Some("7"),
            Err(
                "`usr` is unknown; expected one of `id`, `user`, `operation`, `actions`, `item`, `replace`, `by`, `to`",
            ),
        );
        check(
            r#"{"id":"x","user":"#,
            Some("\"x\""),
            Err("this is no JSON: EOF while parsing a value at column 17"),
        );
        check(r#"{"id":null,"user":"b"}"#, Some("null"), Err("`operation` is missing"));
        check("", None, Err("this is no JSON: EOF while parsing a value at column 0"));
        check(
            r#"{"user":"b","operation":"read","item":"i"}{"user":"c"}"#,
            None,
            Err("something follows the question at column 43; write one question a line"),
        );
    }
}
