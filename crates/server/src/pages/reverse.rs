//! The reverse questions: who may do something to an item, and on which items somebody may do it.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use governance::{Ask, Basis, Item, ItemText, QuestionText, Unanswered, View, WhoMay};

use super::address::Address;
use super::field::{Choice, Field};
use super::frame::Frame;
use super::item_page::{item_page, user_page};
use super::named_item::reference_meant;
use super::part::{Empty, Mark, Pager, Person, place};
use super::render;
use super::visitor::{Asking, Visitor};
use super::why::operations;
use super::words::deed_without_actions;
use crate::explain::each_action;
use crate::in_turn::in_turn;
use crate::in_words::thousands;
use crate::problem::{Kind, Problem};
use crate::router::Server;
use crate::routes::Routes;

pub(super) fn routes() -> Routes<Arc<Server>> {
    Routes::new().get("/who-can", who_can).get("/what-can", what_can)
}

const TABS: [(&str, &str); 4] = [
    ("/why", "Why can, why can’t"),
    ("/who-can", "Who can"),
    ("/what-can", "What can somebody"),
    ("/what-if", "What if"),
];

/// The frame of one of the questions, with the others beside it.
pub(super) fn tabbed(frame: Frame, here: &str) -> Frame {
    let tabs = TABS.into_iter().map(|(address, words)| (address.to_owned(), words));
    frame.in_part("/why").with_tabs(tabs, here)
}

const ROWS: usize = 100;
const OFFERED: usize = 200;

/// `OPERATION/ACTION+ACTION` of the query.
pub(super) fn deed(visitor: &Visitor) -> (String, Vec<String>) {
    let text = visitor.query.get("operation").trim();
    let (operation, in_text) = text.split_once('/').unwrap_or((text, ""));
    let named = visitor.query.all("action").map(str::to_owned);
    (operation.to_owned(), each_action(in_text).into_iter().chain(named).collect())
}

/// In words: `modify attributes`.
pub(super) fn words(operation: &str, actions: &[String]) -> String {
    match actions {
        [] => deed_without_actions(operation),
        actions => actions.join(" and ").replace('-', " "),
    }
}

/// The same, with what joins it to what it is done to.
fn words_of(operation: &str, actions: &[String]) -> String {
    let words = words(operation, actions);
    if actions.is_empty() { words } else { words + " of" }
}

fn operation_field(visitor: &Visitor) -> Field {
    let offered = operations().into_iter().map(|it| Choice::new(it, "", false)).collect();
    Field::line("operation", "Does what", visitor.query.get("operation"))
        .offering(offered)
        .required()
        .hint("Operation/action, such as gc.save-stream/archive; several with +.")
}

/// Why a question has no answer, beside the form.
fn unanswered(problem: Problem) -> Result<Problem, Problem> {
    match problem.kind {
        Kind::BadQuestion | Kind::NotYours | Kind::Scope => Ok(problem),
        _ => Err(problem),
    }
}

#[derive(Template)]
#[template(path = "who_can.html")]
struct WhoPage {
    frame: Frame,
    fields: [Field; 2],
    wrong: Option<Problem>,
    found: Option<Who>,
}

struct Who {
    deed: String,
    item: Mark,
    rows: Vec<WhoRow>,
    pager: Pager,
    total: usize,
}

struct WhoRow {
    person: Person,
    page: String,
    basis: String,
    why: Address,
}

async fn who_can(State(server): State<Arc<Server>>, Asking(visitor): Asking) -> Result<Response, Problem> {
    let item = reference_meant(visitor.view(), visitor.query.get("item"));
    let (operation, actions) = deed(&visitor);
    let answer = match operation.is_empty() || item.is_empty() {
        true => None,
        false => Some(who(&server, &visitor, operation, actions, item.clone()).await),
    };
    let (found, wrong) = match answer {
        None => (None, None),
        Some(Ok(found)) => (Some(found), None),
        Some(Err(problem)) => (None, Some(unanswered(problem)?)),
    };
    let status = wrong.as_ref().map(|problem| problem.kind.status()).unwrap_or_default();
    let items = visitor.view().items(OFFERED);
    let items =
        items.map(|it| Choice::new(it.reference, format!("{} {}", it.kind, it.name), false)).collect();
    let page = WhoPage {
        fields: [
            operation_field(&visitor),
            Field::line("item", "To which item", item)
                .offering(items)
                .of_item()
                .required()
                .hint("Type part of the name and choose, or give a reference."),
        ],
        wrong,
        found,
        frame: tabbed(visitor.frame("Who can"), "/who-can"),
    };
    Ok((status, render(&page)).into_response())
}

async fn who(
    server: &Server,
    visitor: &Visitor,
    operation: String,
    actions: Vec<String>,
    item: String,
) -> Result<Who, Problem> {
    let view = visitor.view();
    let told = words_of(&operation, &actions);
    let text = QuestionText {
        user: String::new(),
        operation: operation.clone(),
        actions: actions.clone(),
        item: item.clone(),
        ..QuestionText::default()
    };
    let looking = view.clone();
    let found = in_turn(server, move || looking.users_who_may(&text)).await??;
    let total = found.len();
    let (first, next) = place(&visitor.query, ROWS, total);
    let page: Vec<WhoMay> = found
        .iter()
        .skip(first)
        .take(ROWS)
        .filter_map(|(user, allowed)| view.who_may(*user, allowed))
        .collect();
    let asked = visitor.query.get("operation");
    let row = |it: WhoMay| {
        let person = view.user_by_id(&it.user).and_then(|user| view.user(user)).map(Person::from);
        let person = person.unwrap_or_else(|| Person { name: it.user.clone(), id: it.user.clone() });
        WhoRow {
            page: user_page(&person.id),
            basis: basis(&it),
            why: Address::new("/why").with("user", &person.id).with("operation", asked).with("item", &item),
            person,
        }
    };
    let item = view.item(&item).ok_or_else(Problem::not_found)?;
    let shown = match total {
        1 => "1 person".to_owned(),
        total => format!("{} people", thousands(total)),
    };
    Ok(Who {
        deed: told,
        item: Mark::of(&item),
        rows: page.into_iter().map(row).collect(),
        pager: Pager::new(&visitor.here, shown, next).back_by(&visitor.here, ROWS),
        total,
    })
}

#[derive(Template)]
#[template(path = "what_can.html")]
struct WhatPage {
    frame: Frame,
    fields: [Field; 3],
    wrong: Option<Problem>,
    found: Option<What>,
}

struct What {
    deed: String,
    person: Person,
    rows: Vec<WhatRow>,
    pager: Pager,
    total: usize,
}

struct WhatRow {
    mark: Mark,
    kind: String,
    why: Address,
}

async fn what_can(State(server): State<Arc<Server>>, Asking(visitor): Asking) -> Result<Response, Problem> {
    let view = visitor.view();
    let asked = visitor.query.get("user").trim();
    let user = if asked.is_empty() { view.asker().id.to_string() } else { asked.to_owned() };
    let (operation, actions) = deed(&visitor);
    let answer = match operation.is_empty() {
        true => None,
        false => Some(what(&server, &visitor, &user, operation, actions).await),
    };
    let (found, wrong) = match answer {
        None => (None, None),
        Some(Ok(found)) => (Some(found), None),
        Some(Err(problem)) => (None, Some(unanswered(problem)?)),
    };
    let status = wrong.as_ref().map(|problem| problem.kind.status()).unwrap_or_default();
    let page = WhatPage {
        fields: [
            Field::line("user", "Who", user).of_person().required().hint("A user id."),
            operation_field(&visitor),
            Field::select("project_area", "Where", project_areas(view, visitor.query.get("project_area"))),
        ],
        wrong,
        found,
        frame: tabbed(visitor.frame("What can somebody"), "/what-can"),
    };
    Ok((status, render(&page)).into_response())
}

fn project_areas(view: &View, now: &str) -> Vec<Choice> {
    let areas = view.each::<governance::ProcessArea>(0).filter(|(_, area)| area.project().is_some());
    let choice = |(id, area): (governance::AreaId, &governance::ProcessArea)| {
        let reference = view.reference(Item::Area(id));
        Choice::new(reference.clone(), area.name.to_string(), reference == now)
    };
    let everywhere = Choice::new("", "Everywhere", now.is_empty());
    [everywhere].into_iter().chain(areas.take(OFFERED).map(choice)).collect()
}

async fn what(
    server: &Server,
    visitor: &Visitor,
    user: &str,
    operation: String,
    actions: Vec<String>,
) -> Result<What, Problem> {
    let view = visitor.view();
    let told = words_of(&operation, &actions);
    let ask = Ask::named(&operation, actions.iter().map(String::as_str))
        .map_err(|error| Problem::new(Kind::BadQuestion, error.to_string()))?;
    if view.user_by_id(user).is_none() {
        return Err(Problem::new(Kind::BadQuestion, format!("there is no user `{user}`")));
    }
    let (looking, of) = (view.clone(), user.to_owned());
    let project = Some(visitor.query.get("project_area").to_owned()).filter(|text| !text.is_empty());
    let found: Result<Vec<Item>, Unanswered> =
        in_turn(server, move || looking.items_one_may(&of, &ask, None, project.as_deref())).await?;
    let found = found?;
    let total = found.len();
    let (first, next) = place(&visitor.query, ROWS, total);
    let asked = visitor.query.get("operation");
    let row = |item: &Item| {
        let ItemText { kind, name, reference, .. } = view.item_text(*item);
        WhatRow {
            mark: Mark::new(kind.to_string(), name.to_string()).at(item_page(view, *item)),
            kind: kind.replace('-', " "),
            why: Address::new("/why").with("user", user).with("operation", asked).with("item", reference),
        }
    };
    let rows = found.iter().skip(first).take(ROWS).map(row).collect();
    let person = view.user_by_id(user).and_then(|user| view.user(user)).map(Person::from);
    let shown = match total {
        1 => "1 item".to_owned(),
        total => format!("{} items", thousands(total)),
    };
    Ok(What {
        deed: told,
        person: person.unwrap_or_else(|| Person { name: user.to_owned(), id: user.to_owned() }),
        rows,
        pager: Pager::new(&visitor.here, shown, next).back_by(&visitor.here, ROWS),
        total,
    })
}

/// By what somebody may, in words.
fn basis(it: &WhoMay) -> String {
    let told = match it.basis {
        Basis::Role => "a role",
        Basis::Override => "an administrative override",
        Basis::Group => "a repository group",
        Basis::Owner => "what is their own",
        Basis::Read => "reading",
    };
    match &it.area {
        Some(area) if it.basis == Basis::Role => format!("{told} in {area}"),
        _ => told.to_owned(),
    }
}
