//! Licences that are assigned and that nobody uses: what could be had back.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use governance::LicenceType;
use serde_json::Value;

use crate::api::licence_use::{UNUSED_FOR, manages_licences, unused_for};
use crate::api::{MOST_TOGETHER, Posted, Verb};
use crate::in_words::thousands;
use crate::pages::ability::Ability;
use crate::pages::address::Address;
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
#[template(path = "licences/unused.html")]
struct UnusedPage<'a> {
    frame: Frame,
    here: Address,
    filters: [Field; 2],
    days: u32,
    rows: Vec<Row>,
    pager: Pager,
    total: usize,
    /// Whether all of them can be taken away together.
    all: bool,
    told: Told<'a>,
    edit: Ability,
}

struct Row {
    page: String,
    person: Person,
    licence: LicenceType,
    last_used: Option<String>,
    chosen: bool,
}

impl Row {
    /// What is sent for it.
    fn value(&self) -> String {
        format!("{} {}", self.licence.id(), self.person.id)
    }
}

const ROWS: usize = 100;

/// What is listed.
type Unused = Vec<Row>;

async fn rows(server: &Server, visitor: &Visitor) -> Result<Unused, Problem> {
    let days = visitor.query.get("days").parse().unwrap_or(UNUSED_FOR);
    visitor.both(manages_licences)?;
    let found = unused_for(server, &visitor.caller, days).await?;
    let wanted = LicenceType::from_id(visitor.query.get("licence"));
    let view = visitor.view();
    let row = |(user, licence, last): (governance::UserId, LicenceType, Option<governance::Day>)| {
        let person = Person::from(view.user(user)?);
        let last_used = last.map(|day| day.to_string());
        Some(Row { page: user_page(&person.id), person, licence, last_used, chosen: false })
    };
    Ok(found
        .into_iter()
        .filter(|(_, it, _)| wanted.is_none_or(|wanted| wanted == *it))
        .filter_map(row)
        .collect())
}

pub(crate) async fn show(State(server): State<Arc<Server>>, visitor: Visitor) -> Result<Response, Problem> {
    page(&visitor, rows(&server, &visitor).await?, &Sent::default())
}

fn page(visitor: &Visitor, mut rows: Unused, sent: &Sent) -> Result<Response, Problem> {
    let query = &visitor.query;
    let total = rows.len();
    let (first, next) = place(query, ROWS, total);
    rows.drain(..first);
    rows.truncate(ROWS);
    for row in &mut rows {
        row.chosen = sent.fields.all("unused").any(|it| it == row.value());
    }
    let edit = visitor.may("repository.manage-licenses", "repository");
    let days: u32 = query.get("days").parse().unwrap_or(UNUSED_FOR);
    let licence = query.get("licence");
    let types = LicenceType::all().map(|it| Choice::new(it.id(), it.name(), it.id() == licence));
    let any = Choice::new("", "Every type", licence.is_empty());
    let shown = match total {
        1 => "1 licence".to_owned(),
        total => format!("{} licences", thousands(total)),
    };
    let frame = visitor
        .frame("Licences that nobody uses")
        .by_way_of([("/licences".to_owned(), "Licences".to_owned())])
        .in_part("/licences");
    Ok(render(&UnusedPage {
        frame,
        filters: [
            Field::line("days", "Not used for days", days.to_string()).of_kind("number"),
            Field::select("licence", "Type", [any].into_iter().chain(types).collect()),
        ],
        days,
        rows,
        pager: Pager::new(&visitor.here, shown, next).back_by(&visitor.here, ROWS),
        total,
        all: total <= MOST_TOGETHER,
        told: sent.review(edit.button("Take them away"), visitor.here.to_string(), &visitor.here),
        edit,
        here: visitor.here.clone(),
    }))
}

/// Takes those away that are chosen, or all that are found.
pub(crate) async fn take(
    State(server): State<Arc<Server>>,
    visitor: Visitor,
    fields: Fields,
) -> Result<Response, Problem> {
    let rows = rows(&server, &visitor).await?;
    let is_chosen =
        |row: &&Row| fields.get("whom") == "all" || fields.all("unused").any(|it| it == row.value());
    let one = |row: &Row| {
        Posted::new(Verb::Delete, &format!("{}/licenses/{}", row.page, row.licence.id()), &Value::Null)
    };
    let posted = Posted::all(rows.iter().filter(is_chosen).map(one));
    let nothing = || Problem::new(Kind::BadValue, "nothing is chosen: tick what is to be taken away");
    let posted = posted.and_then(|it| it.ok_or_else(nothing));
    let to = visitor.here.clone();
    save(&server, &visitor, fields, posted, |_| to, |sent| page(&visitor, rows, &sent)).await
}
