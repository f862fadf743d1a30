//! Test artefacts (docs/applications.md#qm).

use std::sync::Arc;

use super::Check;
use crate::application_items::{TestArtefact, TestArtefactId};
use crate::catalogue::Application;
use crate::event::Change;
use crate::index::Scope;

impl Check<'_> {
    pub(super) fn test_artefact(&mut self, change: &Change<TestArtefactId, Arc<TestArtefact>>) {
        let Some(artefact) = &change.after else { return };
        let (kind, project) = (artefact.kind.word(), artefact.project_area);
        self.kept_in(kind, project, Application::Qm);
        self.unique(kind, Scope::TestArtefact(project, artefact.kind), &artefact.name, change.key);
        self.team_of(kind, &artefact.name, project, artefact.team_area);
    }
}
