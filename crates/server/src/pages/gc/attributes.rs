//! The attributes of a configuration, and what can be done with it as a whole.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use governance::{ConfigurationKind, View};
use serde_json::{Value, json};

use super::configuration::Shown;
use super::described::{Carrier, links_told};
use super::review_page;
use super::team_area::{TeamArea, choices};
use crate::api::{Posted, Verb, representation};
use crate::pages::ability::Ability;
use crate::pages::field::Field;
use crate::pages::form::Fields;
use crate::pages::frame::Frame;
use crate::pages::friends::time;
use crate::pages::part::{Button, Mark, Person, Time};
use crate::pages::render;
use crate::pages::saving::{SaveBar, Sent, Told, save};
use crate::pages::visitor::Visitor;
use crate::problem::Problem;
use crate::router::Server;

#[derive(Template)]
#[template(path = "gc/attributes.html")]
struct AttributesPage<'a> {
    frame: Frame,
    path: String,
    name: Field,
    fields: Vec<Field>,
    edit: Ability,
    /// Who governs it; a personal stream has no such thing.
    team: Option<Field>,
    set_team: Ability,
    links: Field,
    edit_links: Ability,
    /// Whether some of it may be edited, though not all.
    some: bool,
    /// Links that can be followed.
    told_links: Vec<(Option<String>, String)>,
    bar: SaveBar<'a>,
    told: Told<'a>,
    facts: Facts,
    approvals: Vec<Approved>,
    actions: Vec<Button>,
}

/// What a configuration is and where it stands.
struct Facts {
    component: Mark,
    project: Mark,
    team: TeamArea,
    from: Option<Mark>,
    owner: Option<Person>,
    contains: usize,
    used: usize,
    reference: String,
}

struct Approved {
    by: Person,
    at: Option<Time>,
}

pub(crate) async fn show(visitor: Visitor, Path(key): Path<String>) -> Result<Response, Problem> {
    page(&visitor, &Shown::of(visitor.view(), &key)?, &Sent::default())
}

fn page(visitor: &Visitor, shown: &Shown<'_>, sent: &Sent) -> Result<Response, Problem> {
    let view = visitor.view();
    let it = shown.it;
    let (now, tag) = representation(view, &shown.path())?;
    let carrier = Carrier { project: shown.project, kind: it.kind.word(), now: &now };
    let (edit, edit_links) = (shown.may(visitor, "modify-attributes"), shown.may(visitor, "modify-links"));
    let set_team = shown.may(visitor, "modify-team-area");
    let setting = now["team_area"].as_str().unwrap_or_default();
    let chosen = sent.typed("team_area", setting);
    let team = it.kind.team_area().map(|_| {
        Field::select("team_area", "Team Area", choices(view, shown.project, Some(shown.component), chosen))
            .hint("Whose roles count for this. (inherited): as the component has it.")
            .wrong(sent.wrong("/team_area"))
    });
    let any = [&edit, &set_team, &edit_links].into_iter().find(|it| it.is_allowed()).unwrap_or(&edit);
    let some = any.is_allowed();
    let bar = sent.bar(any, &tag, &shown.address(""));
    let mut approvals: Vec<Approved> = (view.approvals(shown.id))
        .filter_map(|(user, it)| {
            Some(Approved { by: view.user(user)?.into(), at: time(&it.at.to_string().into()) })
        })
        .collect();
    approvals.sort_by(|one, other| one.by.cmp(&other.by));
    Ok(render(&AttributesPage {
        path: shown.path(),
        name: Field::line("name", "Name", sent.typed("name", &it.name)).required().wrong(sent.wrong("/name")),
        fields: carrier.fields(view, sent),
        team,
        links: carrier.links(view, sent),
        told_links: links_told(&now),
        bar,
        told: sent.above(),
        facts: facts(view, shown)?,
        actions: actions(visitor, shown),
        approvals,
        edit,
        set_team,
        edit_links,
        some,
        frame: shown.frame(visitor, ""),
    }))
}

fn facts(view: &View, shown: &Shown<'_>) -> Result<Facts, Problem> {
    let project = view.see(shown.project).ok_or_else(Problem::not_found)?;
    let component = format!("/components/{}", shown.it.component.number());
    let from = shown.it.source.and_then(|source| Shown::at(view, source));
    Ok(Facts {
        component: Mark::new("component", shown.component.name.to_string()).at(component),
        project: Mark::new("project area", project.name.to_string())
            .at(format!("/project-areas/{}", shown.project.number())),
        team: TeamArea::of(view, shown.it),
        from: from.map(|it| it.mark()),
        owner: shown.it.kind.owner().and_then(|owner| view.user(owner)).map(Person::from),
        contains: view.contributions(shown.id).len(),
        used: view.where_used(shown.id, 1, 0).map_or(0, Iterator::count),
        reference: shown.reference.clone(),
    })
}

/// What can be done with it as a whole: the word that a form sends, and the words on its button.
const ACTS: [(&str, &str); 5] = [
    ("commit", "Commit as a baseline"),
    ("approve", "Approve it as it is"),
    ("withdraw", "Withdraw my approval"),
    ("unarchive", "Take it out of the archive"),
    ("archive", "Archive"),
];

fn actions(visitor: &Visitor, shown: &Shown<'_>) -> Vec<Button> {
    let view = visitor.view();
    let approved = view.approvals(shown.id).any(|(user, _)| user == view.asker_number());
    let staging = matches!(shown.it.kind, ConfigurationKind::Staging(_));
    let applies = |act: &str| match act {
        "commit" => staging,
        "approve" => !approved && (staging || shown.is_stream()) && !shown.it.archived,
        "withdraw" => approved,
        "archive" => !shown.it.archived,
        _ => shown.it.archived,
    };
    let acts = ACTS.into_iter().filter(|(act, _)| applies(act));
    let button = |(act, words): (&str, &str)| {
        let ability = visitor.only_in_earnest(Ability::to_make(view, posted(shown, act)));
        let button = ability.button(words).sends("act", act);
        if act == "archive" { button.danger() } else { button }
    };
    acts.map(button).collect()
}

fn posted(shown: &Shown<'_>, act: &str) -> Result<Posted, Problem> {
    match act {
        "approve" => shown.posted(Verb::Post, "/approvals", &Value::Null),
        "withdraw" => shown.posted(Verb::Delete, "/approvals", &Value::Null),
        "commit" | "archive" | "unarchive" => shown.posted(Verb::Post, &format!("/{act}"), &Value::Null),
        _ => Err(Problem::not_found()),
    }
}

pub(crate) async fn change(
    State(server): State<Arc<Server>>,
    visitor: Visitor,
    Path(key): Path<String>,
    fields: Fields,
) -> Result<Response, Problem> {
    let view = visitor.view();
    let shown = Shown::of(view, &key)?;
    let (now, _) = representation(view, &shown.path())?;
    let carrier = Carrier { project: shown.project, kind: shown.it.kind.word(), now: &now };
    let mut keys = carrier.changed(view, &fields);
    for key in ["name", "team_area"] {
        let typed = fields.get(key).trim();
        if !typed.is_empty() && now[key].as_str() != Some(typed) {
            keys.insert(key.to_owned(), typed.into());
        }
    }
    let posted = shown.posted(Verb::Patch, "", &json!(keys)).and_then(|it| it.upon(fields.get("upon")));
    let to = shown.address("");
    save(&server, &visitor, fields, posted, |_| to, |sent| page(&visitor, &shown, &sent)).await
}

/// Archives it, takes it out of the archive, commits it, or approves it.
pub(crate) async fn act(
    State(server): State<Arc<Server>>,
    visitor: Visitor,
    Path(key): Path<String>,
    fields: Fields,
) -> Result<Response, Problem> {
    let shown = Shown::of(visitor.view(), &key)?;
    let act = fields.get("act").to_owned();
    let posted = posted(&shown, &act);
    let to = shown.address("");
    let again = |sent: Sent| {
        let words = ACTS.iter().find(|(it, _)| *it == act).map_or("", |(_, words)| words);
        let ability = visitor.only_in_earnest(Ability::Allowed);
        let address = shown.address("");
        review_page(
            shown.frame(&visitor, ""),
            sent.review(ability.button(words), format!("{}/act", shown.path()), &address),
        )
    };
    save(&server, &visitor, fields, posted, |_| to, again).await
}
