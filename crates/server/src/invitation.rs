//! Team invitations (docs/process.md#team-invitations): written by somebody who may invite, found by the
//! token of a link, and accepted once, by the rights that whoever has written it has then.

use std::time::Duration;

use governance::text::Name;
use governance::{
    AcceptInvitation, AreaId, Invited, Item, Noun as _, QuestionText, Refusal, User, UserId, View,
    WriteInvitation,
};
use store::{Effect, Invitation, InvitationEnd, InvitationOutcome, Moment, Revision, StoreError};

use crate::caller::Caller;
use crate::chance::{hex, now, random};
use crate::client_address::ClientAddress;
use crate::office::{Author, Besides, ChangeError};
use crate::place::Place;
use crate::problem::{Kind, Problem};
use crate::router::Server;
use crate::scope::Scopes;
use crate::secret::{self, TokenHash};
use crate::sign_in::{NoEntry, unknown_secret};

/// An invitation lasts so long unless it says otherwise.
pub(crate) const LASTS: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// None lasts longer.
pub(crate) const LONGEST: Duration = Duration::from_secs(90 * 24 * 60 * 60);

/// The path and query of the link with this token.
pub(crate) fn path(secret: &str) -> String {
    format!("/invitation?link={secret}")
}

/// Whether it can be accepted still.
pub(crate) fn is_open(invitation: &Invitation) -> bool {
    invitation.end.is_none() && invitation.expires > now()
}

/// What an invitation shall be.
pub(crate) struct NewInvitation {
    pub(crate) area: AreaId,
    pub(crate) roles: Vec<Name>,
    /// The address to mail it to.
    pub(crate) mail: Option<String>,
    pub(crate) expires: Moment,
}

/// Writes an invitation; answers the path of its link, unless it is mailed.
pub(crate) async fn write(
    server: &Server,
    caller: &Caller,
    new: NewInvitation,
) -> Result<(Invitation, Option<String>), ChangeError<Problem>> {
    let NewInvitation { area, roles, mail, expires } = new;
    let names: Vec<String> = roles.iter().map(ToString::to_string).collect();
    let id = hex(&random::<8>());
    let summary = format!("Invite somebody to {}: invitation {id}", caller.view.area_text(area));
    let write = WriteInvitation { area, roles: roles.into() };
    server.office.change_as(caller.author(), summary, None, move |_| Ok(write.clone())).await?;
    let created = now();
    let by = caller.view.asker_number();
    let invitation = Invitation { id, area, roles: names, mail, by, created, expires, end: None };
    let mailed = server.post.as_ref().filter(|_| invitation.mail.is_some());
    let secret = mailed.is_none().then(secret::fresh);
    let hash = secret.as_deref().map(TokenHash::of);
    let kept = server.office.store().add_invitation(&invitation, hash.as_ref().map(TokenHash::as_str)).await;
    kept.map_err(ChangeError::Store)?;
    if let Some(post) = mailed {
        post.wake();
    }
    Ok((invitation, secret.as_deref().map(path)))
}

/// The open invitation of a link's token.
pub(crate) async fn find(server: &Server, place: &Place, secret: &str) -> Result<Invitation, NoEntry> {
    let found = server.office.store().invitation_by_token(TokenHash::of(secret).as_str()).await?;
    match found.filter(is_open) {
        Some(invitation) => Ok(invitation),
        None => Err(unknown_secret(server, "use an invitation", place).await),
    }
}

/// An invitation in words.
#[derive(Clone, Debug)]
pub(crate) struct Told {
    /// `Electric Vehicle, Tuning Team`.
    pub(crate) area: String,
    /// The names of the roles.
    pub(crate) roles: Vec<String>,
}

impl Told {
    /// ` as Contributor`, or nothing.
    pub(crate) fn with_roles(&self) -> String {
        if self.roles.is_empty() { String::new() } else { format!(" as {}", self.roles.join(", ")) }
    }
}

/// An invitation as whoever has written it sees it; it was for them to tell.
pub(crate) fn told(view: &View, invitation: &Invitation) -> Told {
    let area = invitation.area;
    let project = view.project_of(area);
    let name = |area: AreaId| view.see(area).map_or_else(String::new, |it| it.name.to_string());
    let area = match view.see(area) {
        Some(it) if project != area => format!("{}, {}", name(project), it.name),
        _ => name(project),
    };
    let role = |id: &String| role_name(view, invitation.area, id).unwrap_or_else(|| id.clone());
    Told { area, roles: invitation.roles.iter().map(role).collect() }
}

fn role_name(view: &View, area: AreaId, id: &str) -> Option<String> {
    let above = view.see(area).and_then(|it| it.parent());
    let here = view.roles(area).iter().find(|role| *role.id == *id).map(|role| role.name.to_string());
    here.or_else(|| role_name(view, above?, id))
}

/// Whether somebody may invite to an area.
pub(crate) fn may_invite(view: &View, area: AreaId) -> bool {
    view.answer(&question(view, area)).is_ok_and(|answer| answer.decision.is_ok())
}

/// The question whether the asker may.
pub(crate) fn question(view: &View, area: AreaId) -> QuestionText {
    QuestionText {
        user: view.asker().id.to_string(),
        operation: "process.invite-to-team".to_owned(),
        actions: vec!["generate".to_owned()],
        item: view.reference(Item::Area(area)),
        ..QuestionText::default()
    }
}

/// Why an invitation was not accepted.
pub(crate) enum NotAccepted {
    /// It is not open any more.
    Gone,
    /// Whoever has written it cannot accept it.
    OneSelf,
    /// Whoever has written it could not do it now, or the area cannot take a member.
    NotNow,
    /// The new account breaks a rule.
    Account(String),
    /// Something else.
    Problem(Problem),
}

impl From<StoreError> for NotAccepted {
    fn from(error: StoreError) -> Self {
        Self::Problem(error.into())
    }
}

impl From<NotAccepted> for Problem {
    fn from(not_accepted: NotAccepted) -> Self {
        match not_accepted {
            NotAccepted::Gone => Self::link_gone(),
            NotAccepted::OneSelf => {
                Self::new(Kind::Conflict, "you have written this invitation: it is for somebody else")
            }
            NotAccepted::NotNow => {
                let said = "this invitation cannot be accepted as things are: whoever has written it may not invite \
                            to the area now, or the area has changed; ask them for another";
                Self::new(Kind::Conflict, said)
            }
            NotAccepted::Account(said) => Self::new(Kind::Conflict, said),
            NotAccepted::Problem(problem) => problem,
        }
    }
}

/// Accepts an invitation: the change is its author's, and the journal tells who has accepted. Answers who has
/// become a member, and the revision.
pub(crate) async fn accept(
    server: &Server,
    invitation: &Invitation,
    invited: Invited,
    client: ClientAddress,
) -> Result<(UserId, Revision), NotAccepted> {
    if matches!(invited, Invited::Known(user) if user == invitation.by) {
        return Err(NotAccepted::OneSelf);
    }
    let (store, begun) = (server.office.store(), now());
    let inviter = server.signs_in(invitation.by).then(|| server.office.view(invitation.by)).flatten();
    let Some((view, _)) = inviter else { return Err(NotAccepted::NotNow) };
    let accepted_by = match &invited {
        Invited::Known(user) => view.id_of(*user),
        Invited::New(user) => user.id.clone(),
    };
    if !store.claim_invitation(&invitation.id, begun).await? {
        return Err(NotAccepted::Gone);
    }
    let made = join(server, &view, (invitation, begun), &invited, &accepted_by, client).await;
    match made {
        Ok(joined) => Ok(joined),
        Err(ChangeError::InVain) => Err(NotAccepted::Gone),
        Err(error) => {
            // Whoever does not know whether it was done asks again in a minute.
            if !matches!(error, ChangeError::Unknown) {
                store.release_invitation(&invitation.id, begun).await?;
            }
            Err(not_accepted(error, &invited))
        }
    }
}

async fn join(
    server: &Server,
    view: &View,
    (invitation, begun): (&Invitation, Moment),
    invited: &Invited,
    accepted_by: &str,
    client: ClientAddress,
) -> Result<(UserId, Revision), ChangeError> {
    let author = Author {
        user: invitation.by,
        via: Some(format!("invitation {} accepted by {accepted_by}", invitation.id)),
        address: Some(client.to_string()),
        scopes: Scopes::ALL,
    };
    let roles = invitation.roles.iter().map(|role| Name::from(role.as_str())).collect();
    let act = AcceptInvitation { area: invitation.area, roles, invited: invited.clone() };
    let area = view.area_text(invitation.area);
    let summary = format!("Accept the invitation {} to {area}: {accepted_by}", invitation.id);
    let by = match invited {
        Invited::Known(user) => Some(*user),
        Invited::New(_) => None,
    };
    // Ended with the change, so that whoever is cut off on the way has accepted, or may again.
    let effect = Effect::AcceptInvitation { id: invitation.id.clone(), claimed: begun, by };
    let besides = Besides { effect: Some(effect), ..Besides::default() };
    match (server.office.change_with(author, summary, besides, move |_| Ok(act.clone())).await, invited) {
        (Ok(changed), Invited::Known(user)) => Ok((*user, changed.revision)),
        (Ok(changed), Invited::New(_)) => match changed.events.iter().find_map(User::made) {
            Some(user) => Ok((user, changed.revision)),
            None => Err(ChangeError::Broken),
        },
        // A member already, with all that was named.
        (Err(ChangeError::Refused(Refusal::Nothing)), Invited::Known(user)) => {
            let revision = server.office.published().revision;
            let end = InvitationEnd { at: begun, by: *user, how: InvitationOutcome::Accepted(revision) };
            server.office.store().end_invitation(&invitation.id, &end).await.map_err(ChangeError::Store)?;
            Ok((*user, revision))
        }
        (Err(error), _) => Err(error),
    }
}

fn not_accepted(error: ChangeError, invited: &Invited) -> NotAccepted {
    match error {
        ChangeError::Refused(Refusal::Rules(rules)) if matches!(invited, Invited::New(_)) => {
            let texts: Vec<String> = rules.iter().map(ToString::to_string).collect();
            NotAccepted::Account(texts.join("; "))
        }
        ChangeError::Refused(_) | ChangeError::Archived | ChangeError::Scope(_) => NotAccepted::NotNow,
        error => NotAccepted::Problem(Problem::not_made(error)),
    }
}
