//! Nesting a team area elsewhere, once it was told who gains and who loses by it.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use governance::AreaId;
use serde_json::json;

use super::area::{Area, AreaPath};
use super::overview::page;
use crate::api::{Posted, Verb};
use crate::pages::ability::Ability;
use crate::pages::field::{Choice, Field};
use crate::pages::form::Fields;
use crate::pages::part::Button;
use crate::pages::saving::{Sent, save};
use crate::pages::visitor::Visitor;
use crate::problem::Problem;
use crate::router::Server;

/// To move a team area.
pub(super) struct Moving {
    pub(super) field: Field,
    /// Whether it can be moved anywhere.
    pub(super) may: Ability,
}

/// So many places are asked about before it is said that none can be moved to.
const ASKED: usize = 50;

impl Moving {
    /// Of a team area in a project area that has another place for it.
    pub(super) fn of(visitor: &Visitor, area: &Area, sent: &Sent) -> Option<Self> {
        let view = visitor.view();
        let parent = view.see(area.id).filter(|it| !it.archived)?.team()?.parent;
        let within = view.areas_in(area.id);
        let is_place = |it: &AreaId| {
            *it != parent && !within.contains(it) && view.see(*it).is_some_and(|place| !place.archived)
        };
        let mut places: Vec<(String, AreaId)> = { view.areas_in(area.project).into_iter().filter(is_place) }
            .map(|it| if it == area.project { (String::new(), it) } else { (view.team_path(it), it) })
            .collect();
        places.sort();
        let wanted = sent.fields.get("to");
        let choice = |(path, it): &(String, AreaId)| {
            let number = it.number().to_string();
            let words = if path.is_empty() { "The project area itself" } else { path };
            Choice::new(number.clone(), words, number == wanted)
        };
        let mut asked = places.iter().take(ASKED).map(|(_, to)| Ability::to_make(view, moved(area, *to)));
        let first = asked.next()?;
        let may = if first.is_allowed() { first } else { asked.find(Ability::is_allowed).unwrap_or(first) };
        let field = Field::select("to", "Nested in", places.iter().map(choice).collect());
        Some(Self { field: field.wrong(sent.wrong("/to")), may: visitor.only_in_earnest(may) })
    }
    pub(super) fn button(&self) -> Button {
        self.may.button("Move the team area")
    }
}

fn moved(area: &Area, to: AreaId) -> Result<Posted, Problem> {
    let body = json!({"to": to.number().to_string()});
    Posted::new(Verb::Post, &format!("{}/move", area.path()), &body)
}

pub(crate) async fn change(
    State(server): State<Arc<Server>>,
    visitor: Visitor,
    path: AreaPath,
    fields: Fields,
) -> Result<Response, Problem> {
    let area = Area::of(visitor.view(), &path)?;
    let body = json!({"to": fields.get("to")});
    let posted = Posted::new(Verb::Post, &format!("{}/move", area.path()), &body);
    let to = area.address("");
    let again = |sent: Sent| page(&visitor, &area, [&Sent::default(), &Sent::default(), &sent]);
    save(&server, &visitor, fields, posted, |_| to, again).await
}
