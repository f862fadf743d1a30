//! Responses, written straight into the body.

use governance::{Answer, Basis, Gate};
use serde::ser::SerializeSeq as _;
use serde::{Serialize, Serializer};
use store::Revision;

use crate::problem::Problem;

#[derive(Serialize)]
struct Response<C> {
    decision: bool,
    context: C,
}

/// What led to the decision.
#[derive(Serialize)]
struct Context<'a> {
    gate: Option<Gate>,
    basis: Option<Basis>,
    area: Option<&'a str>,
    missing: Missing<'a>,
    revision: u64,
}

/// The actions asked, and the positions of those that are missing.
struct Missing<'a>(&'a [governance::Action], &'a [u16]);

impl Serialize for Missing<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut missing = serializer.serialize_seq(Some(self.1.len()))?;
        for action in self.1.iter().filter_map(|at| self.0.get(usize::from(*at))) {
            missing.serialize_element(&format_args!("{action}"))?;
        }
        missing.end()
    }
}

#[derive(Serialize)]
struct Failed<'a> {
    error: Failure<'a>,
}

#[derive(Serialize)]
struct Failure<'a> {
    status: u16,
    message: &'a str,
}

/// Writes a decision.
pub(super) fn decision(answer: &Answer, area: Option<&str>, revision: Revision, out: &mut Vec<u8>) {
    let refused = answer.decision.as_ref().err();
    let missing = refused.map_or(&[][..], |refused| &refused.missing);
    write(
        &Response {
            decision: refused.is_none(),
            context: Context {
                gate: refused.map(|refused| refused.gate),
                basis: answer.decision.as_ref().ok().map(|allowed| allowed.basis),
                area,
                missing: Missing(answer.question.actions(), missing),
                revision: revision.number(),
            },
        },
        out,
    );
}

/// Writes that a question among others has no answer; what has none is denied.
pub(super) fn error(problem: &Problem, out: &mut Vec<u8>) {
    let error = Failure { status: problem.kind.status().as_u16(), message: &problem.detail };
    write(&Response { decision: false, context: Failed { error } }, out);
}

fn write(response: &impl Serialize, out: &mut Vec<u8>) {
    serde_json::to_writer(out, response).expect("texts, numbers and truth values are written to memory");
}

/// The results of a search, written one by one.
#[derive(Default)]
pub(super) struct Results {
    written: Vec<u8>,
    count: usize,
}

/// A result says what its permission stands on.
#[derive(Serialize)]
struct Properties {
    basis: Basis,
}

#[derive(Serialize)]
struct Entity<'a> {
    #[serde(rename = "type")]
    kind: &'a str,
    id: &'a str,
    properties: Properties,
}

#[derive(Serialize)]
struct Action<'a> {
    name: &'a str,
    properties: Properties,
}

#[derive(Serialize)]
struct Page<'a> {
    next_token: &'a str,
    count: usize,
    total: usize,
}

impl Results {
    pub(super) fn entity(&mut self, kind: &str, id: &str, basis: Basis) {
        self.push(&Entity { kind, id, properties: Properties { basis } });
    }
    pub(super) fn action(&mut self, name: &str, basis: Basis) {
        self.push(&Action { name, properties: Properties { basis } });
    }
    fn push(&mut self, result: &impl Serialize) {
        if self.count > 0 {
            self.written.push(b',');
        }
        self.count += 1;
        write(result, &mut self.written);
    }

    /// The whole answer.
    pub(super) fn page(self, next_token: &str, total: usize, revision: Revision) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.written.len() + 256);
        out.extend_from_slice(b"{\"page\":");
        write(&Page { next_token, count: self.count, total }, &mut out);
        let of = format!(",\"context\":{{\"revision\":{}}},\"results\":[", revision.number());
        out.extend_from_slice(of.as_bytes());
        out.extend_from_slice(&self.written);
        out.extend_from_slice(b"]}");
        out
    }
}
