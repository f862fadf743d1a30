//! Whose process a project area uses, and who uses its own.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use governance::{Item, ProcessArea};
use serde_json::{Value, json};

use super::area::{Area, AreaPath};
use crate::api::{Posted, Verb};
use crate::pages::ability::Ability;
use crate::pages::field::{Choice, Field};
use crate::pages::form::Fields;
use crate::pages::frame::Frame;
use crate::pages::item_page::item_page;
use crate::pages::part::Mark;
use crate::pages::render;
use crate::pages::saving::{SaveBar, Sent, Told, save};
use crate::pages::visitor::Visitor;
use crate::problem::Problem;
use crate::router::Server;

#[derive(Template)]
#[template(path = "process/sharing.html")]
struct SharingPage<'a> {
    frame: Frame,
    path: String,
    fields: Vec<Field>,
    consumers: Vec<Mark>,
    /// Whether it uses another's process now.
    uses: bool,
    edit: Ability,
    bar: SaveBar<'a>,
    told: [Told<'a>; 2],
}

pub(crate) async fn show(visitor: Visitor, path: AreaPath) -> Result<Response, Problem> {
    page(&visitor, &Area::of(visitor.view(), &path)?, &Sent::default(), &Sent::default())
}

/// With what was sent of the form, and to copy the process.
fn page(visitor: &Visitor, area: &Area, sent: &Sent, copying: &Sent) -> Result<Response, Problem> {
    let view = visitor.view();
    let (now, tag) = area.representation(view)?;
    let shares = if sent.is_any() {
        !sent.fields.get("shares_process").is_empty()
    } else {
        now["shares_process"] == true
    };
    let uses = &now["uses_process"];
    let provider = uses["project_area"].as_str().unwrap_or_default();
    let elsewhere = uses["server"].as_str().unwrap_or_default();
    let chosen = sent.typed("uses", provider).to_owned();
    let along =
        if sent.is_any() { !sent.fields.get("along").is_empty() } else { uses["iteration_types"] == true };
    let mut names: Vec<String> = view
        .shared_processes(area.application, 0)
        .filter(|(id, _)| *id != area.id)
        .map(|(_, it)| it.name.to_string())
        .collect();
    if !chosen.is_empty() && elsewhere.is_empty() && !names.contains(&chosen) {
        names.push(chosen.clone());
    }
    let mut choices = vec![Choice::new("", "Its own alone", chosen.is_empty())];
    choices.extend(names.into_iter().map(|name| Choice::new(name.clone(), name.clone(), name == chosen)));
    let mut fields = vec![Field::checks(
        "shares_process",
        "Lending",
        vec![Choice::new("yes", "Other project areas may use this process", shares)],
    )];
    if elsewhere.is_empty() {
        fields.push(
            Field::select("uses", "Process that is used", choices)
                .hint("Its roles and entries count here, below the entries of this area’s own; never its members.")
                .wrong(sent.wrong("/uses_process")),
        );
        let words = "Its entries for iteration types count, too";
        fields.push(Field::checks("along", "Iteration types", vec![Choice::new("yes", words, along)]));
    }
    let edit = area.may(visitor, "modify-specification");
    let consumers = view.consumers_of(area.id).into_iter().filter_map(|id| {
        let name = view.see::<ProcessArea>(id)?.name.to_string();
        Some(Mark::new("project-area", name).at(item_page(view, Item::Area(id))))
    });
    let copy = edit.button("Copy the process and end the use");
    let told = [sent.above(), copying.review(copy, area.tab("copy-process"), &area.address("sharing"))];
    Ok(render(&SharingPage {
        path: area.path(),
        fields,
        consumers: consumers.collect(),
        uses: !uses.is_null(),
        bar: sent.bar(&edit, &tag, &area.address("sharing")),
        told,
        edit,
        frame: area.frame(visitor, "sharing")?,
    }))
}

pub(crate) async fn change(
    State(server): State<Arc<Server>>,
    visitor: Visitor,
    path: AreaPath,
    fields: Fields,
) -> Result<Response, Problem> {
    let area = Area::of(visitor.view(), &path)?;
    let mut keys = json!({"shares_process": !fields.get("shares_process").is_empty()});
    if fields.pairs().any(|(name, _)| name == "uses") {
        keys["uses_process"] = match fields.get("uses") {
            "" => Value::Null,
            name => json!({"project_area": name, "iteration_types": !fields.get("along").is_empty()}),
        };
    }
    let posted = area.change(&keys).and_then(|it| it.upon(fields.get("upon")));
    let to = area.address("sharing");
    let again = |sent: Sent| page(&visitor, &area, &sent, &Sent::default());
    save(&server, &visitor, fields, posted, |_| to, again).await
}

/// Writes the process that is used into the area, and ends the use.
pub(crate) async fn copy(
    State(server): State<Arc<Server>>,
    visitor: Visitor,
    path: AreaPath,
    fields: Fields,
) -> Result<Response, Problem> {
    let area = Area::of(visitor.view(), &path)?;
    let posted = Posted::new(Verb::Post, &format!("{}/copy-process", area.path()), &Value::Null);
    let to = area.address("sharing");
    let again = |sent: Sent| page(&visitor, &area, &Sent::default(), &sent);
    save(&server, &visitor, fields, posted, |_| to, again).await
}
