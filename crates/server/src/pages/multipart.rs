//! Forms that send files: `multipart/form-data` (RFC 7578), as browsers write it.

use memchr::memmem;

/// A field of a form, or a file of it.
#[derive(Debug, PartialEq)]
pub(super) struct Part<'b> {
    pub(super) name: &'b str,
    /// The name of the file, if it is one; empty where none was chosen.
    pub(super) file: Option<&'b str>,
    pub(super) content: &'b [u8],
}

/// What separates the parts of a body of this media type, if it is one of parts.
pub(super) fn boundary(media_type: &str) -> Option<&str> {
    let (name, parameters) = media_type.split_once(';')?;
    let boundary = parameter(parameters, "boundary").filter(|it| !it.is_empty());
    boundary.filter(|_| name.trim().eq_ignore_ascii_case("multipart/form-data"))
}

/// The parts of a body; nothing where it is not whole.
pub(super) fn parts<'b>(boundary: &str, body: &'b [u8]) -> Option<Vec<Part<'b>>> {
    let first = format!("--{boundary}");
    let next = format!("\r\n{first}");
    let finder = memmem::Finder::new(&next);
    let mut rest = body.strip_prefix(first.as_bytes())?;
    let mut parts = Vec::new();
    while !rest.starts_with(b"--") {
        let part = rest.strip_prefix(b"\r\n")?;
        let end = finder.find(part)?;
        parts.push(one(&part[..end])?);
        rest = &part[end + next.len()..];
    }
    Some(parts)
}

fn one(part: &[u8]) -> Option<Part<'_>> {
    const BLANK_LINE: &[u8] = b"\r\n\r\n";
    let end = memmem::find(part, BLANK_LINE)?;
    let headers = std::str::from_utf8(&part[..end]).ok()?;
    let disposition = headers.split("\r\n").find_map(|header| {
        let (name, value) = header.split_once(':')?;
        name.eq_ignore_ascii_case("content-disposition").then_some(value)
    });
    let (_, parameters) = disposition?.split_once(';')?;
    let content = &part[end + BLANK_LINE.len()..];
    Some(Part { name: parameter(parameters, "name")?, file: parameter(parameters, "filename"), content })
}

/// The value of a parameter: `; name="a"; filename="b.csv"`. Browsers write a quote within one as `%22`.
fn parameter<'p>(mut parameters: &'p str, wanted: &str) -> Option<&'p str> {
    loop {
        let (name, rest) = parameters.trim_start_matches([';', ' ', '\t']).split_once('=')?;
        let (value, after) = match rest.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"')?,
            None => rest.split_once(';').unwrap_or((rest, "")),
        };
        if name.trim().eq_ignore_ascii_case(wanted) {
            return Some(value.trim());
        }
        parameters = after;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_read_as_browsers_write_it() {
        let body = "--x\r\nContent-Disposition: form-data; name=\"what\"\r\n\r\ncomponents\r\n\
            --x\r\nContent-Disposition: form-data; name=\"lines\"; filename=\"a; name=b.csv\"\r\n\
            Content-Type: text/csv\r\n\r\nname\r\n-xNew\r\n\r\n--x\r\n\
            Content-Disposition: form-data; name=\"other\"; filename=\"\"\r\n\r\n\r\n--x--\r\n";
        let part = |name, file, content: &'static str| Part { name, file, content: content.as_bytes() };
        let expected = [
            part("what", None, "components"),
            part("lines", Some("a; name=b.csv"), "name\r\n-xNew\r\n"),
            part("other", Some(""), ""),
        ];
        assert_eq!(parts("x", body.as_bytes()).unwrap(), expected);
    }

    #[test]
    fn a_form_that_is_not_whole_is_none() {
        let whole = "--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nb\r\n--x--";
        assert!(parts("x", whole.as_bytes()).is_some());
        for length in 0..whole.len() {
            assert_eq!(parts("x", &whole.as_bytes()[..length]), None, "{length}");
        }
        for broken in ["--x\r\n\r\nb\r\n--x--", "--x\r\nContent-Disposition: form-data\r\n\r\nb\r\n--x--"] {
            assert_eq!(parts("x", broken.as_bytes()), None, "{broken}");
        }
    }

    #[test]
    fn a_media_type_names_the_boundary() {
        assert_eq!(boundary("multipart/form-data; boundary=----WebKit7a"), Some("----WebKit7a"));
        assert_eq!(boundary("Multipart/Form-Data; charset=utf-8; boundary=\"a b\""), Some("a b"));
        for none in [
            "multipart/form-data",
            "multipart/mixed; boundary=x",
            "text/plain",
            "multipart/form-data; boundary=",
        ] {
            assert_eq!(boundary(none), None, "{none}");
        }
    }
}
