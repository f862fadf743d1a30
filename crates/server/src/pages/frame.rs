//! What surrounds every page: the bar, the rail, the way to where one is (docs/pages.md#frame).

use governance::View;

use super::context::Chosen;
use super::done;
use super::look::{Look, Theme};
use super::part::{Button, Icon, Person};
use super::rail::{self, Group};
use super::visitor::Visitor;
use crate::asset;

/// What surrounds a page.
#[derive(Clone)]
pub(crate) struct Frame {
    pub(crate) title: String,
    /// Who is signed in.
    pub(crate) person: Option<Person>,
    /// What only those have who are signed in.
    pub(super) visit: Option<Visit>,
    pub(super) look: Look,
    /// The way from the rail to this page; the page itself is the heading.
    pub(super) crumbs: Vec<Link>,
    pub(super) tabs: Vec<Tab>,
    /// The module that the page runs besides.
    pub(super) modules: Vec<String>,
    part: &'static str,
    /// What the page is of, where its name alone does not say so: a kind, and what else is to be known of it.
    pub(super) kind: Option<(&'static str, Vec<&'static str>)>,
    /// What is offered on every tab of a configuration.
    pub(super) configuration: Option<OfConfiguration>,
    /// Whether others may see the page otherwise, so that looking at it as one of them is offered beside its
    /// name.
    pub(super) differs: bool,
}

/// What can be done with a configuration, whichever tab of it is shown.
#[derive(Clone)]
pub(super) struct OfConfiguration {
    pub(super) path: String,
    /// To work in it; nothing where it is the current one.
    pub(super) work: Option<Button>,
}

/// What only those have who are signed in.
#[derive(Clone)]
pub(super) struct Visit {
    pub(super) rail: Vec<Group>,
    pub(super) here: String,
    pub(super) chosen: Option<Chosen>,
    pub(super) previewed: Option<Person>,
    /// Whether there is somebody as whom pages can be looked at.
    pub(super) previews: bool,
    /// What was searched for.
    pub(super) text: String,
    /// What somebody has just done.
    done: Option<String>,
}

/// A link with its words.
#[derive(Clone)]
pub(crate) struct Link {
    pub(crate) address: String,
    pub(crate) words: String,
}

impl Link {
    pub(crate) fn new(address: impl Into<String>, words: impl Into<String>) -> Self {
        Self { address: address.into(), words: words.into() }
    }
}

/// One of several views of the same thing.
#[derive(Clone)]
pub(crate) struct Tab {
    pub(crate) link: Link,
    pub(crate) is_here: bool,
}

impl Frame {
    /// For those who are not signed in, or where it does not matter who they are.
    pub(crate) fn plain(title: impl Into<String>) -> Self {
        Self {
            title: title.into(),
            person: None,
            visit: None,
            look: Look::default(),
            crumbs: Vec::new(),
            tabs: Vec::new(),
            modules: vec![asset::PAGE.path()],
            part: "",
            kind: None,
            configuration: None,
            differs: false,
        }
    }

    pub(super) fn of(visitor: &Visitor, title: String) -> Self {
        let visit = Visit {
            rail: rail::groups(visitor.view(), &visitor.here),
            here: visitor.here.to_string(),
            chosen: visitor.context().map(|(_, it)| Chosen::of(visitor.view(), it)),
            previewed: visitor.previewed().cloned(),
            previews: visitor.previewed().is_none() && visitor.view().people().nth(1).is_some(),
            text: if visitor.here.path() == "/search" {
                visitor.query.get("q").to_owned()
            } else {
                String::new()
            },
            done: done::told(visitor.query.get("done")),
        };
        let person = Some(Person::from(visitor.caller.view.asker()));
        Self { person, visit: Some(visit), look: visitor.look, ..Self::plain(title) }
    }

    /// The same in a part of the rail, by its address, where the address of the page does not say so.
    pub(crate) fn in_part(mut self, part: &'static str) -> Self {
        self.part = part;
        self
    }
    /// The same, of something of a kind, with badges beside its name.
    pub(crate) fn of_kind(mut self, kind: &'static str, badges: Vec<&'static str>) -> Self {
        self.kind = Some((kind, badges));
        self
    }
    /// The same, of a configuration, in which one may work.
    pub(super) fn of_configuration(mut self, path: String, work: Option<Button>) -> Self {
        self.configuration = Some(OfConfiguration { path, work });
        self
    }
    /// The same, of something that others may see otherwise: it can be looked at as one of them.
    pub(crate) fn previewing(mut self) -> Self {
        self.differs = true;
        self
    }
    /// The same, with the way that leads here.
    pub(crate) fn by_way_of(mut self, crumbs: impl IntoIterator<Item = (String, String)>) -> Self {
        self.crumbs = crumbs.into_iter().map(|(address, words)| Link { address, words }).collect();
        self
    }
    /// The same, with tabs; the one at this address is here.
    pub(crate) fn with_tabs(
        mut self,
        tabs: impl IntoIterator<Item = (String, &'static str)>,
        here: &str,
    ) -> Self {
        let tab = |(address, words): (String, &str)| {
            let is_here = address == here;
            Tab { link: Link::new(address, words), is_here }
        };
        self.tabs = tabs.into_iter().map(tab).collect();
        self
    }
    /// The same, running another module: the path of an asset.
    pub(crate) fn running(mut self, module: String) -> Self {
        self.modules.push(module);
        self
    }

    pub(super) fn style(&self) -> String {
        asset::STYLE.path()
    }
    pub(super) fn icon(&self) -> String {
        asset::ICON.path()
    }
    pub(super) fn themes(&self) -> [Theme; 3] {
        Theme::ALL
    }
    /// What tells the page from others in a browser's tabs and history: of several views of a thing, which.
    pub(super) fn document_title(&self) -> String {
        match self.tabs.iter().skip(1).find(|it| it.is_here) {
            Some(tab) if tab.link.words != self.title => format!("{} · {}", tab.link.words, self.title),
            _ => self.title.clone(),
        }
    }
    pub(super) fn done(&self) -> Option<&str> {
        self.visit.as_ref()?.done.as_deref()
    }
    /// What the document says of its look.
    pub(super) fn classes(&self) -> String {
        let mut classes = Vec::new();
        if self.look.compact {
            classes.push("compact");
        }
        if self.look.folded {
            classes.push("folded");
        }
        if self.visit.is_none() {
            classes.push("outside");
        }
        classes.join(" ")
    }
    pub(super) fn is_in(&self, address: &&str, is_here: &bool) -> bool {
        if self.part.is_empty() { *is_here } else { self.part == *address }
    }
    pub(super) fn mark(&self, name: &'static str) -> Icon {
        Icon(name)
    }
}

/// Whether somebody sees a page at all that only some may read.
pub(crate) type Shown = fn(&View) -> bool;
