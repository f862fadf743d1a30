//! What holds for the whole server.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use serde_json::json;

use crate::api::{Posted, Verb, representation};
use crate::config::Shown;
use crate::pages::ability::Ability;
use crate::pages::address::Address;
use crate::pages::field::{Choice, Field};
use crate::pages::form::Fields;
use crate::pages::frame::Frame;
use crate::pages::part::Said;
use crate::pages::render;
use crate::pages::saving::{SaveBar, Sent, Told, save};
use crate::pages::visitor::Visitor;
use crate::problem::Problem;
use crate::router::Server;

#[derive(Template)]
#[template(path = "administration/settings.html")]
struct SettingsPage<'a> {
    frame: Frame,
    field: Field,
    told: Told<'a>,
    edit: Ability,
    bar: SaveBar<'a>,
    facts: Vec<(&'static str, String)>,
    /// How the server is set up.
    configured: Said,
    /// What each key came to: those that somebody has said, and those that nobody has.
    said: Vec<Shown>,
    unsaid: Vec<Shown>,
}

pub(crate) async fn show(State(server): State<Arc<Server>>, visitor: Visitor) -> Result<Response, Problem> {
    page(&server, &visitor, &Sent::default())
}

fn page(server: &Server, visitor: &Visitor, sent: &Sent) -> Result<Response, Problem> {
    let (now, tag) = representation(visitor.view(), "/settings")?;
    let reach = sent.typed("reach", now["administrative_override"].as_str().unwrap_or_default()).to_owned();
    let choices = [
        ("artefacts", "Artefacts, too: JazzAdmins may everything, JazzProjectAdmins create, modify and run"),
        ("process", "Process data alone: on artefacts administrators need a role like everybody else"),
    ];
    let choices = choices.map(|(word, words)| Choice::new(word, words, word == reach)).to_vec();
    let edit = visitor.may("repository.manage-server", "repository");
    let (mut facts, mut file, mut shown) = (Vec::new(), String::new(), Vec::new());
    // How the server is set up is told to those who look after it.
    if visitor.both_may("repository.manage-server") {
        let config = &server.config;
        let base = config
            .base_uri
            .as_ref()
            .map_or_else(|| "as each request names it".to_owned(), |base| base.as_str().to_owned());
        file = match &config.file {
            Some(file) => format!("is `{}`", file.display()),
            None => format!("would be `{}`", config.data.join("bailiwick.toml").display()),
        };
        shown.clone_from(&config.shown);
        facts.push(("Public address", base));
        facts.push(("Shortest password", format!("{} characters", config.sign_in.shortest_password)));
        facts.push((
            "Mail",
            if server.post.is_some() { "is sent" } else { "no mail server is configured" }.to_owned(),
        ));
        facts.push(("Revision", visitor.caller.revision.number().to_string()));
        facts.push(("History", server.office.history_id().to_owned()));
        facts.push(("Version", env!("CARGO_PKG_VERSION").to_owned()));
    }
    let configured = Said::of(format!(
        "It is read when the server starts: change it there, and start the server again. Its file {file}; \
         `bailiwick config example` writes one that explains every key. Secrets are not shown."
    ));
    let (unsaid, said) = shown.into_iter().partition(|it: &Shown| it.origin == "default");
    Ok(render(&SettingsPage {
        frame: visitor.frame("Settings"),
        field: Field::radios("reach", "How far administrators reach without a role", choices)
            .wrong(sent.wrong("/administrative_override")),
        told: sent.above(),
        bar: sent.bar(&edit, &tag, &Address::new("/settings")),
        edit,
        facts,
        configured,
        said,
        unsaid,
    }))
}

pub(crate) async fn change(
    State(server): State<Arc<Server>>,
    visitor: Visitor,
    fields: Fields,
) -> Result<Response, Problem> {
    let keys = json!({"administrative_override": fields.get("reach")});
    let posted = Posted::new(Verb::Patch, "/settings", &keys).and_then(|it| it.upon(fields.get("upon")));
    let to = Address::new("/settings");
    save(&server, &visitor, fields, posted, |_| to, |sent| page(&server, &visitor, &sent)).await
}
