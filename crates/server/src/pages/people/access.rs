//! Everything that one user may do, and by what: where they stand, what their groups and licences are good
//! for, and what their roles grant in each area.

use askama::Template;
use axum::response::Response;
use governance::text::Name;
use governance::{
    Action, AreaId, Fate, Item, Leaf, LicenceSet, LicenceType, OperationId, ProcessArea, QuestionText,
    RepositoryGroup, RepositoryOperation, StandsIn, User, View,
};

use super::user::{Subject, UserPath};
use crate::pages::address::Address;
use crate::pages::field::{Choice, Field};
use crate::pages::frame::Frame;
use crate::pages::item_page::item_page;
use crate::pages::licences::unlocked;
use crate::pages::part::{Empty, Mark};
use crate::pages::render;
use crate::pages::visitor::Visitor;
use crate::problem::Problem;

#[derive(Template)]
#[template(path = "people/access.html")]
struct AccessPage {
    frame: Frame,
    path: String,
    /// Why nothing counts, if that is so.
    stopped: Option<&'static str>,
    stands: Vec<Stand>,
    repository: Vec<ByGroup>,
    licences: Vec<Held>,
    /// The areas whose roles can be looked at, and those of the one that is.
    areas: Option<Field>,
    granted: Vec<Operation>,
    ungranted: usize,
    counting: Vec<Counting>,
    area: String,
    /// Whether the pages of licences are the visitor's to see.
    sees_licences: bool,
}

/// Where somebody stands.
struct Stand {
    mark: Mark,
    project: Option<String>,
    roles: String,
    administrator: bool,
    is_here: bool,
    look: String,
}

/// What a repository group allows.
struct ByGroup {
    operation: &'static str,
    words: String,
    by: Option<&'static str>,
    who: String,
}

/// A licence that is assigned, and what it is good for.
struct Held {
    id: &'static str,
    name: &'static str,
    unlocks: String,
}

/// A role that counts in the area, and from where.
struct Counting {
    role: String,
    from: String,
}

/// What roles grant of an operation.
struct Operation {
    name: String,
    actions: Vec<Granted>,
    /// Whether no licence that somebody holds unlocks it.
    is_locked: bool,
}

/// An action that is granted.
struct Granted {
    words: String,
    by: String,
    /// The items on which it is allowed, if the visitor may ask.
    items: Option<String>,
}

pub(crate) async fn show(visitor: Visitor, path: UserPath) -> Result<Response, Problem> {
    let view = visitor.view();
    let subject = Subject::of(view, &path)?;
    let user = &subject.user;
    let stands = view.stands_in(subject.id);
    let offered = offered(view, &stands);
    let asked = visitor.query.get("area").parse().ok().map(AreaId::new).filter(|id| view.see(*id).is_some());
    let area = asked.or_else(|| offered.first().copied());
    let counting = area.map(|area| counting(view, &subject, area)).unwrap_or_default();
    let granted = area.map(|area| granted(view, user, area, &counting)).unwrap_or_default();
    let sees_licences = visitor.both_may("repository.manage-licenses");
    let all = area.map_or(0, |area| operations_of(view, area).count());
    let choices = offered
        .iter()
        .filter_map(|id| Some(Choice::new(id.number().to_string(), path_of(view, *id)?, Some(*id) == area)));
    let choices: Vec<_> = choices.collect();
    let here = subject.path();
    Ok(render(&AccessPage {
        frame: subject.frame(&visitor, "/access"),
        stopped: stopped(user),
        stands: stands.iter().filter_map(|it| stand(view, it, area, &here)).collect(),
        repository: by_group(user),
        licences: user.held().iter().map(held).collect(),
        areas: (!choices.is_empty()).then(|| Field::select("area", "Process area", choices)),
        ungranted: all - granted.len(),
        granted,
        counting: counting
            .into_iter()
            .map(|(_, role, from)| Counting { role: role.to_string(), from })
            .collect(),
        area: area.and_then(|area| path_of(view, area)).unwrap_or_default(),
        path: format!("{here}/access"),
        sees_licences,
    }))
}

/// Why nobody lets them do anything.
fn stopped(user: &User) -> Option<&'static str> {
    match user {
        user if user.archived => Some("Archived users may do nothing, whatever is said below."),
        user if user.groups.iter().next().is_none() => {
            Some("In no repository group: they sign in, and may change nothing.")
        }
        _ => None,
    }
}

/// `Electric Vehicle › Tuning Team`.
fn path_of(view: &View, area: AreaId) -> Option<String> {
    let names = view.path_to(area).iter().map(|it| view.see(*it).map(|area| area.name.to_string()));
    let names: Option<Vec<_>> = names.collect();
    names.filter(|names| !names.is_empty()).map(|names| names.join(" › "))
}

/// The areas whose roles are offered to be looked at: where they stand, then project areas.
fn offered(view: &View, stands: &[StandsIn]) -> Vec<AreaId> {
    const MOST: usize = 200;
    let mut found: Vec<AreaId> = stands.iter().map(|it| it.area).collect();
    for (id, area) in view.each::<ProcessArea>(0) {
        if area.project().is_some() && !area.archived && !found.contains(&id) {
            found.push(id);
        }
        if found.len() >= MOST {
            break;
        }
    }
    found
}

fn stand(view: &View, it: &StandsIn, shown: Option<AreaId>, here: &str) -> Option<Stand> {
    let area = view.see(it.area)?;
    let is_team = area.team().is_some();
    let mark = Mark::new(if is_team { "team-area" } else { "project-area" }, area.name.to_string());
    let project = view.see(view.project_of(it.area)).map(|project| project.name.to_string());
    let roles = match it.roles.as_deref() {
        None => "–".to_owned(),
        Some([]) => "Member without a role".to_owned(),
        Some(roles) => roles.iter().map(|(_, name)| name.to_string()).collect::<Vec<_>>().join(", "),
    };
    Some(Stand {
        mark: mark.at(item_page(view, Item::Area(it.area))),
        project: project.filter(|_| is_team),
        roles,
        administrator: it.administrator,
        is_here: shown == Some(it.area),
        look: format!("{here}/access?area={}#roles", it.area.number()),
    })
}

fn by_group(user: &User) -> Vec<ByGroup> {
    let row = |operation: RepositoryOperation| {
        let groups = || RepositoryGroup::ALL.into_iter().filter(move |it| operation.groups().contains(*it));
        ByGroup {
            operation: operation.name(),
            words: words_of(operation.name().trim_start_matches("repository.")),
            by: groups().find(|it| user.groups.contains(*it)).map(RepositoryGroup::id),
            who: Address::new("/users")
                .with("group", groups().next().map_or("", RepositoryGroup::id))
                .to_string(),
        }
    };
    RepositoryOperation::all().map(row).collect()
}

fn held(licence: LicenceType) -> Held {
    Held { id: licence.id(), name: licence.name(), unlocks: unlocked(licence) }
}

/// The roles that count for somebody in an area: id, name, and where they come from.
fn counting(view: &View, subject: &Subject, area: AreaId) -> Vec<(Name, Name, String)> {
    let mut found = Vec::new();
    for it in view.counting_in(area).into_iter().filter(|it| it.user == subject.id) {
        let from = match it.area == area {
            true => "given here".to_owned(),
            false => view.see(it.area).map_or_else(String::new, |above| format!("from {}", above.name)),
        };
        found.extend(it.roles.into_iter().map(|(id, name)| (id, name, from.clone())));
    }
    let everyone = view.roles_there(area).into_iter().next();
    found.extend(everyone.map(|role| (role.id, role.name, "every active user".to_owned())));
    found
}

/// The operations that there are in an area.
fn operations_of(view: &View, area: AreaId) -> impl Iterator<Item = OperationId> {
    let project = view.see(view.project_of(area)).and_then(|it| it.project());
    let application = project.map(|project| project.application);
    OperationId::all().filter(move |it| it.application().is_none_or(|of| Some(of) == application))
}

/// What the roles grant.
fn granted(view: &View, user: &User, area: AreaId, roles: &[(Name, Name, String)]) -> Vec<Operation> {
    let item = view.reference(Item::Area(view.project_of(area)));
    let question = QuestionText {
        user: user.id.to_string(),
        operation: "read".to_owned(),
        item: item.clone(),
        ..QuestionText::default()
    };
    let may_ask = view.answer(&question).is_ok();
    let one = |operation: OperationId| {
        // What decides for each role.
        let decided: Vec<_> = roles
            .iter()
            .filter_map(|(id, name, _)| {
                let entries = view.entries_there(area, id, operation);
                let entry = entries.into_iter().find(|entry| entry.fate == Fate::Decided)?;
                Some((name, entry.permission))
            })
            .collect();
        let action = |leaf: Leaf| {
            let asked = Action { leaf, identifier: None };
            let by: Vec<_> = decided
                .iter()
                .filter(|(_, permission)| permission.grants(&asked))
                .map(|(name, _)| name.to_string())
                .collect();
            (!by.is_empty()).then(|| Granted {
                words: words_of(leaf.path()),
                by: by.join(", "),
                items: may_ask.then(|| {
                    Address::new("/what-can")
                        .with("user", &user.id)
                        .with("operation", format!("{operation}/{}", leaf.path()))
                        .with("project_area", &item)
                        .to_string()
                }),
            })
        };
        let actions: Vec<_> = operation.leaves().filter_map(action).collect();
        let unlocking = LicenceSet::that_unlock(operation);
        let is_locked = unlocking != LicenceSet::NONE && !unlocking.intersects(user.held());
        (!actions.is_empty()).then(|| Operation { name: operation.to_string(), actions, is_locked })
    };
    operations_of(view, area).filter_map(one).collect()
}

/// `modify-attributes` in words.
fn words_of(path: &str) -> String {
    path.replace('-', " ").replace('/', " › ")
}
