//! A file as the rules see it. Of a Rust file they see code, string literals and comments apart, and know
//! which code is tested and which tests.

/// One file. What concerns Rust stays empty for any other file.
pub(super) struct Source {
    /// Relative to the workspace, with `/`.
    pub(super) path: String,
    pub(super) text: String,
    /// The text with comments and string literals blanked out, line for line.
    pub(super) code: String,
    /// The code without tests, line for line.
    pub(super) product: String,
    /// The text without string literals, line for line.
    pub(super) layout: String,
    /// Each string literal without its quotes, and the line on which it starts.
    pub(super) strings: Vec<(usize, String)>,
}

impl Source {
    pub(super) fn new(path: &str, text: &str) -> Source {
        let mut source = Source {
            path: path.to_owned(),
            text: text.to_owned(),
            code: String::new(),
            product: String::new(),
            layout: String::new(),
            strings: Vec::new(),
        };
        if source.is_rust() {
            source.scan();
            source.product = if source.is_test() { String::new() } else { without_tests(&source.code) };
        }
        source
    }

    pub(super) fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }

    /// Is the file in one of these folders, or one of these files?
    pub(super) fn is_in(&self, places: &[&str]) -> bool {
        places.iter().any(|place| {
            let rest = self.path.strip_prefix(place);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/') || place.is_empty())
        })
    }

    pub(super) fn file_name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or_default()
    }

    fn is_test(&self) -> bool {
        self.path.split('/').any(|part| part == "tests" || part == "tests.rs")
    }

    fn scan(&mut self) {
        let (mut at, mut line) = (0, 1);
        while at < self.text.len() {
            let (kind, length) = token(&self.text[at..]);
            let token = &self.text[at..at + length];
            let lines = token.matches('\n').count();
            self.code.push_str(&if kind == Kind::Code { token.to_owned() } else { blank(token) });
            if kind == Kind::String {
                self.strings.push((line, unquoted(token).to_owned()));
                self.layout.push_str(&"\n".repeat(lines));
            } else {
                self.layout.push_str(token);
            }
            at += length;
            line += lines;
        }
    }
}

/// The lines on which `word` stands by itself in `code`, `std::fs` also as part of `use std::{fs, …}`.
pub(super) fn lines_with(code: &str, word: &str) -> Vec<usize> {
    let at_word = |at: usize, text: &str| {
        let before = code[..at].chars().next_back();
        let after = code[at + text.len()..].chars().next();
        !(joins(before) && joins(text.chars().next()) || joins(after) && joins(text.chars().next_back()))
    };
    let places = |text: &str| {
        let found = code.match_indices(text).map(|(at, _)| at);
        found.filter(|at| at_word(*at, text)).collect::<Vec<_>>()
    };
    let mut found = places(word);
    if let Some((root, leaf)) = word.split_once("::").filter(|(root, _)| !root.is_empty()) {
        let groups = places(&format!("{root}::{{"));
        found.extend(
            places(leaf).into_iter().filter(|at| groups.iter().any(|group| imports(code, *group, *at))),
        );
    }
    found.into_iter().map(|at| line_of(code, at)).collect()
}

pub(super) fn line_of(text: &str, at: usize) -> usize {
    1 + text[..at].matches('\n').count()
}

/// Is the word at `at` an item of the group `std::{…}` that starts at `group`?
fn imports(code: &str, group: usize, at: usize) -> bool {
    let Some(between) = code.get(group..at) else { return false };
    let depth = between.matches('{').count().checked_sub(between.matches('}').count());
    depth == Some(1) && !between.contains(';') && between.trim_end().ends_with(['{', ','])
}

fn joins(character: Option<char>) -> bool {
    character.is_some_and(|character| character.is_alphanumeric() || character == '_')
}

fn blank(token: &str) -> String {
    token.chars().map(|character| if character == '\n' { '\n' } else { ' ' }).collect()
}

/// Blanks what `#[cfg(test)]` marks: a declaration up to its semicolon, otherwise the rest of the file.
fn without_tests(code: &str) -> String {
    const MARK: &str = "#[cfg(test)]";
    let Some(start) = code.find(MARK) else { return code.to_owned() };
    let end = match code[start..].find([';', '{']).map(|length| start + length) {
        Some(end) if code[end..].starts_with(';') => end + 1,
        _ => code.len(),
    };
    [&code[..start], &blank(&code[start..end]), &without_tests(&code[end..])].concat()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Code,
    Comment,
    String,
    Character,
}

/// The kind and length of the token that `rest` starts with. `rest` is not empty.
fn token(rest: &str) -> (Kind, usize) {
    if rest.starts_with("//") {
        return (Kind::Comment, rest.find('\n').unwrap_or(rest.len()));
    }
    if rest.starts_with("/*") {
        return (Kind::Comment, block_comment(rest));
    }
    let word = rest.find(|character| !joins(Some(character))).unwrap_or(rest.len());
    let (prefix, after) = rest.split_at(word);
    let hashes = after.len() - after.trim_start_matches('#').len();
    if matches!(prefix, "" | "b" | "c") && after.starts_with('"') {
        return (Kind::String, word + quoted(after, '"'));
    }
    if matches!(prefix, "r" | "br" | "cr") && after[hashes..].starts_with('"') {
        let open = word + hashes + 1;
        let close = format!("\"{}", "#".repeat(hashes));
        return (Kind::String, rest[open..].find(&close).map_or(rest.len(), |at| open + at + close.len()));
    }
    if matches!(prefix, "" | "b") && after.starts_with('\'') && !is_lifetime(after) {
        return (Kind::Character, word + quoted(after, '\''));
    }
    (Kind::Code, word.max(rest.chars().next().map_or(1, char::len_utf8)))
}

/// `'a` where no quote follows the first character; `'\n'` is a character.
fn is_lifetime(text: &str) -> bool {
    let mut characters = text.chars().skip(1);
    characters.next() != Some('\\') && characters.next() != Some('\'')
}

/// The length of a literal with escapes, quotes included.
fn quoted(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, character) in text.char_indices().skip(1) {
        if character == quote && !escaped {
            return at + quote.len_utf8();
        }
        escaped = character == '\\' && !escaped;
    }
    text.len()
}

/// Block comments nest.
fn block_comment(text: &str) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while at < text.len() {
        let step = if text[at..].starts_with("/*") {
            depth += 1;
            2
        } else if text[at..].starts_with("*/") {
            depth -= 1;
            2
        } else {
            text[at..].chars().next().map_or(1, char::len_utf8)
        };
        at += step;
        if depth == 0 {
            break;
        }
    }
    at
}

fn unquoted(literal: &str) -> &str {
    literal.trim_start_matches(['b', 'c', 'r']).trim_matches('#').trim_matches('"')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> String {
        Source::new("crates/x/src/lib.rs", text).code
    }

    #[test]
    fn comments_and_strings_are_not_code() {
        assert_eq!(code("a // \"b\nc /* d /* e\n */ f */ g"), "a      \nc          \n         g");
        assert_eq!(code(r##"f("x\"y", r#"z"z"#, 'q', b'\'')"##), "f(      ,         ,    ,      )");
    }

    #[test]
    fn lifetimes_and_raw_names_are_code() {
        for text in ["fn f<'a>(x: &'a str) -> Id<'_>", "let r#type = 'a: loop { break 'a };", "é + 1"] {
            assert_eq!(code(text), text);
        }
    }

    #[test]
    fn strings_are_known_by_content_and_line() {
        let source = Source::new("crates/x/src/lib.rs", "f(\n\"one\",\nr#\"two \"2\" \"#)");
        assert_eq!(source.strings, [(2, "one".to_owned()), (3, "two \"2\" ".to_owned())]);
    }

    #[test]
    fn tests_are_not_product() {
        let product = |path: &str, text: &str| Source::new(path, text).product.trim().to_owned();
        assert_eq!(product("crates/x/src/lib.rs", "#[cfg(test)]\nmod tests;\nmod a;"), "mod a;");
        assert_eq!(product("crates/x/src/lib.rs", "mod a;\n#[cfg(test)]\nmod tests { b(); }\n"), "mod a;");
        assert_eq!(product("crates/x/tests/laws.rs", "b();"), "");
        assert_eq!(product("crates/x/src/a/tests.rs", "b();"), "");
    }

    #[test]
    fn a_word_stands_by_itself_or_in_a_group_of_imports() {
        assert_eq!(lines_with("operand\nrand::rng()\nrandom", "rand"), [2]);
        assert_eq!(lines_with("x.await?", ".await"), [1]);
        assert_eq!(lines_with("use std::{\n    fmt,\n    fs::File,\n};", "std::fs"), [3]);
        assert_eq!(lines_with("use std::{io::{fs, x}, fmt};\nlet fs = 1;", "std::fs"), [0_usize; 0]);
    }
}
