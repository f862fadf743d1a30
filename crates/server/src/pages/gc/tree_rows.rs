//! The rows of a hierarchy's tree, as it is open: paged, and each with what can be done with it.

use std::collections::{BTreeMap, BTreeSet};

use governance::{ComponentId, ConfigurationId, Contribution, Hierarchy, QuestionText, View};

use super::configuration::{Shown, deed};
use super::team_area::TeamArea;
use crate::pages::address::Address;
use crate::pages::part::{Mark, Person};

/// What of the tree is shown, if not all that is open: the first row, and the addresses of what is before and
/// after it.
pub(super) struct Cut {
    pub(super) from: usize,
    pub(super) before: Option<String>,
    pub(super) after: Option<String>,
}

/// A row: a configuration in one place of the tree, or a local one.
pub(super) struct Row {
    /// The numbers on the way to it; empty for the root.
    pub(super) path: String,
    pub(super) level: usize,
    pub(super) number: Option<u32>,
    pub(super) mark: Mark,
    pub(super) name: String,
    pub(super) kind: &'static str,
    pub(super) component: String,
    pub(super) team: Option<TeamArea>,
    pub(super) archived: bool,
    /// In how many ways its component is in the hierarchy, where that is more than one.
    /// Whether it is another than its newest baseline.
    pub(super) changed: bool,
    pub(super) skew: usize,
    /// Whether whoever the tree is seen as may edit it.
    pub(super) may: Option<bool>,
    /// Opens or closes it, if it contains something.
    pub(super) toggle: Option<String>,
    pub(super) open: bool,
    /// Its own tree, if it contains something and is too deep to be opened in this one.
    pub(super) further: Option<String>,
    pub(super) at: usize,
    pub(super) of: usize,
    /// Shows what can be done with it in its place.
    pub(super) choose: String,
    pub(super) chosen: bool,
}

/// So many rows are shown at once.
const ROWS: usize = 500;
/// What is deeper has a tree of its own: nothing bounds how deep a hierarchy is, and each row tells its way.
const DEEPEST: usize = 100;
/// No tree is gone through further: what is open can be far more than what there is.
const FURTHEST: usize = 200_000;

/// A tree while its rows are put together.
pub(super) struct Tree<'v> {
    view: &'v View,
    here: Address,
    /// What is above this level is open, unless it was shut.
    level: usize,
    open: BTreeSet<String>,
    shut: BTreeSet<String>,
    chosen: Option<String>,
    configurations: BTreeMap<ComponentId, usize>,
    seen_as: Option<Person>,
    /// Whether that is somebody about whom the asker may not ask.
    not_asked: bool,
    /// The first row that is asked for.
    from: Option<usize>,
    /// The first row that is shown; those that it is in are shown above it.
    first: usize,
    /// So many rows were gone through.
    passed: usize,
    /// Those that the row is in which comes next.
    way: Vec<Open<'v>>,
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

/// A configuration whose contributions are gone through.
struct Open<'v> {
    node: Node,
    below: &'v [Contribution],
    next: usize,
}

/// What is shown of a tree.
pub(super) struct Shape {
    pub(super) rows: Vec<Row>,
    pub(super) cut: Cut,
    pub(super) chosen: Option<String>,
    pub(super) seen_as: Option<Person>,
    /// Whether that is somebody about whom the asker may not ask.
    pub(super) not_asked: bool,
}

impl<'v> Tree<'v> {
    /// The tree that an address tells of, with what is above a level open.
    pub(super) fn at(view: &'v View, here: &Address, level: usize, seen_as: Option<Person>) -> Self {
        let said = |name: &str| here.fields().iter().find(|(it, _)| it == name).map(|(_, value)| &**value);
        let list = |name: &str| {
            said(name).unwrap_or_default().split(',').filter(|it| !it.is_empty()).map(str::to_owned).collect()
        };
        Self {
            view,
            here: here.without("at"),
            level,
            open: list("open"),
            shut: list("shut"),
            chosen: said("at").map(str::to_owned),
            configurations: BTreeMap::new(),
            seen_as,
            not_asked: false,
            from: said("from").map(|it| it.parse().unwrap_or(0).min(FURTHEST)),
            first: 0,
            passed: 0,
            way: Vec::new(),
            rows: Vec::new(),
            more: false,
        }
    }

    /// Puts the rows of a configuration's tree together.
    pub(super) fn shape(mut self, root: ConfigurationId, hierarchy: &Hierarchy) -> Shape {
        for it in hierarchy.configurations().iter().filter_map(|id| self.view.see(*id)) {
            *self.configurations.entry(it.component).or_default() += 1;
        }
        let chosen = || Some(self.place_of(root, self.chosen.as_ref()?)? / ROWS * ROWS);
        self.first = self.from.or_else(chosen).unwrap_or(0);
        self.fill(root);
        if self.rows.is_empty() {
            (self.first, self.passed) = (0, 0);
            self.fill(root);
        }
        let cut = self.cut();
        let Self { rows, chosen, seen_as, not_asked, .. } = self;
        Shape { rows, cut, chosen, seen_as, not_asked }
    }

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
        self.more |= place >= self.first + ROWS;
        if self.more || place < self.first {
            return false;
        }
        if self.rows.is_empty() && place > 0 {
            let above: Vec<Node> = self.way.iter().map(|it| it.node.clone()).collect();
            above.into_iter().for_each(|node| self.row(node, true));
        }
        true
    }

    fn cut(&self) -> Cut {
        let address =
            |from: usize| if from == 0 { self.here.without("from") } else { self.here.with("from", from) };
        Cut {
            from: self.first,
            before: (self.first > 0).then(|| address(self.first.saturating_sub(ROWS)).to_string()),
            after: (self.more && self.first < FURTHEST).then(|| address(self.first + ROWS).to_string()),
        }
    }

    fn is_open(&self, path: &str, level: usize) -> bool {
        let is_said = if level < self.level {
            !self.shut.contains(named(path))
        } else {
            self.open.contains(named(path))
        };
        level < DEEPEST && is_said
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

    /// The rows of the tree of a configuration.
    fn fill(&mut self, root: ConfigurationId) {
        self.enter(root, String::new(), 0, (1, 1));
        while !self.more
            && let Some(Open { node, below, next }) = self.way.last_mut()
        {
            let Some(contribution) = below.get(*next) else {
                self.way.pop();
                continue;
            };
            let (path, level) = (child_path(&node.path, *next, contribution), node.level + 1);
            *next += 1;
            let position = (*next, below.len());
            match contribution {
                Contribution::Configuration(child) => self.enter(*child, path, level, position),
                Contribution::Local(uri) => self.add_local(uri, path, level, position),
            }
        }
    }

    /// A row for a configuration; what it contains comes next, if it is open.
    fn enter(&mut self, id: ConfigurationId, path: String, level: usize, position: (usize, usize)) {
        if self.view.see(id).is_none() {
            return;
        }
        let node = Node { id, path, level, position, place: self.passed };
        let below = self.view.contributions(id);
        let open = !below.is_empty() && self.is_open(&node.path, level);
        if self.shows_next() {
            self.row(node.clone(), open);
        }
        if open {
            self.way.push(Open { node, below, next: 0 });
        }
    }

    fn row(&mut self, Node { id, path, level, position: (at, of), place }: Node, open: bool) {
        let Some(shown) = Shown::at(self.view, id) else { return };
        let skew = self.configurations.get(&shown.it.component).copied().unwrap_or(1);
        let may = self.seen_as.as_ref().and_then(|person| may(self.view, person, &shown));
        self.not_asked |= self.seen_as.is_some() && may.is_none();
        let is_leaf = self.view.contributions(id).is_empty();
        // What is closed above the first row takes that away.
        let is_above = place < self.first;
        let toggle = (!is_leaf && level < DEEPEST).then(|| self.toggled(&path, level, open));
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
            changed: self.view.has_changed_since_its_baseline(id),
            skew: if skew > 1 { skew } else { 0 },
            may,
            toggle,
            open,
            further: (!is_leaf && level >= DEEPEST).then(|| shown.address("hierarchy").to_string()),
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
            mark: Mark::new("local configuration", uri),
            name: uri.to_owned(),
            kind: "local",
            component: String::new(),
            team: None,
            archived: false,
            changed: false,
            skew: 0,
            may: None,
            toggle: None,
            open: false,
            further: None,
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
