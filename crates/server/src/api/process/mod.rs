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

use super::route::Api;

pub(super) fn routes(api: &mut Api) {
    project_area::routes(api);
    team_area::routes(api);
    member::routes(api);
    person::routes(api);
    role::routes(api);
    permission::routes(api);
    timeline::routes(api);
    sharing::routes(api);
}
