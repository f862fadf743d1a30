//! What the applications keep in a project area: who governs each of it and who reads it, and the keys that
//! decide that (docs/applications.md).

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use governance::{Item, View};

use super::area::{Area, AreaPath};
use super::item_form::{Edited, New, decoded, edited, new, posted, read, word_of, words_of};
use super::item_kind::{Artefacts, Categories, Kept, Kind, WorkItems};
use crate::api::Done;
use crate::pages::ability::Ability;
use crate::pages::address::Address;
use crate::pages::field::Choice;
use crate::pages::form::Fields;
use crate::pages::frame::{Frame, Link};
use crate::pages::item_page::item_page;
use crate::pages::part::{Button, Mark, Pager};
use crate::pages::render;
use crate::pages::saving::{Sent, Told, save};
use crate::pages::visitor::Visitor;
use crate::problem::Problem;
use crate::router::Server;

#[derive(Template)]
#[template(path = "process/items.html")]
struct ItemsPage<'a> {
    frame: Frame,
    path: String,
    kinds: Vec<Choice>,
    /// The one that is shown.
    kind: &'static str,
    title: &'static str,
    archived: bool,
    text: String,
    rows: Vec<Row>,
    pager: Pager,
    /// Why none is shown, where a licence is needed.
    unlicensed: Option<String>,
    told: Told<'a>,
    edited: Option<Edited>,
    /// The form of a new one, where it was asked for.
    new: Option<New>,
    /// Leads there, for whoever may make one somewhere.
    to_new: Button,
    back: String,
}

/// An item in the list.
struct Row {
    mark: Mark,
    /// What it is nested in.
    within: String,
    archived: bool,
    governed_by: Option<Link>,
    /// Whether nothing is said of it itself.
    inherited: bool,
    read_by: String,
    why: String,
}

const ROWS: usize = 50;
pub(crate) async fn show(visitor: Visitor, path: AreaPath) -> Result<Response, Problem> {
    page(&visitor, &with_items(&visitor, &path)?, &Sent::default())
}

/// An area whose application keeps items here.
fn with_items(visitor: &Visitor, path: &AreaPath) -> Result<Area, Problem> {
    let area = Area::of(visitor.view(), path)?;
    if Kind::all(area.application).is_empty() { Err(Problem::not_found()) } else { Ok(area) }
}

fn page(visitor: &Visitor, area: &Area, sent: &Sent) -> Result<Response, Problem> {
    let (view, query) = (visitor.view(), &visitor.query);
    let asked = if sent.is_any() { &sent.fields } else { query };
    let kinds = Kind::all(area.application);
    let kind = kinds.iter().find(|it| it.word() == asked.get("kind")).or(kinds.first());
    let kind = *kind.ok_or_else(Problem::not_found)?;
    let (text, archived) = (query.get("q").trim().to_lowercase(), query.get("archived") == "yes");
    let first = query.get("after").parse::<u32>().map_or(0, |after| after.saturating_add(1));
    let found = kind.each(view, area.project, first).filter(|it| {
        it.archived == archived && (text.is_empty() || view.name_of(it.item).to_lowercase().contains(&text))
    });
    let mut found: Vec<Kept> = found.take(ROWS + 1).collect();
    let more = found.len() > ROWS;
    found.truncate(ROWS);
    let here = area.address("items").with("kind", kind.word());
    let rows: Result<Vec<Row>, Problem> = found.iter().map(|it| row(view, kind, it, &here)).collect();
    let (rows, unlicensed) = match rows {
        Ok(rows) => (rows, None),
        Err(problem) => (Vec::new(), Some(Ability::from(&problem).because())),
    };
    let shown = match rows.len() {
        1 => "1 shown".to_owned(),
        number => format!("{number} shown"),
    };
    let next = found.last().map(|it| it.place).filter(|_| more);
    let edited = edited(visitor, area, kind, asked.get("item"), sent);
    let is_new = asked.get("new") == "yes" || asked.get("verb") == "make";
    let form = new(visitor, area, kind, sent);
    let to_new = form.make.button(format!("New {}…", kind.one()));
    let new = is_new.then_some(form);
    let (words, may) = match (asked.get("verb"), &edited, &new) {
        (_, _, Some(it)) => ("Make it", it.make.clone()),
        ("archive", Some(it), _) => ("Archive", it.archive.clone()),
        ("unarchive", Some(it), _) => ("Take it out of the archive", it.archive.clone()),
        ("delete", Some(it), _) => ("Delete it for good", it.delete.clone().unwrap_or(Ability::Allowed)),
        ("step", ..) => ("Take the step", Ability::Allowed),
        (_, Some(it), _) => ("Save", it.save.clone()),
        (_, None, None) => ("Save", Ability::Allowed),
    };
    Ok(render(&ItemsPage {
        path: area.path(),
        kinds: kinds.iter().map(|it| Choice::new(it.word(), it.title(), *it == kind)).collect(),
        kind: kind.word(),
        title: kind.title(),
        archived,
        text: query.get("q").to_owned(),
        rows,
        pager: Pager::new(&visitor.here.at(&area.tab("items")).with("kind", kind.word()), shown, next),
        unlicensed,
        told: sent.review(may.button(words), area.tab("items"), &here),
        edited,
        new,
        to_new: to_new.leads_to(format!("{}#new", here.with("new", "yes"))),
        back: here.to_string(),
        frame: area.frame(visitor, "items")?,
    }))
}

fn row(view: &View, kind: Kind, kept: &Kept, here: &Address) -> Result<Row, Problem> {
    let (number, now, _) = read(view, kind, kept.item)?;
    let own = kind.keys().iter().map(|(key, _)| (*key, word_of(&now[*key])));
    let read_by = own.clone().find(|(key, _)| matches!(*key, "read" | "restricted_access" | "visibility"));
    let read_by = match (kind, read_by) {
        (Categories, _) => words_of("restrict_access", &word_of(&now["restrict_access"])),
        (_, Some((key, word))) => words_of(key, &word),
        (Artefacts, None) => "Whoever reads its folder".to_owned(),
        (_, None) => "Whoever reads the project area".to_owned(),
    };
    let governing = view.governing_area(kept.item);
    Ok(Row {
        mark: Mark::of(&view.item_text(kept.item)).at(format!("{}#edit", here.with("item", number))),
        within: word_of(&now["parent"]).split('/').map(decoded).collect::<Vec<_>>().join(" › "),
        archived: kept.archived,
        governed_by: governing.and_then(|area| {
            Some(Link::new(item_page(view, Item::Area(area)), view.see(area)?.name.to_string()))
        }),
        inherited: word_of(&now["team_area"]) == "inherit" || kind == WorkItems,
        read_by,
        why: Address::new("/why").with("item", view.reference(kept.item)).to_string(),
    })
}

/// Makes one, or changes what decides of it: the keys that are another than before.
pub(crate) async fn change(
    State(server): State<Arc<Server>>,
    visitor: Visitor,
    path: AreaPath,
    fields: Fields,
) -> Result<Response, Problem> {
    let area = with_items(&visitor, &path)?;
    let kind = Kind::all(area.application).iter().find(|it| it.word() == fields.get("kind"));
    let kind = *kind.ok_or_else(Problem::not_found)?;
    let posted = posted(visitor.view(), &area, kind, &fields);
    let list = area.address("items").with("kind", kind.word());
    let item = fields.get("item").to_owned();
    let is_gone = fields.get("verb") == "delete";
    let to = |done: &Done| match done.created.as_ref().and_then(|it| it.rsplit('/').next()) {
        Some(made) => list.with("item", made),
        None if is_gone => list.clone(),
        None => list.with("item", item),
    };
    save(&server, &visitor, fields, posted, to, |sent| page(&visitor, &area, &sent)).await
}
