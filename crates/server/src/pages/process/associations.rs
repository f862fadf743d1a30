//! The project areas, here and elsewhere, that a project area is associated with
//! (docs/process.md#associations).

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use governance::{Application, AreaId, ProcessArea, View, is_web_address};
use serde_json::{Value, json};

use super::area::{Area, AreaPath};
use super::overview::{Forms, page};
use super::project_areas::title_of;
use crate::api::{Posted, bad_value};
use crate::pages::ability::Ability;
use crate::pages::field::{Choice, Field};
use crate::pages::form::Fields;
use crate::pages::saving::{Sent, save};
use crate::pages::visitor::Visitor;
use crate::problem::Problem;
use crate::router::Server;

/// What a project area is associated with, and the form for more.
pub(super) struct Associations {
    pub(super) rows: Vec<Association>,
    pub(super) fields: [Field; 2],
    pub(super) may: Ability,
}

pub(super) struct Association {
    /// What it is, as the list has it, by which it is removed.
    pub(super) value: String,
    pub(super) application: &'static str,
    pub(super) name: String,
    /// Where it is, if that can be told.
    pub(super) at: Option<String>,
}

/// So many project areas are offered by name.
const OFFERED: usize = 200;

impl Associations {
    /// Of a project area; team areas have none.
    pub(super) fn of(visitor: &Visitor, area: &Area, sent: &Sent) -> Option<Self> {
        let view = visitor.view();
        if area.is_team {
            return None;
        }
        let chosen = sent.typed("application", "");
        let applications =
            Application::ALL.map(|it| Choice::new(it.id(), title_of(it), it.id() == chosen)).into();
        let others = view.each::<ProcessArea>(0);
        let others = others.filter(|(id, it)| *id != area.id && it.project().is_some() && !it.archived);
        let offered =
            others.take(OFFERED).map(|(_, it)| Choice::new(it.name.to_string(), application_of(it), false));
        Some(Self {
            rows: list(view, area).iter().map(|value| association(view, value)).collect(),
            fields: [
                Field::select("application", "Application", applications),
                Field::line("project_area", "Project area", sent.typed("project_area", ""))
                    .required()
                    .offering(offered.collect())
                    .hint("Its name, if it is on this server; else its address, with https://.")
                    .wrong(sent.wrong("/associations")),
            ],
            may: area.may(visitor, "modify-links"),
        })
    }
}

/// The associations as they are kept.
fn list(view: &View, area: &Area) -> Vec<Value> {
    match view.see(area.id).and_then(|it| it.carried.get("associations")) {
        None => Vec::new(),
        Some(Value::Array(list)) => list.clone(),
        Some(one) => vec![one.clone()],
    }
}

/// An association is `{rm: Requirements}`; what is kept in another form is shown as it is.
fn association(view: &View, value: &Value) -> Association {
    let pair = value.as_object().filter(|it| it.len() == 1).and_then(|it| it.iter().next());
    let read = pair.and_then(|(word, name)| Some((Application::from_id(word)?, name.as_str()?)));
    let other = || Association {
        value: value.to_string(),
        application: "",
        name: governance::value_in_words(value),
        at: None,
    };
    let Some((application, name)) = read else { return other() };
    let here = view.project_area_named(application, name).map(|it| format!("/project-areas/{}", it.number()));
    let elsewhere = || is_web_address(name).then(|| name.to_owned());
    Association {
        application: title_of(application),
        name: name.to_owned(),
        at: here.or_else(elsewhere),
        ..other()
    }
}

/// Associates a project area with another one, or ends that.
pub(crate) async fn change(
    State(server): State<Arc<Server>>,
    visitor: Visitor,
    path: AreaPath,
    fields: Fields,
) -> Result<Response, Problem> {
    let area = Area::of(visitor.view(), &path)?;
    let posted = posted(visitor.view(), &area, &fields);
    let to = area.address("");
    let again = |sent: Sent| page(&visitor, &area, &Forms { associating: sent, ..Forms::default() });
    save(&server, &visitor, fields, posted, |_| to, again).await
}

/// The project area that a name means, whatever the case of its letters: that of the application, or the only
/// one that is called so.
fn named(view: &View, application: Application, name: &str) -> Option<(AreaId, Application, String)> {
    let wanted = name.to_lowercase();
    let found = view.each::<ProcessArea>(0).filter(|(_, it)| it.name.to_lowercase() == wanted);
    let of = |(id, it): (AreaId, &ProcessArea)| Some((id, it.project()?.application, it.name.to_string()));
    let mut found: Vec<_> = found.filter_map(of).collect();
    let is_exact = |(_, of, it): &(AreaId, Application, String)| (*of != application, it != name);
    found.sort_by_key(is_exact);
    let count = found.len();
    found.into_iter().next().filter(|(_, of, _)| *of == application || count == 1)
}

fn application_of(area: &ProcessArea) -> &'static str {
    area.project().map_or("", |it| title_of(it.application))
}

fn posted(view: &View, area: &Area, fields: &Fields) -> Result<Posted, Problem> {
    let mut list = list(view, area);
    if fields.get("verb") == "remove" {
        list.retain(|it| {
            let text = it.to_string();
            text != fields.get("association")
        });
    } else {
        let name = fields.get("project_area").trim();
        let application = Application::from_id(fields.get("application"));
        let application = application.ok_or_else(|| bad_value("/application", "choose an application"))?;
        let (application, name) = match named(view, application, name) {
            Some((here, ..)) if here == area.id => {
                return Err(bad_value("/associations", "that is this project area itself"));
            }
            Some((_, application, name)) => (application, name),
            None if is_web_address(name) => (application, name.to_owned()),
            None => {
                let said = format!(
                    "there is no project area `{name}` of {} here: choose another, or type its address",
                    title_of(application)
                );
                return Err(bad_value("/associations", said));
            }
        };
        let new = json!({ application.id(): name });
        if list.contains(&new) {
            return Err(bad_value("/associations", "it is associated with that one already"));
        }
        list.push(new);
    }
    let list = if list.is_empty() { Value::Null } else { list.into() };
    area.change(&json!({ "associations": list }))?.upon(fields.get("upon"))
}
