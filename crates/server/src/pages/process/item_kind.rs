//! The kinds of what applications keep in a project area (docs/applications.md), and where each has its page.

use governance::{
    Application, AreaId, Artefact, Category, Folder, Item, Plan, ScmItem, Seen, TestArtefact,
    TestArtefactKind, View, WorkItem,
};

use crate::pages::address::Address;

/// A kind of items, by its name in addresses.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Kind {
    Categories,
    WorkItems,
    Plans,
    Scm,
    TestArtefacts,
    Folders,
    Artefacts,
}

pub(super) use Kind::{Artefacts, Categories, Folders, Plans, Scm, TestArtefacts, WorkItems};

impl Kind {
    pub(super) fn all(application: Application) -> &'static [Self] {
        match application {
            Application::Ccm => &[Categories, WorkItems, Plans, Scm],
            Application::Qm => &[TestArtefacts],
            Application::Rm => &[Folders, Artefacts],
            Application::Gc => &[],
        }
    }
    pub(super) const fn word(self) -> &'static str {
        match self {
            Categories => "categories",
            WorkItems => "work-items",
            Plans => "plans",
            Scm => "scm",
            TestArtefacts => "test-artefacts",
            Folders => "folders",
            Artefacts => "artefacts",
        }
    }
    pub(super) const fn title(self) -> &'static str {
        match self {
            Categories => "Categories",
            WorkItems => "Work items",
            Plans => "Plans",
            Scm => "Source control",
            TestArtefacts => "Test artefacts",
            Folders => "Folders",
            Artefacts => "Artefacts",
        }
    }
    /// One of them.
    pub(super) const fn one(self) -> &'static str {
        match self {
            Categories => "category",
            WorkItems => "work item",
            Plans => "plan",
            Scm => "stream or component",
            TestArtefacts => "test artefact",
            Folders => "folder",
            Artefacts => "artefact",
        }
    }
    /// What can be changed of each, and who governs and reads it among that: the keys, by REST, with their
    /// words.
    pub(super) const fn keys(self) -> &'static [(&'static str, &'static str)] {
        const NAME: (&str, &str) = ("name", "Name");
        const TITLE: (&str, &str) = ("title", "Title");
        const TYPE: (&str, &str) = ("type", "Type");
        const PARENT: (&str, &str) = ("parent", "Nested in");
        const TEAM_AREA: (&str, &str) = ("team_area", "Team Area");
        const OWNER: (&str, &str) = ("owner", "Owner");
        const DESCRIPTION: (&str, &str) = ("description", "Description");
        match self {
            Categories => &[
                NAME,
                PARENT,
                TEAM_AREA,
                ("restrict_access", "Who reads what is filed here"),
                ("restrict_visibility", "In pickers"),
                DESCRIPTION,
            ],
            WorkItems => {
                &[TITLE, TYPE, ("category", "Filed against"), ("restricted_access", "Read by"), DESCRIPTION]
            }
            Plans => &[NAME, OWNER, DESCRIPTION],
            Scm => &[NAME, OWNER, ("visibility", "Read by"), DESCRIPTION],
            TestArtefacts => &[NAME, TEAM_AREA, DESCRIPTION],
            Folders => &[NAME, PARENT, TEAM_AREA, ("read", "Read by"), DESCRIPTION],
            Artefacts => &[TITLE, TYPE, ("folder", "Folder"), TEAM_AREA, DESCRIPTION],
        }
    }
    /// What is said of it once, when it is made.
    pub(super) const fn made_with(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Scm | TestArtefacts => &[("kind", "Kind")],
            Categories | WorkItems | Plans | Folders | Artefacts => &[],
        }
    }
    /// The kinds of those that have kinds.
    pub(super) fn kinds(self) -> Vec<String> {
        match self {
            Scm => ["stream", "component"].map(str::to_owned).into(),
            TestArtefacts => TestArtefactKind::ALL.map(|it| it.word().to_owned()).into(),
            Categories | WorkItems | Plans | Folders | Artefacts => Vec::new(),
        }
    }
    /// What a key of a new one is, if nothing is said.
    pub(super) fn default_of(self, key: &str) -> &'static str {
        match (self, key) {
            (Scm, "kind") => "stream",
            (TestArtefacts, "kind") => "test-case",
            (Scm, "visibility") => "public",
            (_, "owner") => "project_area",
            (Folders | Artefacts, "team_area") => "inherit",
            (_, "team_area") => "unassigned",
            _ => "",
        }
    }

    /// Those in a project area from a number on, as far as the asker sees them.
    pub(super) fn each<'v>(
        self,
        view: &'v View,
        area: AreaId,
        first: u32,
    ) -> Box<dyn Iterator<Item = Kept> + 'v> {
        macro_rules! of {
            ($noun:ty) => {
                Box::new(view.each::<$noun>(first).filter(move |(_, it)| it.project_area == area).filter_map(
                    |(id, it)| {
                        Some(Kept {
                            place: id.number(),
                            item: <$noun as Seen>::item(id)?,
                            archived: it.archived,
                        })
                    },
                ))
            };
        }
        match self {
            Categories => of!(Category),
            WorkItems => of!(WorkItem),
            Plans => of!(Plan),
            Scm => of!(ScmItem),
            TestArtefacts => of!(TestArtefact),
            Folders => of!(Folder),
            Artefacts => of!(Artefact),
        }
    }

    /// The item of this number of a project area.
    pub(super) fn find(self, view: &View, area: AreaId, number: &str) -> Option<Item> {
        fn of<N: Seen>(view: &View, number: &str) -> Option<Item> {
            N::item(view.find::<N>(number)?)
        }
        number.parse::<u64>().ok()?;
        let found = match self {
            Categories => of::<Category>(view, number),
            WorkItems => of::<WorkItem>(view, number),
            Plans => of::<Plan>(view, number),
            Scm => of::<ScmItem>(view, number),
            TestArtefacts => of::<TestArtefact>(view, number),
            Folders => of::<Folder>(view, number),
            Artefacts => of::<Artefact>(view, number),
        };
        found.filter(|item| view.project_of_item(*item) == Some(area))
    }
}

/// Something that is kept, at its place in lists.
pub(super) struct Kept {
    pub(super) place: u32,
    pub(super) item: Item,
    pub(super) archived: bool,
}

/// The number that an item has by REST, if applications keep it.
pub(super) fn number_of(view: &View, item: Item) -> Option<u64> {
    Some(match item {
        Item::Category(id) => id.number().into(),
        Item::WorkItem(id) => view.see(id)?.number,
        Item::Plan(id) => id.number().into(),
        Item::ScmItem(id) => id.number().into(),
        Item::TestArtefact(id) => id.number().into(),
        Item::Folder(id) => id.number().into(),
        Item::Artefact(id) => view.see(id)?.number,
        Item::Repository | Item::Area(_) | Item::Component(_) | Item::Configuration(_) => return None,
    })
}

/// The page of what an application keeps.
pub(in crate::pages) fn page_of(view: &View, item: Item) -> Option<String> {
    let kind = match item {
        Item::Category(_) => Categories,
        Item::WorkItem(_) => WorkItems,
        Item::Plan(_) => Plans,
        Item::ScmItem(_) => Scm,
        Item::TestArtefact(_) => TestArtefacts,
        Item::Folder(_) => Folders,
        Item::Artefact(_) => Artefacts,
        Item::Repository | Item::Area(_) | Item::Component(_) | Item::Configuration(_) => return None,
    };
    let (project, number) = (view.project_of_item(item)?, number_of(view, item)?);
    let page = Address::new(format!("/project-areas/{}/items", project.number()));
    Some(page.with("kind", kind.word()).with("item", number).to_string())
}
