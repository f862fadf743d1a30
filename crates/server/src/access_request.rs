//! Access requests (docs/process.md#access-requests): whoever is refused asks for what was proposed, and
//! whoever may make that change grants or declines it.

use std::time::Duration;

use governance::{Grant, NotWished, QuestionText, UserId, View, WishText};
use store::{AccessRequest, RequestEnd, RequestOutcome};
use tokio::task::spawn_blocking;

use crate::caller::Caller;
use crate::chance::{hex, now, random};
use crate::in_turn::in_turn;
use crate::office::ChangeError;
use crate::problem::{Kind, Problem};
use crate::router::Server;
use crate::session::later;

/// So long it can be granted.
const LASTS: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// Nobody has more of them open.
const MOST_OPEN: i64 = 20;
/// So many of those who may grant it are told by mail, those first who may by a role.
const MOST_TOLD: usize = 5;
/// So many characters a reason and a note have at most.
const LONGEST_TEXT: usize = 1_000;

/// A request as somebody sees it.
pub(crate) struct Seen {
    pub(crate) request: AccessRequest,
    pub(crate) text: WishText,
    /// Whether they have asked for it.
    pub(crate) mine: bool,
    /// Whether they may grant it.
    pub(crate) may_grant: bool,
}

impl Seen {
    fn of(view: &View, request: AccessRequest) -> Option<Self> {
        let mine = request.wish.user() == view.asker_number();
        let may_grant = is_open(&request) && view.may_grant(&request.wish);
        let decided = request.end.as_ref().is_some_and(|end| end.by == view.asker_number());
        let text = (mine || may_grant || decided).then(|| view.wish_in_words(&request.wish))??;
        Some(Self { request, text, mine, may_grant })
    }

    pub(crate) fn state(&self) -> RequestState {
        match self.request.end.as_ref().map(|end| end.how) {
            Some(RequestOutcome::Accepted(_)) => RequestState::Accepted,
            Some(RequestOutcome::Needless) => RequestState::Needless,
            Some(RequestOutcome::Declined) => RequestState::Declined,
            Some(RequestOutcome::Withdrawn) => RequestState::Withdrawn,
            None if is_open(&self.request) => RequestState::Open,
            None => RequestState::Expired,
        }
    }
}

/// What has become of a request so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RequestState {
    Open,
    Accepted,
    Needless,
    Declined,
    Withdrawn,
    Expired,
}

impl RequestState {
    pub(crate) const ALL: [Self; 6] =
        [Self::Open, Self::Accepted, Self::Needless, Self::Declined, Self::Withdrawn, Self::Expired];

    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Accepted => "accepted",
            Self::Needless => "needless",
            Self::Declined => "declined",
            Self::Withdrawn => "withdrawn",
            Self::Expired => "expired",
        }
    }
}

pub(crate) fn is_open(request: &AccessRequest) -> bool {
    request.end.is_none() && request.expires > now()
}

/// What somebody asks for.
pub(crate) struct Asking {
    pub(crate) question: QuestionText,
    /// The name of the remedy.
    pub(crate) remedy: String,
    pub(crate) reason: String,
}

/// A text of some lines, or what is wrong with it.
fn prose(text: &str) -> Result<String, String> {
    let text = text.replace("\r\n", "\n").trim().to_owned();
    let seen = |letter: char| letter == '\n' || !letter.is_control();
    if text.chars().count() > LONGEST_TEXT || !text.chars().all(seen) {
        return Err(format!("expected at most {LONGEST_TEXT} characters that can be seen"));
    }
    Ok(text)
}

fn bad(pointer: &'static str, said: impl std::fmt::Display) -> Problem {
    Problem::new(Kind::BadValue, format!("`{pointer}`: {said}")).with("pointer", pointer)
}

/// Asks.
pub(crate) async fn ask(server: &Server, caller: &Caller, asking: Asking) -> Result<Seen, Problem> {
    let Asking { question, remedy, reason } = asking;
    let reason = prose(&reason).map_err(|said| bad("/reason", said))?;
    if reason.is_empty() {
        return Err(bad("/reason", "say why you need it"));
    }
    let view = caller.view.clone();
    let wished = in_turn(server, move || view.wish(&question, &remedy)).await?;
    let (wish, who) = wished.map_err(|not_wished| match not_wished {
        NotWished::Unanswered(unanswered) => unanswered.into(),
        NotWished::Allowed => {
            Problem::new(Kind::Conflict, "you may already do this: there is nothing to ask for")
        }
        NotWished::NotProposed(known) if known.is_empty() => {
            Problem::new(Kind::Conflict, "no small change would allow this: there is nothing to ask for")
        }
        NotWished::NotProposed(known) => {
            let said = format!("expected what `explain` proposes: `{}`", known.join("`, `"));
            bad("/remedy", said)
        }
    })?;
    let (store, created, user) = (server.office.store(), now(), caller.view.asker_number());
    if store.count_open_access_requests(user, created).await? >= MOST_OPEN {
        let said = format!("you have {MOST_OPEN} open requests: withdraw one first");
        return Err(Problem::new(Kind::Conflict, said));
    }
    let (id, expires) = (hex(&random::<8>()), later(created, LASTS));
    let request = AccessRequest { id, wish, reason, created, expires, end: None };
    if !store.add_access_request(&request, &told(server, &caller.view, &who)).await? {
        let said = "you have asked for this already, and nobody has decided yet: see your access requests";
        return Err(Problem::new(Kind::Conflict, said));
    }
    if let Some(post) = &server.post {
        post.wake();
    }
    tracing::info!(user = %caller.view.asker().id, request = request.id, "asked for access");
    Seen::of(&caller.view, request).ok_or_else(Problem::not_found)
}

/// Who is told by mail.
fn told(server: &Server, view: &View, who: &[String]) -> Vec<UserId> {
    if server.post.is_none() {
        return Vec::new();
    }
    let users = who.iter().filter_map(|id| view.user_by_id(id));
    let with_address = users.filter(|user| view.user(*user).is_some_and(|user| user.mail.is_some()));
    with_address.filter(|user| *user != view.asker_number()).take(MOST_TOLD).collect()
}

/// What somebody has asked for, and what waits for their decision, the newest first.
pub(crate) async fn list(server: &Server, caller: &Caller) -> Result<Vec<Seen>, Problem> {
    let store = server.office.store();
    let mine = store.access_requests_of(caller.view.asker_number()).await?;
    let open = store.open_access_requests(now()).await?;
    let view = caller.view.clone();
    let seen = spawn_blocking(move || {
        let others = open.into_iter().filter(|it| it.wish.user() != view.asker_number());
        let all = mine.into_iter().chain(others);
        let mut seen: Vec<Seen> = all.filter_map(|request| Seen::of(&view, request)).collect();
        seen.sort_by_key(|it| std::cmp::Reverse(it.request.created));
        seen
    });
    seen.await.map_err(|_| Problem::internal())
}

/// One of those.
pub(crate) async fn find(server: &Server, view: &View, id: &str) -> Result<Seen, Problem> {
    let request = server.office.store().access_request(id).await?;
    request.and_then(|request| Seen::of(view, request)).ok_or_else(Problem::not_found)
}

/// What becomes of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    Accept,
    Decline,
    Withdraw,
}

fn over() -> Problem {
    Problem::new(Kind::Conflict, "it is over already, or being granted: read it again")
}

/// Decides a request; answers what has become of it, or why it was not granted.
pub(crate) async fn decide(
    server: &Server,
    caller: &Caller,
    seen: Seen,
    decision: Decision,
    note: &str,
) -> Result<Seen, ChangeError<Problem>> {
    let note = prose(note).map_err(|said| ChangeError::Composed(bad("/note", said)))?;
    let note = Some(note).filter(|note| !note.is_empty());
    let may = match decision {
        // Whoever has asked and may not is told why.
        Decision::Accept => seen.may_grant || seen.mine,
        Decision::Decline => seen.may_grant,
        Decision::Withdraw => seen.mine,
    };
    if !may {
        let said = match decision {
            _ if !is_open(&seen.request) => return Err(ChangeError::Composed(over())),
            Decision::Accept | Decision::Decline => "this is decided by those who may make the change",
            Decision::Withdraw => "somebody else has asked for it: decline it",
        };
        return Err(ChangeError::Composed(Problem::new(Kind::Refused, said)));
    }
    let (id, at, by) = (seen.request.id.clone(), now(), caller.view.asker_number());
    let how = match decision {
        Decision::Accept => return grant(server, caller, seen, note).await,
        Decision::Decline => RequestOutcome::Declined,
        Decision::Withdraw => RequestOutcome::Withdrawn,
    };
    end(server, &seen, RequestEnd { at, by, how, note }).await?;
    after(server, caller, &id).await
}

async fn grant(
    server: &Server,
    caller: &Caller,
    seen: Seen,
    note: Option<String>,
) -> Result<Seen, ChangeError<Problem>> {
    let (store, id, begun) = (server.office.store(), seen.request.id.clone(), now());
    if !store.claim_access_request(&id, begun).await.map_err(ChangeError::Store)? {
        return Err(ChangeError::Composed(over()));
    }
    let of = caller.view.id_of(seen.request.wish.user());
    let summary = format!("Grant the access request {id} of {of}: {}", seen.text.recorded.join("; "));
    let act = Grant { wish: seen.request.wish.clone() };
    let granted = server.office.change_as(caller.author(), summary, None, move |_| Ok(act.clone())).await;
    let how = match granted {
        Ok(changed) => RequestOutcome::Accepted(changed.revision),
        Err(ChangeError::Refused(governance::Refusal::Nothing)) => RequestOutcome::Needless,
        Err(error) => {
            // Whoever does not know whether it was done asks again in a minute.
            if !matches!(error, ChangeError::Unknown) {
                store.release_access_request(&id, begun).await.map_err(ChangeError::Store)?;
            }
            return Err(error);
        }
    };
    let by = caller.view.asker_number();
    end(server, &seen, RequestEnd { at: begun, by, how, note }).await?;
    after(server, caller, &id).await
}

async fn end(server: &Server, seen: &Seen, end: RequestEnd) -> Result<(), ChangeError<Problem>> {
    let asker = seen.request.wish.user();
    let told = (server.post.is_some() && end.by != asker).then_some(asker);
    let ended = server.office.store().end_access_request(&seen.request.id, &end, told).await;
    if !ended.map_err(ChangeError::Store)? {
        return Err(ChangeError::Composed(over()));
    }
    if let Some(post) = &server.post {
        post.wake();
    }
    Ok(())
}

/// The request as the caller sees it after that.
async fn after(server: &Server, caller: &Caller, id: &str) -> Result<Seen, ChangeError<Problem>> {
    let (view, _) = server.office.view(caller.view.asker_number()).ok_or(ChangeError::Archived)?;
    find(server, &view, id).await.map_err(ChangeError::Composed)
}
