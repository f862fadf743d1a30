//! Where a change that would help somebody is made, for those who may make it.

use governance::{Item, Subject, Suggestion, UserId, View};

use super::item_page::{item_page, user_page};

/// The address of the page on which somebody makes a change themselves; `None` for what has none.
pub(super) fn suggestion_page(view: &View, suggestion: &Suggestion) -> Option<String> {
    let tab = |area: &_, tab: &str| format!("{}/{tab}", item_page(view, Item::Area(*area)));
    let person = |user: UserId| view.user(user).map(|user| user_page(&user.id));
    Some(match suggestion {
        Suggestion::Unarchive(Subject::User(user)) => return person(*user),
        Suggestion::Unarchive(subject) => item_page(view, subject.item()?),
        Suggestion::JoinGroup(user, _) | Suggestion::AssignLicence(user, _) => return person(*user),
        Suggestion::Join(area, _)
        | Suggestion::GiveRole(area, ..)
        | Suggestion::MakeAdministrator(area, _) => tab(area, "members"),
        Suggestion::JoinAccessGroup(group, _) => format!("/access-groups/{}", group.number()),
        Suggestion::AddReader(area, _) => tab(area, "access"),
        Suggestion::SetEntry { area, .. } => tab(area, "permissions"),
        Suggestion::AssignTeamArea(item, _) => item_page(view, *item),
    })
}
