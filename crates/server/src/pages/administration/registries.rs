//! The registries that tell who people are: what is configured, syncs with a preview of what they take, and
//! groups that are bound to roles.

use std::sync::Arc;

use askama::Template;
use axum::extract::{FromRequest as _, Request, State};
use axum::response::{IntoResponse as _, Response};
use governance::{Gain, Shift, SyncReport, User};
use serde_json::{Value, json};
use store::JournalFilter;

use crate::api::registry::synchronised;
use crate::api::{Posted, Verb, representation};
use crate::deadline;
use crate::pages::ability::Ability;
use crate::pages::address::Address;
use crate::pages::failure::Failure;
use crate::pages::field::Field;
use crate::pages::form::Fields;
use crate::pages::frame::Frame;
use crate::pages::part::{Empty, Time};
use crate::pages::render;
use crate::pages::saving::{Sent, Told, save};
use crate::pages::visitor::Visitor;
use crate::problem::{Kind, Problem};
use crate::router::Server;

#[derive(Template)]
#[template(path = "administration/registries.html")]
struct RegistriesPage<'a> {
    frame: Frame,
    manage: Ability,
    told: Told<'a>,
    built_in: usize,
    directory: Option<DirectoryPart>,
    providers: Vec<(String, String)>,
    report: Option<Report>,
    bindings: Vec<Binding>,
    tag: String,
    fields: [Field; 3],
    bind: Ability,
    text: String,
    looked_up: Option<Vec<Found>>,
}

/// The directory, as it is configured and as it is.
struct DirectoryPart {
    name: String,
    servers: String,
    facts: Vec<(&'static str, String)>,
    users: usize,
    vanished: usize,
    last: Option<Time>,
}

struct Binding {
    at: usize,
    group: String,
    area: String,
    role: String,
}

/// Somebody whom the directory knows.
struct Found {
    id: String,
    name: String,
    mail: String,
    is_user: bool,
}

/// What a sync comes to.
struct Report {
    is_done: bool,
    counts: Vec<(usize, &'static str, Vec<String>)>,
    bindings: Vec<String>,
    problems: Vec<String>,
    losses: Vec<String>,
}

/// So many are named of each.
const NAMED: usize = 50;

pub(crate) async fn show(State(server): State<Arc<Server>>, visitor: Visitor) -> Result<Response, Problem> {
    page(&server, &visitor, &Sent::default(), None).await
}

async fn page(
    server: &Arc<Server>,
    visitor: &Visitor,
    sent: &Sent,
    report: Option<Report>,
) -> Result<Response, Problem> {
    let view = visitor.view();
    let (now, tag) = representation(view, "/settings")?;
    let manage = visitor.may("repository.manage-users", "repository");
    let bind = visitor.may("repository.manage-server", "repository");
    let text = visitor.query.get("text").trim().to_owned();
    let looked_up = match &server.directory {
        Some(directory) if !text.is_empty() && visitor.both_may("repository.manage-users") => {
            let found = directory.people(&text).await?.into_iter().map(|person| Found {
                is_user: view.user_by_id(&person.id).is_some(),
                id: person.id.to_string(),
                name: person.name.to_string(),
                mail: person.mail.map(|mail| mail.to_string()).unwrap_or_default(),
            });
            Some(found.collect())
        }
        _ => None,
    };
    let directory = directory(server, visitor).await?;
    let typed = |name: &str| sent.typed(name, "").to_owned();
    // What is bound besides is the last of the bindings that were sent.
    let last = now["group_bindings"].as_array().map_or(0, Vec::len);
    let wrong = |key: &str| sent.wrong(&format!("/group_bindings/{last}/{key}"));
    let other = ["area", "role"].iter().all(|key| wrong(key).is_none());
    let of_group = sent.wrong("/group_bindings").filter(|_| other);
    Ok(render(&RegistriesPage {
        frame: visitor.frame("Registries"),
        told: sent.review(
            bind.button("Save the bindings"),
            "/registries/bindings",
            &Address::new("/registries"),
        ),
        built_in: view
            .each::<User>(0)
            .filter(|(_, it)| !it.archived && !it.functional && it.registered.is_none())
            .count(),
        directory,
        // Which are configured is told on the page of signing in, too.
        providers: server.providers.offered(),
        report,
        bindings: bindings(&now),
        tag,
        fields: [
            Field::line("group", "Group", typed("group"))
                .required()
                .hint("By its distinguished name.")
                .wrong(of_group),
            Field::line("area", "Process area", typed("area"))
                .required()
                .hint("Such as gc/Trams/Brake Team.")
                .wrong(wrong("area")),
            Field::line("role", "Role id", typed("role")).required(),
        ],
        manage,
        bind,
        text,
        looked_up,
    }))
}

async fn directory(server: &Server, visitor: &Visitor) -> Result<Option<DirectoryPart>, Problem> {
    let Some(directory) = &server.directory else { return Ok(None) };
    let config = directory.config();
    let of_it = |user: &User| user.registered.as_ref().is_some_and(|it| it.registry == config.name);
    let (mut users, mut vanished) = (0, 0);
    for (_, user) in visitor.view().each::<User>(0).filter(|(_, user)| of_it(user) && !user.archived) {
        users += 1;
        vanished += usize::from(user.registered.as_ref().is_some_and(|it| it.vanished));
    }
    let looks_after = visitor.both_may("repository.manage-server");
    let mut facts = Vec::new();
    let mut last = None;
    // How it is searched is told to those who look after the server.
    if looks_after {
        facts.push(("People below", config.people_base.clone()));
        facts.extend(config.groups_base.clone().map(|base| ("Groups below", base)));
        let every = config.sync_every.map_or_else(
            || "when somebody asks for it".to_owned(),
            |every| format!("every {} minutes", every.as_secs().div_ceil(60)),
        );
        facts.push(("Syncs", every));
        facts.push(("At most vanish", format!("{} %", config.most_vanished)));
        let filter =
            JournalFilter { basis: Some("registry".to_owned()), limit: 1, ..JournalFilter::default() };
        let page = server.office.store().journal(&filter).await?;
        last = page.entries.first().map(|(_, entry)| entry.at.into());
    }
    let servers = config.servers.iter().map(|it| it.url.clone()).collect::<Vec<_>>().join(", ");
    let servers = if looks_after { servers } else { String::new() };
    Ok(Some(DirectoryPart { name: config.name.to_string(), servers, facts, users, vanished, last }))
}

fn bindings(settings: &Value) -> Vec<Binding> {
    let all = settings["group_bindings"].as_array().into_iter().flatten().enumerate();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let one = |(at, it): (usize, &Value)| Binding {
        at,
        group: text(&it["group"]),
        area: text(&it["area"]),
        role: text(&it["role"]),
    };
    all.map(one).collect()
}

/// Makes users what the directory says, or shows what that would change.
pub(crate) async fn sync(
    State(server): State<Arc<Server>>,
    visitor: Visitor,
    mut request: Request,
) -> Result<Response, Problem> {
    if visitor.caller.view.may_manage_users().is_ok() {
        deadline::allow_import(&mut request);
    }
    let fields = Fields::from_request(request, &server).await?;
    let is_done = fields.get("do") == "sync";
    match synchronised(&server, &visitor.caller, !is_done, None).await {
        Ok(report) => page(&server, &visitor, &Sent::default(), Some(Report::of(report, is_done))).await,
        Err(problem) if problem.kind == Kind::Refused => Err(problem),
        Err(problem) => {
            let failure = Failure::of(problem)?;
            let status = failure.status();
            let sent = Sent { failure: Some(failure), ..Sent::default() };
            Ok((status, page(&server, &visitor, &sent, None).await?).into_response())
        }
    }
}

impl Report {
    fn of(report: SyncReport, is_done: bool) -> Self {
        let renewed = report.renewed.into_iter().map(|it| it.user).collect();
        let all: [(&'static str, Vec<String>); 4] = [
            ("are new", report.created),
            ("are called otherwise, or in other groups", renewed),
            ("are not in the directory any more", report.vanished),
            ("are in the directory again", report.returned),
        ];
        let counts = all.into_iter().filter(|(_, ids)| !ids.is_empty()).map(|(words, mut ids)| {
            let many = ids.len();
            ids.truncate(NAMED);
            (many, words, ids)
        });
        let bound = report.bindings.into_iter().map(|it| {
            let given = if it.given.is_empty() {
                String::new()
            } else {
                format!(" given to {}", it.given.join(", "))
            };
            let taken = if it.taken.is_empty() {
                String::new()
            } else {
                format!(" taken from {}", it.taken.join(", "))
            };
            format!("{} in {}:{given}{taken}", it.role, it.area)
        });
        let loss = |it: &Shift| {
            let what = it
                .action
                .as_ref()
                .map_or_else(|| it.operation.to_string(), |action| format!("{} {action}", it.operation));
            format!("{} loses {what}, on {} items such as {}", it.user, it.items, it.example)
        };
        let losses =
            report.losses.iter().filter(|it| it.change == Gain::Loses).take(NAMED).map(loss).collect();
        Self {
            is_done,
            counts: counts.collect(),
            bindings: bound.collect(),
            problems: report.problems,
            losses,
        }
    }
    fn is_nothing(&self) -> bool {
        self.counts.is_empty() && self.bindings.is_empty()
    }
}

/// Binds a group to a role, or ends that.
pub(crate) async fn bind(
    State(server): State<Arc<Server>>,
    visitor: Visitor,
    fields: Fields,
) -> Result<Response, Problem> {
    let (now, _) = representation(visitor.view(), "/settings")?;
    let mut all = now["group_bindings"].as_array().cloned().unwrap_or_default();
    match fields.get("remove") {
        "" => all.push(json!({
            "group": fields.get("group").trim(),
            "area": fields.get("area").trim(),
            "role": fields.get("role").trim(),
        })),
        at => {
            let at = at.parse().unwrap_or(usize::MAX);
            if at < all.len() {
                all.remove(at);
            }
        }
    }
    let posted = Posted::new(Verb::Patch, "/settings", &json!({"group_bindings": all}));
    let posted = posted.and_then(|it| it.upon(fields.get("upon")));
    let judged = Address::new("/registries");
    // The page is shown again by what can wait: it looks the directory up.
    let shown = std::sync::Mutex::new(None);
    let keep = |sent: Sent| {
        *shown.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(sent);
        Ok(axum::http::StatusCode::OK.into_response())
    };
    let saved = save(&server, &visitor, fields, posted, |_| judged, keep).await?;
    let sent = shown.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    match sent {
        Some(sent) => Ok((saved.status(), page(&server, &visitor, &sent, None).await?).into_response()),
        None => Ok(saved),
    }
}
