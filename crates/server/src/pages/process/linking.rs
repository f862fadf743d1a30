//! Beginning to use the process of another project area: how the own one would lie over it, and who gains and
//! who loses, with what is its own and without, is told before anything is done.

use std::sync::Arc;

use askama::Template;
use axum::response::{IntoResponse as _, Redirect, Response};
use governance::OwnProcess;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::area::Area;
use super::difference::Difference;
use crate::api::ProcessUse;
use crate::chance::hex;
use crate::in_turn::in_turn;
use crate::pages::ability::Ability;
use crate::pages::done::NOTHING;
use crate::pages::form::Fields;
use crate::pages::frame::Frame;
use crate::pages::part::Button;
use crate::pages::render;
use crate::pages::saving::Change;
use crate::pages::visitor::Visitor;
use crate::problem::Problem;
use crate::router::Server;

#[derive(Template)]
#[template(path = "process/linking.html")]
struct LinkingPage {
    frame: Frame,
    /// Where the form is sent, and where nothing is done.
    path: String,
    name: String,
    process: String,
    /// The friend that has it, if none of this server.
    from: String,
    difference: Difference,
    ways: Vec<Way>,
    /// What the form says once more.
    said: Vec<(&'static str, String)>,
    /// Whether somebody has looked at something else.
    overtaken: bool,
}

/// What can become of what the project area has itself.
struct Way {
    title: &'static str,
    meaning: &'static str,
    change: Option<Change>,
    button: Button,
}

/// Shows what it comes to; does it, once somebody has seen just that.
pub(super) async fn link(
    server: &Arc<Server>,
    visitor: &Visitor,
    area: &Area,
    fields: &Fields,
) -> Result<Response, Problem> {
    let body = body(server, visitor, area, fields).await?;
    let wanted = ProcessUse::read(server, &visitor.caller, area.id, &body).await?;
    let (looked, view) = (wanted.clone(), visitor.caller.view.clone());
    let looking = in_turn(server, move || {
        let change = |own| Ok(Change::of(&view, looked.impact(&view, own)?, String::new()));
        // Why it cannot be used at all is told instead.
        let kept = change(OwnProcess::Keep)?;
        Ok::<_, Problem>((looked.told_difference(&view)?, kept, change(OwnProcess::Drop)))
    });
    let (told, kept, dropped) = looking.await??;
    let seen = format!("{told}{kept}{}", dropped.as_ref().map(ToString::to_string).unwrap_or_default());
    let seen = hex(&Sha256::digest(seen)[..8]);
    let difference = Difference::of(&told);
    let sees = fields.get("do") == "link";
    if sees && fields.get("seen") == seen {
        let own = if fields.get("own") == "drop" { OwnProcess::Drop } else { OwnProcess::Keep };
        let made = wanted.carry_out(server, &visitor.caller, own).await?;
        let done = made.map_or_else(|| NOTHING.to_owned(), |revision| revision.to_string());
        return Ok(Redirect::to(&area.address("sharing").with("done", done).to_string()).into_response());
    }
    let edit = area.may(visitor, "modify-specification");
    let said = ["project_area", "from", "along"].map(|name| (name, fields.get(name).to_owned()));
    let page = LinkingPage {
        frame: area.frame(visitor, "sharing")?,
        path: area.tab("sharing"),
        name: area.see(visitor.view())?.name.to_string(),
        process: fields.get("project_area").to_owned(),
        from: fields.get("from").to_owned(),
        ways: ways(&edit, difference.is_any(), kept, dropped),
        difference,
        said: said.into_iter().chain([("seen", seen)]).collect(),
        overtaken: sees,
    };
    Ok(render(&page))
}

fn ways(edit: &Ability, has_own: bool, kept: Change, dropped: Result<Change, Problem>) -> Vec<Way> {
    if !has_own {
        let button = edit.button("Use this process").primary().sends("own", "keep");
        let meaning = "It has no entry of its own: the other process alone would decide.";
        return vec![Way { title: "What changes", meaning, change: Some(kept), button }];
    }
    let keep = Way {
        title: "With what is its own",
        meaning: "Its entries stay, and lie over those of the other process.",
        change: Some(kept),
        button: edit.button("Use it, keep what is its own").primary().sends("own", "keep"),
    };
    let (change, may) = match dropped {
        Ok(change) => (Some(change), edit.clone()),
        Err(problem) => (None, Ability::from(&problem)),
    };
    let drop = Way {
        title: "Without",
        meaning: "Its entries and preconditions go, and those of its roles that the other process defines, too.",
        change,
        button: may.button("Use it, drop what is its own").sends("own", "drop"),
    };
    vec![keep, drop]
}

/// What the form means by REST.
async fn body(server: &Server, visitor: &Visitor, area: &Area, fields: &Fields) -> Result<Value, Problem> {
    let along = !fields.get("along").is_empty();
    let mut body = json!({"project_area": fields.get("project_area"), "iteration_types": along});
    let from = fields.get("from");
    if !from.is_empty() {
        let known = visitor.caller.view.may_use_processes(area.application);
        let friend = server.office.store().friend(from).await?.filter(|_| known);
        let friend = friend.ok_or_else(Problem::not_found)?;
        body["server"] = json!(governance::server_and_part(&friend.root_services).0);
    }
    Ok(body)
}
