//! Nouns that search finds by their names and that are kept within others: roles, timelines, iterations,
//! tags, shared queries, process templates, licence types, repository groups, friends and consumers.

use governance::{Iteration, LicenceType, ProcessArea, RepositoryGroup, View};

use super::address::segment;
use super::friends::{consumer_path, friend_path};
use super::gc::query_address;
use super::item_page::item_page;
use super::visitor::Visitor;
use crate::problem::Problem;
use crate::router::Server;

/// What is found of a noun by its name: name, page, and what tells it from others.
pub(super) type Words = Vec<(String, String, String)>;

/// Licence types, friends and consumers, for those who manage them.
pub(super) async fn keys(server: &Server, visitor: &Visitor) -> Result<[(&'static str, Words); 3], Problem> {
    let store = server.office.store();
    let friends = match visitor.both_may("repository.manage-friends") {
        true => store.friends().await?,
        false => Vec::new(),
    };
    let consumers = match visitor.both_may("repository.manage-consumers") {
        true => store.consumers().await?,
        false => Vec::new(),
    };
    let friend = |it: store::Friend| (it.name.clone(), friend_path(&it.name), it.root_services);
    let consumer = |it: store::Consumer| (it.name, consumer_path(&it.key), it.key);
    let licence =
        |it: LicenceType| (it.name().to_owned(), format!("/licences/{}", it.id()), it.id().to_owned());
    let licences = match visitor.both_may("repository.manage-licenses") {
        true => LicenceType::all().map(licence).collect(),
        false => Words::new(),
    };
    Ok([
        ("licence type", licences),
        ("friend", friends.into_iter().map(friend).collect()),
        ("consumer", consumers.into_iter().map(consumer).collect()),
    ])
}

/// Everything else, as far as somebody sees it.
pub(super) fn words(view: &View) -> [(&'static str, Words); 7] {
    let (mut roles, mut timelines, mut iterations) = (Words::new(), Words::new(), Words::new());
    let (mut tags, mut queries) = (Words::new(), Words::new());
    for (id, area) in view.each::<ProcessArea>(0) {
        let (page, place) = (item_page(view, governance::Item::Area(id)), area.name.to_string());
        let role = |it: &governance::Role| (it.name.to_string(), format!("{page}/roles"), place.clone());
        roles.extend(view.roles(id).iter().map(role));
        if area.project().is_none() {
            continue;
        }
        for timeline in view.timelines(id) {
            let page = format!("{page}/timelines");
            let within = format!("{place} › {}", timeline.name);
            timelines.push((timeline.name.to_string(), page.clone(), place.clone()));
            let mut open: Vec<&Iteration> = timeline.iterations.iter().collect();
            while let Some(it) = open.pop() {
                iterations.push((name_of(it), page.clone(), within.clone()));
                open.extend(it.iterations.iter());
            }
        }
        let vocabulary = format!("{page}/vocabulary");
        let tag = |it: governance::KnownTag| (it.tag.into(), vocabulary.clone(), place.clone());
        tags.extend(view.tags(id).into_iter().map(tag));
        let query = |it: governance::SharedQuery| {
            Some((it.name.to_string(), query_address("configurations", id, it.criteria)?, place.clone()))
        };
        queries.extend(view.shared_queries(id).into_iter().filter_map(query));
    }
    let templates = document::templates(view.process_templates()).into_iter().map(|it| {
        let name = it.template.name.to_string();
        let page = format!("/process-templates/{}", segment(&name));
        (name, page, it.template.application.map_or("", governance::Application::id).to_owned())
    });
    let groups = RepositoryGroup::ALL.map(|it| (it.id().to_owned(), "/groups".to_owned(), String::new()));
    [
        ("role", roles),
        ("timeline", timelines),
        ("iteration", iterations),
        ("tag", tags),
        ("shared query", queries),
        ("process template", templates.collect()),
        ("repository group", groups.into()),
    ]
}

/// What people call an iteration.
fn name_of(iteration: &Iteration) -> String {
    let name = iteration.carried.get("name").and_then(serde_json::Value::as_str);
    name.map_or_else(|| iteration.id.to_string(), str::to_owned)
}
