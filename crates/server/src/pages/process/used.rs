//! Processes of other servers that are used here, and how each is followed.

use governance::{AreaId, Elsewhere, Item, ProcessArea, Provider, View};

use crate::pages::item_page::item_page;
use crate::pages::part::Mark;
use crate::router::Server;

/// A project area that uses a process of another server.
pub(in crate::pages) struct Used {
    pub(in crate::pages) area: AreaId,
    pub(in crate::pages) name: String,
    pub(in crate::pages) of: Elsewhere,
}

/// Each that the visitor sees.
pub(in crate::pages) fn used_elsewhere(view: &View) -> impl Iterator<Item = Used> {
    view.each::<ProcessArea>(0).filter(|(_, area)| !area.archived).filter_map(|(id, area)| {
        let project = area.project()?;
        let Provider::Elsewhere { server, project_area, .. } = &project.uses_process.as_ref()?.provider
        else {
            return None;
        };
        let (server, project_area) = (server.clone(), project_area.clone());
        let of = Elsewhere { server, application: project.application, project_area };
        Some(Used { area: id, name: area.name.to_string(), of })
    })
}

impl Used {
    pub(in crate::pages) fn mark(&self, view: &View) -> Mark {
        let address = format!("{}/sharing", item_page(view, Item::Area(self.area)));
        Mark::new("project-area", self.name.clone()).at(address)
    }

    /// What is amiss with its copy, if something is.
    pub(in crate::pages) fn trouble(&self, server: &Server, view: &View) -> Option<&'static str> {
        match view.process_copy(self.area) {
            None => Some("was never fetched"),
            Some(copy) if copy.frozen.is_some() => Some("is frozen"),
            Some(_) => {
                let asked = server.sharing.following.asked(&self.of);
                asked.is_some_and(|it| it.trouble.is_some()).then_some("is behind")
            }
        }
    }
}
