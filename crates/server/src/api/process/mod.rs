//! Project areas and team areas with all that they have (docs/process.md#project-areas), and the templates
//! that project areas begin with.

mod member;
mod permission;
mod person;
mod precondition;
mod project_area;
mod role;
mod save;
mod sharing;
mod team_area;
mod template;
mod timeline;

pub(super) use permission::PermissionEntry;
pub(super) use precondition::PreconditionEntry;
pub(super) use sharing::UsesProcess;

use super::Nouns;

pub(super) const NOUNS: &Nouns = &[
    (
        "project areas",
        "Project areas, with everything in them but team areas and items.",
        project_area::routes,
    ),
    ("team areas", "Team areas, with everything in them.", team_area::routes),
    ("members", "Members of project areas and team areas, and their roles.", member::routes),
    ("administrators and readers", "Administrators of areas, and access lists.", person::routes),
    ("roles", "Roles that areas define.", role::routes),
    ("permissions", "Permission entries: what roles may do, where and when.", permission::routes),
    ("timelines", "Timelines of project areas and their iterations.", timeline::routes),
    ("shared processes", "Processes that project areas lend to others.", sharing::routes),
    ("process templates", "What project areas can begin with.", template::routes),
];
