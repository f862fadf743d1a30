//! Team invitations (docs/process.md#team-invitations).

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse as _;
use governance::text::Name;
use governance::{AreaId, Invited, View};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::{Delivery, InvitationEnd, InvitationOutcome, Moment};

use super::account::base;
use super::area::{Of, ProjectAreaPath, TeamAreaPath};
use super::body::{self, Answer, NoParameters, Nothing, bad_value};
use super::carry_out::refusal_of;
use super::idempotency;
use super::journal::instant;
use super::refused::of_question;
use super::request::Asked;
use super::resolve::{found, name, texts};
use super::route::{Api, Scope, Verb};
use crate::caller::Caller;
use crate::chance::now;
use crate::handler::{delete, get, post};
use crate::invitation::{self, NewInvitation};
use crate::place::Place;
use crate::problem::{Kind, Problem};
use crate::router::Server;
use crate::session::later;
use crate::sign_in::NoEntry;

const OF_PROJECT: &str = "/project-areas/{project_area}/invitations";
const OF_TEAM: &str = "/team-areas/{team_area}/invitations";
const ONE: &str = "/invitations/{invitation}";
const ACCEPT: &str = "/invitations/accept";
const WRITE: &str = "Invite somebody to";

macro_rules! routes {
    ($api:ident, $at:ident, $of:literal, $path:ty) => {
        $api.own::<$path, Nothing, Invitations>(
            (Verb::Get, $at),
            concat!("List the invitations to ", $of, "."),
            Scope::Read,
            || get(list::<$path>),
        );
        $api.own::<$path, InvitationBody, Invitation>(
            (Verb::Post, $at),
            concat!("Invite somebody to ", $of, "."),
            Scope::Administer,
            || post(write::<$path>),
        );
    };
}

pub(super) fn routes(api: &mut Api) {
    routes!(api, OF_PROJECT, "a project area", ProjectAreaPath);
    routes!(api, OF_TEAM, "a team area", TeamAreaPath);
    let summary = "Read an invitation.";
    api.own::<InvitationPath, Nothing, Invitation>((Verb::Get, ONE), summary, Scope::Read, || get(read));
    let summary = "Withdraw an invitation.";
    api.own::<InvitationPath, Nothing, Nothing>((Verb::Delete, ONE), summary, Scope::Write, || {
        delete(withdraw)
    });
    let summary = "Accept an invitation.";
    api.own::<NoParameters, Accepting, Accepted>((Verb::Post, ACCEPT), summary, Scope::Write, || {
        post(accept)
    })
    .by_link();
}

/// Which invitation.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct InvitationPath {
    /// Its id.
    invitation: String,
}

/// Whom to invite as what.
#[derive(Deserialize, JsonSchema)]
#[schemars(example = serde_json::json!({"roles": ["contributor"], "mail": "nia@example.org"}))]
#[serde(deny_unknown_fields, expecting = "an object with the keys `roles`, `mail` and `expires`")]
struct InvitationBody {
    /// The ids of the roles that it gives, in order; possibly none.
    #[serde(default)]
    roles: Vec<String>,
    /// The address to mail the link to, where the server sends mail.
    mail: Option<String>,
    /// The instant at which it ends, at most 90 days from now; default: in 7 days.
    expires: Option<String>,
}

/// An invitation to an area.
#[derive(Serialize, JsonSchema)]
struct Invitation {
    id: String,
    /// The area: `gc/Electric Vehicle/Tuning Team`.
    area: String,
    /// The ids of the roles that it gives.
    roles: Vec<String>,
    /// The address to which it is mailed.
    mail: Option<String>,
    /// The id of the user who has written it.
    by: String,
    created: String,
    expires: String,
    /// `open`, `accepted`, `withdrawn` or `expired`.
    state: &'static str,
    /// When it was accepted or withdrawn, and the id of the user by whom.
    ended: Option<String>,
    ended_by: Option<String>,
    /// The revision that made the member, or at which there was nothing to change.
    revision: Option<u64>,
    /// How far its mail is; null: it is not mailed.
    delivery: Option<Delivered>,
    /// The link. It is told this once, to be handed over, and not where it is mailed.
    #[serde(skip_serializing_if = "Option::is_none")]
    link: Option<String>,
}

/// How far a message is.
#[derive(Serialize, JsonSchema)]
struct Delivered {
    /// `waiting`, `sent` or `failed`.
    state: &'static str,
    /// How often it was tried in vain; null once it is sent.
    attempts: Option<i64>,
    /// When it was sent.
    sent: Option<String>,
    /// When it is tried next.
    due: Option<String>,
    /// What went wrong last.
    error: Option<String>,
}

impl From<Delivery> for Delivered {
    fn from(delivery: Delivery) -> Self {
        let told = |state, attempts, sent: Option<Moment>, due: Option<Moment>, error| Self {
            state,
            attempts,
            sent: sent.map(instant),
            due: due.map(instant),
            error,
        };
        match delivery {
            Delivery::Waiting { attempts, due, error } => {
                told("waiting", Some(attempts), None, Some(due), error)
            }
            Delivery::Sent(at) => told("sent", None, Some(at), None, None),
            Delivery::Failed { attempts, error } => told("failed", Some(attempts), None, None, Some(error)),
        }
    }
}

/// The invitations to an area, the newest first.
#[derive(Serialize, JsonSchema)]
struct Invitations {
    items: Vec<Invitation>,
}

async fn shown(
    server: &Server,
    view: &View,
    invitation: store::Invitation,
    link: Option<String>,
) -> Result<Invitation, Problem> {
    let delivery = match &invitation.mail {
        Some(_) => server.office.store().delivery_of_invitation(&invitation.id).await?,
        None => None,
    };
    let revision = invitation.end.and_then(|end| match end.how {
        InvitationOutcome::Accepted(revision) => Some(revision.number()),
        InvitationOutcome::Withdrawn => None,
    });
    Ok(Invitation {
        area: view.area_text(invitation.area),
        by: view.id_of(invitation.by).to_string(),
        created: instant(invitation.created),
        expires: instant(invitation.expires),
        state: match invitation.end.map(|end| end.how) {
            Some(InvitationOutcome::Accepted(_)) => "accepted",
            Some(InvitationOutcome::Withdrawn) => "withdrawn",
            None if invitation::is_open(&invitation) => "open",
            None => "expired",
        },
        ended: invitation.end.map(|end| instant(end.at)),
        ended_by: invitation.end.map(|end| view.id_of(end.by).to_string()),
        revision,
        delivery: delivery.map(Into::into),
        link,
        id: invitation.id,
        roles: invitation.roles,
        mail: invitation.mail,
    })
}

async fn list<P: Of<()>>(State(server): State<Arc<Server>>, caller: Caller, asked: Asked) -> Answer {
    let area = area::<P>(&caller, &asked)?;
    // By looking nothing is changed that a state could stand in the way of.
    of_question(&caller.view, &invitation::question(&caller.view, area)).map_err(|mut problem| {
        if problem.kind == Kind::Conflict {
            problem.kind = Kind::Refused;
        }
        problem
    })?;
    let mut items = Vec::new();
    for invitation in server.office.store().invitations_to(area).await? {
        items.push(shown(&server, &caller.view, invitation, None).await?);
    }
    body::answer(&Invitations { items })
}

async fn write<P: Of<()>>(
    State(server): State<Arc<Server>>,
    caller: Caller,
    asked: Asked,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Answer {
    let area = area::<P>(&caller, &asked)?;
    // Most answers have a link.
    idempotency::refuse(&headers)?;
    let InvitationBody { roles, mail, expires } = body::read(&headers, body)?;
    let role = |(at, id): (usize, &String)| name(id, &format!("/roles/{at}"));
    let roles: Vec<Name> = roles.iter().enumerate().map(role).collect::<Result<_, _>>()?;
    if let Some(mail) = &mail
        && mail.parse::<lettre::Address>().is_err()
    {
        return Err(bad_value("/mail", "expected a mail address such as nia@example.org"));
    }
    let new = NewInvitation { area, roles, mail, expires: end(expires)? };
    match invitation::write(&server, &caller, new).await {
        Ok((invitation, path)) => {
            let link = path.map(|path| format!("{}{path}", base(&server, &caller, &headers)));
            body::answer(&shown(&server, &caller.view, invitation, link).await?)
        }
        Err(error) => Err(refusal_of(&server, &caller, &format!("{WRITE} an area"), error).await),
    }
}

fn end(expires: Option<String>) -> Result<Moment, Problem> {
    let Some(text) = expires else { return Ok(later(now(), invitation::LASTS)) };
    let expires: jiff::Timestamp = text
        .parse()
        .map_err(|_| bad_value("/expires", "expected an instant such as 2026-12-31T12:00:00Z"))?;
    let expires = Moment::new(expires.as_microsecond());
    if expires <= now() || expires > later(now(), invitation::LONGEST) {
        return Err(bad_value("/expires", "expected an instant within the next 90 days"));
    }
    Ok(expires)
}

/// An invitation, to whoever has written it and to those who may invite to the area.
async fn one(server: &Server, view: &View, asked: &Asked) -> Result<store::Invitation, Problem> {
    let InvitationPath { invitation: id } = asked.parameters()?;
    let it = found(server.office.store().invitation(&id).await?)?;
    let told = it.by == view.asker_number() || invitation::may_invite(view, it.area);
    found((told && view.see(it.area).is_some()).then_some(it))
}

async fn read(State(server): State<Arc<Server>>, caller: Caller, asked: Asked) -> Answer {
    let invitation = one(&server, &caller.view, &asked).await?;
    body::answer(&shown(&server, &caller.view, invitation, None).await?)
}

async fn withdraw(State(server): State<Arc<Server>>, caller: Caller, asked: Asked) -> Answer {
    let invitation = one(&server, &caller.view, &asked).await?;
    let by = caller.view.asker_number();
    let end = InvitationEnd { at: now(), by, how: InvitationOutcome::Withdrawn };
    if !server.office.store().end_invitation(&invitation.id, &end).await? {
        let said = "it is over already, or being accepted: read it again";
        return Err(Problem::new(Kind::Conflict, said));
    }
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Which invitation is accepted.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an object with the key `link`")]
struct Accepting {
    /// Its link, or what stands in it after `link=`.
    link: String,
}

/// What has become of accepting an invitation.
#[derive(Serialize, JsonSchema)]
struct Accepted {
    /// The id of the invitation.
    invitation: String,
    /// The area: `gc/Electric Vehicle/Tuning Team`.
    area: String,
    /// The ids of the roles that one has there now.
    roles: Vec<String>,
    /// The revision since which it is so.
    revision: u64,
}

async fn accept(
    State(server): State<Arc<Server>>,
    caller: Caller,
    place: Place,
    asked: Asked,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Answer {
    let NoParameters {} = asked.parameters()?;
    idempotency::refuse(&headers)?;
    let Accepting { link } = body::read(&headers, body)?;
    let secret = link.rsplit_once("link=").map_or(link.as_str(), |(_, secret)| secret);
    let open = invitation::find(&server, &place, secret).await.map_err(|no_entry| match no_entry {
        NoEntry::Wrong => Problem::link_gone(),
        other => other.into(),
    })?;
    let user = caller.view.asker_number();
    let (_, revision) = invitation::accept(&server, &open, Invited::Known(user), caller.client).await?;
    let (view, _) = found(server.office.view(user))?;
    let roles = view.members(open.area).find(|(member, _)| *member == user);
    body::answer(&Accepted {
        area: view.area_text(open.area),
        roles: roles.map_or_else(Vec::new, |(_, roles)| texts(roles.iter())),
        revision: revision.number(),
        invitation: open.id,
    })
}

fn area<P: Of<()>>(caller: &Caller, asked: &Asked) -> Result<AreaId, Problem> {
    let (area, ()) = asked.parameters::<P>()?.split(&caller.view)?;
    Ok(area)
}
