//! Search over everything that somebody sees; what they do not see is counted nowhere.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use governance::{
    AccessGroup, Artefact, Category, Component, Configuration, Dates, Folder, Item, Noun, Plan, ProcessArea,
    ScmItem, SearchCriteria, Seen, SoughtWords, TestArtefact, User, View, WorkItem,
};
use tokio::task::spawn_blocking;

use super::Frame;
use super::item_page::{item_page, user_page};
use super::part::{Empty, Mark, Pager};
use super::render;
use super::search_words::{WORDS, Word, Words, keys};
use super::visitor::Visitor;
use super::words::plural;
use crate::problem::Problem;
use crate::router::Server;

#[derive(Template)]
#[template(path = "search.html")]
struct SearchPage {
    frame: Frame,
    text: String,
    /// Those nouns of which something was found.
    groups: Vec<Group>,
    /// The noun of which everything is shown that is found, if one is.
    kind: String,
    /// Where what is found begins, if this is beyond its end.
    back: Option<String>,
}

/// What was found of a noun.
struct Group {
    key: &'static str,
    title: String,
    hits: Vec<Hit>,
    /// How many there are, where that is known.
    total: Option<usize>,
    has_more: bool,
    all: String,
    /// The way through all of it, where it is the only noun that is shown.
    pager: Option<Pager>,
}

struct Hit {
    mark: Mark,
    /// What tells it from others that are called so.
    place: String,
    archived: bool,
}

/// So many of each noun are shown, and of one alone.
const OF_EACH: usize = 5;
const OF_ONE: usize = 200;
/// So far one can go through what is found of a noun.
const FURTHEST: usize = 20_000;

pub(crate) async fn show(State(server): State<Arc<Server>>, visitor: Visitor) -> Result<Response, Problem> {
    let text = visitor.query.get("q").trim().to_owned();
    let kind = visitor.query.get("kind").to_owned();
    let from = if kind.is_empty() { 0 } else { visitor.query.get("after").parse().unwrap_or(0) };
    let from: usize = FURTHEST.min(from);
    let mut groups = Vec::new();
    if !SoughtWords::of(&text).is_empty() {
        let keys = keys(&server, &visitor).await?;
        let (view, text, kind) = (visitor.view().clone(), text.clone(), kind.clone());
        // Much may be looked through before enough is found.
        let finding = spawn_blocking(move || {
            let finding = Finding::new(&view, &text, &kind, from);
            let mut groups: Vec<Group> = finding.meant().filter(|_| kind.is_empty()).into_iter().collect();
            groups.extend(finding.groups());
            let words = WORDS.into_iter().filter(|(kind, _)| finding.wants(kind));
            groups.extend(words.filter_map(|(kind, all)| finding.named(kind, all(&view))));
            groups.extend(keys.into_iter().filter_map(|(kind, all)| finding.named(kind, all)));
            groups
        });
        groups = finding.await.map_err(|_| Problem::internal())?;
    }
    for group in &mut groups {
        group.all = visitor.here.with("kind", group.key).to_string();
        group.pager = (!kind.is_empty()).then(|| {
            let shown = format!("{} to {}", from + 1, from + group.hits.len());
            let next = (group.has_more && from < FURTHEST).then_some(from + OF_ONE);
            Pager::new(&visitor.here, shown, next).back_by(&visitor.here, OF_ONE)
        });
    }
    let title = if text.is_empty() { "Search".to_owned() } else { format!("Search: {text}") };
    let back = (from > 0).then(|| visitor.here.without("after").to_string());
    Ok(render(&SearchPage { frame: visitor.frame(title), text, groups, kind, back }))
}

struct Finding<'a> {
    view: &'a View,
    text: &'a str,
    words: SoughtWords,
    kind: &'a str,
    /// So many of what is found are left out, and so many are shown.
    from: usize,
    limit: usize,
}

impl<'a> Finding<'a> {
    fn new(view: &'a View, text: &'a str, kind: &'a str, from: usize) -> Self {
        let words = SoughtWords::of(text);
        Self { view, text, words, kind, from, limit: if kind.is_empty() { OF_EACH } else { OF_ONE } }
    }

    fn groups(&self) -> Vec<Group> {
        let area = |team: bool| {
            move |view: &View, id| view.see(id).is_some_and(|it: &ProcessArea| it.team().is_some() == team)
        };
        let groups = [
            self.searched("configuration"),
            self.searched("component"),
            self.among::<ProcessArea>("project-area", area(false)),
            self.among::<ProcessArea>("team-area", area(true)),
            self.users(),
            self.among::<WorkItem>("work-item", |_, _| true),
            self.among::<Artefact>("artefact", |_, _| true),
            self.among::<TestArtefact>("test artefact", |_, _| true),
            self.among::<Plan>("plan", |_, _| true),
            self.among::<Category>("category", |_, _| true),
            self.among::<Folder>("folder", |_, _| true),
            self.among::<ScmItem>("source control item", |_, _| true),
            self.among::<AccessGroup>("access group", |_, _| true),
        ];
        groups.into_iter().flatten().collect()
    }

    fn wants(&self, key: &str) -> bool {
        self.kind.is_empty() || self.kind == key
    }
    fn has(&self, name: &str) -> bool {
        self.words.begin_words_of(&[name])
    }
    fn group(
        &self,
        key: &'static str,
        hits: Vec<Hit>,
        total: Option<usize>,
        has_more: bool,
    ) -> Option<Group> {
        let words = key.replace('-', " ");
        let title = plural(&words);
        let mut letters = title.chars();
        let title = letters.next().map(|first| first.to_uppercase().to_string() + letters.as_str());
        let all = String::new();
        let title = title.unwrap_or_default();
        (!hits.is_empty()).then_some(Group { key, title, hits, total, has_more, all, pager: None })
    }

    fn hit(&self, item: Item) -> Hit {
        let project = self.view.project_of_item(item).and_then(|area| Some((area, self.view.see(area)?)));
        let place = project.map(|(id, area)| {
            let application = area.project().map_or("", |it| it.application.id());
            match Item::Area(id) == item {
                true => application.to_owned(),
                false => format!("{} · {application}", area.name),
            }
        });
        let archived = match item {
            Item::Configuration(id) => self.view.see(id).is_some_and(|it| it.archived),
            Item::Component(id) => self.view.see(id).is_some_and(|it| it.archived),
            Item::Area(id) => self.view.see(id).is_some_and(|it| it.archived),
            _ => false,
        };
        let mut place = place.unwrap_or_default();
        if archived {
            place = format!("{place} · archived").trim_start_matches(" · ").to_owned();
        }
        let mark = Mark::of(&self.view.item_text(item)).at(item_page(self.view, item));
        Hit { mark, place, archived }
    }

    /// What a reference or a URI names, which pages show to be copied.
    fn meant(&self) -> Option<Group> {
        let by_reference = self.view.item_at(self.text).filter(|it| *it != Item::Repository);
        let found = by_reference.or_else(|| at_address(self.view, self.text))?;
        let hit = self.hit(found);
        Some(Group {
            key: "reference",
            title: "What it names".to_owned(),
            hits: vec![hit],
            total: None,
            has_more: false,
            all: String::new(),
            pager: None,
        })
    }

    /// By the index of names.
    fn searched(&self, key: &'static str) -> Option<Group> {
        if !self.wants(key) {
            return None;
        }
        let criteria = SearchCriteria { name: Some(self.text.to_owned()), ..SearchCriteria::default() };
        let dates = Dates::default();
        let (items, total): (Vec<Item>, usize) = if key == "component" {
            let found = self.view.search_components(&criteria, &dates, None, self.from + self.limit).ok()?;
            (found.ids.into_iter().map(Item::Component).collect(), found.total)
        } else {
            let found =
                self.view.search_configurations(&criteria, &dates, None, self.from + self.limit).ok()?;
            (found.ids.into_iter().map(Item::Configuration).collect(), found.total)
        };
        let has_more = total > items.len();
        let mut hits: Vec<Hit> = items.into_iter().skip(self.from).map(|item| self.hit(item)).collect();
        hits.sort_by_key(|hit| hit.archived);
        self.group(key, hits, Some(total), has_more)
    }

    /// By looking at each that is seen.
    fn among<N: Seen>(
        &self,
        key: &'static str,
        wanted: impl Fn(&View, governance::Id<N>) -> bool,
    ) -> Option<Group> {
        if !self.wants(key) {
            return None;
        }
        let mut hits = Vec::new();
        let mut has_more = false;
        let mut before = self.from;
        for (id, noun) in self.view.each::<N>(0).filter(|(id, _)| wanted(self.view, *id)) {
            let item = N::item(id);
            let name = item.map_or_else(
                || noun.plain_name().unwrap_or_default().to_owned(),
                |item| self.view.name_of(item),
            );
            if !self.has(&name) {
                continue;
            }
            if before > 0 {
                before -= 1;
                continue;
            }
            if hits.len() == self.limit {
                has_more = true;
                break;
            }
            hits.push(match item {
                Some(item) => self.hit(item),
                None => {
                    let mark = self.named_mark::<N>(id.number(), name);
                    Hit { mark, place: String::new(), archived: false }
                }
            });
        }
        self.group(key, hits, None, has_more)
    }

    /// What is no item that questions are about: an access group has a page.
    fn named_mark<N: Seen>(&self, number: u32, name: String) -> Mark {
        let mark = Mark::new(N::KIND, name);
        if N::KIND == AccessGroup::KIND { mark.at(format!("/access-groups/{number}")) } else { mark }
    }

    /// By their names, of all that there are.
    fn named(&self, key: &'static str, all: Words) -> Option<Group> {
        if !self.wants(key) {
            return None;
        }
        let mut found = all.into_iter().filter(|it| self.words.begin_words_of(&[&it.name, &it.id]));
        let hit =
            |it: Word| Hit { mark: Mark::new(key, it.name).at(it.page), place: it.place, archived: false };
        let hits: Vec<Hit> = found.by_ref().skip(self.from).take(self.limit).map(hit).collect();
        let has_more = found.next().is_some();
        self.group(key, hits, None, has_more)
    }

    fn users(&self) -> Option<Group> {
        if !self.wants("user") {
            return None;
        }
        let matches = |user: &User| {
            self.words.begin_words_of(&[&user.id, &user.name, user.mail.as_deref().unwrap_or_default()])
        };
        let mut found = self.view.each::<User>(0).filter(|(_, user)| matches(user));
        let hits: Vec<Hit> = found
            .by_ref()
            .skip(self.from)
            .take(self.limit)
            .map(|(_, user)| Hit {
                mark: Mark::new("user", user.name.to_string()).at(user_page(&user.id)),
                place: user.id.to_string(),
                archived: user.archived,
            })
            .collect();
        let has_more = found.next().is_some();
        self.group("user", hits, None, has_more)
    }
}

/// What a page of any server with these paths is of: `https://elm.example.com/configurations/12`.
fn at_address(view: &View, text: &str) -> Option<Item> {
    let (_, path) = text.split_once("://")?.1.split_once('/')?;
    let mut parts = path.split(['/', '?', '#']);
    let (kind, number) = (parts.next()?, parts.next()?);
    match kind {
        "configurations" => view.find::<Configuration>(number).map(Item::Configuration),
        "components" => view.find::<Component>(number).map(Item::Component),
        "project-areas" => view.find_project_area(number).map(Item::Area),
        "team-areas" => view.find_team_area(number).map(Item::Area),
        _ => None,
    }
}
