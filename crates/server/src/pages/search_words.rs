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

/// What is found of a noun by its name or its id.
pub(super) struct Word {
    pub(super) name: String,
    pub(super) page: String,
    /// What tells it from others that are called so.
    pub(super) place: String,
    /// What entries and programs call it, where that is another name.
    pub(super) id: String,
}

impl Word {
    fn new(name: impl Into<String>, page: impl Into<String>, place: impl Into<String>) -> Self {
        Self { name: name.into(), page: page.into(), place: place.into(), id: String::new() }
    }
    fn with_id(self, id: impl Into<String>) -> Self {
        Self { id: id.into(), ..self }
    }
}

pub(super) type Words = Vec<Word>;

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
    let friend = |it: store::Friend| Word::new(it.name.clone(), friend_path(&it.name), it.root_services);
    let consumer = |it: store::Consumer| Word::new(it.name, consumer_path(&it.key), it.key);
    let licence =
        |it: LicenceType| Word::new(it.name(), format!("/licences/{}", it.id()), it.id()).with_id(it.id());
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
    ("repository group", |_| RepositoryGroup::ALL.map(|it| Word::new(it.id(), "/groups", "")).into()),
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
        let application =
            view.see(view.project_of(id)).and_then(|it| it.project()).map(|it| it.application.id());
        // Project areas of several applications are called alike.
        let name = match application {
            Some(application) => format!("{} · {application}", area.name),
            None => area.name.to_string(),
        };
        Place { id, area, page, name }
    })
}

fn project_areas(view: &View) -> impl Iterator<Item = Place<'_>> {
    areas(view).filter(|it| it.area.project().is_some())
}

fn roles(view: &View) -> Words {
    let of = |at: Place| {
        let role = |it: &governance::Role| {
            Word::new(&*it.name, format!("{}/roles", at.page), &*at.name).with_id(&*it.id)
        };
        view.roles(at.id).iter().map(role).collect::<Words>()
    };
    areas(view).flat_map(of).collect()
}

fn timelines(view: &View) -> Words {
    let of = |at: Place| {
        let page = format!("{}/timelines", at.page);
        let timeline = |it: &governance::Timeline| Word::new(&*it.name, &*page, &*at.name);
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
                found.push(Word::new(it.called(), &*page, &*within).with_id(&*it.id));
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
            .map(|id| Word::new(id, page("timelines"), place("Types of iterations")))
            .collect();
        let of_process = TYPE_LISTS.map(|(key, title)| (key, title, "types"));
        for (key, title, tab) in of_process.into_iter().chain(OF_VOCABULARY) {
            let all = declared(view, at.id, key).into_iter();
            found.extend(all.map(|it| Word::new(it.words, page(tab), place(title)).with_id(it.value)));
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
        let tag = |it: governance::KnownTag| Word::new(it.tag.as_str(), &*page, &*at.name);
        view.tags(at.id).into_iter().map(tag).collect::<Words>()
    };
    project_areas(view).flat_map(of).collect()
}

fn shared_queries(view: &View) -> Words {
    let of = |at: Place| {
        let query = |it: governance::SharedQuery| {
            Some(Word::new(&*it.name, query_address("configurations", at.id, it.criteria)?, &*at.name))
        };
        view.shared_queries(at.id).into_iter().filter_map(query).collect::<Words>()
    };
    project_areas(view).flat_map(of).collect()
}

fn process_templates(view: &View) -> Words {
    let template = |it: document::OfferedTemplate<'_>| {
        let name = it.template.name.to_string();
        let page = format!("/process-templates/{}", segment(&name));
        Word::new(name, page, it.template.application.map_or("", governance::Application::id))
    };
    document::templates(view.process_templates()).into_iter().map(template).collect()
}
