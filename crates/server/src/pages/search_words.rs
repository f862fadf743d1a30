//! Nouns that search finds by their names and that are kept within others: roles, timelines, iterations,
//! tags, shared queries, process templates, licence types, repository groups, friends and consumers.

use std::sync::Arc;

use governance::{AreaId, Iteration, LicenceType, ProcessArea, RepositoryGroup, View};

use super::address::segment;
use super::friends::{consumer_path, friend_path};
use super::gc::query_address;
use super::item_page::item_page;
use super::process::{TYPE_LISTS, declared};
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

/// What tells all of a noun that somebody sees.
pub(super) type Finder = fn(&View) -> Words;

/// Everything else, each noun with what finds it as far as somebody sees it.
pub(super) const WORDS: [(&str, Finder); 8] = [
    ("type", types),
    ("role", roles),
    ("timeline", timelines),
    ("iteration", iterations),
    ("tag", tags),
    ("shared query", shared_queries),
    ("process template", process_templates),
    ("repository group", |_| {
        RepositoryGroup::ALL.map(|it| (it.id().to_owned(), "/groups".to_owned(), String::new())).into()
    }),
];

/// An area, with its page and its name.
struct Place<'a> {
    id: AreaId,
    area: &'a ProcessArea,
    page: String,
    name: String,
}

fn areas(view: &View) -> impl Iterator<Item = Place<'_>> {
    view.each::<ProcessArea>(0).map(|(id, area)| {
        let page = item_page(view, governance::Item::Area(id));
        Place { id, area, page, name: area.name.to_string() }
    })
}

fn project_areas(view: &View) -> impl Iterator<Item = Place<'_>> {
    areas(view).filter(|it| it.area.project().is_some())
}

fn roles(view: &View) -> Words {
    let of = |at: Place| {
        let role =
            |it: &governance::Role| (it.name.to_string(), format!("{}/roles", at.page), at.name.clone());
        view.roles(at.id).iter().map(role).collect::<Words>()
    };
    areas(view).flat_map(of).collect()
}

fn timelines(view: &View) -> Words {
    let of = |at: Place| {
        let page = format!("{}/timelines", at.page);
        let timeline = |it: &governance::Timeline| (it.name.to_string(), page.clone(), at.name.clone());
        view.timelines(at.id).iter().map(timeline).collect::<Words>()
    };
    project_areas(view).flat_map(of).collect()
}

fn iterations(view: &View) -> Words {
    let mut found = Words::new();
    for at in project_areas(view) {
        let page = format!("{}/timelines", at.page);
        for timeline in view.timelines(at.id) {
            let within = format!("{} › {}", at.name, timeline.name);
            let mut open: Vec<&Iteration> = timeline.iterations.iter().collect();
            while let Some(it) = open.pop() {
                found.push((name_of(it), page.clone(), within.clone()));
                open.extend(it.iterations.iter());
            }
        }
    }
    found
}

/// Types of iterations, and those that a process declares.
fn types(view: &View) -> Words {
    let of = |at: Place| {
        let iterations = at.area.project().map(|it| Arc::clone(&it.iteration_types));
        let iterations: Vec<String> =
            iterations.iter().flat_map(|types| types.iter().map(ToString::to_string)).collect();
        let page = |tab: &str| format!("{}/{tab}", at.page);
        let place = |what: &str| format!("{} › {what}", at.name);
        let mut found: Words = { iterations.into_iter() }
            .map(|id| (id, page("timelines"), place("Types of iterations")))
            .collect();
        let of_process = TYPE_LISTS.map(|(key, title)| (key, title, "types"));
        for (key, title, tab) in of_process.into_iter().chain(OF_VOCABULARY) {
            let all = declared(view, at.id, key).into_iter();
            found.extend(all.map(|it| (it.words, page(tab), place(title))));
        }
        found
    };
    project_areas(view).flat_map(of).collect()
}

/// The types of a vocabulary: the key, what they are called, and their tab.
const OF_VOCABULARY: [(&str, &str, &str); 2] =
    [("attribute_types", "Attributes", "vocabulary"), ("link_types", "Links", "vocabulary")];

fn tags(view: &View) -> Words {
    let of = |at: Place| {
        let page = format!("{}/vocabulary", at.page);
        let tag = |it: governance::KnownTag| (it.tag.into(), page.clone(), at.name.clone());
        view.tags(at.id).into_iter().map(tag).collect::<Words>()
    };
    project_areas(view).flat_map(of).collect()
}

fn shared_queries(view: &View) -> Words {
    let of = |at: Place| {
        let query = |it: governance::SharedQuery| {
            Some((it.name.to_string(), query_address("configurations", at.id, it.criteria)?, at.name.clone()))
        };
        view.shared_queries(at.id).into_iter().filter_map(query).collect::<Words>()
    };
    project_areas(view).flat_map(of).collect()
}

fn process_templates(view: &View) -> Words {
    let template = |it: document::OfferedTemplate<'_>| {
        let name = it.template.name.to_string();
        let page = format!("/process-templates/{}", segment(&name));
        (name, page, it.template.application.map_or("", governance::Application::id).to_owned())
    };
    document::templates(view.process_templates()).into_iter().map(template).collect()
}

/// What people call an iteration.
fn name_of(iteration: &Iteration) -> String {
    let name = iteration.carried.get("name").and_then(serde_json::Value::as_str);
    name.map_or_else(|| iteration.id.to_string(), str::to_owned)
}
