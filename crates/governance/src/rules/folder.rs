//! Folders of requirements and what lies in them (docs/applications.md#rm).

use std::sync::Arc;

use super::{Check, Rule};
use crate::application_items::{Artefact, ArtefactId, Folder, FolderId};
use crate::catalogue::Application;
use crate::configuration::TeamAreaSetting;
use crate::event::Change;
use crate::index::Scope;
use crate::process_area::AreaId;
use crate::text::Name;

impl Check<'_> {
    pub(super) fn folder(&mut self, change: &Change<FolderId, Arc<Folder>>) {
        let Some(folder) = &change.after else {
            self.removed_folders.insert(change.key, self.event);
            return;
        };
        let (organisation, project) = (self.organisation, folder.project_area);
        self.kept_in("folder", project, Application::Rm);
        self.unique("folder", Scope::Folder(project, folder.parent), &folder.name, change.key);
        self.owned("folder", &folder.name, project, folder.team_area);
        if let Some(parent) = folder.parent {
            self.lies_in("folder", &folder.name, project, parent);
        }
        if let Some(audience) = folder.read {
            self.audience("folder", &folder.name, audience);
        }
        self.acyclic(
            "folder",
            change.key,
            change.before.is_none(),
            |id| organisation.folder(id)?.parent,
            |nesting| &mut nesting.folders,
            |id| organisation.folder(id).map(|it| it.name.clone()),
        );
    }

    pub(super) fn artefact(&mut self, change: &Change<ArtefactId, Arc<Artefact>>) {
        let Some(artefact) = &change.after else { return };
        self.kept_in("artefact", artefact.project_area, Application::Rm);
        self.numbered("artefact", Scope::Artefact, artefact.number, change.key);
        self.named("artefact", &artefact.title);
        self.named("type of artefact", &artefact.item_type);
        self.owned("artefact", &artefact.title, artefact.project_area, artefact.team_area);
        if let Some(folder) = artefact.folder {
            self.lies_in("artefact", &artefact.title, artefact.project_area, folder);
        }
    }

    fn lies_in(&mut self, kind: &'static str, name: &Name, project: AreaId, folder: FolderId) {
        match self.organisation.folder(folder) {
            None => self.there(false, kind, name, "folder"),
            Some(folder) => self.require(folder.project_area == project, || Rule::OtherProject {
                kind,
                name: name.clone(),
                what: "folder",
            }),
        }
    }

    /// A Team Area setting names a team area of the project area.
    pub(super) fn owned(
        &mut self,
        kind: &'static str,
        name: &Name,
        project: AreaId,
        setting: TeamAreaSetting,
    ) {
        if let TeamAreaSetting::Assigned(team) = setting {
            self.team_of(kind, name, project, Some(team));
        }
    }
}
