//! The list of users, and edits of many of them at once.

use std::cmp::Ordering;
use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use governance::text::{compare_folded, contains_folded, fold};
use governance::{LicenceType, RepositoryGroup, User, UserId, View};
use serde_json::{Value, json};

use crate::api::{MOST_TOGETHER, Posted, Verb, representation};
use crate::in_words::thousands;
use crate::pages::ability::Ability;
use crate::pages::address::{Address, segment};
use crate::pages::field::{Choice, Field};
use crate::pages::form::Fields;
use crate::pages::frame::Frame;
use crate::pages::item_page::user_page;
use crate::pages::part::{Empty, Pager, Person, place};
use crate::pages::render;
use crate::pages::saving::{Sent, Told, save};
use crate::pages::visitor::Visitor;
use crate::problem::{Kind, Problem};
use crate::router::Server;

#[derive(Template)]
#[template(path = "people/users.html")]
struct UsersPage<'a> {
    frame: Frame,
    here: Address,
    text: String,
    filters: [Field; 4],
    rows: Vec<Row>,
    pager: Pager,
    told: Told<'a>,
    /// What is done to those who are chosen, and who they are.
    deed: Field,
    whom: Field,
    edit: Ability,
    create: Ability,
    sees_licences: bool,
}

struct Row {
    address: String,
    person: Person,
    mail: String,
    groups: String,
    licences: Vec<&'static str>,
    state: Option<&'static str>,
    chosen: bool,
}

/// So many rows a page has.
const ROWS: usize = 50;

/// Which users are wanted, as the address says it.
struct Wanted<'a> {
    text: String,
    state: &'a str,
    group: Option<RepositoryGroup>,
    licence: Option<LicenceType>,
    kind: &'a str,
}

impl<'a> Wanted<'a> {
    fn of(query: &'a Fields) -> Self {
        Self {
            text: fold(query.get("q").trim()).into_owned(),
            state: query.get("state"),
            group: RepositoryGroup::from_id(query.get("group")),
            licence: LicenceType::from_id(query.get("licence")),
            kind: query.get("kind"),
        }
    }
    fn is(&self, user: &User) -> bool {
        let has = |text: &str| contains_folded(text, &self.text);
        let state = match self.state {
            "archived" => user.archived,
            "vanished" => user.registered.as_ref().is_some_and(|it| it.vanished) && !user.archived,
            "any" => true,
            _ => !user.archived,
        };
        state
            && self.group.is_none_or(|group| user.groups.contains(group))
            && self.licence.is_none_or(|licence| user.held().contains(licence))
            && match self.kind {
                "functional" => user.functional,
                "people" => !user.functional,
                _ => true,
            }
            && (self.text.is_empty()
                || has(&user.id)
                || has(&user.name)
                || user.mail.as_ref().is_some_and(|mail| has(mail)))
    }
    /// All of them.
    fn find<'v>(&self, view: &'v View) -> Vec<Found<'v>> {
        view.each::<User>(0).filter(|(_, user)| self.is(user)).collect()
    }
}

type Found<'v> = (UserId, &'v User);

/// The rows of a page from this place on, by name. All that comes before and after stays as it is.
fn rows_from<'f, 'v>(found: &'f mut [Found<'v>], first: usize) -> &'f [Found<'v>] {
    fn by_name(one: &Found<'_>, other: &Found<'_>) -> Ordering {
        compare_folded(&one.1.name, &other.1.name).then(one.0.cmp(&other.0))
    }
    if (1..found.len()).contains(&first) {
        found.select_nth_unstable_by(first, by_name);
    }
    let rest = &mut found[first..];
    if rest.len() > ROWS {
        rest.select_nth_unstable_by(ROWS, by_name);
    }
    let count = rest.len().min(ROWS);
    rest[..count].sort_unstable_by(by_name);
    &rest[..count]
}

pub(crate) async fn list(visitor: Visitor) -> Result<Response, Problem> {
    page(&visitor, &Sent::default())
}

fn page(visitor: &Visitor, sent: &Sent) -> Result<Response, Problem> {
    let (view, query) = (visitor.view(), &visitor.query);
    let wanted = Wanted::of(query);
    let mut found = wanted.find(view);
    let total = found.len();
    let (first, next) = place(query, ROWS, total);
    let on_page = rows_from(&mut found, first).iter();
    let chosen: Vec<&str> = sent.fields.all("user").collect();
    let rows: Vec<Row> = on_page.map(|(_, user)| row(user, &chosen)).collect();
    let shown = match (total, rows.len()) {
        (1, _) => "1 user".to_owned(),
        (total, count) if total == count => format!("{total} users"),
        (total, count) => format!("{} to {} of {}", first + 1, first + count, thousands(total)),
    };
    let edit = visitor.may("repository.manage-users", "repository");
    // Whoever manages licences alone may still assign them.
    let licensing = visitor.may("repository.manage-licenses", "repository");
    let sees_licences = licensing.is_allowed();
    let edit = if edit.is_allowed() { edit } else { licensing };
    let verb = deed_words(sent.fields.get("deed")).unwrap_or_else(|| "Do it".to_owned());
    Ok(render(&UsersPage {
        text: query.get("q").to_owned(),
        filters: filters(&wanted),
        deed: Field::select("deed", "Do", deeds(sent.fields.get("deed"))),
        whom: Field::select("whom", "For", whom(sent.fields.get("whom"), rows.len(), total))
            .hint(too_many(total)),
        rows,
        pager: Pager::new(&visitor.here, shown, next).back_by(&visitor.here, ROWS),
        told: sent.review(edit.button(verb), visitor.here.to_string(), &visitor.here),
        edit,
        create: visitor.may("repository.manage-users", "repository"),
        sees_licences,
        here: visitor.here.clone(),
        frame: visitor.frame("Users"),
    }))
}

fn row(user: &User, chosen: &[&str]) -> Row {
    Row {
        address: user_page(&user.id),
        mail: user.mail.as_ref().map(ToString::to_string).unwrap_or_default(),
        groups: user.groups.iter().map(RepositoryGroup::id).collect::<Vec<_>>().join(", "),
        licences: user.held().iter().map(LicenceType::id).collect(),
        state: state_of(user),
        chosen: chosen.contains(&&*user.id),
        person: user.into(),
    }
}

/// What must be said of somebody, if anything.
pub(super) fn state_of(user: &User) -> Option<&'static str> {
    match user {
        user if user.erased => Some("erased"),
        user if user.archived => Some("archived"),
        user if user.registered.as_ref().is_some_and(|it| it.vanished) => {
            Some("not in the registry any more")
        }
        user if user.functional => Some("functional"),
        _ => None,
    }
}

fn filters(wanted: &Wanted<'_>) -> [Field; 4] {
    let choice =
        |value: &'static str, words: &'static str, now: &str| Choice::new(value, words, value == now);
    let states =
        [("", "Active"), ("archived", "Archived"), ("vanished", "Not in the registry"), ("any", "All")];
    let kinds = [("", "Everybody"), ("people", "People"), ("functional", "Functional users")];
    let group = wanted.group.map_or("", RepositoryGroup::id);
    let licence = wanted.licence.map_or("", LicenceType::id);
    let groups = RepositoryGroup::ALL.into_iter().map(|it| choice(it.id(), it.id(), group));
    let licences = LicenceType::all().map(|it| choice(it.id(), it.name(), licence));
    let any = |words: &str, now: &str| Choice::new("", words, now.is_empty());
    [
        Field::select(
            "state",
            "State",
            states.map(|(value, words)| choice(value, words, wanted.state)).to_vec(),
        ),
        Field::select("group", "Repository group", [any("Any", group)].into_iter().chain(groups).collect()),
        Field::select("licence", "Licence", [any("Any", licence)].into_iter().chain(licences).collect()),
        Field::select("kind", "Kind", kinds.map(|(value, words)| choice(value, words, wanted.kind)).to_vec()),
    ]
}

/// What can be done to many: a verb and, after a blank, a licence or group.
fn deeds(now: &str) -> Vec<Choice> {
    let of_licences = |verb: &'static str| LicenceType::all().map(move |it| format!("{verb} {}", it.id()));
    let of_groups = |verb: &'static str| RepositoryGroup::ALL.map(|it| format!("{verb} {}", it.id()));
    let all = of_licences("assign")
        .chain(of_licences("take"))
        .chain(of_groups("add"))
        .chain(of_groups("remove"))
        .chain(["archive".to_owned(), "unarchive".to_owned()]);
    let choice = |deed: String| {
        let words = deed_words(&deed).unwrap_or_default();
        Choice::new(deed.clone(), words, deed == now)
    };
    all.map(choice).collect()
}

fn deed_words(deed: &str) -> Option<String> {
    let (verb, of) = deed.split_once(' ').unwrap_or((deed, ""));
    let licence = || LicenceType::from_id(of).map(LicenceType::name);
    let group = || RepositoryGroup::from_id(of).map(RepositoryGroup::id);
    Some(match verb {
        "assign" => format!("Assign {}", licence()?),
        "take" => format!("Take {}", licence()?),
        "add" => format!("Add to {}", group()?),
        "remove" => format!("Remove from {}", group()?),
        "archive" => "Archive".to_owned(),
        "unarchive" => "Take out of the archive".to_owned(),
        _ => return None,
    })
}

fn whom(now: &str, on_page: usize, total: usize) -> Vec<Choice> {
    let page = match on_page {
        1 => "the one on this page".to_owned(),
        count => format!("all {count} on this page"),
    };
    let all = match total {
        1 => "the one found".to_owned(),
        total => format!("all {} found", thousands(total)),
    };
    let all = (total <= MOST_TOGETHER).then_some(("all", all));
    [("chosen", "those who are ticked".to_owned()), ("page", page)]
        .into_iter()
        .chain(all)
        .map(|(value, words)| Choice::new(value, words, value == now))
        .collect()
}

/// Why all are not offered.
fn too_many(total: usize) -> String {
    match total > MOST_TOGETHER {
        true => format!("No more than {} are edited together: filter first.", thousands(MOST_TOGETHER)),
        false => String::new(),
    }
}

/// Does something to many.
pub(crate) async fn edit(
    State(server): State<Arc<Server>>,
    visitor: Visitor,
    fields: Fields,
) -> Result<Response, Problem> {
    let posted = posted(&visitor, &fields);
    let to = visitor.here.clone();
    save(&server, &visitor, fields, posted, |_| to, |sent| page(&visitor, &sent)).await
}

/// The requests that an edit of many is: one for each who is not so already.
fn posted(visitor: &Visitor, fields: &Fields) -> Result<Posted, Problem> {
    let (view, query) = (visitor.view(), &visitor.query);
    let users: Vec<&User> = match fields.get("whom") {
        "all" => Wanted::of(query).find(view).into_iter().map(|(_, user)| user).collect(),
        "page" => {
            let mut found = Wanted::of(query).find(view);
            let (first, _) = place(query, ROWS, found.len());
            rows_from(&mut found, first).iter().map(|(_, user)| *user).collect()
        }
        _ => fields.all("user").filter_map(|id| view.see(view.user_by_id(id)?)).collect(),
    };
    let bad = |said: &str| Problem::new(Kind::BadValue, said);
    if users.is_empty() {
        return Err(bad("nobody is chosen: tick those who are meant, or choose all"));
    }
    let deed = fields.get("deed");
    let (verb, of) = deed.split_once(' ').unwrap_or((deed, ""));
    let licence = || LicenceType::from_id(of).ok_or_else(|| bad("choose what is to be done"));
    let group = || RepositoryGroup::from_id(of).ok_or_else(|| bad("choose what is to be done"));
    let one = |user: &User| {
        let path = user_page(&user.id);
        let groups = |wanted: &dyn Fn(RepositoryGroup) -> bool| {
            let ids: Vec<_> =
                RepositoryGroup::ALL.into_iter().filter(|it| wanted(*it)).map(RepositoryGroup::id).collect();
            // Of those that were read: a group that somebody else adds meanwhile is not taken away.
            let (_, tag) = representation(view, &path)?;
            Posted::new(Verb::Patch, &path, &json!({"groups": ids}))?.upon(&tag)
        };
        let licence_path = |licence: LicenceType| format!("{path}/licenses/{}", segment(licence.id()));
        Ok(Some(match verb {
            "assign" if user.licences.contains(licence()?) => return Ok(None),
            "assign" => Posted::new(Verb::Put, &licence_path(licence()?), &Value::Null)?,
            "take" if !user.licences.contains(licence()?) => return Ok(None),
            "take" => Posted::new(Verb::Delete, &licence_path(licence()?), &Value::Null)?,
            "add" if user.groups.contains(group()?) => return Ok(None),
            "add" => {
                let added = group()?;
                groups(&|it| it == added || user.groups.contains(it))?
            }
            "remove" if !user.groups.contains(group()?) => return Ok(None),
            "remove" => {
                let removed = group()?;
                groups(&|it| it != removed && user.groups.contains(it))?
            }
            "archive" if user.archived => return Ok(None),
            "unarchive" if !user.archived => return Ok(None),
            "archive" | "unarchive" => Posted::new(Verb::Post, &format!("{path}/{verb}"), &Value::Null)?,
            _ => return Err(bad("choose what is to be done")),
        }))
    };
    let all = Posted::all(users.into_iter().filter_map(|user| one(user).transpose()))?;
    all.ok_or_else(|| bad("nothing would change: it is so already for everybody who is chosen"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_that_is_offered_for_many_has_words() {
        assert!(deeds("archive").iter().all(|choice| !choice.words.is_empty()));
        assert_eq!(deed_words("add JazzUsers").as_deref(), Some("Add to JazzUsers"));
        assert_eq!(deed_words("add nobody"), None);
    }
}
