//! One type of licence: its terms, who has it by name, who has leased it, and its use over time.

use std::sync::Arc;

use askama::Template;
use axum::extract::{FromRequestParts, RawPathParams, State};
use axum::http::HeaderMap;
use axum::http::request::Parts;
use axum::response::Response;
use governance::{LicencePool, LicenceType, Pool, UserId};
use serde_json::{Value, json};
use store::DayOfUse;

use super::unlocked;
use crate::api::licence_use::{end_lease as end, manages_licences, use_by_day};
use crate::api::{Done, Posted, Verb, representation};
use crate::chance::now;
use crate::in_words::thousands;
use crate::licence_chart;
use crate::pages::ability::Ability;
use crate::pages::address::{Address, segment};
use crate::pages::done::done;
use crate::pages::field::Field;
use crate::pages::form::Fields;
use crate::pages::frame::Frame;
use crate::pages::item_page::user_page;
use crate::pages::part::{Pager, Person, Time, place};
use crate::pages::render;
use crate::pages::saving::{SaveBar, Sent, Told, save};
use crate::pages::visitor::Visitor;
use crate::problem::{Kind, Problem};
use crate::router::Server;

/// Which pool a path names: `/licences/{license}`, the id of a type, or `tokens`.
pub(crate) struct PoolPath(Pool);

impl FromRequestParts<Arc<Server>> for PoolPath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, server: &Arc<Server>) -> Result<Self, Problem> {
        let named = RawPathParams::from_request_parts(parts, server).await;
        let named = named.map_err(|_| Problem::not_found())?;
        let (_, id) = named.iter().find(|(name, _)| *name == "license").ok_or_else(Problem::not_found)?;
        let found = LicenceType::from_id(id).map(Pool::Seats);
        let found = found.or_else(|| (id == Pool::Tokens.id()).then_some(Pool::Tokens));
        found.map(Self).ok_or_else(Problem::not_found)
    }
}

impl PoolPath {
    fn licence(&self) -> Result<LicenceType, Problem> {
        match self.0 {
            Pool::Seats(licence) => Ok(licence),
            Pool::Tokens => Err(Problem::new(Kind::Conflict, "tokens are installed with a type of licence")),
        }
    }
    fn path(&self) -> String {
        format!("/licences/{}", self.0.id())
    }
}

#[derive(Template)]
#[template(path = "licences/pool.html")]
struct PoolPage<'a> {
    frame: Frame,
    path: String,
    facts: Vec<(&'static str, String)>,
    /// Of a type: its terms.
    terms: Option<Terms<'a>>,
    edit: Ability,
    told: [Told<'a>; 2],
    assigned: Vec<Assigned>,
    assigned_in_all: usize,
    pager: Pager,
    text: String,
    give: Field,
    leases: Vec<Leased>,
    chart: String,
    days: [Field; 2],
    denials: Vec<(String, u32)>,
}

struct Terms<'a> {
    fields: [Field; 4],
    bar: SaveBar<'a>,
    /// Under which they are taken away, where there are any.
    removed_upon: Option<String>,
}

struct Assigned {
    page: String,
    person: Person,
}

struct Leased {
    page: String,
    person: Person,
    id: String,
    licence: &'static str,
    taken: Time,
    last_used: Time,
    expires: Time,
    by_tokens: bool,
}

/// So many rows a page has.
const ROWS: usize = 50;

pub(crate) async fn show(
    State(server): State<Arc<Server>>,
    visitor: Visitor,
    path: PoolPath,
) -> Result<Response, Problem> {
    let shown = Shown::of(&server, &visitor, &path).await?;
    page(&visitor, &path, shown, &Sent::default(), &Sent::default())
}

/// What is read from elsewhere than the organisation.
struct Shown {
    days: Vec<DayOfUse>,
    leases: Vec<Leased>,
}

impl Shown {
    async fn of(server: &Server, visitor: &Visitor, path: &PoolPath) -> Result<Self, Problem> {
        visitor.both(manages_licences)?;
        let (caller, query) = (&visitor.caller, &visitor.query);
        let named = |name: &str| Some(query.get(name).to_owned()).filter(|text| !text.is_empty());
        let days = use_by_day(server, caller, path.0, (named("from"), named("to"))).await?;
        let view = visitor.view();
        let is_of = |lease: &store::Lease| match path.0 {
            Pool::Seats(licence) => lease.licence == licence,
            Pool::Tokens => lease.pool == Pool::Tokens,
        };
        let leases = server.office.leases.lasting(now()).into_iter().filter(is_of).map(|lease| {
            let id = view.id_of(lease.user).to_string();
            Leased {
                page: user_page(&id),
                person: person(visitor, lease.user),
                licence: lease.licence.id(),
                taken: lease.taken.into(),
                last_used: lease.last_used.into(),
                expires: lease.expires.into(),
                by_tokens: lease.pool == Pool::Tokens,
                id,
            }
        });
        Ok(Self { days, leases: leases.collect() })
    }
}

fn person(visitor: &Visitor, user: UserId) -> Person {
    let found = visitor.view().user(user).map(Person::from);
    found.unwrap_or_else(|| Person { name: String::new(), id: String::new() })
}

fn page(
    visitor: &Visitor,
    path: &PoolPath,
    shown: Shown,
    edited: &Sent,
    given: &Sent,
) -> Result<Response, Problem> {
    let (view, query) = (visitor.view(), &visitor.query);
    let Shown { days, leases } = shown;
    let edit = visitor.may("repository.manage-licenses", "repository");
    let there = Address::new(path.path());
    let pool = match path.0 {
        Pool::Seats(licence) => view.licence_pools().find(|(it, _)| *it == licence).map(|(_, pool)| pool),
        Pool::Tokens => None,
    };
    let unsent = Sent::default();
    // Removing is a form of its own, which does not send the fields.
    let (typed, edited) = match edited.fields.get("verb") {
        "remove" => (&unsent, edited.review(edit.button("Remove the terms").danger(), path.path(), &there)),
        _ => (edited, edited.above()),
    };
    let terms = path.licence().ok().map(|licence| terms(visitor, licence, pool, typed, &edit));
    let text = query.get("q").trim().to_lowercase();
    let has = |user: &UserId| {
        let user = view.user(*user);
        user.is_some_and(|it| it.id.to_lowercase().contains(&text) || it.name.to_lowercase().contains(&text))
    };
    let everybody: Vec<UserId> = path.licence().map(|it| view.assigned(it).collect()).unwrap_or_default();
    let found: Vec<UserId> = everybody.iter().copied().filter(has).collect();
    let (first, next) = place(query, ROWS, found.len());
    let assigned = found.iter().skip(first).take(ROWS).map(|user| {
        let person = person(visitor, *user);
        Assigned { page: user_page(&person.id), person }
    });
    let count = match found.len() {
        1 => "1 person".to_owned(),
        many => format!("{} people", thousands(many)),
    };
    let name = path.licence().map_or("Tokens", LicenceType::name);
    let frame =
        visitor.frame(name).by_way_of([("/licences".to_owned(), "Licences".to_owned())]).in_part("/licences");
    let told = [edited, given.review(edit.button("Do it"), format!("{}/assigned", path.path()), &there)];
    Ok(render(&PoolPage {
        facts: facts(path),
        terms,
        told,
        edit,
        assigned: assigned.collect(),
        assigned_in_all: everybody.len(),
        pager: Pager::new(&visitor.here, count, next).back_by(&visitor.here, ROWS),
        text: query.get("q").to_owned(),
        give: Field::line("users", "User ids", given.typed("users", ""))
            .of_person()
            .required()
            .hint("One, or several with commas between them.")
            .wrong(given.wrong("/users")),
        leases,
        chart: licence_chart::inline(path.0, &days),
        days: period(&days),
        denials: days
            .iter()
            .rev()
            .filter(|it| it.denials > 0)
            .map(|it| (it.day.to_string(), it.denials))
            .collect(),
        path: path.path(),
        frame,
    }))
}

fn facts(path: &PoolPath) -> Vec<(&'static str, String)> {
    let Pool::Seats(licence) = path.0 else { return Vec::new() };
    vec![
        ("Id", licence.id().to_owned()),
        (
            "Application",
            if licence.application() == "all" { "every application" } else { licence.application() }
                .to_owned(),
        ),
        ("Unlocks", unlocked(licence)),
        ("Costs in tokens", licence.tokens().to_string()),
    ]
}

/// The first and the last day that are shown.
fn period(days: &[DayOfUse]) -> [Field; 2] {
    let day = |it: Option<&DayOfUse>| it.map(|it| it.day.to_string()).unwrap_or_default();
    [
        Field::line("from", "From", day(days.first())).of_kind("date"),
        Field::line("to", "To", day(days.last())).of_kind("date"),
    ]
}

fn terms<'a>(
    visitor: &Visitor,
    licence: LicenceType,
    pool: Option<&LicencePool>,
    sent: &'a Sent,
    edit: &Ability,
) -> Terms<'a> {
    let number = |value: Option<u32>| value.map(|it| it.to_string()).unwrap_or_default();
    let line = |name: &str, label: &str, value: String| {
        Field::line(name, label, sent.typed(name, &value))
            .of_kind("number")
            .wrong(sent.wrong(&format!("/{name}")))
    };
    let expires = pool.and_then(|it| it.expires).map(|day| day.to_string()).unwrap_or_default();
    let fields = [
        line("seats", "Seats", pool.map_or(0, |it| it.seats).to_string())
            .required()
            .hint("How many may be leased at a time."),
        line("authorised", "Authorised", number(pool.and_then(|it| it.authorised)))
            .hint("How many may be assigned by name. Nothing: as many as one likes."),
        line("tokens", "Tokens", number(pool.and_then(|it| it.tokens)))
            .hint("How many it adds to the tokens of the server, by which it may then be leased."),
        Field::line("expires", "Last day", sent.typed("expires", &expires))
            .of_kind("date")
            .wrong(sent.wrong("/expires")),
    ];
    // What is not there yet is made: nothing is overtaken by that.
    let tag = representation(visitor.view(), &format!("/license-pools/{}", licence.id()));
    let tag = tag.map(|(_, tag)| tag).unwrap_or_default();
    let here = Address::new(format!("/licences/{}", licence.id()));
    Terms { fields, bar: sent.bar(edit, &tag, &here), removed_upon: pool.map(|_| tag) }
}

/// Sets the terms of a type, or takes them away.
pub(crate) async fn change(
    State(server): State<Arc<Server>>,
    visitor: Visitor,
    path: PoolPath,
    fields: Fields,
) -> Result<Response, Problem> {
    let at = format!("/license-pools/{}", path.licence()?.id());
    let posted = match fields.get("verb") {
        "remove" => Posted::new(Verb::Delete, &at, &Value::Null),
        _ => terms_sent(&fields).and_then(|terms| Posted::new(Verb::Put, &at, &terms)),
    };
    let posted = match fields.get("upon") {
        "" => posted,
        tag => posted.and_then(|it| it.upon(tag)),
    };
    let shown = Shown::of(&server, &visitor, &path).await?;
    let to = Address::new(path.path());
    let again = |sent| page(&visitor, &path, shown, &sent, &Sent::default());
    save(&server, &visitor, fields, posted, |_| to, again).await
}

fn terms_sent(fields: &Fields) -> Result<Value, Problem> {
    let mut terms = json!({});
    for key in ["seats", "authorised", "tokens"] {
        let text = fields.get(key).trim();
        let bad = || {
            Problem::new(Kind::BadValue, format!("`/{key}`: expected a number"))
                .with("pointer", format!("/{key}"))
        };
        match (key, text) {
            ("seats", "") => terms[key] = 0.into(),
            (_, "") => {}
            (_, text) => terms[key] = text.parse::<u32>().map_err(|_| bad())?.into(),
        }
    }
    if !fields.get("expires").is_empty() {
        terms["expires"] = fields.get("expires").into();
    }
    Ok(terms)
}

/// Assigns it to people, or takes it from them.
pub(crate) async fn assign(
    State(server): State<Arc<Server>>,
    visitor: Visitor,
    path: PoolPath,
    fields: Fields,
) -> Result<Response, Problem> {
    let licence = path.licence()?;
    let (verb, ids): (Verb, Vec<&str>) = match fields.all("take").next() {
        Some(id) => (Verb::Delete, vec![id]),
        None => (Verb::Put, fields.list("users").collect()),
    };
    let one = |id: &str| {
        if visitor.view().user_by_id(id).is_none() {
            let said = format!("`/users`: there is no user `{id}`");
            return Err(Problem::new(Kind::BadValue, said).with("pointer", "/users"));
        }
        let path = format!("{}/licenses/{}", user_page(id), segment(licence.id()));
        Posted::new(verb, &path, &Value::Null)
    };
    let posted = Posted::all(ids.into_iter().map(one));
    let nobody = || Problem::new(Kind::BadValue, "`/users`: name somebody").with("pointer", "/users");
    let posted = posted.and_then(|it| it.ok_or_else(nobody));
    let shown = Shown::of(&server, &visitor, &path).await?;
    let to = Address::new(path.path());
    let again = |sent| page(&visitor, &path, shown, &Sent::default(), &sent);
    save(&server, &visitor, fields, posted, |_| to, again).await
}

/// Ends somebody's lease.
pub(crate) async fn end_lease(
    State(server): State<Arc<Server>>,
    visitor: Visitor,
    path: PoolPath,
    headers: HeaderMap,
    fields: Fields,
) -> Result<Response, Problem> {
    let (licence, user) = fields.get("lease").split_once(' ').unwrap_or_default();
    let licence = LicenceType::from_id(licence)
        .ok_or_else(|| Problem::new(Kind::BadValue, "say whose lease of which type is to end"))?;
    let revision = end(&server, &visitor.caller, &headers, licence, user).await?;
    Ok(done(&Address::new(path.path()), &Done { created: None, revision: Some(revision.number()) }))
}
