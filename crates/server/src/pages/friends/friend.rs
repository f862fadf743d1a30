//! A friend: which of the six steps between it and this server is missing, and what it shares.

use std::sync::Arc;

use askama::Template;
use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;
use axum::response::Response;
use governance::View;
use serde_json::{Value, json};

use super::checklist::{Checklist, Todo};
use super::list::crumbs;
use super::{away, friend_path, items, manages_friends, patiently, text, time};
use crate::api::{Rest, Verb};
use crate::friends::same_server;
use crate::pages::address::Address;
use crate::pages::frame::Frame;
use crate::pages::part::{Empty, Mark, Time, Wrong};
use crate::pages::process::used_elsewhere;
use crate::pages::render;
use crate::pages::visitor::Visitor;
use crate::problem::Problem;
use crate::router::Server;

/// Which friend a path names: `/friends/{friend}`.
pub(crate) struct FriendName(String);

impl FromRequestParts<Arc<Server>> for FriendName {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, server: &Arc<Server>) -> Result<Self, Problem> {
        let named = RawPathParams::from_request_parts(parts, server).await;
        let named = named.map_err(|_| Problem::not_found())?;
        let found = named.iter().find(|(name, _)| *name == "friend").map(|(_, it)| Self(it.to_owned()));
        found.ok_or_else(Problem::not_found)
    }
}

/// A friend as a page of one needs it.
pub(super) struct Friend {
    pub(super) name: String,
    pub(super) path: String,
    /// As REST tells it.
    pub(super) told: Value,
}

impl Friend {
    pub(super) async fn of(rest: &Rest, FriendName(name): &FriendName) -> Result<Self, Problem> {
        let path = friend_path(name);
        let told = rest.read(&path).await?;
        Ok(Self { name: text(&told, "name").to_owned(), path, told })
    }
    pub(super) fn server(&self) -> &str {
        governance::server_and_part(text(&self.told, "root_services")).0
    }
    pub(super) fn frame(&self, visitor: &Visitor, tab: &'static str) -> Frame {
        let tabs = [("", "Six steps"), ("/processes", "What it shares"), ("/settings", "Settings")];
        let links = tabs.map(|(tab, words)| (format!("{}{tab}", self.path), words));
        let here = format!("{}{tab}", self.path);
        visitor.frame(self.name.clone()).by_way_of(crumbs()).in_part("/friends").with_tabs(links, &here)
    }
    /// The project areas that use a process of that server, as far as the visitor sees them.
    pub(super) fn used_by(&self, view: &View) -> Vec<Mark> {
        let used = used_elsewhere(view).filter(|used| same_server(&used.of.server, self.server()));
        used.map(|used| used.mark(view)).collect()
    }
}

#[derive(Template)]
#[template(path = "friends/friend.html")]
struct FriendPage {
    frame: Frame,
    path: String,
    server: String,
    key: String,
    added: Option<Time>,
    rotated: Option<Time>,
    used_by: Vec<Mark>,
    steps: Result<Checklist, Wrong>,
}

/// Loading it tries both ways, as `doctor` does.
pub(crate) async fn show(visitor: Visitor, rest: Rest, name: FriendName) -> Result<Response, Problem> {
    manages_friends(&visitor)?;
    let friend = Friend::of(&rest, &name).await?;
    let doctor = format!("{}/doctor", friend.path);
    let found = patiently(rest.ask(Verb::Post, &doctor, &json!({}))).await;
    let steps = match found {
        Ok(found) => {
            let known = visitor.view().may_manage_consumers().is_ok();
            // Whose key it is was found out; how it stands is read for the buttons.
            let theirs = match found["consumer_key"].as_str().filter(|_| known) {
                Some(key) => rest.read(&super::consumer_path(key)).await.ok(),
                None => None,
            };
            Ok(Checklist::of(&visitor, &friend, &found, theirs.as_ref()))
        }
        Err(problem) => Err(away(problem)?),
    };
    Ok(render(&FriendPage {
        frame: friend.frame(&visitor, ""),
        server: friend.server().to_owned(),
        key: text(&friend.told, "consumer_key").to_owned(),
        added: time(&friend.told["created"]),
        rotated: time(&friend.told["rotated"]),
        used_by: friend.used_by(visitor.view()),
        path: friend.path,
        steps,
    }))
}

#[derive(Template)]
#[template(path = "friends/processes.html")]
struct ProcessesPage {
    frame: Frame,
    /// Application and project area.
    shared: Result<Vec<(String, String)>, Wrong>,
    used_by: Vec<Mark>,
    /// Where a project area is found that could use one.
    areas: Address,
}

pub(crate) async fn processes(visitor: Visitor, rest: Rest, name: FriendName) -> Result<Response, Problem> {
    manages_friends(&visitor)?;
    let friend = Friend::of(&rest, &name).await?;
    let shared = match patiently(rest.read(&format!("{}/processes", friend.path))).await {
        Ok(told) => {
            let one = |it: &Value| (text(it, "application").to_owned(), text(it, "project_area").to_owned());
            Ok(items(&told).map(one).collect())
        }
        Err(problem) => Err(away(problem)?),
    };
    let page = ProcessesPage {
        frame: friend.frame(&visitor, "/processes"),
        shared,
        used_by: friend.used_by(visitor.view()),
        areas: Address::new("/project-areas"),
    };
    Ok(render(&page))
}
