//! Team invitations: somebody who may invite names an area and roles, and whoever accepts has them
//! (docs/process.md#team-invitations).

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Command, Create, Needs, Noun as _, Step};
use crate::act::{Act, Acted, Refusal, allowed};
use crate::catalogue::{Action, LicenceSet, OperationId};
use crate::decision::{applies, with_roles};
use crate::event::{Change, Event};
use crate::index::RoleSet;
use crate::item::Item;
use crate::organisation::Organisation;
use crate::process_area::AreaId;
use crate::rules::violations;
use crate::text::Name;
use crate::user::{User, UserId};

/// To invite, and whatever the roles let somebody change of the process: nobody makes others administrators,
/// and themselves by them, who is none.
fn invite(needs: &mut Needs<'_>, area: AreaId, roles: &[Name]) {
    let (organisation, item) = (needs.organisation, Item::Area(area));
    needs.action("process.invite-to-team", "generate", item);
    let Some(law) = organisation.index.law(area) else { return };
    let mut given = RoleSet::default();
    roles.iter().filter_map(|role| law.ordinal(role)).for_each(|ordinal| given.insert(ordinal));
    for operation in OperationId::all().filter(|operation| operation.is_process()) {
        for leaf in operation.leaves() {
            let action = Action { leaf, identifier: None };
            if law.grants.grant(&given, &action) && applies(organisation, &action, item) {
                needs.action(operation.name(), leaf.path(), item);
            }
        }
    }
}

/// Writes an invitation. The journal tells of it; no fact changes.
#[derive(Clone, Debug, PartialEq)]
pub struct WriteInvitation {
    /// To which area.
    pub area: AreaId,
    /// Role ids; possibly none.
    pub roles: Arc<[Name]>,
}

impl Act for WriteInvitation {
    fn act(&self, organisation: &Organisation, by: UserId, leases: LicenceSet) -> Result<Acted, Refusal> {
        let mut needs = Needs::new(organisation, by);
        invite(&mut needs, self.area, &self.roles);
        let acted = allowed(needs, leases)?;
        // Whether a member can have them is found by making one, who is never kept.
        let key = (self.area, User::next(organisation));
        let somebody = Event::Member(Change { key, before: None, after: Some(self.roles.clone()) });
        let user = Event::User(Change {
            key: key.1,
            before: None,
            after: Some(Arc::new(invited_user("\0", "\0", None))),
        });
        let events = [user, somebody];
        let broken = violations(&organisation.after(&events), &events[1..]);
        if !broken.is_empty() {
            return Err(Refusal::Rules(broken.into_iter().map(|it| it.rule).collect()));
        }
        Ok(acted)
    }
}

/// Somebody who gets an account by an invitation: what they may do, the area and others give them later.
pub fn invited_user(id: &str, name: &str, mail: Option<&str>) -> User {
    User { mail: mail.map(Into::into), ..User::new(id, name) }
}

/// Gives somebody who has accepted an invitation the roles that it names, beside those that they have. Asked
/// of the one who invited.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JoinByInvitation {
    /// Of which area.
    pub area: AreaId,
    /// Who.
    pub user: UserId,
    /// Role ids; possibly none.
    pub roles: Arc<[Name]>,
}

impl Step for JoinByInvitation {
    fn needs(&self, needs: &mut Needs<'_>) {
        invite(needs, self.area, &self.roles);
    }
    fn events(&self, organisation: &Organisation, by: UserId) -> Result<Vec<Event>, Refusal> {
        if self.user == by {
            let text = "an invitation is for others than the one who has written it";
            return Err(Refusal::Precondition(text.to_owned()));
        }
        let before = organisation.member(self.area, self.user).cloned();
        let after = Some(with_roles(organisation, self.area, self.user, self.roles.iter()));
        Ok(vec![Event::Member(Change { key: (self.area, self.user), before, after })])
    }
}

/// Who accepts an invitation.
#[derive(Clone, Debug, PartialEq)]
pub enum Invited {
    /// A user.
    Known(UserId),
    /// Somebody who gets an account by it, if the one who invited may make users.
    New(Box<User>),
}

/// Accepts an invitation; its author is the one who has written it, by whose rights it is judged.
#[derive(Clone, Debug, PartialEq)]
pub struct AcceptInvitation {
    /// To which area.
    pub area: AreaId,
    /// Role ids; possibly none.
    pub roles: Arc<[Name]>,
    /// Who accepts.
    pub invited: Invited,
}

impl Act for AcceptInvitation {
    fn act(&self, organisation: &Organisation, by: UserId, leases: LicenceSet) -> Result<Acted, Refusal> {
        let join = |user| -> Command {
            JoinByInvitation { area: self.area, user, roles: self.roles.clone() }.into()
        };
        let command = match &self.invited {
            Invited::Known(user) => join(*user),
            Invited::New(user) => {
                let create = Create { new: User::clone(user) };
                Command::together([create.into(), join(User::next(organisation))])
            }
        };
        command.act(organisation, by, leases)
    }
}
