//! Distinguished names, so far that two of them can be told apart (RFC 4514).

use governance::text::skeleton;

/// A form that two names share when they name the same entry: types and values folded, blanks around
/// separators gone, blanks within values single, escapes written in one way, parts of one step sorted.
pub(crate) fn normal_name(name: &str) -> String {
    let steps = split(name, &[',', ';']);
    let step = |step: &String| {
        let mut parts: Vec<_> = split(step, &['+']).iter().map(|part| normal_part(part)).collect();
        parts.sort();
        parts.join("+")
    };
    steps.iter().map(step).collect::<Vec<_>>().join(",")
}

/// `TYPE = value`.
fn normal_part(part: &str) -> String {
    let Some((kind, value)) = part.split_once('=') else { return skeleton(part.trim()) };
    let value = skeleton(&unescaped(value.trim_start()));
    let mut text = format!("{}=", kind.trim().to_ascii_lowercase());
    for (at, word) in value.split_whitespace().enumerate() {
        if at > 0 {
            text.push(' ');
        }
        for letter in word.chars() {
            if matches!(letter, ',' | ';' | '+' | '=' | '\\' | '"') {
                text.push('\\');
            }
            text.push(letter);
        }
    }
    text
}

/// Splits at separators that are neither escaped nor in quotes.
fn split(text: &str, separators: &[char]) -> Vec<String> {
    let (mut parts, mut part) = (Vec::new(), String::new());
    let (mut quoted, mut letters) = (false, text.chars());
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => {
                part.push(letter);
                part.extend(letters.next());
                continue;
            }
            '"' => quoted = !quoted,
            _ if separators.contains(&letter) && !quoted => {
                parts.push(std::mem::take(&mut part));
                continue;
            }
            _ => {}
        }
        part.push(letter);
    }
    parts.push(part);
    parts
}

/// The value that is written: bytes as two hexadecimal digits, or a letter, after a backslash.
fn unescaped(value: &str) -> String {
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value.as_bytes();
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        match (byte, after) {
            (b'\\', [high, low, ..]) if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                let digit = |byte: &u8| (*byte as char).to_digit(16).unwrap_or_default() as u8;
                bytes.push(digit(high) << 4 | digit(low));
                rest = &after[2..];
            }
            (b'\\', [letter, ..]) => {
                bytes.push(*letter);
                rest = &after[1..];
            }
            (b'"', _) => {}
            _ => bytes.push(*byte),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::normal_name;

    #[test]
    fn names_of_one_entry_are_written_in_one_way() {
        for (one, other) in [
            ("CN=Devs, OU=Groups,DC=example", "cn=devs,ou=groups,dc=example"),
            ("cn=a\\2Cb,dc=x", "cn=A\\,b;dc=x"),
            ("cn=\"a,b\",dc=x", "cn=a\\,b,dc=x"),
            ("cn=M\\C3\\BCller,dc=x", "cn=müller,dc=x"),
            ("sn=b+cn=a,dc=x", "cn=a+sn=b,dc=x"),
            ("cn=two  words ,dc=x", "cn=two words,dc=x"),
        ] {
            assert_eq!(normal_name(one), normal_name(other));
        }
    }

    #[test]
    fn names_of_two_entries_are_not() {
        for (one, other) in
            [("cn=a\\,b,dc=x", "cn=a,cn=b,dc=x"), ("cn=a+cn=b", "cn=a\\+cn\\=b"), ("cn=a", "sn=a")]
        {
            assert_ne!(normal_name(one), normal_name(other));
        }
        assert_eq!((&*normal_name("\\"), &*normal_name("")), ("\\", ""), "what is no name does no harm");
    }
}
