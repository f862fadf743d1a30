//! One's own account: who one is here, where one is signed in, and what programs have in place of a password.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use governance::{LicenceType, RepositoryGroup, UserId};
use jiff::{Span, Timestamp, tz::TimeZone};
use serde_json::{Value, json};
use store::{AccessToken, Session};

use super::ability::Ability;
use super::address::Address;
use super::done::done_to;
use super::failure::Failure;
use super::field::{Choice, Field};
use super::form::Fields;
use super::frame::Frame;
use super::item_page::user_page;
use super::part::{Person, Time};
use super::render;
use super::saving::{Saved, Sent, Told, saved};
use super::visitor::Visitor;
use crate::access_token;
use crate::api::access_token::{NewTokenBody, make_mine, revoke_mine};
use crate::api::acting_consumer::end_my_consumer;
use crate::api::session::{current, end_my_other_sessions, end_my_session};
use crate::api::{Posted, Verb, representation};
use crate::caller::Caller;
use crate::chance::now;
use crate::negotiate::Form;
use crate::oauth::{Acting, acting_for};
use crate::problem::{Kind, Problem};
use crate::router::Server;
use crate::routes::Routes;
use crate::scope::Scope;
use crate::secret::TokenHash;

pub(super) fn routes() -> Routes<Arc<Server>> {
    Routes::new()
        .get(ADDRESS, show)
        .post(ADDRESS, change)
        .post("/me/tokens", make_token)
        .post("/me/sign-in", end)
}

const ADDRESS: &str = "/me";

#[derive(Template)]
#[template(path = "profile.html")]
struct ProfilePage<'a> {
    frame: Frame,
    /// Where the forms of sessions and tokens go.
    path: &'static str,
    person: Person,
    access: String,
    groups: Vec<&'static str>,
    licences: Vec<&'static str>,
    /// What keeps the password, where it is not kept here.
    registry: Option<String>,
    sessions: Vec<SessionRow>,
    tokens: Vec<TokenRow>,
    consumers: Vec<ConsumerRow>,
    told: [Told<'a>; 2],
    /// What everybody may change of themselves.
    own: [Field; 2],
    /// Upon what that is saved.
    upon: String,
    edit: Ability,
    fields: [Field; 3],
    /// A token that was made: told this once.
    made: Option<(String, String)>,
    is_preview: bool,
}

/// Where somebody is signed in.
pub(super) struct SessionRow {
    pub(super) id: String,
    pub(super) created: Time,
    pub(super) last_used: Time,
    pub(super) expires: Time,
    pub(super) address: String,
    pub(super) by: String,
    pub(super) is_this: bool,
}

/// What a program has in place of a password.
pub(super) struct TokenRow {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) scopes: String,
    pub(super) created: Time,
    pub(super) last_used: Option<Time>,
    pub(super) expires: Time,
}

/// A consumer that acts for somebody.
pub(super) struct ConsumerRow {
    pub(super) key: String,
    pub(super) name: String,
    pub(super) root_services: Option<String>,
    pub(super) since: Time,
    pub(super) until: Time,
}

/// The sessions of somebody that last.
pub(super) async fn sessions_of(
    server: &Server,
    caller: &Caller,
    user: UserId,
) -> Result<Vec<SessionRow>, Problem> {
    let found = server.office.store().sessions_of(user).await?;
    let row = |(hash, session): (String, Session)| {
        let hash = TokenHash::kept(hash);
        SessionRow {
            id: hash.id(),
            created: session.created.into(),
            last_used: session.last_used.into(),
            expires: session.expires.into(),
            address: session.address.unwrap_or_else(|| "unknown".to_owned()),
            by: session.registry.unwrap_or_else(|| "password".to_owned()),
            is_this: current(caller) == Some(&hash),
        }
    };
    Ok(found.into_iter().filter(|(_, session)| session.expires > now()).map(row).collect())
}

/// The access tokens of somebody that last.
pub(super) async fn tokens_of(server: &Server, user: UserId) -> Result<Vec<TokenRow>, Problem> {
    let found = server.office.store().access_tokens_of(user).await?;
    let row = |(hash, token): (String, AccessToken)| TokenRow {
        id: TokenHash::kept(hash).id(),
        scopes: access_token::scopes(&token).iter().map(Scope::id).collect::<Vec<_>>().join(", "),
        name: token.name,
        created: token.created.into(),
        last_used: token.last_used.map(Time::from),
        expires: token.expires.into(),
    };
    Ok(found.into_iter().filter(|(_, token)| token.expires > now()).map(row).collect())
}

/// The consumers that act for somebody.
pub(super) async fn consumers_of(server: &Server, user: UserId) -> Result<Vec<ConsumerRow>, Problem> {
    let row = |Acting { consumer, since, until }: Acting| ConsumerRow {
        key: consumer.key,
        name: consumer.name,
        root_services: consumer.root_services,
        since: since.into(),
        until: until.into(),
    };
    Ok(acting_for(server, user).await?.into_iter().map(row).collect())
}

/// What was sent to each of the forms of the page.
#[derive(Default)]
struct Forms {
    own: Sent,
    token: Sent,
}

async fn show(State(server): State<Arc<Server>>, visitor: Visitor) -> Result<Response, Problem> {
    page(&server, &visitor, &Forms::default(), None).await
}

async fn page(
    server: &Server,
    visitor: &Visitor,
    forms: &Forms,
    made: Option<(String, String)>,
) -> Result<Response, Problem> {
    let view = visitor.view();
    let (user, number) = (view.asker(), view.asker_number());
    let is_preview = visitor.previewed().is_some();
    // What somebody else has is told to those alone who manage users, on that user's page.
    let (sessions, tokens, consumers) = match is_preview {
        true => (Vec::new(), Vec::new(), Vec::new()),
        false => (
            sessions_of(server, &visitor.caller, number).await?,
            tokens_of(server, number).await?,
            consumers_of(server, number).await?,
        ),
    };
    let path = user_page(&user.id);
    let (now, tag) = representation(view, &path)?;
    let renamed = Posted::new(Verb::Patch, &path, &json!({"name": now["name"], "mail": now["mail"]}));
    Ok(render(&ProfilePage {
        frame: visitor.frame("Your account"),
        path: ADDRESS,
        person: user.into(),
        access: format!("{path}/access"),
        groups: user.groups.iter().map(RepositoryGroup::id).collect(),
        licences: user.held().iter().map(LicenceType::name).collect(),
        registry: user.registered.as_ref().map(|it| it.registry.to_string()),
        sessions,
        tokens,
        consumers,
        told: [forms.own.above(), forms.token.above()],
        own: own_fields(&forms.own, &now),
        upon: forms.own.upon(tag),
        edit: visitor.only_in_earnest(Ability::to_make(view, renamed)),
        fields: fields(&forms.token),
        made,
        is_preview,
    }))
}

/// What everybody may change of themselves.
fn own_fields(sent: &Sent, now: &Value) -> [Field; 2] {
    let text = |key: &str| now[key].as_str().unwrap_or_default().to_owned();
    [
        Field::line("name", "Name", sent.typed("name", &text("name"))).required().wrong(sent.wrong("/name")),
        Field::line("mail", "Mail address", sent.typed("mail", &text("mail")))
            .of_kind("email")
            .wrong(sent.wrong("/mail")),
    ]
}

/// Changes one's own name and mail address.
async fn change(
    State(server): State<Arc<Server>>,
    visitor: Visitor,
    fields: Fields,
) -> Result<Response, Problem> {
    let mail = Some(fields.get("mail").trim()).filter(|text| !text.is_empty());
    let keys = json!({"name": fields.get("name").trim(), "mail": mail});
    let posted = Posted::new(Verb::Patch, &user_page(&visitor.view().asker().id), &keys)
        .and_then(|it| it.upon(fields.get("upon")));
    match saved(&server, &visitor, fields, posted, |_| Address::new(ADDRESS)).await? {
        Saved::Answered(response) => Ok(response),
        Saved::Again(own) => {
            let status = own.failure.as_ref().map(Failure::status).unwrap_or_default();
            let forms = Forms { own, ..Forms::default() };
            Ok((status, page(&server, &visitor, &forms, None).await?).into_response())
        }
    }
}

/// When a session of somebody has begun, in words.
pub(super) async fn begun(
    server: &Server,
    caller: &Caller,
    user: UserId,
    session: &str,
) -> Result<String, Problem> {
    let mut sessions = sessions_of(server, caller, user).await?.into_iter();
    Ok(sessions.find(|it| it.id == session).map_or_else(String::new, |it| it.created.words))
}

/// What a token of somebody is called.
pub(super) async fn token_name(server: &Server, user: UserId, token: &str) -> Result<String, Problem> {
    let mut tokens = tokens_of(server, user).await?.into_iter();
    Ok(tokens.find(|it| it.id == token).map_or_else(String::new, |it| it.name))
}

/// What a consumer is called that acts for somebody.
pub(super) async fn consumer_name(server: &Server, user: UserId, key: &str) -> Result<String, Problem> {
    let mut consumers = consumers_of(server, user).await?.into_iter();
    Ok(consumers.find(|it| it.key == key).map_or_else(String::new, |it| it.name))
}

/// What each scope is good for.
const fn words_of(scope: Scope) -> &'static str {
    match scope {
        Scope::Read => "Read: what you see",
        Scope::Decide => "Decide: ask about others, where you may",
        Scope::Write => "Write: change what you may",
        Scope::Administer => "Administer: change process, users and the server, where you may",
    }
}

fn fields(sent: &Sent) -> [Field; 3] {
    let chosen: Vec<&str> = if sent.is_any() { sent.fields.all("scope").collect() } else { vec!["read"] };
    let scopes = Scope::ALL.map(|it| Choice::new(it.id(), words_of(it), chosen.contains(&it.id())));
    [
        Field::line("name", "Name", sent.typed("name", ""))
            .called("token-name")
            .required()
            .hint("What it is for, such as “nightly build”.")
            .wrong(sent.wrong("/name")),
        Field::checks("scope", "May", scopes.to_vec()).wrong(sent.wrong("/scopes")),
        Field::line("expires", "Last day", sent.typed("expires", &day_in(90)))
            .called("token-expires")
            .of_kind("date")
            .required()
            .hint("At most a year from now.")
            .wrong(sent.wrong("/expires")),
    ]
}

/// The day in so many days.
pub(super) fn day_in(days: i64) -> String {
    let today = Timestamp::from_microsecond(now().microseconds()).unwrap_or_default();
    let day = today.to_zoned(TimeZone::UTC).checked_add(Span::new().days(days));
    day.map(|day| day.date().to_string()).unwrap_or_default()
}

async fn make_token(
    State(server): State<Arc<Server>>,
    visitor: Visitor,
    fields: Fields,
) -> Result<Response, Problem> {
    let new = NewTokenBody {
        name: fields.get("name").to_owned(),
        scopes: fields.all("scope").map(str::to_owned).collect(),
        // The day is the last one on which it is good.
        expires: format!("{}T23:59:59Z", fields.get("expires").trim()),
    };
    match make_mine(&server, &visitor.caller, new).await {
        Ok((secret, _, token)) => {
            page(&server, &visitor, &Forms::default(), Some((token.name, secret))).await
        }
        Err(problem) if visitor.form == Form::Json => Err(problem),
        Err(problem) => {
            let failure = Failure::of(problem)?;
            let status = failure.status();
            let token = Sent { fields, failure: Some(failure), change: None };
            let forms = Forms { token, ..Forms::default() };
            Ok((status, page(&server, &visitor, &forms, None).await?).into_response())
        }
    }
}

/// Ends a session, a token, or what a consumer does.
async fn end(
    State(server): State<Arc<Server>>,
    visitor: Visitor,
    fields: Fields,
) -> Result<Response, Problem> {
    let caller = &visitor.caller;
    let one = |name: &str| Some(fields.get(name)).filter(|text| !text.is_empty());
    let user = caller.view.asker_number();
    let (word, of) = if let Some(session) = one("session") {
        let begun = begun(&server, caller, user, session).await?;
        end_my_session(&server, caller, session).await?;
        ("session-ended", begun)
    } else if let Some(token) = one("token") {
        let name = token_name(&server, user, token).await?;
        revoke_mine(&server, caller, token).await?;
        ("token-revoked", name)
    } else if let Some(consumer) = one("consumer") {
        let name = consumer_name(&server, user, consumer).await?;
        end_my_consumer(&server, caller, consumer).await?;
        ("consumer-ended", name)
    } else if fields.get("do") == "end" {
        end_my_other_sessions(&server, caller).await?;
        ("others-ended", String::new())
    } else {
        return Err(Problem::new(Kind::BadValue, "say which session, token or consumer is to end"));
    };
    Ok(done_to(ADDRESS, word, &of))
}
