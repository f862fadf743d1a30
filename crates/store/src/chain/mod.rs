//! The hash chain over the journal (docs/storage.md#the-hash-chain).
//!
//! An entry's hash covers the hash of the entry before it, the entry's own columns, and its events in order.
//! The personal fields of users are taken out of an event's texts and enter through a digest of their own,
//! made with a salt: once they and the salt are erased, the digest still stands for them.

mod walk;

use governance::EventRow;
use serde_json::value::RawValue;
use sha2::{Digest as _, Sha256};

use crate::error::StoreError;
use crate::hexadecimal;
use crate::journal::Entry;
use crate::revision::Revision;

pub(crate) use walk::complete;
pub use walk::{Alteration, Verified};

/// What stands before the first entry.
pub(crate) const BEGINNING: &str = "";

/// The keys of a user that can be erased.
const PERSONAL: [&str; 2] = ["name", "mail"];

/// Where chance for salts comes from: a secret of this process, from which nobody gets back to it.
#[derive(Clone)]
pub(crate) struct Salts([u8; 32]);

/// The secret is never printed.
impl std::fmt::Debug for Salts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Salts(…)")
    }
}

impl Salts {
    pub(crate) fn of(fresh: &str) -> Self {
        Self(Sha256::digest(format!("salts {fresh}")).into())
    }

    fn salt(&self, revision: Revision, position: i64) -> String {
        let mut hash = Sha256::new_with_prefix(self.0);
        hash.update(revision.number().to_be_bytes());
        hash.update(position.to_be_bytes());
        hexadecimal(&hash.finalize()[..16])
    }
}

/// The name of a history that is made now, from what nobody can guess: it does not lead back to it.
pub fn history_id(fresh: &str) -> String {
    hexadecimal(&Sha256::digest(format!("history {fresh}"))[..16])
}

/// What somebody has noted of an entry: its revision, a colon, and its hash.
///
/// # Errors
/// When it is something else, in words.
pub fn noted(text: &str) -> Result<(Revision, String), String> {
    let expected = || "expected a revision, a colon, and the 64 hexadecimal digits of its hash".to_owned();
    let (revision, hash) = text.split_once(':').ok_or_else(expected)?;
    let revision = revision.parse().map_err(|_| expected())?;
    let hash = hash.to_ascii_lowercase();
    let is_hash = hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_hash { Ok((Revision::new(revision), hash)) } else { Err(expected()) }
}

/// How personal fields enter a hash: the salt, and the digest made with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Personal {
    /// None: it is erased, and with it what the digest was made of.
    pub(crate) salt: Option<String>,
    pub(crate) digest: String,
}

/// An event's columns, as the hash reads them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row<'a> {
    pub(crate) kind: &'a str,
    pub(crate) key: &'a str,
    pub(crate) before: Option<&'a str>,
    pub(crate) after: Option<&'a str>,
}

impl<'a> From<&'a EventRow> for Row<'a> {
    fn from(row: &'a EventRow) -> Self {
        let (before, after) = (row.before.as_deref(), row.after.as_deref());
        Self { kind: row.kind, key: &row.key, before, after }
    }
}

impl Row<'_> {
    /// Whether it has personal fields.
    pub(crate) fn is_personal(self) -> bool {
        self.kind == USER
    }

    /// A salt for its personal fields, and the digest of both; none where there are no such fields.
    pub(crate) fn personal(
        self,
        salts: &Salts,
        revision: Revision,
        position: i64,
    ) -> Result<Option<Personal>, StoreError> {
        if !self.is_personal() {
            return Ok(None);
        }
        let salt = salts.salt(revision, position);
        let digest = self.digest(&salt)?;
        Ok(Some(Personal { salt: Some(salt), digest }))
    }

    /// The digest of its personal fields and a salt.
    pub(crate) fn digest(self, salt: &str) -> Result<String, StoreError> {
        let mut hash = Hash::default();
        hash.text(salt);
        for value in [self.before, self.after] {
            let fields = value.map(fields).transpose()?.unwrap_or_default();
            for name in PERSONAL {
                hash.optional(fields.iter().find(|(key, _)| key == name).map(|(_, value)| value.get()));
            }
        }
        Ok(hash.finish())
    }
}

/// The kind of the facts that have personal fields.
pub(crate) const USER: &str = "user";

/// The keys and values of a fact, as they are written: their order, and how a number looks, are the row's
/// own.
pub(crate) fn fields(text: &str) -> Result<Vec<(String, Box<RawValue>)>, StoreError> {
    let fields: Fields = serde_json::from_str(text).map_err(|cause| StoreError::corrupt("event", cause))?;
    Ok(fields.0)
}

/// A fact without the name and mail that it had: the id stands for the name.
pub(crate) fn erased(text: &str) -> Result<String, StoreError> {
    let fields = fields(text)?;
    let id = fields.iter().find(|(key, _)| key == "id").map_or("\"\"", |(_, value)| value.get());
    let kept = fields.iter().filter(|(key, _)| key != "mail");
    let written = kept.map(|(key, value)| {
        let value = if key == "name" { id } else { value.get() };
        format!("{}:{value}", serde_json::Value::from(key.as_str()))
    });
    Ok(format!("{{{}}}", written.collect::<Vec<_>>().join(",")))
}

/// Whether a fact says that its user is erased.
pub(crate) fn is_erased(text: &str) -> Result<bool, StoreError> {
    Ok(fields(text)?.iter().any(|(key, value)| key == "erased" && value.get() == "true"))
}

/// The hash of one entry, while its events are told one after another.
pub(crate) struct Link(Hash);

impl Link {
    pub(crate) fn of(before: &str, revision: Revision, entry: &Entry) -> Self {
        let mut hash = Hash::default();
        hash.text(before);
        hash.number(revision.number().cast_signed());
        hash.number(entry.at.microseconds());
        hash.text(&entry.by);
        hash.optional(entry.via.as_deref());
        hash.optional(entry.address.as_deref());
        hash.text(&entry.basis);
        hash.text(&entry.summary);
        hash.optional(entry.impact.as_deref());
        Self(hash)
    }

    /// The next event; `personal` is its digest, where it has one.
    pub(crate) fn event(&mut self, row: Row<'_>, personal: Option<&str>) -> Result<(), StoreError> {
        let hash = &mut self.0;
        hash.text(row.kind);
        hash.text(row.key);
        for value in [row.before, row.after] {
            match value {
                Some(value) if row.is_personal() => {
                    let fields = fields(value)?;
                    for (at, (key, value)) in fields.iter().enumerate() {
                        // The digest has the first of a name; one more is what nobody has written.
                        let is_first = || fields[..at].iter().all(|(before, _)| before != key);
                        if !(PERSONAL.contains(&&**key) && is_first()) {
                            hash.text(key);
                            hash.text(value.get());
                        }
                    }
                    hash.number(1);
                }
                value => hash.optional(value),
            }
        }
        hash.optional(personal);
        Ok(())
    }

    pub(crate) fn finish(self) -> String {
        self.0.finish()
    }
}

/// SHA-256 over values that cannot run into one another: each has its length before it.
#[derive(Default)]
struct Hash(Sha256);

impl Hash {
    fn number(&mut self, number: i64) {
        self.0.update(number.to_be_bytes());
    }
    fn text(&mut self, text: &str) {
        self.number(text.len() as i64);
        self.0.update(text);
    }
    fn optional(&mut self, text: Option<&str>) {
        match text {
            Some(text) => self.text(text),
            None => self.number(-1),
        }
    }
    fn finish(self) -> String {
        hexadecimal(&self.0.finalize())
    }
}

/// The keys of an object in the order in which they are written.
struct Fields(Vec<(String, Box<RawValue>)>);

impl<'de> serde::Deserialize<'de> for Fields {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> serde::de::Visitor<'de> for Visitor {
            type Value = Fields;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Fields, A::Error> {
                let mut fields = Vec::new();
                while let Some(field) = map.next_entry()? {
                    fields.push(field);
                }
                Ok(Fields(fields))
            }
        }
        deserializer.deserialize_map(Visitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOB: &str = r#"{"id":"bob","name":"Bob Ruiz","mail":"bob@example.com","groups":[],"n":1.50}"#;

    #[test]
    fn what_is_erased_is_gone_and_all_else_is_as_it_was_written() {
        assert_eq!(erased(BOB).unwrap(), r#"{"id":"bob","name":"bob","groups":[],"n":1.50}"#);
    }

    #[test]
    fn the_hash_of_an_event_is_the_same_without_its_personal_fields_and_not_without_others() {
        let link = |after: &str, digest: &str| {
            let entry = Entry {
                at: crate::Moment::new(1),
                by: "ann".to_owned(),
                via: None,
                address: None,
                basis: String::new(),
                summary: String::new(),
                impact: None,
            };
            let mut link = Link::of(BEGINNING, Revision::new(1), &entry);
            let row = Row { kind: USER, key: "1", before: None, after: Some(after) };
            link.event(row, Some(digest)).unwrap();
            link.finish()
        };
        assert_eq!(link(BOB, "d"), link(&erased(BOB).unwrap(), "d"));
        assert_ne!(link(BOB, "d"), link(BOB, "e"));
        assert_ne!(link(BOB, "d"), link(&BOB.replace("1.50", "1.5"), "d"));
        assert_ne!(link(BOB, "d"), link(&BOB.replace('}', r#","name":"Eve"}"#), "d"));
        let gone = erased(BOB).unwrap();
        let row = |after| Row { kind: USER, key: "1", before: None, after: Some(after) };
        assert_ne!(row(BOB).digest("s").unwrap(), row(&gone).digest("s").unwrap());
        assert_ne!(row(BOB).digest("s").unwrap(), row(BOB).digest("t").unwrap());
    }

    #[test]
    fn salts_differ_and_a_history_does_not_lead_to_them() {
        let salts = Salts::of("fresh");
        let salt = |revision, position| salts.salt(Revision::new(revision), position);
        assert_ne!(salt(1, 0), salt(1, 1));
        assert_ne!(salt(1, 0), salt(2, 0));
        assert_ne!(Salts::of(&history_id("fresh")).salt(Revision::new(1), 0), salt(1, 0));
        assert_eq!(history_id("fresh").len(), 32);
    }
}
