//! Project areas and team areas.

use governance::{Application, ReadAccess, RoleInheritance};

use super::{
    Artefact, Category, Component, Contributions, Folder, Permission, Plan, Precondition, Role, ScmItem,
    TestArtefact, Timeline, WorkItem,
};
use crate::overlay::{Keyed, Members};
use crate::reading::Text;
use crate::span::Spanned;

noun! {
    /// A project area, with what its application keeps in it.
    ProjectArea {
        application: Spanned<Application>,
        name: Text;
        archived: Spanned<bool>,
        template: Text,
        access: Spanned<ReadAccess>,
        access_list: Vec<Text>,
        administrators: Vec<Text>,
        members: Members,
        roles: Keyed<Role>,
        shares_process: Spanned<bool>,
        uses_process: UsesProcess,
        iteration_types: Vec<Text>,
        timelines: Keyed<Timeline>,
        permissions: Vec<Permission>,
        preconditions: Vec<Precondition>,
        team_areas: Keyed<TeamArea>,
        components: Keyed<Component>,
        contributions: Keyed<Contributions>,
        categories: Keyed<Category>,
        work_items: Keyed<WorkItem>,
        plans: Keyed<Plan>,
        scm: Keyed<ScmItem>,
        test_artefacts: Keyed<TestArtefact>,
        folders: Keyed<Folder>,
        artefacts: Keyed<Artefact>;
        summary: Text,
        description: Text,
        associations: Any,
        tags: Any,
        attribute_types: Any,
        link_types: Any,
        shared_queries: Any,
        denial_texts: Any,
        work_item_types: List,
        artefact_types: List,
        test_artefact_types: List,
        test_categories: List
    }
}

identified!(ProjectArea, |it| (it.application.id(), &it.name));

words!(ReadAccess, ReadAccess::ALL, ReadAccess::id);

noun! {
    /// The project area whose process is used. Required in the end is `project_area`; a file laid over
    /// another may leave it out.
    UsesProcess {
        ;
        project_area: Text,
        server: Text,
        iteration_types: Spanned<bool>;
    }
}

noun! {
    /// A team area.
    TeamArea {
        name: Text;
        role_inheritance: Spanned<RoleInheritance>,
        archived: Spanned<bool>,
        administrators: Vec<Text>,
        members: Members,
        roles: Keyed<Role>,
        timeline: Text,
        permissions: Vec<Permission>,
        preconditions: Vec<Precondition>,
        team_areas: Keyed<TeamArea>;
        summary: Text,
        description: Text
    }
}

identified!(TeamArea, |it| ("", &it.name));

words!(RoleInheritance, [Self::Inherit, Self::Isolate], RoleInheritance::id);
