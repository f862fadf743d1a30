//! What an area is: its texts, who administers it, and what there is in it.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use serde_json::{Value, json};

use super::area::{Area, AreaPath};
use super::associations::Associations;
use super::carried;
use super::moving::Moving;
use super::project_areas::title_of;
use crate::api::{Posted, Verb};
use crate::pages::ability::Ability;
use crate::pages::field::{Choice, Field};
use crate::pages::form::Fields;
use crate::pages::frame::Frame;
use crate::pages::part::Person;
use crate::pages::render;
use crate::pages::saving::{SaveBar, Sent, Told, save};
use crate::pages::visitor::Visitor;
use crate::pages::words::plural;
use crate::problem::Problem;
use crate::router::Server;

#[derive(Template)]
#[template(path = "process/overview.html")]
struct OverviewPage<'a> {
    frame: Frame,
    path: String,
    facts: Vec<(&'static str, String)>,
    counts: Vec<Count>,
    administrators: Vec<Person>,
    fields: Vec<Field>,
    edit: Ability,
    bar: SaveBar<'a>,
    told: [Told<'a>; 4],
    associations: Option<Associations>,
    /// To nest a team area elsewhere, where there is another place.
    moving: Option<Moving>,
    archived: bool,
    /// To archive it or to take it out of the archive.
    archive: Ability,
    /// Where what it governs goes to when it is archived, if it governs something.
    replacement: Option<Field>,
}

/// A number that leads to what was counted.
struct Count {
    number: usize,
    words: String,
    address: String,
}

pub(crate) async fn show(visitor: Visitor, path: AreaPath) -> Result<Response, Problem> {
    page(&visitor, &Area::of(visitor.view(), &path)?, &Forms::default())
}

/// What was sent of each form of the page.
#[derive(Default)]
pub(super) struct Forms {
    pub(super) properties: Sent,
    pub(super) archiving: Sent,
    pub(super) moving: Sent,
    pub(super) associating: Sent,
}

pub(super) fn page(visitor: &Visitor, area: &Area, forms: &Forms) -> Result<Response, Problem> {
    let Forms { properties: sent, archiving, moving: moved, associating } = forms;
    let view = visitor.view();
    let (now, tag) = area.representation(view)?;
    let found = area.see(view)?;
    let text = |key: &str| now[key].as_str().unwrap_or_default().to_owned();
    let edit = area.may(visitor, "modify-properties");
    // What is archived is not edited: the engine says so, and why.
    let archive = area.may(visitor, if found.archived { "unarchive" } else { "archive" });
    let mut fields = vec![
        Field::line("name", "Name", sent.typed("name", &text("name"))).required().wrong(sent.wrong("/name")),
        Field::line("summary", "Summary", sent.typed("summary", &text("summary")))
            .wrong(sent.wrong("/summary")),
        Field::prose("description", "Description", sent.typed("description", &text("description")))
            .wrong(sent.wrong("/description")),
    ];
    if area.is_team {
        let inheritance = sent.typed("role_inheritance", &text("role_inheritance")).to_owned();
        let choice = |word: &str, words: &str| Choice::new(word, words, inheritance == word);
        let choices = vec![
            choice("inherit", "Inherit: whoever has a role above has it here, too"),
            choice(
                "isolate",
                "Isolate: roles that are given above do not count here, nor in what is nested in here",
            ),
        ];
        fields.push(Field::radios("role_inheritance", "Roles given above", choices));
    }
    let timelines = view.timelines(area.project);
    if area.is_team && view.path_to(area.id).len() == 2 && !timelines.is_empty() {
        let followed = sent.typed("timeline", &text("timeline")).to_owned();
        let mut choices = vec![Choice::new("", "The project timeline", followed.is_empty())];
        choices.extend(
            timelines
                .iter()
                .map(|it| Choice::new(it.name.to_string(), it.name.to_string(), *it.name == *followed)),
        );
        fields.push(Field::select("timeline", "Timeline", choices).wrong(sent.wrong("/timeline")));
    }
    let bar = sent.bar(&edit, &tag, &area.address(""));
    let verb = if found.archived { "Take it out of the archive" } else { "Archive" };
    let moving = Moving::of(visitor, area, moved);
    let move_it = moving.as_ref().map_or_else(|| edit.button("Move"), Moving::button);
    let back = area.address("");
    let associate = area.may(visitor, "modify-links");
    let told = [
        sent.above(),
        archiving.review(
            if found.archived { archive.button(verb) } else { archive.button(verb).danger() },
            area.tab("archive"),
            &back,
        ),
        moved.review(move_it, area.tab("move"), &back),
        associating.review(associate.button("Save"), area.tab("associations"), &back),
    ];
    let project = view.see(area.project).and_then(|it| it.project()).ok_or_else(Problem::not_found)?;
    let mut facts = vec![
        ("Application", title_of(area.application).to_owned()),
        ("Reference", area.reference.clone()),
        ("Read by", project.access.name().to_owned()),
    ];
    facts.extend(view.current_in(area.id).map(|now| ("Current", now)));
    let summary = carried(found, "summary");
    if !summary.is_empty() && !edit.is_allowed() {
        facts.insert(0, ("Summary", summary));
    }
    let administrators = view.administrators(area.id).filter_map(|it| view.user(it)).map(Person::from);
    let replacement = (area.is_team && !found.archived).then(|| replacement(visitor, area)).flatten();
    Ok(render(&OverviewPage {
        path: area.path(),
        counts: counts(visitor, area),
        facts,
        administrators: administrators.collect(),
        fields,
        bar,
        edit,
        told,
        associations: Associations::of(visitor, area, associating),
        moving,
        archived: found.archived,
        archive,
        replacement,
        frame: area.frame(visitor, "")?,
    }))
}

fn counts(visitor: &Visitor, area: &Area) -> Vec<Count> {
    let view = visitor.view();
    let count = |number, one: &str, many: &str, tab: &str| {
        let words = if number == 1 { one } else { many };
        Count { number, words: words.to_owned(), address: area.tab(tab) }
    };
    let entries = view.permissions(area.id).count();
    let mut counts = vec![
        count(view.members(area.id).count(), "member", "members", "members"),
        count(view.roles_there(area.id).len(), "role", "roles", "roles"),
        count(entries, "permission entry of its own", "permission entries of its own", "permissions"),
        count(view.areas_in(area.id).len() - 1, "team area in it", "team areas in it", "team-areas"),
    ];
    if !area.is_team {
        counts.push(count(view.timelines(area.id).len(), "timeline", "timelines", "timelines"));
    }
    let (components, configurations) = view.governs_how_many(area.id);
    let others = view.others_governed(area.project).remove(&area.id).unwrap_or_default();
    let others = others.into_iter().map(|(kind, items)| (kind, items.len()));
    let governed = [("component", components), ("configuration", configurations)].into_iter().chain(others);
    for (kind, number) in governed.filter(|(_, number)| *number > 0) {
        let (one, many) =
            (format!("{kind} that it governs itself"), format!("{} that it governs itself", plural(kind)));
        counts.push(count(number, &one, &many, "team-areas"));
    }
    counts
}

/// Who governs afterwards what an archived team area governed.
fn replacement(visitor: &Visitor, area: &Area) -> Option<Field> {
    let view = visitor.view();
    let governs = view.areas_in(area.id).into_iter().any(|it| view.governs_how_many(it) != (0, 0));
    let within = view.areas_in(area.id);
    let others =
        view.areas_in(area.project).into_iter().filter(|it| *it != area.project && !within.contains(it));
    let mut choices = vec![Choice::new("unassigned", "Unassigned: the project area governs it", true)];
    choices.extend(others.filter_map(|it| {
        view.see(it).filter(|it| !it.archived)?;
        let path = view.team_path(it);
        Some(Choice::new(path.clone(), path, false))
    }));
    governs.then(|| Field::select("replacement", "What it governs goes to", choices))
}

pub(crate) async fn change(
    State(server): State<Arc<Server>>,
    visitor: Visitor,
    path: AreaPath,
    fields: Fields,
) -> Result<Response, Problem> {
    let area = Area::of(visitor.view(), &path)?;
    let text = |key: &str| match fields.get(key).trim() {
        "" => Value::Null,
        text => text.into(),
    };
    let mut keys = json!({
        "name": fields.get("name").trim(),
        "summary": text("summary"),
        "description": text("description"),
    });
    if !fields.get("role_inheritance").is_empty() {
        keys["role_inheritance"] = fields.get("role_inheritance").into();
    }
    if fields.pairs().any(|(name, _)| name == "timeline") {
        keys["timeline"] = text("timeline");
    }
    let posted = area.change(&keys).and_then(|posted| posted.upon(fields.get("upon")));
    let to = area.address("");
    let again = |sent: Sent| page(&visitor, &area, &Forms { properties: sent, ..Forms::default() });
    save(&server, &visitor, fields, posted, |_| to, again).await
}

/// Archives an area, or takes it out of the archive.
pub(crate) async fn archive(
    State(server): State<Arc<Server>>,
    visitor: Visitor,
    path: AreaPath,
    fields: Fields,
) -> Result<Response, Problem> {
    let area = Area::of(visitor.view(), &path)?;
    let verb = if area.see(visitor.view())?.archived { "unarchive" } else { "archive" };
    let body = match fields.get("replacement") {
        "" => Value::Null,
        replacement => json!({"replacement": replacement}),
    };
    let posted = Posted::new(Verb::Post, &format!("{}/{verb}", area.path()), &body);
    let to = area.address("");
    let again = |sent: Sent| page(&visitor, &area, &Forms { archiving: sent, ..Forms::default() });
    save(&server, &visitor, fields, posted, |_| to, again).await
}
