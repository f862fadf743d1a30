//! Questions, one by one and many at once.

use std::collections::HashMap;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::HeaderMap;
use axum::response::Response;
use governance::{AreaId, QuestionText, View};
use store::Revision;

use super::request::{Asked, Evaluation, Evaluations, Semantic};
use super::{answer_json, response};
use crate::caller::{Asker, Caller};
use crate::problem::{Kind, Problem};
use crate::router::Server;
use crate::{json, past};

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
    let body = json::body(&headers, body)?;
    let request: Evaluation<'_> = json::read(&body)?;
    single(&server, &caller, request.single()).await
}

async fn single(server: &Server, caller: &Caller, asked: Asked<'_>) -> Result<Response, Problem> {
    let mut answers = Answers::new(server, caller);
    answers.look_back(std::iter::once(asked)).await?;
    let mut out = Vec::with_capacity(256);
    answers.answer(asked, &mut out)?;
    Ok(answer_json(out))
}

/// Many questions, answered in order; each takes what it does not say itself from the request. With none,
/// the request is a single question.
pub(crate) async fn evaluations(
    State(server): State<Arc<Server>>,
    Asker(caller): Asker,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    let body = json::body(&headers, body)?;
    let request: Evaluations<'_> = json::read(&body)?;
    let semantic = request.semantic()?;
    let count = request.each().len();
    if count == 0 {
        return single(&server, &caller, request.single()).await;
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
        let decided = match semantic {
            Semantic::ExecuteAll => false,
            Semantic::DenyOnFirstDeny => !decision,
            Semantic::PermitOnFirstPermit => decision,
        };
        if decided {
            break;
        }
    }
    out.extend_from_slice(b"]}");
    Ok(answer_json(out))
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
            if self.pasts.iter().any(|(it, _)| it == moment) {
                continue;
            }
            if self.pasts.len() == MOST_MOMENTS {
                let said = format!("a request takes at most {MOST_MOMENTS} different `as_of`");
                return Err(Problem::new(Kind::TooLarge, said));
            }
            let past = past::as_of(&self.server.office, &self.caller.view, moment).await;
            self.pasts.push((moment.to_owned(), past));
        }
        Ok(())
    }

    /// Answers a question into `out`, unless it cannot be answered.
    fn answer(&mut self, asked: Asked<'_>, out: &mut Vec<u8>) -> Result<bool, Problem> {
        asked.write_to(&mut self.text)?;
        let (view, revision) = match asked.as_of() {
            None => (&self.caller.view, self.caller.revision),
            Some(moment) => view_of(&self.pasts, moment)?,
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
        self.server.metrics.decided(answer.decision.is_ok());
        Ok(answer.decision.is_ok())
    }
}

fn view_of<'p>(pasts: &'p [Past], moment: &str) -> Result<(&'p View, Revision), Problem> {
    match pasts.iter().find(|(it, _)| it == moment) {
        Some((_, Ok((view, revision)))) => Ok((view, *revision)),
        Some((_, Err(problem))) => Err(problem.clone()),
        None => Err(Problem::new(Kind::Internal, "a past organisation was not fetched")),
    }
}
