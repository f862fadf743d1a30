//! What goes wrong with a server, as the command line tells it.

use std::error::Error as _;
use std::fmt::Write as _;
use std::io::Read as _;

use document::Report;
use reqwest::StatusCode;
use reqwest::blocking::Response;
use reqwest::header::CONTENT_TYPE;
use serde::Deserialize;

use super::Address;
use crate::commands::overtaken;
use crate::failure::Failure;
use crate::question::BAD_QUESTION_HELP;
use crate::table::visible;

/// A problem document (RFC 9457).
#[derive(Deserialize)]
struct Problem {
    #[serde(rename = "type")]
    of_type: String,
    title: String,
    detail: String,
    /// The mistakes of a document.
    #[serde(default)]
    problems: Vec<Mistake>,
    /// How many there are.
    #[serde(default)]
    total: usize,
}

/// A mistake of a document.
#[derive(Deserialize)]
struct Mistake {
    file: String,
    line: u32,
    column: u32,
    path: String,
    message: String,
}

/// So much of an answer is read that is an error; more is none of ours.
const LONGEST: u64 = 16 << 20;

/// Why a request got no answer.
pub(super) fn unsent(address: &Address, error: &reqwest::Error) -> anyhow::Error {
    let why = chain(error);
    let failure = if error.is_timeout() {
        let help = "ask again; if it stays so, look at the server's log";
        Failure::new(format_args!("{address} did not answer in time"), help)
    } else if error.is_connect() && why.contains("ertificate") {
        let help = "check the name; for an authority of your own name its certificate with `--ca FILE`";
        Failure::new(format_args!("{address} did not show who it is: {why}"), help)
    } else {
        let help = "check the address, and that the server runs";
        Failure::new(format_args!("cannot reach {address}: {why}"), help)
    };
    failure.into()
}

/// The causes of an error, the last of which says most, without the address, which the message names.
pub(super) fn chain(error: &reqwest::Error) -> String {
    let mut last = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        last = inner.to_string();
        cause = inner.source();
    }
    last
}

/// What a server says that does not do what it was asked.
pub(super) fn refused(address: &Address, with_token: bool, response: Response) -> anyhow::Error {
    let status = response.status();
    let header = |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok());
    let request = header("x-request-id").map(str::to_owned);
    let is_problem =
        header(CONTENT_TYPE.as_str()).is_some_and(|it| it.starts_with("application/problem+json"));
    let mut body = Vec::new();
    let read = response.take(LONGEST).read_to_end(&mut body);
    let problem =
        (is_problem && read.is_ok()).then(|| serde_json::from_slice::<Problem>(&body).ok()).flatten();
    match problem.map(|problem| in_words(with_token, problem)) {
        Some(Ok(report)) => report.into(),
        Some(Err(failure)) => failure.of_request(request).into(),
        None => stranger(address, status).of_request(request).into(),
    }
}

/// What a problem document tells that is not the whole answer.
pub(super) fn of_document(address: &Address, with_token: bool, document: &[u8]) -> anyhow::Error {
    match serde_json::from_slice(document).map(|problem| in_words(with_token, problem)) {
        Ok(Ok(report)) => report.into(),
        Ok(Err(failure)) => failure.into(),
        Err(_) => stranger(address, StatusCode::OK).into(),
    }
}

/// The mistakes of a document, or what else is wrong.
fn in_words(with_token: bool, problem: Problem) -> Result<Report, Failure> {
    match kind(&problem) {
        "bad-document" => Ok(report(problem)),
        _ => Err(told(with_token, &problem)),
    }
}

/// What is wrong with documents, as if they had been read here.
fn report(problem: Problem) -> Report {
    let Problem { problems, total, .. } = problem;
    let mistake = |Mistake { file, line, column, path, message }: Mistake| document::Problem {
        file: file.into(),
        line,
        column,
        path,
        message,
    };
    Report { total: total.max(problems.len()), problems: problems.into_iter().map(mistake).collect() }
}

/// The last part of a problem's type.
fn kind(problem: &Problem) -> &str {
    problem.of_type.rsplit(':').next().unwrap_or_default()
}

fn told(with_token: bool, problem: &Problem) -> Failure {
    let Problem { title, detail, .. } = problem;
    // A terminal is not to be told what to do.
    let detail = visible(detail);
    let titled = format!("{}: {detail}", lower_case(&visible(title)));
    match kind(problem) {
        "overtaken" => overtaken(),
        "not-found" if *detail != *server::NOTHING_HERE => Failure::new(detail, "check how it is called"),
        "not-found" => Failure::new(
            "there is no such thing on the server, or it is not yours to see",
            "check how it is called: users and types of licences by their ids, what was numbered by its number, \
             other things by their references (docs/organisation-document.md#references)",
        ),
        "conflict" => Failure::new(titled, "mend that first, and try again"),
        "bad-question" => Failure::new(detail, BAD_QUESTION_HELP),
        "sign-in" if with_token => Failure::new(
            "the server does not accept the access token",
            "it may have expired or been revoked, or its owner been archived: make a new one",
        ),
        "sign-in" => Failure::new(
            "the server wants to know who asks",
            "give an access token: `--token-file FILE`, $BAILIWICK_TOKEN, or `bailiwick context add`",
        ),
        "scope" => Failure::new(detail, "make a token with that scope, and use it instead"),
        "not-yours-to-ask" => Failure::new(titled, "ask as somebody who may, or about yourself"),
        "refused" => Failure::new(detail, "`bailiwick explain` tells what would allow it, and who can do it"),
        "too-large" => Failure::new(titled, "send less at a time, or have the server's limits raised"),
        "link" => Failure::new(
            "this link cannot be used: it has been used, has expired, or a newer one was made",
            "ask for another one",
        ),
        "outcome-unknown" => Failure::new(
            "the server did not end in time what it has begun",
            "it may be done all the same: look at what is there before you try again",
        ),
        "busy" | "slow" | "throttled" => Failure::new(titled, "try again in a moment"),
        "bad-value" | "malformed" | "foreign-revision" => {
            Failure::new(detail, "see docs/interfaces.md#rest-api")
        }
        "friend-away" => Failure::new(
            titled,
            "see whether it runs at that address; of a friend, `bailiwick doctor --friend NAME` says what is missing",
        ),
        _ => Failure::new(titled, "the server's log says more"),
    }
}

/// Something answers that is no Bailiwick server, or something in front of it.
fn stranger(address: &Address, status: StatusCode) -> Failure {
    let mut cause = format!("{address} answered {}", status.as_u16());
    if let Some(reason) = status.canonical_reason() {
        let _ = write!(cause, " ({reason})");
    }
    let help = match status {
        status if status.is_redirection() => "give the address to which it leads",
        StatusCode::BAD_GATEWAY | StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT => {
            "the proxy in front of it says so: check that the server runs"
        }
        _ => "check that this is the address of a Bailiwick server",
    };
    Failure::new(cause, help)
}

fn lower_case(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
}
