//! People who are picked for an area before they are users: they are taken over from the registry in the same
//! change (docs/process.md#registries).

use governance::{Command, Person, View};
use serde_json::Value;

use super::carry_out::Wanted;
use super::route::Verb;
use super::{named_registry, refused};
use crate::caller::Caller;
use crate::problem::{Kind, Problem};
use crate::router::Server;

/// So many people may be picked at a time who are no users yet.
const MOST: usize = 100;

/// Those whom changes pick, who are no users yet, and of whom the registry tells.
pub(super) async fn picked(
    server: &Server,
    caller: &Caller,
    changes: &[Wanted],
) -> Result<Vec<Person>, Problem> {
    named_registry::is_known(server, caller, changes)?;
    let Some(directory) = &server.directory else { return Ok(Vec::new()) };
    if caller.view.may_look_people_up().is_err() {
        return Ok(Vec::new());
    }
    let mut ids: Vec<String> = changes.iter().flat_map(ids).collect();
    ids.retain(|id| caller.view.user_by_id(id).is_none());
    ids.sort();
    ids.dedup();
    if ids.len() > MOST {
        let said = format!("at most {MOST} people can be picked at a time who are no users yet");
        return Err(Problem::new(Kind::TooLarge, said));
    }
    let mut people = Vec::with_capacity(ids.len());
    for id in ids {
        people.extend(directory.person(&id).await?);
    }
    // Whom the registry keeps out is nobody here.
    people.retain(|person: &Person| person.groups != Some(Default::default()));
    Ok(people)
}

/// The ids that a change of an area names as standing there.
fn ids(wanted: &Wanted) -> Vec<String> {
    let (path, method) = (wanted.route.path, wanted.route.method);
    if !(path.starts_with("/project-areas") || path.starts_with("/team-areas")) || method == Verb::Delete {
        return Vec::new();
    }
    if path.ends_with("/{user}") {
        let user = wanted.asked.pairs.iter().find(|(name, _)| name == "user");
        return user.map(|(_, id)| id.clone()).into_iter().collect();
    }
    let Ok(Value::Object(body)) = serde_json::from_slice::<Value>(&wanted.body) else { return Vec::new() };
    let members = body.get("members").and_then(Value::as_object).into_iter().flatten();
    let members = members.filter(|(_, roles)| !roles.is_null()).map(|(id, _)| id.clone());
    let lists = ["administrators", "access_list"].into_iter().filter_map(|key| body.get(key)?.as_array());
    let listed = lists.flatten().filter_map(|id| Some(id.as_str()?.to_owned()));
    members.chain(listed).collect()
}

/// What is composed as if those people were users, together with what makes them so.
pub(super) fn taking(
    view: &View,
    people: &[Person],
    compose: impl FnOnce(&View) -> Result<Command, Problem>,
) -> Result<Command, Problem> {
    let new = people.iter().filter(|person| view.user_by_id(&person.id).is_none());
    let taken: Vec<Command> = new.cloned().map(Command::from).collect();
    if taken.is_empty() {
        return compose(view);
    }
    let taken = Command::together(taken);
    let (after, _) = view.after(&taken).map_err(|refusal| refused::of_refusal(view, refusal))?;
    Ok(Command::together([taken, compose(&after)?]))
}
