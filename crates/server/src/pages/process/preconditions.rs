//! What roles must fulfil in an area besides permission (docs/process.md#preconditions).

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use governance::text::Name;
use governance::{Application, OperationId, Precondition, PreconditionEntry, View};
use serde_json::{Value, json};

use super::area::{Area, AreaPath, name_of};
use super::slot::{levels, slot_json, slot_of, slot_word, slot_words};
use crate::api::Posted;
use crate::pages::ability::Ability;
use crate::pages::field::{Choice, Field};
use crate::pages::form::Fields;
use crate::pages::frame::Frame;
use crate::pages::render;
use crate::pages::saving::{Sent, Told, save};
use crate::pages::visitor::Visitor;
use crate::problem::Problem;
use crate::router::Server;

#[derive(Template)]
#[template(path = "process/preconditions.html")]
struct PreconditionsPage<'a> {
    frame: Frame,
    path: String,
    /// What carries preconditions here; nothing does in some applications.
    deed: Option<&'static str>,
    rows: Vec<Row>,
    told: Told<'a>,
    fields: Vec<Field>,
    /// Which entry is changed, by its place.
    edited: Option<usize>,
    tag: String,
    edit: Ability,
}

/// An entry, as people read it.
pub(super) struct Row {
    pub(super) role: String,
    pub(super) demands: String,
    pub(super) when: String,
    pub(super) is_final: bool,
    /// Where it is made, if not here.
    elsewhere: Option<String>,
    at: usize,
}

/// What carries preconditions in an application, in words.
fn deed(application: Application) -> Option<(OperationId, &'static str)> {
    let demands = [Precondition::NoSkew, Precondition::Attributes([].into())];
    let operation = OperationId::all()
        .filter(|it| it.application() == Some(application))
        .find(|it| demands.iter().any(|demanded| demanded.fits(*it)))?;
    let words = match application {
        Application::Gc => "make a baseline",
        Application::Ccm => "save a work item",
        _ => "save a requirement",
    };
    Some((operation, words))
}

/// What an entry demands, in words.
pub(super) fn demands(require: &[Precondition], role: impl Fn(&Name) -> String) -> String {
    let one = |it: &Precondition| match it {
        Precondition::NoSkew => "no component with two configurations in the hierarchy".to_owned(),
        Precondition::NoArchivedContributions => "nothing archived in the hierarchy".to_owned(),
        Precondition::Approval(id) => format!("an approval by somebody else who is {}", role(id)),
        Precondition::Attributes(names) => {
            let names: Vec<_> = names.iter().map(|it| &**it).collect();
            format!("filled in: {}", names.join(", "))
        }
    };
    match require {
        [] => "nothing: whatever is demanded above is not demanded here".to_owned(),
        require => require.iter().map(one).collect::<Vec<_>>().join("; "),
    }
}

pub(crate) async fn show(visitor: Visitor, path: AreaPath) -> Result<Response, Problem> {
    page(&visitor, &Area::of(visitor.view(), &path)?, &Sent::default())
}

fn page(visitor: &Visitor, area: &Area, sent: &Sent) -> Result<Response, Problem> {
    let view = visitor.view();
    let edit = area.may(visitor, "modify-specification");
    let asked = if sent.is_any() { sent.fields.get("entry") } else { visitor.query.get("entry") };
    let own = view.preconditions(area.id);
    let edited = asked.parse::<usize>().ok().filter(|at| *at < own.len());
    let words = if sent.fields.get("verb") == "remove" { "Remove" } else { "Save" };
    let deed = deed(area.application);
    Ok(render(&PreconditionsPage {
        path: area.path(),
        deed: deed.map(|(_, words)| words),
        rows: rows(view, area),
        told: sent.review(edit.button(words), area.tab("preconditions"), &area.address("preconditions")),
        fields: deed.map_or_else(Vec::new, |_| fields(view, area, edited.map(|at| &own[at]), sent)),
        edited,
        tag: sent.upon(area.representation(view)?.1),
        edit,
        frame: area.frame(visitor, "preconditions")?,
    }))
}

fn rows(view: &View, area: &Area) -> Vec<Row> {
    let roles = view.roles_there(area.id);
    let called = |id: &Name| {
        roles.iter().find(|it| it.id == *id).map_or_else(|| id.to_string(), |it| it.name.to_string())
    };
    let mut at = 0;
    let row = |(of, entry): (Option<governance::AreaId>, PreconditionEntry)| {
        let is_here = of == Some(area.id);
        let place = at;
        at += usize::from(is_here);
        Row {
            role: called(&entry.key.role),
            demands: demands(&entry.require, called),
            when: slot_words(&entry.key.slot, view.timelines(area.project)),
            is_final: entry.is_final,
            elsewhere: (!is_here).then(|| name_of(view, of)),
            at: place,
        }
    };
    view.preconditions_there(area.id).into_iter().map(row).collect()
}

fn fields(view: &View, area: &Area, now: Option<&PreconditionEntry>, sent: &Sent) -> Vec<Field> {
    let roles = view.roles_there(area.id);
    let chosen = sent.typed("role", now.map_or("default", |it| &it.key.role));
    let choice = |chosen: &str| {
        let chosen = chosen.to_owned();
        move |it: &governance::RoleThere| {
            Choice::new(it.id.to_string(), it.name.to_string(), *it.id == *chosen)
        }
    };
    let mut fields =
        vec![Field::select("role", "Whoever acts as", roles.iter().map(choice(chosen)).collect())];
    let require = now.map(|it| &*it.require).unwrap_or_default();
    let is_there = |word: &str| match sent.is_any() {
        true => sent.fields.all("require").any(|it| it == word),
        false => require.iter().any(|it| it.word() == word),
    };
    if area.application == Application::Gc {
        let checks = [
            (Precondition::NoSkew, "No component occurs in the hierarchy with two configurations"),
            (Precondition::NoArchivedContributions, "Nothing in the hierarchy is archived"),
        ];
        let checks = checks.map(|(it, words)| Choice::new(it.word(), words, is_there(it.word()))).to_vec();
        fields.push(Field::checks("require", "Needs", checks).wrong(sent.wrong("/preconditions")));
        let by = require.iter().find_map(|it| match it {
            Precondition::Approval(role) => Some(&**role),
            _ => None,
        });
        let by = sent.typed("approval", by.unwrap_or_default());
        let mut choices = vec![Choice::new("", "No approval", by.is_empty())];
        choices.extend(roles.iter().map(choice(by)));
        fields.push(Field::select("approval", "And the approval of somebody else who is", choices));
    } else {
        let names = require.iter().find_map(|it| match it {
            Precondition::Attributes(names) => {
                Some(names.iter().map(|it| &**it).collect::<Vec<_>>().join(", "))
            }
            _ => None,
        });
        let names = names.unwrap_or_default();
        let line = Field::line("attributes", "Needs these filled in", sent.typed("attributes", &names));
        fields.push(
            line.hint("Ids of keys such as “description”, with commas between them.")
                .wrong(sent.wrong("/preconditions")),
        );
    }
    let slot = now.map_or_else(|| "always".to_owned(), |it| slot_word(&it.key.slot));
    let slot = sent.typed("slot", &slot);
    let levels = levels(view, area, slot).into_iter().filter(|it| !it.value.is_empty());
    fields.push(Field::select("slot", "When", levels.collect()));
    let is_final = match sent.is_any() {
        true => !sent.fields.get("final").is_empty(),
        false => now.is_some_and(|it| it.is_final),
    };
    let binds = vec![Choice::new("final", "Team areas below cannot say otherwise", is_final)];
    fields.push(Field::checks("final", "Final", binds));
    fields
}

/// Makes, changes or removes an entry: the list is sent whole, upon the one that was read.
pub(crate) async fn change(
    State(server): State<Arc<Server>>,
    visitor: Visitor,
    path: AreaPath,
    fields: Fields,
) -> Result<Response, Problem> {
    let area = Area::of(visitor.view(), &path)?;
    let posted = with_entry(visitor.view(), &area, &fields);
    let to = area.address("preconditions");
    save(&server, &visitor, fields, posted, |_| to, |sent| page(&visitor, &area, &sent)).await
}

fn with_entry(view: &View, area: &Area, fields: &Fields) -> Result<Posted, Problem> {
    let (mut now, _) = area.representation(view)?;
    let Value::Array(mut entries) = now["preconditions"].take() else { return Err(Problem::internal()) };
    let place = fields.get("entry").parse::<usize>().ok();
    if place.is_some_and(|at| at >= entries.len()) {
        return Err(Problem::not_found());
    }
    match (place, fields.get("verb")) {
        (Some(at), "remove") => drop(entries.remove(at)),
        (Some(at), _) => entries[at] = entry(area, fields)?,
        (None, _) => entries.push(entry(area, fields)?),
    }
    area.change(&json!({"preconditions": entries}))?.upon(fields.get("upon"))
}

/// What a form says of an entry.
fn entry(area: &Area, fields: &Fields) -> Result<Value, Problem> {
    let (operation, _) = deed(area.application).ok_or_else(Problem::not_found)?;
    let slot = slot_of(fields.get("slot")).ok_or_else(Problem::not_found)?;
    let mut require: Vec<Value> = fields.all("require").map(Value::from).collect();
    if !fields.get("approval").is_empty() {
        require.push(json!({"approval": fields.get("approval")}));
    }
    let attributes: Vec<&str> = fields.list("attributes").collect();
    if !attributes.is_empty() {
        require.push(json!({"attributes": attributes}));
    }
    let mut entry = json!({
        "role": fields.get("role"),
        "operation": operation.name(),
        "require": require,
        "final": !fields.get("final").is_empty(),
    });
    if let Some(at) = slot_json(&slot) {
        entry["at"] = at;
    }
    Ok(entry)
}
