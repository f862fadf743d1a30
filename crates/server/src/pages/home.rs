//! Home: where somebody stands, what waits for them, and what has changed there.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use askama::Template;
use axum::extract::State;
use axum::http::Uri;
use axum::response::{IntoResponse as _, Redirect, Response};
use governance::{AreaId, Finding, Item, View};
use store::{JournalFilter, Revision};
use tokio::task::spawn_blocking;

use super::Frame;
use super::friends::at_home::Waiting;
use super::headline::Headlines;
use super::item_page::item_page;
use super::licences::{LicenceUse, at_home};
use super::part::{Mark, Person, Time};
use super::render;
use super::visitor::Visitor;
use crate::access_request::{self, RequestState, Seen};
use crate::api::histories;
use crate::chance::now;
use crate::problem::Problem;
use crate::router::Server;
use crate::session::later;

#[derive(Template)]
#[template(path = "home.html")]
struct HomePage {
    frame: Frame,
    person: Person,
    areas: Vec<Mine>,
    waiting: usize,
    asked: usize,
    /// What others have decided lately of what the visitor asked for.
    decided: Vec<Decided>,
    /// What waits of other servers, and of those who are invited.
    elsewhere: Waiting,
    recent: Vec<Recent>,
    /// Whether those are changes of anything.
    everywhere: bool,
    /// What is amiss, for those who look after the server.
    findings: Option<Vec<Found>>,
    can_create: bool,
    /// How full licences are, for those who manage them.
    licences: Option<LicenceUse>,
}

/// A project area in which the visitor stands.
struct Mine {
    mark: Mark,
    application: &'static str,
    /// `Configuration Lead in Tuning Team`.
    stands: Vec<String>,
}

/// An access request of the visitor's own that was decided.
struct Decided {
    change: String,
    state: &'static str,
    by: Option<Person>,
    at: Time,
}

struct Recent {
    revision: u64,
    /// Where it is told in full.
    page: Option<String>,
    told: String,
    by: Person,
    at: Time,
}

struct Found {
    text: String,
    remedy: &'static str,
    page: Option<String>,
    is_wrong: bool,
}

/// Changes of so many areas are looked for, and so many are shown.
const LOOKED_AT: usize = 20;
const SHOWN: usize = 8;
/// Of what is governed, changes are looked for among so many of the newest.
const NEWEST: u32 = 100;
pub(super) const FINDINGS: usize = 8;
/// So many more are told to whoever opens them.
const FURTHER: usize = 500;

pub(crate) async fn show(
    State(server): State<Arc<Server>>,
    visitor: Visitor,
    uri: Uri,
) -> Result<Response, Problem> {
    // Questions were asked here once: links to them lead on.
    if !visitor.query.get("operation").is_empty() {
        let query = uri.query().unwrap_or_default();
        return Ok(Redirect::to(&format!("/why?{query}")).into_response());
    }
    let view = visitor.view();
    let projects = projects(view);
    let (mut waiting, mut asked, mut decided) = (0, 0, Vec::new());
    if visitor.previewed().is_none() {
        for seen in access_request::list(&server, &visitor.caller).await? {
            waiting += usize::from(seen.may_grant && !seen.mine);
            asked += usize::from(seen.mine && seen.state() == RequestState::Open);
            decided.extend(Decided::of(view, &seen));
        }
    }
    let audits = visitor.both_may("repository.read-audit-log");
    // Whoever looks after the server and stands nowhere is told what happens everywhere.
    let everywhere = projects.is_empty() && audits;
    let recent = recent(&server, &visitor, &projects, (everywhere, audits)).await?;
    let looking = view.clone();
    let findings = spawn_blocking(move || findings(&looking)).await.map_err(|_| Problem::internal())?;
    Ok(render(&HomePage {
        person: view.asker().into(),
        areas: projects.into_iter().filter_map(|(area, stands)| mine(view, area, stands)).collect(),
        waiting,
        asked,
        decided,
        elsewhere: Waiting::of(&server, &visitor).await?,
        recent,
        everywhere,
        findings,
        licences: at_home(&server, &visitor),
        can_create: visitor.may("repository.create-project-area", "repository").is_allowed(),
        frame: visitor.frame("Home"),
    }))
}

/// So long it is news that a request was decided.
const NEWS: Duration = Duration::from_secs(7 * 24 * 60 * 60);

impl Decided {
    fn of(view: &View, seen: &Seen) -> Option<Self> {
        let state = seen.state();
        let is_news =
            matches!(state, RequestState::Accepted | RequestState::Declined | RequestState::Needless);
        let end =
            seen.request.end.as_ref().filter(|end| is_news && seen.mine && later(end.at, NEWS) > now())?;
        Some(Self {
            change: seen.text.changes.join(" and "),
            state: state.word(),
            by: view.user(end.by).map(Person::from),
            at: end.at.into(),
        })
    }
}

/// What has changed lately in the project areas in which somebody stands: of their process the newest
/// changes, and of what they govern those that are among the newest of all.
async fn recent(
    server: &Server,
    visitor: &Visitor,
    projects: &BTreeMap<AreaId, Vec<String>>,
    (everywhere, audits): (bool, bool),
) -> Result<Vec<Recent>, Problem> {
    let view = visitor.view();
    let newest = JournalFilter { limit: NEWEST, ..JournalFilter::default() };
    let mut page = server.office.store().journal(&newest).await?;
    let mut headlines = Headlines::of(server, &page).await?;
    if !everywhere {
        let areas: Vec<_> = projects.keys().take(LOOKED_AT).map(|area| Item::Area(*area)).collect();
        let of_areas = histories(server, view, &areas, None, SHOWN as u32).await?;
        headlines.begin_with(server, view, &areas, &of_areas).await?;
        let theirs: BTreeSet<Revision> = of_areas.entries.iter().map(|(revision, _)| *revision).collect();
        page.entries.extend(of_areas.entries);
        page.entries.sort_by_key(|(revision, _)| Reverse(*revision));
        page.entries.dedup_by_key(|(revision, _)| *revision);
        let is_there = |item| view.project_of_item(item).is_some_and(|area| projects.contains_key(&area));
        page.entries.retain(|(revision, _)| {
            theirs.contains(revision) || headlines.items(view, *revision).any(is_there)
        });
    }
    page.entries.truncate(SHOWN);
    let recent = page.entries.into_iter().map(|(revision, entry)| {
        let told = headlines.told(view, revision);
        let first = headlines.items(view, revision).next();
        Recent {
            revision: revision.number(),
            page: match audits {
                true => Some(format!("/audit/{}", revision.number())),
                false => first.map(|item| history_page(view, item)),
            },
            told: told.unwrap_or(entry.summary),
            by: view.person(&entry.by).map_or(Person { name: entry.by.clone(), id: entry.by }, Person::from),
            at: entry.at.into(),
        }
    });
    Ok(recent.collect())
}

/// Where what has changed of an item is told; its page where that tells nothing of it.
fn history_page(view: &View, item: Item) -> String {
    let page = item_page(view, item);
    match item {
        Item::Configuration(_) => format!("{page}/history"),
        Item::Area(area) => format!("{}/history", item_page(view, Item::Area(view.project_of(area)))),
        _ => page,
    }
}

/// The project areas in which somebody stands, and how.
fn projects(view: &View) -> BTreeMap<AreaId, Vec<String>> {
    let mut projects: BTreeMap<AreaId, Vec<String>> = BTreeMap::new();
    for stands in view.stands_in(view.asker_number()) {
        let project = view.project_of(stands.area);
        let mut words: Vec<String> = match stands.roles.as_deref() {
            None => Vec::new(),
            Some([]) => vec!["Member".to_owned()],
            Some(roles) => roles.iter().map(|(_, name)| name.to_string()).collect(),
        };
        if stands.administrator {
            words.push("Administrator".to_owned());
        }
        let words = words.join(", ");
        let told = match view.see(stands.area) {
            Some(area) if area.team().is_some() => format!("{words} in {}", area.name),
            _ => words,
        };
        projects.entry(project).or_default().push(told);
    }
    projects
}

fn mine(view: &View, area: AreaId, stands: Vec<String>) -> Option<Mine> {
    let found = view.see(area).filter(|it| !it.archived)?;
    let mark = Mark::new("project-area", found.name.to_string()).at(item_page(view, Item::Area(area)));
    Some(Mine { mark, application: found.project()?.application.id(), stands })
}

/// The page on which something can be done about it.
fn page_of(view: &View, finding: &Finding) -> Option<String> {
    let tab = match finding {
        Finding::NoRepositoryAdministrator => return Some("/users".to_owned()),
        Finding::NobodyHasLicence => return Some("/licences".to_owned()),
        Finding::NoAdministrator(_) | Finding::RoleHeldByNobody(..) => "/members",
        Finding::ProcessElsewhere(_) | Finding::ProcessFrozen(..) => "/sharing",
        Finding::OperationOfNobody(..) => "/permissions",
    };
    finding.area().map(|area| format!("{}{tab}", item_page(view, Item::Area(area))))
}

fn findings(view: &View) -> Option<Vec<Found>> {
    let findings = view.findings().ok()?.into_iter().take(FINDINGS + FURTHER);
    let found = findings.map(|(finding, text)| Found {
        text: super::sign_in::sentence(&text),
        remedy: finding.remedy(),
        page: page_of(view, &finding),
        is_wrong: finding.severity() == governance::Severity::Wrong,
    });
    Some(found.collect())
}
