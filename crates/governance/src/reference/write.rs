//! References written: how answers and documents name areas and items.

use crate::configuration::Configuration;
use crate::item::Item;
use crate::organisation::Organisation;
use crate::process_area::{AreaId, AreaKind};
use crate::text::encode;

impl Organisation {
    /// An area as answers name it: `gc/Electric Vehicle/Tuning Team`.
    pub fn area_text(&self, area: AreaId) -> String {
        let mut text = String::new();
        if let Some((area, copy)) = self.area(area).and_then(|area| Some((area, area.copy()?))) {
            return format!("{}/{} of {}", copy.application.id(), encode(&area.name), copy.server);
        }
        for id in self.path(area) {
            let Some(area) = self.area(*id) else { continue };
            if let AreaKind::Project(project) = &area.kind {
                text.push_str(project.application.id());
            }
            text.push('/');
            text.push_str(&encode(&area.name));
        }
        text
    }

    /// The reference of an item; empty for one that is not there.
    pub fn reference(&self, item: Item) -> String {
        self.try_reference(item).unwrap_or_default()
    }

    fn try_reference(&self, item: Item) -> Option<String> {
        let Some(project) = self.project_of_item(item) else {
            return (item == Item::Repository).then(|| "repository".to_owned());
        };
        let area = self.area(project)?;
        let mut text = format!("{}:{}", area.project()?.application, encode(&area.name));
        let local = match item {
            Item::Repository => return None,
            Item::Area(id) => {
                let teams: Vec<_> = self
                    .path(id)
                    .iter()
                    .skip(1)
                    .filter_map(|id| Some(encode(&self.area(*id)?.name)))
                    .collect();
                if !teams.is_empty() {
                    text = format!("{text}@{}", teams.join("/"));
                }
                return Some(text);
            }
            Item::Component(id) => format!("component:{}", encode(&self.component(id)?.name)),
            Item::Configuration(id) => self.configuration_text(self.configuration(id)?),
            Item::Category(id) => {
                let mut names: Vec<_> = self.category_and_above(id).map(|(_, it)| encode(&it.name)).collect();
                names.reverse();
                format!("category:{}", names.join("/"))
            }
            Item::WorkItem(id) => format!("work-item:{}", self.work_item(id)?.number),
            Item::Plan(id) => format!("plan:{}", encode(&self.plan(id)?.name)),
            Item::ScmItem(id) => {
                let item = self.scm_item(id)?;
                format!("{}:{}", item.kind.word(), encode(&item.name))
            }
            Item::TestArtefact(id) => {
                let artefact = self.test_artefact(id)?;
                format!("{}:{}", artefact.kind.word(), encode(&artefact.name))
            }
            Item::Folder(id) => {
                let mut names: Vec<_> = self.folder_and_above(id).map(|(_, it)| encode(&it.name)).collect();
                names.reverse();
                format!("folder:{}", names.join("/"))
            }
            Item::Artefact(id) => format!("artefact:{}", self.artefact(id)?.number),
        };
        Some(format!("{text}#{local}"))
    }

    /// `Motor/stream:Motor 1.0`.
    pub fn configuration_text(&self, configuration: &Configuration) -> String {
        let component =
            self.component(configuration.component).map(|it| encode(&it.name)).unwrap_or_default();
        format!("{component}/{}:{}", configuration.kind.word(), encode(&configuration.name))
    }

    /// The word for the kind of an item: `project-area`, `team-area`, `stream`, `work-item` …
    pub fn kind_of(&self, item: Item) -> &'static str {
        match item {
            Item::Repository => "repository",
            Item::Area(id) if self.area(id).is_some_and(|area| area.project().is_some()) => "project-area",
            Item::Area(_) => "team-area",
            Item::Component(_) => "component",
            Item::Configuration(id) => self.configuration(id).map_or("configuration", |it| it.kind.word()),
            Item::Category(_) => "category",
            Item::WorkItem(_) => "work-item",
            Item::Plan(_) => "plan",
            Item::ScmItem(id) => self.scm_item(id).map_or("stream", |it| it.kind.word()),
            Item::TestArtefact(id) => self.test_artefact(id).map_or("test-case", |it| it.kind.word()),
            Item::Folder(_) => "folder",
            Item::Artefact(_) => "artefact",
        }
    }
}

impl Organisation {
    /// The bare name of an item: a name, or a number with its title.
    pub fn name_of(&self, item: Item) -> String {
        let name = match item {
            Item::Repository => Some("the repository".into()),
            Item::Area(id) => self.area(id).map(|it| it.name.to_string()),
            Item::Component(id) => self.component(id).map(|it| it.name.to_string()),
            Item::Configuration(id) => self.configuration(id).map(|it| it.name.to_string()),
            Item::Category(id) => self.category(id).map(|it| it.name.to_string()),
            Item::WorkItem(id) => self.work_item(id).map(|it| format!("{} {}", it.number, it.title)),
            Item::Plan(id) => self.plan(id).map(|it| it.name.to_string()),
            Item::ScmItem(id) => self.scm_item(id).map(|it| it.name.to_string()),
            Item::TestArtefact(id) => self.test_artefact(id).map(|it| it.name.to_string()),
            Item::Folder(id) => self.folder(id).map(|it| it.name.to_string()),
            Item::Artefact(id) => self.artefact(id).map(|it| format!("{} {}", it.number, it.title)),
        };
        name.unwrap_or_default()
    }
}
