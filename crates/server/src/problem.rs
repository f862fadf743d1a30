//! What goes wrong, as RFC 9457 problems: one table of kinds and statuses.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::body::Body;
use axum::extract::rejection::BytesRejection;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use governance::Unanswered;
use serde::Serialize;
use serde_json::Value;
use store::StoreError;

use crate::office::ChangeError;
use crate::registry::Unreachable;
use crate::repeated_failure;
use crate::transfer::Stalled;

macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident = $status:ident, $slug:literal, $title:literal;)*) => {
        /// The kinds of problem.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Kind { $($(#[$doc])* $kind,)* }

        impl Kind {
            pub(crate) const fn status(self) -> StatusCode {
                match self { $(Self::$kind => StatusCode::$status,)* }
            }
            /// The last part of the problem's type, a URN.
            pub(crate) const fn slug(self) -> &'static str {
                match self { $(Self::$kind => $slug,)* }
            }
            pub(crate) const fn title(self) -> &'static str {
                match self { $(Self::$kind => $title,)* }
            }
        }
    };
}

/// What is said of whatever is not there, or is not to be seen.
pub const NOTHING_HERE: &str = "nothing is here; the address may be mistyped";

kinds! {
    /// The request cannot be read.
    Malformed = BAD_REQUEST, "malformed", "The request cannot be read";
    /// A revision of another history, or of none.
    ForeignRevision = BAD_REQUEST, "foreign-revision", "There is no such revision here";
    /// A value of the query or the body is wrong.
    BadValue = BAD_REQUEST, "bad-value", "A value is not as it should be";
    /// A document with mistakes, each told with its place.
    BadDocument = BAD_REQUEST, "bad-document", "The document is not as it should be";
    /// A question that cannot be asked.
    BadQuestion = BAD_REQUEST, "bad-question", "This question cannot be asked";
    /// Nobody is signed in, or the password is wrong.
    SignIn = UNAUTHORIZED, "sign-in", "Sign in first";
    /// Gates 2, 4 and 6.
    Refused = FORBIDDEN, "refused", "This is not allowed";
    /// A signature that is not accepted.
    Signature = UNAUTHORIZED, "signature", "The signed request is not accepted";
    /// The question is not the asker's to put.
    NotYours = FORBIDDEN, "not-yours-to-ask", "This is not yours to ask";
    /// The token is not for this.
    Scope = FORBIDDEN, "scope", "The token lacks a scope";
    /// Another site sent the request.
    CrossSite = FORBIDDEN, "cross-site", "The request comes from another site";
    /// Not there, or not to be seen.
    NotFound = NOT_FOUND, "not-found", "Nothing is here";
    /// A link that was used, has expired, or never was.
    LinkGone = GONE, "link", "This link cannot be used";
    /// The page takes other methods.
    Method = METHOD_NOT_ALLOWED, "method-not-allowed", "This method is not allowed here";
    /// Archived or frozen, or against a rule of the model.
    Conflict = CONFLICT, "conflict", "This cannot be done as things are";
    /// The key was used for another request.
    KeyTaken = CONFLICT, "idempotency-key", "The idempotency key was used for another request";
    /// Somebody changed it in the meantime.
    Overtaken = PRECONDITION_FAILED, "overtaken", "Somebody else was faster";
    /// A change must say upon what it is made.
    NoPrecondition = PRECONDITION_REQUIRED, "precondition-required", "Say what you have read";
    /// The rest of the request did not come in time.
    Slow = REQUEST_TIMEOUT, "slow", "The request came too slowly";
    /// The body is too large.
    TooLarge = PAYLOAD_TOO_LARGE, "too-large", "The request is too large";
    /// The body is of another type.
    MediaType = UNSUPPORTED_MEDIA_TYPE, "media-type", "The body has another type than expected";
    /// Too many requests, or failures to sign in.
    Throttled = TOO_MANY_REQUESTS, "throttled", "Too many attempts";
    /// It took too long, or there is too much to do.
    Busy = SERVICE_UNAVAILABLE, "busy", "The server is busy";
    /// A registry that knows people cannot be asked.
    RegistryAway = SERVICE_UNAVAILABLE, "registry-away", "The registry of people cannot be reached";
    /// Another server cannot be asked, or answers what it should not.
    FriendAway = BAD_GATEWAY, "friend-away", "The other server does not answer as it should";
    /// The database fails.
    Internal = INTERNAL_SERVER_ERROR, "internal", "Something went wrong on the server";
    /// It was begun, and its end was not seen.
    OutcomeUnknown = GATEWAY_TIMEOUT, "outcome-unknown", "Nobody knows whether this was done";
    /// No space is left.
    Full = INSUFFICIENT_STORAGE, "full", "The server's disk is full";
}

/// Something that went wrong, told to the client.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{detail}")]
pub(crate) struct Problem {
    pub(crate) kind: Kind,
    pub(crate) detail: String,
    /// Members of the problem document besides the usual ones (RFC 9457 §3.2).
    extensions: Vec<(&'static str, Value)>,
    /// When to try again, in seconds.
    retry_after: Option<u64>,
}

impl Problem {
    pub(crate) fn new(kind: Kind, detail: impl Into<String>) -> Self {
        Self { kind, detail: detail.into(), extensions: Vec::new(), retry_after: None }
    }
    /// What is not there, or not to be seen: always the same words.
    pub(crate) fn not_found() -> Self {
        Self::new(Kind::NotFound, NOTHING_HERE)
    }
    /// With one more member.
    #[must_use]
    pub(crate) fn with(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.extensions.push((name, value.into()));
        self
    }
    /// One of its members.
    pub(crate) fn member(&self, name: &str) -> Option<&Value> {
        self.extensions.iter().rev().find(|(known, _)| *known == name).map(|(_, value)| value)
    }
    /// With the cause, for those who may know it.
    #[must_use]
    pub(crate) fn because(mut self, cause: impl Into<String>) -> Self {
        self.detail = cause.into();
        self
    }
    /// Without one of them.
    #[must_use]
    pub(crate) fn without(mut self, name: &str) -> Self {
        self.extensions.retain(|(known, _)| *known != name);
        self
    }
    pub(crate) fn sign_in() -> Self {
        Self::new(Kind::SignIn, "send a session cookie, HTTP Basic credentials, or a token as Bearer")
    }
    /// Nobody is told which it is.
    pub(crate) fn link_gone() -> Self {
        let said = "it has been used, has expired, or a newer one was made; ask for another. Of a server on which nobody has a \
                    password yet: start it again, and it prints a new one";
        Self::new(Kind::LinkGone, said)
    }
    /// Not before that.
    #[must_use]
    pub(crate) fn retry_after(mut self, wait: Duration) -> Self {
        self.retry_after = Some(wait.as_secs() + u64::from(wait.subsec_nanos() > 0));
        self
    }
    pub(crate) fn slow() -> Self {
        Self::new(Kind::Slow, "the rest of it did not arrive in time; send it again")
    }
    pub(crate) fn too_large(most: usize) -> Self {
        Self::new(Kind::TooLarge, format!("send no more than {most} bytes at a time"))
    }
    /// A change that was not made for a reason that has nothing to do with what was asked.
    pub(crate) fn not_made<E: std::error::Error>(error: ChangeError<E>) -> Self {
        match error {
            ChangeError::Full => Self::new(Kind::Full, "nothing was changed; reading goes on"),
            ChangeError::Store(error) => error.into(),
            ChangeError::Unknown => Self::outcome_unknown(),
            error => {
                tracing::error!(%error, "a change was not made");
                Self::internal()
            }
        }
    }
    /// What went wrong is for the log.
    pub(crate) fn internal() -> Self {
        Self::new(Kind::Internal, "the server's log says more")
    }
    /// A change was begun, and may be made or not.
    pub(crate) fn outcome_unknown() -> Self {
        let said = "it was begun, and is done, or will be, or not: send it again with the same \
                    `Idempotency-Key`; without one, read first what is there";
        Self::new(Kind::OutcomeUnknown, said)
    }
    pub(crate) fn busy() -> Self {
        Self::new(Kind::Busy, "try again in a moment")
    }

    /// As a value among others.
    pub(crate) fn json(&self) -> Value {
        serde_json::to_value(self.document()).unwrap_or_default()
    }

    fn document(&self) -> Document<'_> {
        Document {
            of_type: format!("urn:bailiwick:problem:{}", self.kind.slug()),
            title: self.kind.title(),
            status: self.kind.status().as_u16(),
            detail: &self.detail,
            extensions: self.extensions.iter().map(|(name, value)| (*name, value)).collect(),
        }
    }
}

#[derive(Serialize)]
struct Document<'a> {
    #[serde(rename = "type")]
    of_type: String,
    title: &'static str,
    status: u16,
    detail: &'a str,
    #[serde(flatten)]
    extensions: BTreeMap<&'static str, &'a Value>,
}

/// The problem itself travels along, so that browsers can be given a page instead.
impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = serde_json::to_vec(&self.document()).unwrap_or_default();
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = self.kind.status();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if self.kind == Kind::SignIn {
            let basic = HeaderValue::from_static("Basic realm=\"Bailiwick\", charset=\"UTF-8\"");
            headers.insert(WWW_AUTHENTICATE, basic);
            headers.append(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"Bailiwick\""));
        }
        if self.kind == Kind::Signature {
            let word = self.extensions.iter().find(|(name, _)| *name == "oauth_problem");
            let word = word.and_then(|(_, word)| word.as_str()).unwrap_or_default();
            let value = HeaderValue::from_str(&format!("OAuth realm=\"Jazz\", oauth_problem=\"{word}\""));
            headers.extend(value.ok().map(|value| (WWW_AUTHENTICATE, value)));
        }
        if let Some(seconds) = self.retry_after {
            headers.insert(RETRY_AFTER, seconds.into());
        }
        response.extensions_mut().insert(self);
        response
    }
}

impl From<Unanswered> for Problem {
    fn from(unanswered: Unanswered) -> Self {
        let kind = match unanswered {
            Unanswered::Bad(_) | Unanswered::NoSuchItem(_) => Kind::BadQuestion,
            Unanswered::NotYours => Kind::NotYours,
            Unanswered::NotByThisToken => Kind::Scope,
        };
        Self::new(kind, unanswered.to_string())
    }
}

impl From<BytesRejection> for Problem {
    fn from(rejection: BytesRejection) -> Self {
        match rejection.status() {
            StatusCode::PAYLOAD_TOO_LARGE => Self::new(Kind::TooLarge, "send less at a time"),
            _ if Stalled::caused(&rejection) => Self::slow(),
            _ => Self::new(Kind::Malformed, "the body cannot be read"),
        }
    }
}

/// Why is for the log.
impl From<Unreachable> for Problem {
    fn from(_: Unreachable) -> Self {
        let said = "the registry that knows who people are cannot be reached; whoever is signed in can go on, \
                    others try again in a moment";
        Self::new(Kind::RegistryAway, said).retry_after(Duration::from_secs(5))
    }
}

/// What the database says is for the log; clients learn only whether trying again can help.
impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::UnknownRevision { .. } => Self::new(Kind::BadQuestion, error.to_string()),
            _ if error.is_full() => {
                repeated_failure::log("the disk is full", &error);
                Self::new(Kind::Full, "nothing was changed; reading goes on")
            }
            _ if error.is_unreachable() => {
                repeated_failure::log("the database is away", &error);
                Self::new(Kind::Busy, "the database cannot be reached; try again in a moment")
            }
            _ => {
                tracing::error!(%error, "the database failed");
                Self::internal()
            }
        }
    }
}
