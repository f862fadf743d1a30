//! Who looks at a page, and how: the look of pages, the current configuration, a preview
//! (docs/pages.md#visitors).

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::{FromRequestParts, OptionalFromRequestParts, Request, State};
use axum::http::Method;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Redirect, Response};
use governance::{Configuration, ConfigurationId, View};

use super::ability::Ability;
use super::address::Address;
use super::form::Fields;
use super::frame::Frame;
use super::look::Look;
use super::part::Person;
use super::unsent::Kept;
use crate::api::log::may;
use crate::caller::{Asker, Caller, Credential, Nobody};
use crate::cookie::{CONTEXT, PREVIEW, is_secure};
use crate::negotiate::{Form, preferred};
use crate::problem::{Kind, Problem};
use crate::router::Server;

/// Who looks at a page. The argument of every handler of one that needs somebody to be signed in.
pub(crate) struct Visitor {
    /// As whom things are changed.
    pub(crate) caller: Caller,
    /// What is shown: what the caller sees or, in a preview, what somebody else would.
    view: View,
    previewed: Option<Person>,
    /// What was asked for.
    pub(crate) here: Address,
    /// Its query.
    pub(crate) query: Fields,
    pub(crate) look: Look,
    /// A browser, or a program that sends forms.
    pub(crate) form: Form,
    context: Option<ConfigurationId>,
}

impl Visitor {
    pub(crate) fn view(&self) -> &View {
        &self.view
    }
    /// Who is previewed, if somebody is.
    pub(crate) fn previewed(&self) -> Option<&Person> {
        self.previewed.as_ref()
    }
    /// The current configuration, which the visitor has chosen and sees.
    pub(crate) fn context(&self) -> Option<(ConfigurationId, &Configuration)> {
        self.context.and_then(|id| Some((id, self.view.see(id)?)))
    }
    /// The frame of a page.
    pub(crate) fn frame(&self, title: impl Into<String>) -> Frame {
        Frame::of(self, title.into())
    }
    /// Whether an item may be done something to: `OPERATION/ACTION`, or `read`, `context.set`,
    /// `repository.…`.
    pub(crate) fn may(&self, deed: &str, item: &str) -> Ability {
        self.only_in_earnest(Ability::to_do(&self.view, deed, item))
    }
    /// In a preview nothing can be changed, whatever the other might.
    pub(crate) fn only_in_earnest(&self, ability: Ability) -> Ability {
        match (&self.previewed, ability) {
            (Some(person), Ability::Allowed) => Ability::Previewed(person.name.clone()),
            (_, ability) => ability,
        }
    }

    /// For what is read from elsewhere than the organisation, which no view leaves out: both whoever is
    /// signed in and whoever is previewed must be let.
    pub(crate) fn both(&self, ask: impl Fn(&View) -> Result<(), Problem>) -> Result<(), Problem> {
        ask(&self.caller.view)?;
        ask(&self.view)
    }
    /// Whether both may do something with the server: `repository.…`.
    pub(crate) fn both_may(&self, operation: &str) -> bool {
        self.both(|view| may(view, operation)).is_ok()
    }

    fn new(caller: Caller, parts: &Parts, server: &Server) -> Self {
        let headers = &parts.headers;
        let here = Address::of(&parts.uri);
        let query = Fields::read(parts.uri.query().unwrap_or_default().as_bytes());
        let secure = is_secure(&server.config, caller.client);
        let look = Look::of(headers, secure);
        // A password or token that a program sends has no page to look at.
        let wanted = match caller.credential {
            Credential::Session(_) => PREVIEW.value(headers, secure).and_then(|text| text.parse().ok()),
            Credential::Basic { .. } | Credential::Token { .. } | Credential::Consumer { .. } => None,
        };
        let other = wanted.map(governance::Id::new).filter(|other| *other != caller.view.asker_number());
        let preview = other.and_then(|other| caller.view.preview(other));
        let previewed = preview.as_ref().map(|view| Person::from(view.asker()));
        let view = preview.unwrap_or_else(|| caller.view.clone());
        let kept = CONTEXT.value(headers, secure);
        let context = Some(query.get("context")).filter(|text| !text.is_empty()).or(kept);
        let context = context.and_then(|text| view.find::<Configuration>(text));
        let form = preferred(headers);
        Self { caller, view, previewed, here, query, look, form, context }
    }

    /// Nothing is changed in a preview. Whoever is no visitor for certain asks it themselves.
    pub(crate) fn in_earnest(self) -> Result<Self, Problem> {
        if self.previewed.is_some() {
            let said =
                "you look at this as somebody else would, and change nothing by it; end the preview first";
            return Err(Problem::new(Kind::Conflict, said));
        }
        Ok(self)
    }
}

/// Who asks a question on a page: a token that is for nothing else may.
pub(crate) struct Asking(pub(crate) Visitor);

impl FromRequestParts<Arc<Server>> for Asking {
    type Rejection = Nobody;

    async fn from_request_parts(parts: &mut Parts, server: &Arc<Server>) -> Result<Self, Nobody> {
        let Asker(caller) = Asker::from_request_parts(parts, server).await?;
        Ok(Self(Visitor::new(caller, parts, server)))
    }
}

/// For pages that anybody gets.
impl OptionalFromRequestParts<Arc<Server>> for Visitor {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, server: &Arc<Server>) -> Result<Option<Self>, Infallible> {
        let caller = <Option<Caller> as FromRequestParts<_>>::from_request_parts(parts, server).await?;
        Ok(caller.map(|caller| Self::new(caller, parts, server)))
    }
}

impl FromRequestParts<Arc<Server>> for Visitor {
    type Rejection = Nobody;

    async fn from_request_parts(parts: &mut Parts, server: &Arc<Server>) -> Result<Self, Nobody> {
        let caller = <Caller as FromRequestParts<_>>::from_request_parts(parts, server).await?;
        let visitor = Self::new(caller, parts, server);
        if parts.method.is_safe() { Ok(visitor) } else { Ok(visitor.in_earnest()?) }
    }
}

/// Gives a problem that somebody meets in a browser the frame of the pages that they know.
pub(crate) async fn framed(State(server): State<Arc<Server>>, request: Request, next: Next) -> Response {
    // What is sent with each request is not tried twice: it may be a guess.
    let tried = request.headers().contains_key(AUTHORIZATION);
    if tried || preferred(request.headers()) == Form::Json {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    let mut again = parts.clone();
    again.method = Method::GET;
    let reads = parts.method.is_safe();
    let (body, kept) = Kept::of(&parts, body);
    let mut response = next.run(Request::from_parts(parts, body)).await;
    let kind = response.extensions().get::<Problem>().map(|it| it.kind);
    // What a form came to is shown at the address that it was sent to. Whoever comes back to that gets the
    // page that the form is on.
    if kind == Some(Kind::Method)
        && reads
        && let Some((above, _)) = again.uri.path().rsplit_once('/')
    {
        let page = match (above, again.uri.path()) {
            ("", "/edit-attributes") => "/configurations",
            ("", _) => "/",
            (above, _) => above,
        };
        return Redirect::to(page).into_response();
    }
    if kind == Some(Kind::SignIn)
        && let Some(kept) = kept
        && let Some(unsent) = kept.unsent(&again).await
    {
        response.extensions_mut().insert(unsent);
    }
    if let Some(kind) = kind
        && let Ok(caller) = <Caller as FromRequestParts<_>>::from_request_parts(&mut again, &server).await
    {
        let visitor = Visitor::new(caller, &again, &server);
        response.extensions_mut().insert(visitor.frame(kind.title()));
    }
    response.into_response()
}
