//! Who may ask about whom (docs/decision.md#who-may-ask).

use super::gates;
use super::placement::home_area;
use crate::item::Item;
use crate::organisation::Organisation;
use crate::user::{GroupSet, UserId};

/// About whom somebody asks at all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Asking {
    /// About those whom one's groups and administrations reach.
    #[default]
    ByRight,
    /// About anybody, within what one sees: by a token or consumer key with the scope `decide`.
    OfAnybody,
    /// About oneself: by a token without it.
    OfOneself,
}

/// Whether `asker` may ask what `subject` may do on the item. Everybody may about themselves; about others
/// those who administer the server, the project area or an area that governs the item, or who ask by a token
/// that is for it, within what they see.
pub fn may_ask_about(
    organisation: &Organisation,
    asker: UserId,
    asking: Asking,
    subject: Option<UserId>,
    item: Item,
) -> bool {
    let Some(person) = gates::active_account(organisation, Some(asker)) else { return false };
    if subject == Some(asker) {
        return true;
    }
    match asking {
        Asking::OfOneself => return false,
        Asking::OfAnybody => {
            return item == Item::Repository || gates::visible_to(organisation, asker, person, item);
        }
        Asking::ByRight => {}
    }
    if person.is_jazz_admin() {
        return true;
    }
    if item == Item::Repository {
        return person.is_jazz_project_admin();
    }
    if !gates::visible_to(organisation, asker, person, item) {
        return false;
    }
    let Some(project) = organisation.project_of_item(item) else { return false };
    let governing = home_area(organisation, item).unwrap_or(project);
    let path = organisation.path(governing);
    person.is_jazz_project_admin()
        || person.standings_in(project).iter().any(|it| it.administrator && path.contains(&it.area))
}

/// Whether somebody may look up people whom a registry tells of: those who may change things at all, and so
/// be allowed to pick people for an area.
pub fn looks_people_up(organisation: &Organisation, asker: UserId) -> bool {
    let user = organisation.user(asker).filter(|user| !user.archived);
    user.is_some_and(|user| user.groups.intersects(GroupSet::WRITERS))
}

/// Whether a user sees an item: what an interface shows of it at all.
pub fn sees(organisation: &Organisation, user: UserId, item: Item) -> bool {
    gates::active_account(organisation, Some(user))
        .is_some_and(|person| gates::visible_to(organisation, user, person, item))
}
