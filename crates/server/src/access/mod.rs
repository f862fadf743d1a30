//! The decision API: OpenID AuthZEN Authorization API 1.0 (docs/interfaces.md#decision-api).

mod request;
mod response;

use std::collections::HashMap;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::HeaderMap;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, HOST};
use axum::response::{IntoResponse, Response};
use governance::{AreaId, QuestionText, View};
use serde::Serialize;
use store::Revision;

use crate::caller::{Asker, Caller};
use crate::past;
use crate::problem::{Kind, Problem};
use crate::router::Server;
use request::{AsOf, Asked, Request, Semantic};

/// So many evaluations a request takes.
const MOST_EVALUATIONS: usize = 10_000;
/// So many past moments a request may ask about: each reads the journal.
const MOST_MOMENTS: usize = 8;

/// One question, one answer.
pub(crate) async fn evaluation(
    State(server): State<Arc<Server>>,
    Asker(caller): Asker,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    let body = json_body(&headers, body)?;
    let request: Request<'_> = parse(&body)?;
    single(&server, &caller, &request).await
}

async fn single(server: &Server, caller: &Caller, request: &Request<'_>) -> Result<Response, Problem> {
    let asked = request.common();
    let mut answers = Answers::new(server, caller);
    answers.look_back(std::iter::once(asked)).await?;
    let mut out = Vec::with_capacity(256);
    answers.answer(asked, &mut out)?;
    Ok(json(out))
}

/// Many questions, answered in order; each takes what it does not say itself from the request. With none,
/// the request is a single question.
pub(crate) async fn evaluations(
    State(server): State<Arc<Server>>,
    Asker(caller): Asker,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    let body = json_body(&headers, body)?;
    let request: Request<'_> = parse(&body)?;
    let count = request.evaluations.len();
    if count == 0 {
        return single(&server, &caller, &request).await;
    }
    if count > MOST_EVALUATIONS {
        let said = format!("a request takes at most {MOST_EVALUATIONS} evaluations");
        return Err(Problem::new(Kind::TooLarge, said));
    }
    let mut answers = Answers::new(&server, &caller);
    answers.look_back(request.each()).await?;
    let mut out = Vec::with_capacity(count * 128);
    out.extend_from_slice(b"{\"evaluations\":[");
    for (at, asked) in request.each().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        let decision = answers.answer(asked, &mut out).unwrap_or_else(|problem| {
            response::error(&problem, &mut out);
            false
        });
        let decided = match request.semantic() {
            Semantic::ExecuteAll => false,
            Semantic::DenyOnFirstDeny => !decision,
            Semantic::PermitOnFirstPermit => decision,
        };
        if decided {
            break;
        }
    }
    out.extend_from_slice(b"]}");
    Ok(json(out))
}

/// What this decision point offers, and where.
pub(crate) async fn configuration(State(server): State<Arc<Server>>, headers: HeaderMap) -> Response {
    #[derive(Serialize)]
    struct Offered {
        policy_decision_point: String,
        access_evaluation_endpoint: String,
        access_evaluations_endpoint: String,
    }
    // Whoever asks names the host: what is said then is for them alone.
    let cache = if server.config.base_uri.is_some() { "public, max-age=3600" } else { "no-store" };
    let named = || headers.get(HOST).and_then(|host| host.to_str().ok()).map(|host| format!("http://{host}"));
    let base =
        server.config.base_uri.as_ref().map(|uri| uri.as_str().to_owned()).or_else(named).unwrap_or_default();
    let base = base.trim_end_matches('/');
    let offered = Offered {
        policy_decision_point: base.to_owned(),
        access_evaluation_endpoint: format!("{base}/access/v1/evaluation"),
        access_evaluations_endpoint: format!("{base}/access/v1/evaluations"),
    };
    let body = serde_json::to_vec(&offered).unwrap_or_default();
    ([(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, cache)], body).into_response()
}

fn json_body(headers: &HeaderMap, body: Result<Bytes, BytesRejection>) -> Result<Bytes, Problem> {
    let media_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let media_type = media_type.split(';').next().unwrap_or_default().trim();
    if !media_type.eq_ignore_ascii_case("application/json") {
        return Err(Problem::new(Kind::MediaType, "send application/json"));
    }
    Ok(body?)
}

fn parse<'a, T: serde::Deserialize<'a>>(body: &'a [u8]) -> Result<T, Problem> {
    serde_json::from_slice(body).map_err(|error| Problem::new(Kind::Malformed, error.to_string()))
}

fn json(body: Vec<u8>) -> Response {
    ([(CONTENT_TYPE, "application/json")], body).into_response()
}

/// What somebody wrote in `as_of`, and what there was then.
type Past = (String, Result<(View, Revision), Problem>);

/// Answers one request's questions, with what they share.
struct Answers<'s> {
    server: &'s Server,
    caller: &'s Caller,
    pasts: Vec<Past>,
    /// Used again for each question.
    text: QuestionText,
    areas: HashMap<(Revision, AreaId), String>,
}

impl<'s> Answers<'s> {
    fn new(server: &'s Server, caller: &'s Caller) -> Self {
        Self { server, caller, pasts: Vec::new(), text: QuestionText::default(), areas: HashMap::new() }
    }

    /// Fetches the past organisations that are asked about.
    async fn look_back(&mut self, asked: impl Iterator<Item = Asked<'_>>) -> Result<(), Problem> {
        for moment in asked.filter_map(Asked::as_of) {
            let text = moment.text();
            if self.pasts.iter().any(|(it, _)| *it == text) {
                continue;
            }
            if self.pasts.len() == MOST_MOMENTS {
                let said = format!("a request takes at most {MOST_MOMENTS} different `as_of`");
                return Err(Problem::new(Kind::TooLarge, said));
            }
            let past = past::as_of(&self.server.office, &self.caller.view, text).await;
            self.pasts.push((text.to_owned(), past));
        }
        Ok(())
    }

    /// Answers a question into `out`, unless it cannot be answered.
    fn answer(&mut self, asked: Asked<'_>, out: &mut Vec<u8>) -> Result<bool, Problem> {
        asked.write_to(&mut self.text)?;
        let (view, revision) = match asked.as_of() {
            None => (&self.caller.view, self.caller.revision),
            Some(moment) => moment_of(&self.pasts, moment)?,
        };
        let answer = view.answer(&self.text)?;
        asked.check_kind(view.kind_of(answer.question.item))?;
        let area = match &answer.decision {
            Ok(allowed) => allowed.area,
            Err(refused) => refused.area,
        };
        // An area may have had another name at another revision.
        let area =
            area.map(|area| &**self.areas.entry((revision, area)).or_insert_with(|| view.area_text(area)));
        response::decision(&answer, area, revision, out);
        Ok(answer.decision.is_ok())
    }
}

fn moment_of<'p>(pasts: &'p [Past], moment: &AsOf<'_>) -> Result<(&'p View, Revision), Problem> {
    match pasts.iter().find(|(it, _)| *it == moment.text()) {
        Some((_, Ok((view, revision)))) => Ok((view, *revision)),
        Some((_, Err(problem))) => Err(problem.clone()),
        None => Err(Problem::new(Kind::Internal, "a past organisation was not fetched")),
    }
}
