//! Terms, with the numbers of what has them, packed: a million names come down to a few megabytes.
//!
//! Each term is written after the one before it in order: how much of that one it shares, the rest, and its
//! numbers as differences. Every sixteenth is written in full, and is where looking begins.

use std::cmp::Ordering;

use super::bits::Bits;

/// Terms and their numbers, never changed.
#[derive(Debug, Default)]
pub(super) struct Postings {
    bytes: Box<[u8]>,
    /// Where each block of terms begins.
    blocks: Box<[u32]>,
}

const BLOCK: usize = 16;

impl Postings {
    /// Tells the numbers of every term that begins so; a number as often as it has such terms.
    pub(super) fn beginning(&self, prefix: &str, mut tell: impl FnMut(u32)) {
        let first_of = |block: &u32| self.from(*block).next().is_some_and(|(term, _)| *term < *prefix);
        let block = self.blocks.partition_point(first_of).saturating_sub(1);
        let mut terms = self.from(self.blocks.get(block).copied().unwrap_or(0));
        while let Some((term, numbers)) = terms.next() {
            if term.starts_with(prefix) {
                Numbers::of(numbers).for_each(&mut tell);
            } else if term > prefix {
                return;
            }
        }
    }

    fn from(&self, at: u32) -> Terms<'_> {
        Terms { rest: self.bytes.get(at as usize..).unwrap_or_default(), term: String::new() }
    }

    /// The same without some numbers, and with these terms, each once and in order.
    pub(super) fn merged(&self, without: &Bits, new: Vec<(Box<str>, Vec<u32>)>) -> Self {
        let mut writer = Writer::default();
        let mut new = new.into_iter().peekable();
        let mut terms = self.from(0);
        while let Some((term, numbers)) = terms.next() {
            while let Some((earlier, numbers)) = new.next_if(|(it, _)| **it < *term) {
                writer.put(&earlier, &numbers);
            }
            let mut numbers: Vec<u32> = Numbers::of(numbers).filter(|it| !without.contains(*it)).collect();
            if let Some((_, more)) = new.next_if(|(it, _)| (**it).cmp(term) == Ordering::Equal) {
                numbers.extend(more);
                numbers.sort_unstable();
            }
            writer.put(term, &numbers);
        }
        new.for_each(|(term, numbers)| writer.put(&term, &numbers));
        writer.finish()
    }
}

/// Terms as they are read.
struct Terms<'a> {
    rest: &'a [u8],
    term: String,
}

impl<'a> Terms<'a> {
    /// The next term, and its numbers as they are written.
    fn next(&mut self) -> Option<(&str, &'a [u8])> {
        if self.rest.is_empty() {
            return None;
        }
        let shared = read(&mut self.rest) as usize;
        let own = read(&mut self.rest) as usize;
        let (own, rest) = self.rest.split_at_checked(own)?;
        self.rest = rest;
        self.term.truncate(shared);
        // INVARIANT: the writer shares whole characters only.
        self.term.push_str(std::str::from_utf8(own).ok()?);
        let length = read(&mut self.rest) as usize;
        let (numbers, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some((&self.term, numbers))
    }
}

/// Numbers as they are read.
struct Numbers<'a> {
    rest: &'a [u8],
    last: u32,
}

impl<'a> Numbers<'a> {
    fn of(rest: &'a [u8]) -> Self {
        Self { rest, last: 0 }
    }
}

impl Iterator for Numbers<'_> {
    type Item = u32;
    fn next(&mut self) -> Option<u32> {
        if self.rest.is_empty() {
            return None;
        }
        self.last += read(&mut self.rest);
        Some(self.last)
    }
}

#[derive(Default)]
struct Writer {
    bytes: Vec<u8>,
    blocks: Vec<u32>,
    last: String,
    terms: usize,
    numbers: Vec<u8>,
}

impl Writer {
    fn put(&mut self, term: &str, numbers: &[u32]) {
        if numbers.is_empty() {
            return;
        }
        let shared = if self.terms.is_multiple_of(BLOCK) {
            self.blocks.push(self.bytes.len() as u32);
            0
        } else {
            let alike = term.chars().zip(self.last.chars()).take_while(|(one, other)| one == other);
            alike.map(|(letter, _)| letter.len_utf8()).sum()
        };
        self.terms += 1;
        write(&mut self.bytes, shared as u32);
        write(&mut self.bytes, (term.len() - shared) as u32);
        self.bytes.extend_from_slice(&term.as_bytes()[shared..]);
        self.last.clear();
        self.last.push_str(term);
        self.numbers.clear();
        let mut last = 0;
        for number in numbers {
            write(&mut self.numbers, number - last);
            last = *number;
        }
        write(&mut self.bytes, self.numbers.len() as u32);
        self.bytes.extend_from_slice(&self.numbers);
    }

    fn finish(self) -> Postings {
        Postings { bytes: self.bytes.into(), blocks: self.blocks.into() }
    }
}

/// A number in as few bytes as it needs, seven bits each.
fn write(bytes: &mut Vec<u8>, mut number: u32) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

fn read(bytes: &mut &[u8]) -> u32 {
    let (mut number, mut shift) = (0, 0);
    while let Some((byte, rest)) = bytes.split_first() {
        *bytes = rest;
        number |= u32::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            break;
        }
        shift += 7;
    }
    number
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(postings: &Postings, prefix: &str) -> Vec<u32> {
        let mut found = Vec::new();
        postings.beginning(prefix, |number| found.push(number));
        found.sort_unstable();
        found
    }

    #[test]
    fn what_is_merged_is_found_by_the_beginning_of_its_terms() {
        let term = |number: u32| format!("größe {number:04}");
        let first = (0..500).map(|number| (term(number).into(), vec![number, number + 70_000])).collect();
        let first = Postings::default().merged(&Bits::default(), first);
        assert_eq!(found(&first, "größe 0123"), [123, 70_123]);
        assert_eq!(found(&first, "größe 049").len(), 20);
        assert_eq!(found(&first, "").len(), 1000);
        assert!(found(&first, "größer").is_empty() && found(&first, "a").is_empty());
        let more = vec![("größe 0123".into(), vec![5]), ("z".into(), vec![6])];
        let second = first.merged(&Bits::of(1000, [123, 7]), more);
        assert_eq!(found(&second, "größe 0123"), [5, 70_123]);
        assert_eq!(found(&second, "größe 0007"), [70_007]);
        assert_eq!(found(&second, "z"), [6]);
        assert_eq!(found(&Postings::default(), ""), [0; 0]);
    }
}
