//! What lies in a tree of names: categories and folders, addressed within a project area by slash paths.

use governance::{AreaId, Id, Item, Seen, View};

use super::body::bad_value;
use crate::problem::Problem;

/// The slash path of encoded names: `Safety/Brakes`.
pub(super) fn path_of<N: Seen>(view: &View, id: Id<N>) -> String {
    let reference = view.reference_of(id);
    // `rm:Requirements#folder:Safety/Brakes`.
    let path = reference.split_once('#').and_then(|(_, local)| local.split_once(':'));
    path.map(|(_, path)| path.to_owned()).unwrap_or_default()
}

/// What is there.
pub(super) fn at_path<N: Seen>(
    view: &View,
    project_area: AreaId,
    kind: &str,
    path: &str,
    pointer: &str,
) -> Result<Id<N>, Problem> {
    let area = view.reference(Item::Area(project_area));
    view.find(&format!("{area}#{kind}:{path}")).ok_or_else(|| {
        bad_value(pointer, format!("there is no {kind} `{path}`; expected a name, or names with `/` between"))
    })
}
