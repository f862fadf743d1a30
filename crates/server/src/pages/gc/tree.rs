//! The hierarchy of a configuration as a tree: its rows are rendered here, opened one by one or down to a
//! level, and everything that is shown is in the address.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use governance::text::fold;
use governance::{ConfigurationId, Contribution, QuestionText, View};

use super::configuration::{Shown, deed};
use super::contribution::{Editor, everywhere};
use super::count;
use super::team_area::TeamArea;
use crate::asset;
use crate::pages::ability::{Ability, LOOKED_FOR};
use crate::pages::address::Address;
use crate::pages::field::Field;
use crate::pages::frame::Frame;
use crate::pages::part::{Button, Mark, Person, Wrong};
use crate::pages::render;
use crate::pages::saving::{Sent, Told};
use crate::pages::visitor::Visitor;
use crate::problem::{Kind, Problem};

#[derive(Template)]
#[template(path = "gc/hierarchy.html")]
struct TreePage<'a> {
    frame: Frame,
    path: String,
    number: u32,
    name: String,
    summary: String,
    rows: Vec<Row>,
    cut: Cut,
    levels: Vec<(String, String, bool)>,
    filter: String,
    /// What the filter finds, and how much more.
    found: Option<(Vec<Hit>, usize)>,
    as_user: Field,
    seen_as: Option<Person>,
    wrong: Option<Wrong>,
    skews: Vec<Skew>,
    editor: Editor,
    edit: Button,
    told: Told<'a>,
    here: String,
    hidden: Vec<(String, String)>,
}

/// Only the rows, for those who have the rest of the page.
#[derive(Template)]
#[template(path = "gc/rows.html")]
struct Rows {
    rows: Vec<Row>,
    cut: Cut,
    seen_as: Option<Person>,
}

/// What of the tree is shown, if not all that is open: the first row, and the addresses of what is before and
/// after it.
struct Cut {
    from: usize,
    before: Option<String>,
    after: Option<String>,
}

/// A row: a configuration in one place of the tree, or a local one.
pub(super) struct Row {
    /// The numbers on the way to it; empty for the root.
    path: String,
    level: usize,
    number: Option<u32>,
    mark: Mark,
    name: String,
    kind: &'static str,
    component: String,
    team: Option<TeamArea>,
    archived: bool,
    /// In how many ways its component is in the hierarchy, where that is more than one.
    skew: usize,
    /// Whether whoever the tree is seen as may edit it.
    may: Option<bool>,
    /// Opens or closes it, if it contains something.
    toggle: Option<String>,
    open: bool,
    at: usize,
    of: usize,
    /// Shows what can be done with it in its place.
    choose: String,
    chosen: bool,
}

/// What a filter finds.
struct Hit {
    mark: Mark,
    way: String,
    show: String,
}

/// A component that is in the hierarchy with several configurations.
struct Skew {
    component: String,
    ways: Vec<(String, Vec<String>)>,
    offers: Vec<Offer>,
}

/// A way to resolve it.
struct Offer {
    keep: String,
    replace: Vec<String>,
    places: usize,
    frozen: Vec<String>,
    button: Button,
}

/// So many rows are shown at once, and so many hits.
const ROWS: usize = 500;
/// No tree is gone through further: what is open can be far more than what there is.
const FURTHEST: usize = 200_000;
const HITS: usize = 100;
/// So many levels are offered.
const LEVELS: usize = 6;

pub(crate) async fn show(visitor: Visitor, Path(key): Path<String>) -> Result<Response, Problem> {
    let shown = Shown::of(visitor.view(), &key)?;
    page(&visitor, &shown, &visitor.here.clone(), &Sent::default())
}

/// The tree at an address, after something was sent.
pub(super) fn page(
    visitor: &Visitor,
    shown: &Shown<'_>,
    here: &Address,
    sent: &Sent,
) -> Result<Response, Problem> {
    let view = visitor.view();
    let only_rows = here.fields().iter().any(|(name, value)| name == "part" && value == "rows");
    // What is sent without the rest of the page leads to pages.
    let here = &here.without("part");
    let said = |name: &str| {
        here.fields().iter().find(|(it, _)| it == name).map_or("", |(_, value)| value).to_owned()
    };
    let hierarchy = view.hierarchy(shown.id, usize::MAX).ok_or_else(Problem::not_found)?;
    let as_user = said("as");
    let asked = view.person(&as_user).filter(|_| !as_user.is_empty()).map(Person::from);
    let mut configurations: BTreeMap<_, usize> = BTreeMap::new();
    for id in hierarchy.configurations() {
        if let Some(it) = view.see(*id) {
            *configurations.entry(it.component).or_default() += 1;
        }
    }
    let level = said("level").parse().unwrap_or(1);
    let mut tree = Tree {
        view,
        here: here.without("at"),
        level,
        open: list(&said("open")),
        shut: list(&said("shut")),
        chosen: here.fields().iter().any(|(name, _)| name == "at").then(|| said("at")),
        configurations,
        seen_as: asked,
        not_asked: false,
        from: said("from").parse().unwrap_or(0).min(FURTHEST),
        passed: 0,
        way: Vec::new(),
        rows: Vec::new(),
        more: false,
    };
    let is_placed = here.fields().iter().any(|(name, _)| name == "from");
    if let Some(place) =
        tree.chosen.clone().filter(|_| !is_placed).and_then(|it| tree.place_of(shown.id, &it))
    {
        tree.from = place / ROWS * ROWS;
    }
    tree.add(shown.id, String::new(), 0, (1, 1));
    if tree.rows.is_empty() {
        (tree.from, tree.passed) = (0, 0);
        tree.add(shown.id, String::new(), 0, (1, 1));
    }
    let cut = tree.cut();
    let Tree { rows, chosen, seen_as, not_asked, .. } = tree;
    let chosen = chosen.unwrap_or_default();
    let seen_as = seen_as.filter(|_| !not_asked || rows.iter().any(|row| row.may.is_some()));
    let mut wrong = None;
    if seen_as.is_none() && !as_user.is_empty() {
        wrong = Some(Wrong { words: format!("There is no user “{as_user}” about whom you may ask.") });
    }
    if only_rows {
        return Ok(render(&Rows { rows, cut, seen_as }));
    }
    let depth = hierarchy.depth();
    let filter = said("q");
    let found = (!filter.is_empty()).then(|| hits(view, &hierarchy, &filter, here));
    let skews = if hierarchy.len() > 1 { skews(visitor, shown) } else { Vec::new() };
    let levels = (1..depth.min(LEVELS)).map(|it| {
        let address = here.without("open").without("shut").without("from").with("level", it);
        (address.to_string(), it.to_string(), it == level)
    });
    let mut levels: Vec<_> = levels.collect();
    if depth > 1 {
        let all = here.without("open").without("shut").without("from").with("level", depth);
        levels.push((all.to_string(), "All".to_owned(), level >= depth));
    }
    let summary = format!(
        "{}, {} deep{}",
        count(hierarchy.len(), "configuration"),
        count(depth, "level"),
        if skews.is_empty() {
            String::new()
        } else {
            format!("; {} with skew", count(skews.len(), "component"))
        },
    );
    let (editor, is_gone) = match Editor::of(visitor, shown, &chosen, sent) {
        Ok(editor) => (editor, false),
        // Somebody else has taken it out, or it never was there.
        Err(problem) if problem.kind == Kind::NotFound => (Editor::of(visitor, shown, "", sent)?, true),
        Err(problem) => return Err(problem),
    };
    if is_gone {
        wrong = Some(Wrong { words: "What was chosen is not in this place any more.".to_owned() });
    }
    let hidden = here.fields().iter().filter(|(name, _)| !["q", "as"].contains(&name.as_str())).cloned();
    let told = editor.told(visitor, sent, &shown.address("hierarchy"), here);
    Ok(render(&TreePage {
        path: shown.path(),
        number: shown.id.number(),
        name: shown.it.name.to_string(),
        summary,
        rows,
        cut,
        levels,
        filter,
        found,
        as_user: Field::line("as", "As user", as_user).of_person(),
        seen_as,
        wrong,
        skews,
        told,
        edit: visitor.only_in_earnest(Ability::Allowed).button("Edit attributes of what is ticked"),
        editor,
        here: here.to_string(),
        hidden: hidden.collect(),
        frame: shown.frame(visitor, "hierarchy").running(asset::TREE.path()),
    }))
}

fn list(text: &str) -> BTreeSet<String> {
    text.split(',').filter(|it| !it.is_empty()).map(str::to_owned).collect()
}

/// A tree while its rows are put together.
struct Tree<'v> {
    view: &'v View,
    here: Address,
    /// What is above this level is open, unless it was shut.
    level: usize,
    open: BTreeSet<String>,
    shut: BTreeSet<String>,
    chosen: Option<String>,
    configurations: BTreeMap<governance::ComponentId, usize>,
    seen_as: Option<Person>,
    /// Whether that is somebody about whom the asker may not ask.
    not_asked: bool,
    /// The first row that is shown; those that it is in are shown above it.
    from: usize,
    /// So many rows were gone through.
    passed: usize,
    /// Those that the row is in which comes next.
    way: Vec<Node>,
    rows: Vec<Row>,
    more: bool,
}

/// Where a configuration is in the tree.
#[derive(Clone)]
struct Node {
    id: ConfigurationId,
    path: String,
    level: usize,
    position: (usize, usize),
    /// Which row it is.
    place: usize,
}

impl Tree<'_> {
    /// Which row it is that has this path, as things are open.
    fn place_of(&self, id: ConfigurationId, wanted: &str) -> Option<usize> {
        let mut place = 0;
        let mut waiting = vec![(Some(id), String::new(), 0)];
        while let Some((id, path, level)) = waiting.pop() {
            if named(&path) == wanted {
                return Some(place);
            }
            place += 1;
            if place > FURTHEST {
                return None;
            }
            let Some(id) = id.filter(|_| self.is_open(&path, level)) else { continue };
            let below = self.view.contributions(id).iter().enumerate().rev();
            let below =
                below.filter(|(_, it)| it.configuration().is_none_or(|id| self.view.see(id).is_some()));
            waiting.extend(below.map(|(at, it)| (it.configuration(), child_path(&path, at, it), level + 1)));
        }
        None
    }

    /// Whether there is room for the next row, which is in `way`.
    fn shows_next(&mut self) -> bool {
        let place = self.passed;
        self.passed += 1;
        self.more |= place >= self.from + ROWS;
        if self.more || place < self.from {
            return false;
        }
        if self.rows.is_empty() && place > 0 {
            for node in self.way.clone() {
                self.row(node, true);
            }
        }
        true
    }

    fn cut(&self) -> Cut {
        let address =
            |from: usize| if from == 0 { self.here.without("from") } else { self.here.with("from", from) };
        Cut {
            from: self.from,
            before: (self.from > 0).then(|| address(self.from.saturating_sub(ROWS)).to_string()),
            after: (self.more && self.from < FURTHEST).then(|| address(self.from + ROWS).to_string()),
        }
    }

    fn is_open(&self, path: &str, level: usize) -> bool {
        if level < self.level { !self.shut.contains(named(path)) } else { self.open.contains(named(path)) }
    }

    /// The address at which a node is open, or no longer.
    fn toggled(&self, path: &str, level: usize, open: bool) -> Address {
        let (mut opened, mut shut) = (self.open.clone(), self.shut.clone());
        let list = if level < self.level { &mut shut } else { &mut opened };
        if (level < self.level) == open {
            list.insert(named(path).to_owned());
        } else {
            list.remove(named(path));
        }
        let text = |list: &BTreeSet<String>| list.iter().cloned().collect::<Vec<_>>().join(",");
        self.here.with("open", text(&opened)).with("shut", text(&shut))
    }

    fn add(&mut self, id: ConfigurationId, path: String, level: usize, position: (usize, usize)) {
        if self.view.see(id).is_none() {
            return;
        }
        let node = Node { id, path, level, position, place: self.passed };
        let below = self.view.contributions(id);
        let open = !below.is_empty() && self.is_open(&node.path, level);
        if self.shows_next() {
            self.row(node.clone(), open);
        }
        if !open {
            return;
        }
        let path = node.path.clone();
        self.way.push(node);
        for (at, contribution) in below.iter().enumerate() {
            if self.more {
                break;
            }
            let (path, position) = (child_path(&path, at, contribution), (at + 1, below.len()));
            match contribution {
                Contribution::Configuration(child) => self.add(*child, path, level + 1, position),
                Contribution::Local(uri) => self.add_local(uri, path, level + 1, position),
            }
        }
        self.way.pop();
    }

    fn row(&mut self, Node { id, path, level, position: (at, of), place }: Node, open: bool) {
        let Some(shown) = Shown::at(self.view, id) else { return };
        let skew = self.configurations.get(&shown.it.component).copied().unwrap_or(1);
        let may = self.seen_as.as_ref().and_then(|person| may(self.view, person, &shown));
        self.not_asked |= self.seen_as.is_some() && may.is_none();
        let is_leaf = self.view.contributions(id).is_empty();
        // What is closed above the first row takes that away.
        let is_above = place < self.from;
        let toggle = (!is_leaf).then(|| self.toggled(&path, level, open));
        let toggle = toggle.map(|it| if is_above { it.without("from") } else { it }.to_string());
        self.rows.push(Row {
            level,
            number: Some(id.number()),
            mark: shown.mark(),
            name: shown.it.name.to_string(),
            kind: shown.kind(),
            component: shown.component.name.to_string(),
            team: Some(TeamArea::of(self.view, shown.it)),
            archived: shown.it.archived,
            skew: if skew > 1 { skew } else { 0 },
            may,
            toggle,
            open,
            at,
            of,
            choose: self.choose(&path),
            chosen: self.chosen.as_deref() == Some(named(&path)),
            path,
        });
    }

    fn choose(&self, path: &str) -> String {
        format!("{}#chosen", self.here.with("at", named(path)))
    }

    fn add_local(&mut self, uri: &str, path: String, level: usize, (at, of): (usize, usize)) {
        if !self.shows_next() {
            return;
        }
        self.rows.push(Row {
            level,
            number: None,
            mark: Mark::new("item", uri),
            name: uri.to_owned(),
            kind: "local",
            component: String::new(),
            team: None,
            archived: false,
            skew: 0,
            may: None,
            toggle: None,
            open: false,
            at,
            of,
            choose: self.choose(&path),
            chosen: self.chosen.as_deref() == Some(&*path),
            path,
        });
    }
}

/// The way to a contribution: numbers, and of a local configuration its place.
fn child_path(parent: &str, at: usize, it: &Contribution) -> String {
    let step = match it {
        Contribution::Configuration(id) => id.number().to_string(),
        Contribution::Local(_) => format!("~{}", at + 1),
    };
    if parent.is_empty() { step } else { format!("{parent}/{step}") }
}

/// The root's path is empty, which an address does not say.
pub(super) fn named(path: &str) -> &str {
    if path.is_empty() { "root" } else { path }
}

/// Whether somebody may edit a configuration; `None`: that is not the asker's to know.
fn may(view: &View, person: &Person, shown: &Shown<'_>) -> Option<bool> {
    let deed = deed(shown.it.kind, "modify-attributes");
    let (operation, action) = deed.split_once('/').unwrap_or((&deed, ""));
    let text = QuestionText {
        user: person.id.clone(),
        operation: operation.to_owned(),
        actions: vec![action.to_owned()],
        item: shown.reference.clone(),
        ..QuestionText::default()
    };
    view.answer(&text).ok().map(|answer| answer.decision.is_ok())
}

/// What a filter finds, the first of it, and how much more there is.
fn hits(view: &View, hierarchy: &governance::Hierarchy, filter: &str, here: &Address) -> (Vec<Hit>, usize) {
    let words: Vec<String> = fold(filter).split_whitespace().map(str::to_owned).collect();
    let above = hierarchy.above();
    let wanted = |shown: &Shown<'_>| {
        let text = fold(&format!("{} {}", shown.it.name, shown.component.name)).into_owned();
        words.iter().all(|word| text.contains(word))
    };
    let all = hierarchy.configurations().iter().enumerate();
    let mut found =
        all.filter_map(|(place, id)| Some((place, Shown::at(view, *id).filter(|it| wanted(it))?)));
    let hit = |(place, shown): (usize, Shown<'_>)| {
        let way = hierarchy.path(&above, place);
        let names = way.iter().filter_map(|id| view.see(*id)).map(|it| it.name.to_string());
        let names: Vec<String> = names.take(way.len() - 1).collect();
        let path = way.iter().skip(1).map(|id| id.number().to_string()).collect::<Vec<_>>();
        // Everything on the way is open there.
        let open: Vec<String> = (1..path.len()).map(|end| path[..end].join("/")).collect();
        let address = here.without("q").without("shut").without("from").with("open", open.join(","));
        let show = format!("{}#chosen", address.with("at", named(&path.join("/"))));
        Hit { mark: shown.mark(), way: names.join(" › "), show }
    };
    let hits = found.by_ref().take(HITS).map(hit).collect();
    (hits, found.count())
}

fn skews(visitor: &Visitor, root: &Shown<'_>) -> Vec<Skew> {
    let view = visitor.view();
    let skews = view.skews(root.id).unwrap_or_default().into_iter();
    let until = Instant::now() + LOOKED_FOR;
    let button = |keep: &str, replaced: &[String]| {
        let ability = match Instant::now() < until {
            true => Ability::to_make(view, everywhere(root, replaced.iter().map(String::as_str), keep)),
            false => Ability::Allowed,
        };
        let words = format!("Use {} everywhere", name_of(keep));
        visitor.only_in_earnest(ability).button(words).sends("verb", "resolve")
    };
    let skew = |it: governance::SkewText| Skew {
        component: it.component,
        ways: (it.occurrences.into_iter())
            .map(|it| (name_of(&it.configuration), it.paths.iter().map(|path| way(path)).collect()))
            .collect(),
        offers: (it.offers.into_iter())
            .map(|it| Offer {
                button: button(&it.keep, &it.replace),
                keep: it.keep,
                replace: it.replace,
                places: it.places,
                frozen: it.frozen.iter().map(|it| name_of(it)).collect(),
            })
            .collect(),
    };
    skews.map(skew).collect()
}

pub(super) fn way(path: &[String]) -> String {
    path.iter().map(|it| name_of(it)).collect::<Vec<_>>().join(" › ")
}

/// The name in `Component/kind:Name`.
pub(super) fn name_of(reference: &str) -> String {
    let name = reference.rsplit_once(':').map_or(reference, |(_, name)| name);
    if governance::is_uri(reference) {
        return reference.to_owned();
    }
    governance::text::decode(name).map_or_else(|_| name.to_owned(), Into::into)
}
