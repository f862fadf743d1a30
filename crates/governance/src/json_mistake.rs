//! What is wrong with a value, in words of JSON and of queries: those who read values speak of types of Rust.

use std::borrow::Cow;

/// `invalid type: map, expected a string` → `expected a string, not an object`. What is not known is left as
/// it is.
pub fn in_words_of_json(said: &str) -> Cow<'_, str> {
    let wrong = said.strip_prefix("invalid type: ").or_else(|| said.strip_prefix("invalid value: "));
    if let Some((found, expected)) = wrong.and_then(|wrong| wrong.rsplit_once(", expected ")) {
        return format!("expected {}, not {}", expected_value(expected), found_value(found)).into();
    }
    if let Some((found, expected)) =
        said.strip_prefix("invalid length ").and_then(|it| it.split_once(", expected "))
    {
        return format!("expected {}, not {found}", expected_value(expected)).into();
    }
    if let Some(name) = said.strip_prefix("missing field ") {
        return format!("{name} is missing").into();
    }
    if let Some(name) = said.strip_prefix("duplicate field ") {
        return format!("{name} is there twice").into();
    }
    let unknown = said.strip_prefix("unknown field ").or_else(|| said.strip_prefix("unknown variant "));
    if let Some((name, known)) = unknown.and_then(|it| it.split_once(", ")) {
        let known =
            known.strip_prefix("expected ").map_or("nothing", |known| known.trim_start_matches("one of "));
        let one_of = if known.contains(", ") { "one of " } else { "" };
        return format!("{name} is unknown; expected {one_of}{known}").into();
    }
    match said {
        // Numbers in queries are counts and revisions.
        "invalid digit found in string" | "cannot parse integer from empty string" => {
            "expected a whole number from 0"
        }
        "number would be zero for non-zero type" => "expected a whole number from 1",
        "number too large to fit in target type" => "expected a smaller number",
        "number too small to fit in target type" => "expected a larger number",
        "invalid float literal" | "cannot parse float from empty string" => "expected a number",
        "provided string was not `true` or `false`" => "expected `true` or `false`",
        other => other,
    }
    .into()
}

fn found_value(found: &str) -> Cow<'_, str> {
    match found {
        "map" => "an object".into(),
        "sequence" => "an array".into(),
        "null" | "unit value" | "Option value" => "null".into(),
        _ => match found.split_once(' ') {
            Some(("integer", number)) => format!("the number {number}").into(),
            Some(("floating", number)) => {
                format!("the number {}", number.trim_start_matches("point ")).into()
            }
            _ => format!("the {found}").into(),
        },
    }
}

fn expected_value(expected: &str) -> Cow<'_, str> {
    const COUNTS: [&str; 5] = ["u8", "u16", "u32", "u64", "usize"];
    match expected {
        "u8" => format!("a whole number from 0 to {}", u8::MAX).into(),
        "u16" => format!("a whole number from 0 to {}", u16::MAX).into(),
        "u32" => format!("a whole number from 0 to {}", u32::MAX).into(),
        "u64" | "usize" => "a whole number from 0".into(),
        "i8" | "i16" | "i32" | "i64" | "isize" => "a whole number".into(),
        "a sequence" => "an array".into(),
        "a map" => "an object".into(),
        "a borrowed string" => "a string".into(),
        "unit" => "null".into(),
        "f32" | "f64" => "a number".into(),
        count if count.strip_prefix("a nonzero ").is_some_and(|it| COUNTS.contains(&it)) => {
            "a whole number from 1".into()
        }
        a_struct if a_struct.starts_with("struct ") => "an object".into(),
        other => other.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_says_what_was_expected_and_what_came() {
        for (said, expected) in [
            ("invalid type: map, expected a string", "expected a string, not an object"),
            ("invalid type: sequence, expected a string", "expected a string, not an array"),
            ("invalid type: integer `7`, expected a boolean", "expected a boolean, not the number `7`"),
            (
                "invalid type: floating point `1.5`, expected u32",
                "expected a whole number from 0 to 4294967295, not the number `1.5`",
            ),
            (
                "invalid value: integer `300`, expected u8",
                "expected a whole number from 0 to 255, not the number `300`",
            ),
            (
                "invalid value: integer `0`, expected a nonzero usize",
                "expected a whole number from 1, not the number `0`",
            ),
            (
                "invalid type: floating point `0.5`, expected i64",
                "expected a whole number, not the number `0.5`",
            ),
            (
                "invalid type: string \"x, expected y\", expected a map",
                "expected an object, not the string \"x, expected y\"",
            ),
            (
                "invalid value: integer `-1`, expected usize",
                "expected a whole number from 0, not the number `-1`",
            ),
            ("invalid type: null, expected struct NewUser", "expected an object, not null"),
            ("invalid length 1, expected an array of length 2", "expected an array of length 2, not 1"),
            ("missing field `item`", "`item` is missing"),
            ("duplicate field `user`", "`user` is there twice"),
            ("unknown field `a`, expected `b`", "`a` is unknown; expected `b`"),
            ("unknown field `a`, expected `b` or `c`", "`a` is unknown; expected `b` or `c`"),
            (
                "unknown field `a`, expected one of `b`, `c`, `d`",
                "`a` is unknown; expected one of `b`, `c`, `d`",
            ),
            ("unknown field `a`, there are no fields", "`a` is unknown; expected nothing"),
            ("unknown variant `PUSH`, expected `GET` or `PUT`", "`PUSH` is unknown; expected `GET` or `PUT`"),
            ("invalid digit found in string", "expected a whole number from 0"),
            ("provided string was not `true` or `false`", "expected `true` or `false`"),
            ("`x` is not one of `a`, `b`", "`x` is not one of `a`, `b`"),
        ] {
            assert_eq!(in_words_of_json(said), expected);
        }
    }
}
