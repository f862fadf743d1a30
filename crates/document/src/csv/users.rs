//! Users as ELM's tools write and read them (docs/process.md#users-as-csv).

use std::collections::HashMap;

use governance::text::{Name, fold};
use governance::{
    Act, Acted, Archive, ChangeVerb, Command, Create, Edit, GroupSet, LicenceSet, LicenceType, LineByLine,
    LinesCarriedOut, Organisation, Refusal, RepositoryGroup, Subject, Unarchive, User, UserId, UserKey, View,
    bad_name,
};

use super::export::write_cell;
use super::table::{Heading, Row, Table};
use super::{LINES_TOLD, LinesDone, NotImported, Refused, Wrong, command};
use crate::report::{Problems, quoted};
use crate::{Limits, Source};

const USERS: Heading = Heading {
    columns: &["userid", "name", "mail", "licences", "groups", "archived"],
    required: &["userid"],
    attributes: false,
    told_by: Some("userid"),
};

/// What a line comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserLine {
    /// Its number, from 1.
    pub line: u32,
    /// The user's id.
    pub user: Name,
    /// What becomes of the user; `None`: nothing.
    pub change: Option<ChangeVerb>,
    /// What of a user who was there before gets another value.
    pub set: Vec<&'static str>,
}

/// An import that is allowed.
#[derive(Clone)]
pub struct UsersImport {
    /// What each line comes to.
    pub lines: Vec<UserLine>,
    /// The change that they are together.
    pub done: LinesCarriedOut,
}

impl Act for UsersImport {
    fn act(&self, organisation: &Organisation, by: UserId, leases: LicenceSet) -> Result<Acted, Refusal> {
        self.done.act(organisation, by, leases)
    }
}

/// Works out what the lines of a file change, each judged as a command of the asker's. Who is not mentioned
/// stays as they are. Tells how far it is.
///
/// # Errors
/// When any line is wrong or refused; then nothing is to be changed.
pub fn import_users(
    source: &Source<'_>,
    view: &View,
    limits: &Limits,
    tell: &dyn Fn(LinesDone),
) -> Result<UsersImport, NotImported> {
    let mut problems = Problems::keeping(LINES_TOLD);
    let rows = Table::read(source.text, &USERS, limits, &mut problems).map(|table| table.rows);
    let rows = rows.unwrap_or_default();
    let seen = HashMap::with_capacity(rows.len());
    let told = Vec::with_capacity(rows.len());
    let mut import = Import { lines: view.line_by_line(), told, seen, problems, refused: Refused::default() };
    for (done, row) in (1..).zip(&rows) {
        // What is wrong has been told.
        let _: Result<(), Wrong> = import.line(row);
        tell(LinesDone { done, of: rows.len() });
    }
    if import.problems.is_empty() {
        Ok(UsersImport { lines: import.told, done: import.lines.finish() })
    } else {
        Err(import.refused.and(import.problems.report(std::slice::from_ref(source), limits)))
    }
}

/// An import on its way.
struct Import {
    lines: LineByLine,
    told: Vec<UserLine>,
    /// The line of each id, folded.
    seen: HashMap<String, u32>,
    problems: Problems,
    refused: Refused,
}

/// What a line says; `None` where it says nothing of it.
struct Said {
    name: Option<Name>,
    mail: Option<Option<Name>>,
    licences: Option<LicenceSet>,
    groups: Option<GroupSet>,
    archived: Option<bool>,
}

impl Import {
    fn line(&mut self, row: &Row) -> Result<(), Wrong> {
        let Some(id) = row.text("userid") else {
            return self.wrong(row, "userid", "a user needs an id");
        };
        if let Some(first) = self.seen.insert(fold(id).into_owned(), row.line()) {
            return self.wrong(
                row,
                "userid",
                &format!("{} is there twice, first on line {first}", quoted(id)),
            );
        }
        let said = self.said(row)?;
        let there = self.lines.view().user_by_id(id);
        let now = there.and_then(|id| Some((id, self.lines.view().see::<User>(id)?)));
        let (commands, change, set) = match now {
            None => (new(id, said, self.lines.view()), Some(ChangeVerb::Created), Vec::new()),
            Some((id, now)) => changed(id, now, said),
        };
        if let Some(Err(refused)) = command(commands).map(|command| self.lines.carry_out(&command)) {
            self.refused.note(&refused);
            self.problems.add(row.span(), refused);
            return Err(Wrong);
        }
        self.told.push(UserLine { line: row.line(), user: id.into(), change, set });
        Ok(())
    }

    fn wrong<T>(&mut self, row: &Row, column: &str, said: &str) -> Result<T, Wrong> {
        self.problems.add(row.span_of(column), said);
        Err(Wrong)
    }

    fn said(&mut self, row: &Row) -> Result<Said, Wrong> {
        Ok(Said {
            name: row.text("name").map(Name::from),
            mail: match (row.cell("mail"), row.text("mail")) {
                (None, _) => None,
                (Some(_), None) => Some(None),
                (Some(_), Some(text)) => Some(Some(self.mail(row, text)?)),
            },
            licences: self.list(row, "licences", LicenceType::from_id, || {
                LicenceType::all().map(LicenceType::id).collect()
            })?,
            groups: self.list(row, "groups", RepositoryGroup::from_id, || {
                RepositoryGroup::ALL.map(RepositoryGroup::id).to_vec()
            })?,
            archived: self.archived(row)?,
        })
    }

    /// The other texts are names of a user, which the rules look at.
    fn mail(&mut self, row: &Row, text: &str) -> Result<Name, Wrong> {
        let mail = Name::from(text);
        match bad_name("mail", &mail) {
            Some(rule) => self.wrong(row, "mail", &rule.to_string()),
            None => Ok(mail),
        }
    }

    fn archived(&mut self, row: &Row) -> Result<Option<bool>, Wrong> {
        match row.text("archived").map(str::to_ascii_lowercase).as_deref() {
            None => Ok(None),
            Some("0" | "false") => Ok(Some(false)),
            Some("1" | "true") => Ok(Some(true)),
            Some(other) => {
                self.wrong(row, "archived", &format!("expected `0` or `1`, found {}", quoted(other)))
            }
        }
    }

    /// The words of a list: `[JazzUsers;JazzAdmins]`. An empty cell says nothing, an empty list none.
    fn list<W, S: FromIterator<W>>(
        &mut self,
        row: &Row,
        column: &str,
        word: fn(&str) -> Option<W>,
        known: fn() -> Vec<&'static str>,
    ) -> Result<Option<S>, Wrong> {
        let Some(text) = row.text(column) else { return Ok(None) };
        let inner = match (text.strip_prefix('['), text.strip_suffix(']')) {
            (Some(inner), Some(_)) => inner.strip_suffix(']').unwrap_or(inner),
            (None, None) => text,
            _ => return self.wrong(row, column, &format!("expected `[a;b]`, found {}", quoted(text))),
        };
        let texts = inner.split([';', ',']).map(str::trim).filter(|text| !text.is_empty());
        let mut words = Vec::new();
        for text in texts {
            match word(text) {
                Some(word) => words.push(word),
                None => {
                    let what = column.trim_end_matches('s');
                    self.problems.unknown(row.span_of(column), what, text, known);
                    return Err(Wrong);
                }
            }
        }
        Ok(Some(words.into_iter().collect()))
    }
}

/// The commands that make a user.
fn new(id: &str, said: Said, view: &View) -> Vec<Command> {
    let Said { name, mail, licences, groups, archived } = said;
    let archived = archived == Some(true);
    let new = User::new(id, name.unwrap_or_else(|| id.into()));
    let new = User {
        mail: mail.flatten(),
        groups: groups.unwrap_or(new.groups),
        // Who is archived has none (docs/process.md#archiving-users).
        licences: licences.filter(|_| !archived).unwrap_or(new.licences),
        ..new
    };
    let user = view.next::<User>();
    let archive = archived.then(|| Archive::of(Subject::User(user)).into());
    std::iter::once(Create { new }.into()).chain(archive).collect()
}

/// The commands that make a user what a line says, what becomes of them by that, and what is set.
fn changed(id: UserId, now: &User, said: Said) -> (Vec<Command>, Option<ChangeVerb>, Vec<&'static str>) {
    let Said { name, mail, licences, groups, archived } = said;
    let archived = archived.unwrap_or(now.archived);
    let keys = [
        ("name", name.filter(|it| *it != now.name).map(UserKey::Name)),
        ("mail", mail.filter(|it| *it != now.mail).map(UserKey::Mail)),
        ("groups", groups.filter(|it| *it != now.groups).map(UserKey::Groups)),
        ("licences", licences.filter(|it| *it != now.licences && !archived).map(UserKey::Licences)),
    ];
    let (set, keys): (Vec<_>, Vec<_>) = keys.into_iter().filter_map(|(name, key)| Some((name, key?))).unzip();
    let subject = Subject::User(id);
    let (verb, before, after) = match (now.archived, archived) {
        (true, false) => (Some(ChangeVerb::Restored), Some(Unarchive { subject }.into()), None),
        (false, true) => (Some(ChangeVerb::Archived), None, Some(Archive::of(subject).into())),
        _ => ((!keys.is_empty()).then_some(ChangeVerb::Changed), None, None),
    };
    let edit: Option<Command> = (!keys.is_empty()).then(|| Edit::<User> { id, set: keys }.into());
    (before.into_iter().chain(edit).chain(after).collect(), verb, set)
}

/// An export on its way, a line at a time: the people whom a view shows, without a header, as ELM has it.
pub struct UsersExport {
    view: View,
    /// The number of who is looked at next.
    next: u32,
}

impl UsersExport {
    /// Of everybody but functional users, who belong to the server.
    pub fn new(view: View) -> Self {
        Self { view, next: 0 }
    }

    /// Writes the next line; `false`: there is no more.
    pub fn write(&mut self, out: &mut Vec<u8>) -> bool {
        let Some((id, user)) = self.view.each::<User>(self.next).find(|(_, it)| !it.functional) else {
            return false;
        };
        for text in [&user.id, &user.name, user.mail.as_ref().unwrap_or(&"".into())] {
            write_cell(out, text);
            out.push(b',');
        }
        let licences: Vec<_> = user.licences.iter().map(LicenceType::id).collect();
        let groups: Vec<_> = user.groups.iter().map(RepositoryGroup::id).collect();
        let archived = u8::from(user.archived);
        // No quotes: ELM has none around lists.
        out.extend(format!("[{}],[{}],{archived}\n", licences.join(";"), groups.join(";")).bytes());
        self.next = id.number() + 1;
        true
    }

    /// All of it.
    pub fn whole(mut self) -> Vec<u8> {
        let mut out = Vec::new();
        while self.write(&mut out) {}
        out
    }
}
