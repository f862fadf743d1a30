//! Whose process a project area uses, and who uses its own (docs/cross-server.md#process-sharing).

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use governance::{Application, Item, ProcessArea, View};
use serde_json::{Value, json};

use super::area::{Area, AreaPath};
use super::difference::Difference;
use super::linking::link;
use super::used_process::UsedProcess;
use crate::api::{Posted, Rest, Verb, representation};
use crate::friends;
use crate::pages::ability::Ability;
use crate::pages::address::Address;
use crate::pages::field::{Choice, Field};
use crate::pages::form::Fields;
use crate::pages::frame::{Frame, Link};
use crate::pages::friends::{again, away, done, friend_path, patiently, time};
use crate::pages::item_page::item_page;
use crate::pages::part::{Button, Empty, Mark, Time, Wrong};
use crate::pages::render;
use crate::pages::saving::{Saved, Sent, Told, saved};
use crate::pages::visitor::Visitor;
use crate::problem::{Kind, Problem};
use crate::router::Server;

#[derive(Template)]
#[template(path = "process/sharing.html")]
struct SharingPage<'a> {
    frame: Frame,
    path: String,
    reference: String,
    tag: String,
    told: Told<'a>,
    edit: Ability,
    share: Ability,
    shares: bool,
    /// Who uses its process here.
    consumers: Vec<Mark>,
    /// Who uses it on other servers.
    elsewhere: Vec<Consumer>,
    uses: Option<UsedProcess>,
    /// Has its entries for iteration types count, or not.
    toggle: Button,
    difference: Option<Difference>,
    choosing: Option<Choosing>,
}

/// One of another server that uses the process.
struct Consumer {
    name: String,
    is_current: bool,
    revision: i64,
    newest: Option<i64>,
    asked: Option<Time>,
}

/// What there is to be used.
struct Choosing {
    /// Where it is looked for: this server, or a friend.
    places: Vec<(Link, bool)>,
    /// The friend, if it is looked for there.
    from: String,
    /// Its page, for those who see it.
    friend: Option<Link>,
    offered: Result<Vec<String>, Wrong>,
    chosen: String,
    along: Field,
}

impl Choosing {
    /// None is offered where this server was asked; a friend that does not answer says why.
    fn field(&self) -> Option<Field> {
        let names = self.offered.as_ref().ok().filter(|names| !names.is_empty())?;
        let choice = |name: &String| Choice::new(name.clone(), name.clone(), *name == self.chosen);
        Some(Field::radios("project_area", "Project area", names.iter().map(choice).collect()))
    }
    fn wrong(&self) -> Option<&Wrong> {
        self.offered.as_ref().err()
    }
}

pub(crate) async fn show(
    State(server): State<Arc<Server>>,
    visitor: Visitor,
    rest: Rest,
    path: AreaPath,
) -> Result<Response, Problem> {
    let area = Area::of(visitor.view(), &path)?;
    page(&server, &visitor, &rest, &area, &Sent::default()).await
}

async fn page(
    server: &Server,
    visitor: &Visitor,
    rest: &Rest,
    area: &Area,
    sent: &Sent,
) -> Result<Response, Problem> {
    let view = visitor.view();
    let (now, tag) = area.representation(view)?;
    let edit = area.may(visitor, "modify-specification");
    let shares = now["shares_process"] == true;
    let here = view.consumers_of(area.id).into_iter().filter_map(|id| {
        let name = view.see::<ProcessArea>(id)?.name.to_string();
        Some(Mark::new("project-area", name).at(item_page(view, Item::Area(id))))
    });
    let consumers: Vec<Mark> = here.collect();
    let uses = match now["uses_process"].is_null() {
        true => None,
        false => {
            let used = rest.read(&format!("{}/used-process", area.path())).await?;
            let mut used = UsedProcess::of(&now["uses_process"], &used);
            used.friend = friend_at(server, visitor, &used.server).await?;
            Some(used)
        }
    };
    let difference = representation(view, &format!("{}/process-difference", area.path())).ok();
    let choosing = match uses.is_none() && !shares {
        true => Some(choosing(server, visitor, rest, area, sent).await?),
        false => None,
    };
    let in_use = "project areas of this server use it: each ends that first, on its own tab Process sharing";
    let share = match consumers.is_empty() {
        true => edit.clone(),
        false => edit.clone().and(Ability::refused(in_use, None)),
    };
    let button = edit.button(words(sent.fields.get("do")));
    let deed = if uses.as_ref().is_some_and(|it| it.along) { "alone" } else { "along" };
    let toggle = edit.button(words(deed)).sends("do", deed);
    let action = match sent.fields.get("do") {
        "copy" => area.tab("copy-process"),
        _ => area.tab("sharing"),
    };
    Ok(render(&SharingPage {
        path: area.path(),
        reference: area.reference.clone(),
        told: sent.review(button, action, &area.address("sharing")),
        elsewhere: match shares && view.may_modify_process(area.id).is_ok() {
            true => elsewhere(rest, area, &now).await?,
            false => Vec::new(),
        },
        difference: difference.map(|(told, _)| Difference::of(&told)),
        frame: area.frame(visitor, "sharing")?,
        tag,
        edit,
        share,
        shares,
        consumers,
        uses,
        toggle,
        choosing,
    }))
}

/// What a form does, on its button.
fn words(deed: &str) -> &'static str {
    match deed {
        "share" => "Share this process",
        "unshare" => "Stop sharing it",
        "unlink" => "End the use",
        "drop" => "Drop what is its own",
        "along" => "Count its entries for iteration types, too",
        "alone" => "Leave out its entries for iteration types",
        _ => "Copy the process and end the use",
    }
}

/// The friend at an address, as those see it who manage friends.
async fn friend_at(server: &Server, visitor: &Visitor, at: &str) -> Result<Option<Link>, Problem> {
    if at.is_empty() || !visitor.both_may("repository.manage-friends") {
        return Ok(None);
    }
    let all = server.office.store().friends().await?;
    let friend = friends::at(&all, at);
    Ok(friend.map(|friend| Link::new(friend_path(&friend.name), friend.name.clone())))
}

/// Those of other servers, with how far they are behind.
async fn elsewhere(rest: &Rest, area: &Area, now: &Value) -> Result<Vec<Consumer>, Problem> {
    let told = rest.read("/process-consumers").await?;
    let mine = |it: &&Value| it["application"] == area.application.id() && it["project_area"] == now["name"];
    let one = |it: &Value| Consumer {
        name: it["consumer"].as_str().unwrap_or_default().to_owned(),
        is_current: it["current"] == true,
        revision: it["revision"].as_i64().unwrap_or_default(),
        newest: it["newest_revision"].as_i64(),
        asked: time(&it["asked"]),
    };
    Ok(told["items"].as_array().into_iter().flatten().filter(mine).map(one).collect())
}

/// What could be used of this server, or of the friend whose name is in the address.
async fn choosing(
    server: &Server,
    visitor: &Visitor,
    rest: &Rest,
    area: &Area,
    sent: &Sent,
) -> Result<Choosing, Problem> {
    let view = visitor.view();
    let from = sent.typed("from", visitor.query.get("from")).to_owned();
    let may = |view: &View| view.may_use_processes(area.application);
    let all = match may(view) && may(&visitor.caller.view) {
        true => server.office.store().friends().await?,
        false => Vec::new(),
    };
    let offered = match from.as_str() {
        "" => {
            let others = view.shared_processes(area.application, 0).filter(|(id, _)| *id != area.id);
            Ok(others.map(|(_, it)| it.name.to_string()).collect())
        }
        friend if all.iter().any(|it| it.name == friend) => shared_by(rest, friend, area.application).await?,
        _ => return Err(Problem::not_found()),
    };
    let address = area.address("sharing");
    let here = (Link::new(address.to_string(), "This server"), from.is_empty());
    let of = |name: &str| (Link::new(address.with("from", name).to_string(), name.to_owned()), name == from);
    let places = [here].into_iter().chain(all.iter().map(|friend| of(&friend.name))).collect();
    let along = !sent.fields.get("along").is_empty();
    let along = Choice::new("yes", "Its entries for iteration types count, too", along);
    let friend = (!from.is_empty() && visitor.both_may("repository.manage-friends"))
        .then(|| Link::new(friend_path(&from), from.clone()));
    Ok(Choosing {
        places,
        from,
        friend,
        offered,
        chosen: sent.fields.get("project_area").to_owned(),
        along: Field::checks("along", "Iteration types", vec![along]),
    })
}

async fn shared_by(
    rest: &Rest,
    friend: &str,
    application: Application,
) -> Result<Result<Vec<String>, Wrong>, Problem> {
    let path = format!("{}/processes?application={}", friend_path(friend), application.id());
    match patiently(rest.read(&path)).await {
        Ok(told) => {
            let names = told["items"].as_array().into_iter().flatten();
            let name = |it: &Value| it["project_area"].as_str().map(str::to_owned);
            Ok(Ok(names.filter_map(name).collect()))
        }
        Err(problem) => Ok(Err(away(problem)?)),
    }
}

/// Shares it or no longer, uses another's or none, drops what is its own, or has what is used asked for.
pub(crate) async fn change(
    State(server): State<Arc<Server>>,
    visitor: Visitor,
    rest: Rest,
    path: AreaPath,
    fields: Fields,
) -> Result<Response, Problem> {
    let area = Area::of(visitor.view(), &path)?;
    let answered = match fields.get("do") {
        "use" | "link" => Some(link(&server, &visitor, &area, &fields).await),
        "refresh" => {
            let path = format!("{}/used-process/refresh", area.path());
            let asked = rest.ask(Verb::Post, &path, &json!({})).await;
            Some(asked.map(|_| done(&server, &area.tab("sharing"))))
        }
        _ => None,
    };
    match answered {
        Some(Ok(response)) => return Ok(response),
        Some(Err(problem)) => {
            let sent = Sent::failed(&visitor, fields, problem)?;
            let page = page(&server, &visitor, &rest, &area, &sent).await?;
            return Ok(again(&sent, page));
        }
        None => {}
    }
    let keys = keys(visitor.view(), &area, &fields);
    let posted = keys.and_then(|keys| area.change(&keys)).and_then(|it| it.upon(fields.get("upon")));
    end(&server, &visitor, &rest, &area, saved(&server, &visitor, fields, posted, |_| to(&area)).await?).await
}

fn to(area: &Area) -> Address {
    area.address("sharing")
}

async fn end(
    server: &Server,
    visitor: &Visitor,
    rest: &Rest,
    area: &Area,
    saved: Saved,
) -> Result<Response, Problem> {
    match saved {
        Saved::Answered(response) => Ok(response),
        Saved::Again(sent) => Ok(again(&sent, page(server, visitor, rest, area, &sent).await?)),
    }
}

/// The keys of the project area that a form means.
fn keys(view: &View, area: &Area, fields: &Fields) -> Result<Value, Problem> {
    Ok(match fields.get("do") {
        "share" => json!({"shares_process": true}),
        "unshare" => json!({"shares_process": false}),
        "unlink" => json!({"uses_process": null}),
        // Whose process it is stays as it is.
        deed @ ("along" | "alone") => {
            json!({"uses_process": {"project_area": null, "iteration_types": deed == "along"}})
        }
        "drop" => {
            let (now, _) = area.representation(view)?;
            let (told, _) = representation(view, &format!("{}/process-difference", area.path()))?;
            let both = told["roles_of_both"].as_array().cloned().unwrap_or_default();
            let mut roles = now["roles"].as_array().cloned().unwrap_or_default();
            roles.retain(|role| !both.contains(&role["id"]));
            json!({"permissions": [], "preconditions": [], "roles": roles})
        }
        _ => {
            let said = "say what is to be done: `share`, `unshare`, `use`, `along`, `alone`, `unlink`, `drop` or `refresh`";
            return Err(Problem::new(Kind::BadValue, said));
        }
    })
}

/// Writes the process that is used into the area, and ends the use.
pub(crate) async fn copy(
    State(server): State<Arc<Server>>,
    visitor: Visitor,
    rest: Rest,
    path: AreaPath,
    fields: Fields,
) -> Result<Response, Problem> {
    let area = Area::of(visitor.view(), &path)?;
    let posted = Posted::new(Verb::Post, &format!("{}/copy-process", area.path()), &Value::Null);
    end(&server, &visitor, &rest, &area, saved(&server, &visitor, fields, posted, |_| to(&area)).await?).await
}
