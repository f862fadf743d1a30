//! Lines of any input, in bounded memory.

use std::io::{self, BufRead as _, BufReader, Read};

use memchr::memchr;

/// What became of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Line {
    /// It was read, without its end.
    Read,
    /// It was longer than the limit, and passed over.
    TooLong,
}

/// Reads the next line into `line`; `None` at the end of the input. `before_waiting` is called whenever
/// more must be fetched, which may take as long as somebody types.
pub(crate) fn next_line<R: Read, E: From<io::Error>>(
    input: &mut BufReader<R>,
    line: &mut Vec<u8>,
    limit: usize,
    mut before_waiting: impl FnMut() -> Result<(), E>,
) -> Result<Option<Line>, E> {
    line.clear();
    let mut begun = false;
    let mut result = Line::Read;
    loop {
        if input.buffer().is_empty() {
            before_waiting()?;
        }
        let bytes = match input.fill_buf() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            other => other?,
        };
        if bytes.is_empty() {
            return Ok(begun.then_some(result));
        }
        begun = true;
        let end = memchr(b'\n', bytes);
        let part = &bytes[..end.unwrap_or(bytes.len())];
        if line.len() + part.len() > limit {
            result = Line::TooLong;
            line.clear();
        }
        if result == Line::Read {
            line.extend_from_slice(part);
        }
        let used = part.len() + usize::from(end.is_some());
        input.consume(used);
        if end.is_some() {
            return Ok(Some(result));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_is_too_long_is_passed_over_and_the_rest_goes_on() {
        let text = "one\n\nfifteen letters\nfour";
        for capacity in [1, 3, 7, 100] {
            let mut input = BufReader::with_capacity(capacity, text.as_bytes());
            let (mut line, mut found) = (Vec::new(), Vec::new());
            while let Some(result) = next_line(&mut input, &mut line, 10, || io::Result::Ok(())).unwrap() {
                found.push((result, String::from_utf8(line.clone()).unwrap()));
            }
            let read = |text: &str| (Line::Read, text.to_owned());
            let expected = [read("one"), read(""), (Line::TooLong, String::new()), read("four")];
            assert_eq!(found, expected, "{capacity}");
        }
    }
}
