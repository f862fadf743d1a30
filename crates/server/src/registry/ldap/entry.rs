//! Entries of a directory: people as they are told of, and groups with their members.

use std::collections::{BTreeSet, HashMap};

use governance::Person;
use governance::text::Name;
use ldap3::SearchEntry;

use super::DEEPEST;
use crate::config::Ldap;
use crate::registry::normal_name;

/// An entry of a person.
#[derive(Debug)]
pub(super) struct Found {
    /// Its distinguished name.
    pub(super) name: String,
    ids: Values,
    names: Values,
    mails: Values,
}

/// The values of an attribute.
#[derive(Debug)]
enum Values {
    Texts(Vec<String>),
    /// At least one of them is no text.
    Binary,
}

impl Values {
    /// Attributes are called in any case.
    fn of(entry: &SearchEntry, attribute: &str) -> Self {
        if entry.bin_attrs.keys().any(|key| key.eq_ignore_ascii_case(attribute)) {
            return Self::Binary;
        }
        let found = entry.attrs.iter().find(|(key, _)| key.eq_ignore_ascii_case(attribute));
        Self::Texts(found.map(|(_, values)| values.clone()).unwrap_or_default())
    }

    fn first(&self, attribute: &str) -> Result<Option<Name>, String> {
        match self {
            Self::Binary => Err(format!("its `{attribute}` is no text")),
            Self::Texts(texts) => Ok(texts.first().map(|text| text.trim().into())),
        }
    }
}

impl Found {
    pub(super) fn new(entry: SearchEntry, config: &Ldap) -> Self {
        Self {
            ids: Values::of(&entry, &config.id),
            names: Values::of(&entry, &config.person_name),
            mails: Values::of(&entry, &config.mail),
            name: entry.dn,
        }
    }

    pub(super) fn normal_name(&self) -> String {
        normal_name(&self.name)
    }

    /// The distinguished name, for people.
    pub(super) fn shown_name(&self) -> String {
        shortened(&self.name)
    }

    /// The id, if there is one and no more.
    pub(super) fn id(&self) -> Option<Name> {
        match &self.ids {
            Values::Texts(ids) => match ids.as_slice() {
                [id] => Some(id.trim().into()),
                _ => None,
            },
            Values::Binary => None,
        }
    }

    /// The person, who is in these groups, or why there can be none.
    pub(super) fn person(&self, config: &Ldap, groups: &BTreeSet<String>) -> Result<Person, String> {
        let flaw = |what: &str| format!("`{}`: {what}", self.shown_name());
        let id = match (&self.ids, self.id()) {
            (_, Some(id)) => id,
            (Values::Binary, _) => return Err(flaw(&format!("its `{}` is no text", config.id))),
            (Values::Texts(ids), None) if ids.is_empty() => {
                return Err(flaw(&format!("it has no `{}`", config.id)));
            }
            (Values::Texts(ids), None) => {
                return Err(flaw(&format!("it has {} of `{}`, and one is needed", ids.len(), config.id)));
            }
        };
        let name = self.names.first(&config.person_name).map_err(|what| flaw(&what))?;
        let mail = self.mails.first(&config.mail).map_err(|what| flaw(&what))?;
        let person = Person {
            registry: config.name.clone(),
            name: name.unwrap_or_else(|| id.clone()),
            id,
            mail,
            groups: config.groups.of(|group| groups.contains(group)),
        };
        person.checked().map_err(|rule| flaw(&shortened(&rule.to_string())))
    }
}

/// What stands in a report is read by somebody.
fn shortened(text: &str) -> String {
    const LONGEST: usize = 200;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// An entry of a group.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) name: String,
    members: Vec<String>,
}

/// The members that an entry has, and from where on there are more: a directory may send many in pieces
/// (`member;range=0-1499`, as Active Directory does).
pub(super) struct Piece {
    members: Vec<String>,
    pub(super) next: Option<u32>,
}

impl Piece {
    pub(super) fn of(entry: &SearchEntry, attribute: &str) -> Result<Self, String> {
        let normal = |members: Vec<String>| members.iter().map(|it| normal_name(it)).collect();
        let begin = format!("{attribute};range=");
        let ranged = |key: &str| {
            let (name, range) = key.split_at_checked(begin.len())?;
            name.eq_ignore_ascii_case(&begin).then(|| range.to_owned())
        };
        // Beside a piece the attribute itself is there, and empty.
        if let Some((range, members)) =
            entry.attrs.iter().find_map(|(key, members)| Some((ranged(key)?, members.clone())))
        {
            let last = range.split_once('-').map(|(_, last)| last);
            let next = match last {
                Some("*") => None,
                Some(last) => Some(last.parse::<u32>().ok().and_then(|last| last.checked_add(1))),
                None => Some(None),
            };
            let next = next.map(|next| next.ok_or_else(|| format!("it sends a piece `{range}` of a group")));
            return Ok(Self { members: normal(members), next: next.transpose()? });
        }
        let members = match Values::of(entry, attribute) {
            Values::Texts(members) => members,
            Values::Binary => Vec::new(),
        };
        Ok(Self { members: normal(members), next: None })
    }

    /// What is asked for to have those from a place on.
    pub(super) fn attribute(attribute: &str, from: u32) -> String {
        format!("{attribute};range={from}-*")
    }
}

impl Group {
    pub(super) fn new(name: &str) -> Self {
        Self { name: normal_name(name), members: Vec::new() }
    }
    /// Adds members; answers whether there are any.
    pub(super) fn add(&mut self, piece: Piece) -> bool {
        let more = !piece.members.is_empty();
        self.members.extend(piece.members);
        more
    }
}

/// Who is in which group.
pub(super) struct Members<'a> {
    groups: HashMap<&'a str, &'a [String]>,
    nested: bool,
}

impl<'a> Members<'a> {
    pub(super) fn of(groups: &'a [Group], nested: bool) -> Self {
        Self { groups: groups.iter().map(|it| (it.name.as_str(), it.members.as_slice())).collect(), nested }
    }

    pub(super) fn knows(&self, group: &str) -> bool {
        self.groups.contains_key(group)
    }

    /// The members of a group, by their normal names.
    pub(super) fn of_group(&self, group: &str) -> BTreeSet<&'a str> {
        let (mut found, mut seen) = (BTreeSet::new(), BTreeSet::new());
        let mut level: Vec<&str> = vec![group];
        for _ in 0..DEEPEST {
            let mut next = Vec::new();
            for group in level {
                for member in self.groups.get(group).copied().unwrap_or_default() {
                    found.insert(member.as_str());
                    // A group that is met again has nothing new.
                    if self.nested && self.knows(member) && seen.insert(member.as_str()) {
                        next.push(member.as_str());
                    }
                }
            }
            level = next;
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(name: &str, members: &[&str]) -> Group {
        Group { name: name.to_owned(), members: members.iter().map(|it| (*it).to_owned()).collect() }
    }

    #[test]
    fn members_that_are_sent_in_pieces_are_put_together() {
        let entry = |attrs: &[(&str, &[&str])]| {
            let texts = |texts: &[&str]| texts.iter().map(|it| (*it).to_owned()).collect();
            let attrs = attrs.iter().map(|(key, members)| ((*key).to_owned(), texts(members))).collect();
            SearchEntry { dn: "cn=g".to_owned(), attrs, bin_attrs: HashMap::new() }
        };
        let piece = |attrs| Piece::of(&entry(attrs), "member").map(|it| (it.members, it.next));
        let names = |names: &[&str]| names.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>();
        assert_eq!(piece(&[("Member", &["cn=A"])]), Ok((names(&["cn=a"]), None)));
        let first = piece(&[("member", &[]), ("member;range=0-1", &["cn=a", "cn=b"])]);
        assert_eq!(first, Ok((names(&["cn=a", "cn=b"]), Some(2))));
        assert_eq!(piece(&[("MEMBER;Range=2-*", &["cn=c"])]), Ok((names(&["cn=c"]), None)));
        assert_eq!(piece(&[]), Ok((Vec::new(), None)));
        assert!(piece(&[("member;range=x", &["cn=c"])]).is_err());
        assert!(piece(&[("member;range=0-4294967295", &["cn=c"])]).is_err());
        assert_eq!(Piece::attribute("member", 1500), "member;range=1500-*");
    }

    #[test]
    fn groups_in_groups_count_where_that_is_wanted_and_loops_end() {
        let groups = [group("a", &["b", "ann"]), group("b", &["a", "bob"]), group("c", &["c", "cem"])];
        let of = |nested, group| Members::of(&groups, nested).of_group(group).into_iter().collect::<Vec<_>>();
        assert_eq!(of(false, "a"), ["ann", "b"]);
        assert_eq!(of(true, "a"), ["a", "ann", "b", "bob"]);
        assert_eq!(of(true, "c"), ["c", "cem"]);
        assert!(of(true, "d").is_empty());
    }
}
