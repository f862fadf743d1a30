//! The journal: who changed what, when and by what right.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use governance::{AreaId, Event, Item, View};
use store::{Changed, Entry, JournalFilter, JournalPage, Revision};

use super::{export, moment, period, said, tabs};
use crate::api::histories;
use crate::api::log::audits;
use crate::pages::address::Address;
use crate::pages::field::{Choice, Field};
use crate::pages::frame::Frame;
use crate::pages::headline::Headlines;
use crate::pages::part::{Empty, Pager, Person, Time};
use crate::pages::render;
use crate::pages::visitor::Visitor;
use crate::problem::Problem;
use crate::router::Server;

#[derive(Template)]
#[template(path = "audit/journal.html")]
struct AuditPage {
    frame: Frame,
    /// Of one area alone.
    area: Option<String>,
    text: String,
    first: [Field; 3],
    more: [Field; 4],
    has_more: bool,
    rows: Vec<Row>,
    pager: Pager,
    /// As CSV and as lines; of one area there is none.
    exports: Option<[Address; 2]>,
    overall: Address,
}

struct Row {
    revision: u64,
    at: Time,
    by: Person,
    by_page: Address,
    via: Option<String>,
    address: Option<String>,
    basis: String,
    /// What it did, in a line, where that can be told.
    headline: Option<String>,
    summary: String,
}

/// By what right something was done, in words.
pub(super) const RIGHTS: [(&str, &str); 7] = [
    ("role", "A role"),
    ("override", "An administrative override"),
    ("group", "A repository group"),
    ("owner", "What is one’s own"),
    ("read", "Reading"),
    ("operator", "Whoever can write the database"),
    ("registry", "A registry"),
];

const ROWS: u32 = 50;

const NAMES: [&str; 8] = ["text", "by", "from", "to", "via", "address", "basis", "kind"];

pub(crate) async fn show(State(server): State<Arc<Server>>, visitor: Visitor) -> Result<Response, Problem> {
    let (view, query) = (visitor.view(), &visitor.query);
    visitor.both(audits)?;
    let area = query.get("area").parse().ok().map(AreaId::new).filter(|id| view.see(*id).is_some());
    let older_than = query.get("after").parse().ok().map(Revision::new);
    let page = match area {
        Some(area) => histories(&server, view, &[Item::Area(area)], older_than, ROWS).await?,
        None => search(&server, &visitor, older_than).await?,
    };
    let headlines = Headlines::of(&server, &page).await?;
    let row = |(revision, entry)| row(view, headlines.told(view, revision), revision, entry);
    let rows: Vec<Row> = page.entries.into_iter().map(row).collect();
    let shown = match (rows.len(), page.older_than) {
        (1, None) => "1 revision".to_owned(),
        (count, None) => format!("{count} revisions"),
        (count, Some(_)) => format!("{count} revisions, and older ones"),
    };
    let name = area.and_then(|area| view.see(area)).map(|area| area.name.to_string());
    let [from, to] = period(query);
    let line = |name: &str, label: &str| Field::line(name, label, query.get(name));
    Ok(render(&AuditPage {
        frame: visitor.frame("Audit").in_part("/audit").with_tabs(tabs(), "/audit"),
        area: name,
        text: query.get("text").to_owned(),
        first: [line("by", "By (user id)").of_person(), from, to],
        more: [
            rights(query.get("basis")),
            kinds(query.get("kind")),
            line("via", "Through (token NAME)"),
            line("address", "From address"),
        ],
        has_more: ["basis", "kind", "via", "address"].iter().any(|name| said(query, name).is_some()),
        rows,
        pager: Pager::new(&visitor.here, shown, page.older_than.map(|it| it.number())),
        exports: area.is_none().then(|| {
            ["csv", "jsonl"].map(|it| export("/journal", query, &NAMES, it).with("changes", "true"))
        }),
        overall: visitor.here.without("area").without("after"),
    }))
}

async fn search(
    server: &Server,
    visitor: &Visitor,
    older_than: Option<Revision>,
) -> Result<JournalPage, Problem> {
    let (view, query) = (visitor.view(), &visitor.query);
    let kind = said(query, "kind").filter(|kind| Event::KINDS.contains(&&**kind));
    let filter = JournalFilter {
        from: moment(query, "from")?,
        to: moment(query, "to")?,
        // Ids are compared after folding; who is no user here may be `operator`.
        by: said(query, "by").map(|by| view.user_by_id(&by).map_or(by, |user| view.id_of(user).to_string())),
        via: said(query, "via"),
        address: said(query, "address"),
        basis: said(query, "basis").filter(|basis| RIGHTS.iter().any(|(word, _)| word == basis)),
        text: said(query, "text"),
        changed: kind.map(Changed::Kind),
        older_than,
        limit: ROWS,
    };
    Ok(server.office.store().journal(&filter).await?)
}

fn row(view: &View, headline: Option<String>, revision: Revision, entry: Entry) -> Row {
    let by = person(view, &entry.by);
    Row {
        revision: revision.number(),
        at: entry.at.into(),
        by_page: Address::new("/audit").with("by", &by.id),
        by,
        via: entry.via,
        address: entry.address,
        basis: entry.basis,
        headline,
        summary: entry.summary,
    }
}

/// Somebody in the journal, who may be no user.
pub(super) fn person(view: &View, id: &str) -> Person {
    let found = view.user_by_id(id).and_then(|user| view.user(user)).map(Person::from);
    found.unwrap_or_else(|| Person { name: id.to_owned(), id: id.to_owned() })
}

fn rights(now: &str) -> Field {
    let any = Choice::new("", "Any", now.is_empty());
    let all = RIGHTS.into_iter().map(|(word, words)| Choice::new(word, words, word == now));
    Field::select("basis", "By right of", [any].into_iter().chain(all).collect())
}

fn kinds(now: &str) -> Field {
    let any = Choice::new("", "Anything", now.is_empty());
    let all = Event::KINDS.iter().map(|kind| Choice::new(*kind, kind.replace('-', " "), *kind == now));
    Field::select("kind", "That changed", [any].into_iter().chain(all).collect())
}
