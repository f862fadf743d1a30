//! A server that is asked over HTTP, in place of documents or a database.

mod address;
mod args;
mod baseline;
mod contexts;
mod csv;
mod documents;
mod events;
mod global_configurations;
mod hierarchy;
mod log;
mod problem;
mod sync;
mod thing;
mod token;

use std::fmt::Display;
use std::io::{self, BufRead as _, BufReader, Read as _};
use std::time::Duration;

use governance::{Explanation, ItemText, QuestionText, WhoMay};
use reqwest::blocking::{Client, Request, RequestBuilder, Response};
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use reqwest::redirect::Policy;
use reqwest::{Certificate, Method};
use rustls::crypto::ring;
use serde::de::DeserializeOwned;
use serde_json::Value;

pub(crate) use address::Address;
pub(crate) use args::ServerArgs;
pub(crate) use baseline::BaselineRun;
pub(crate) use contexts::{Context, Contexts};
pub(crate) use documents::ImportPlanned;
pub(crate) use hierarchy::Of;
pub(crate) use thing::at;
pub(crate) use token::Token;

use crate::failure::Failure;

/// A server, and as whom it is asked.
pub(crate) struct Remote {
    client: Client,
    address: Address,
    token: Option<Token>,
}

const CONNECT: Duration = Duration::from_secs(10);
/// A server that goes away without a word is noticed.
const KEEP_ALIVE: Duration = Duration::from_secs(30);
/// For a question. The server has its own limit, which is shorter.
const QUESTION: Duration = Duration::from_secs(60);

/// For what may take its time.
const LONG: Duration = Duration::from_secs(60 * 60);

const JSON: &str = "application/json";
const JSON_LINES: &str = "application/jsonl";

impl Remote {
    /// Prepares to ask a server; nothing is sent yet. `ca`, as PEM, is trusted in place of the system's
    /// authorities.
    pub(crate) fn new(address: Address, token: Option<Token>, ca: Option<&[u8]>) -> anyhow::Result<Self> {
        // Another part of the process may have chosen it already, and there is but one to choose.
        let _ = ring::default_provider().install_default();
        let mut builder = Client::builder()
            .user_agent(concat!("bailiwick/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT)
            .tcp_keepalive(KEEP_ALIVE)
            .timeout(None)
            // Whoever redirects would get the token.
            .redirect(Policy::none());
        if address.is_loopback() {
            builder = builder.no_proxy();
        }
        if let Some(pem) = ca {
            builder = builder.tls_certs_only(authorities(pem)?);
        } else if !address.is_encrypted() {
            builder = builder.tls_certs_only([]);
        }
        let client = builder.build().map_err(|error| {
            Failure::new(
                format_args!("TLS cannot be used: {}", problem::chain(&error)),
                "install the system's certificate authorities, or name one with `--ca FILE`",
            )
        })?;
        Ok(Self { client, address, token })
    }

    pub(crate) fn address(&self) -> &Address {
        &self.address
    }

    /// Asks many questions, a line each; answers as many lines. `as_of` is the revision to answer from, and
    /// the one that was answered from afterwards.
    pub(crate) fn check(
        &self,
        questions: Vec<u8>,
        number: usize,
        as_of: &mut Option<String>,
    ) -> anyhow::Result<Vec<u8>> {
        if number == 0 {
            return Ok(Vec::new());
        }
        let request = self.request(Method::POST, "check", &as_of_pair(as_of.as_deref()));
        let request = request.header(CONTENT_TYPE, JSON_LINES).body(questions).timeout(QUESTION);
        let response = self.send(request)?;
        if let Some(revision) = revision(&response) {
            as_of.get_or_insert(revision);
        }
        let answers = self.bytes(response)?;
        let lines = answers.iter().filter(|byte| **byte == b'\n').count();
        if lines != number {
            let cause = format!("the server answered {lines} of {number} questions");
            return Err(Failure::new(cause, "ask again; the server's log may say more").into());
        }
        Ok(answers)
    }

    /// Asks one question, and why it is answered so.
    pub(crate) fn explain(
        &self,
        question: &QuestionText,
        as_of: Option<&str>,
    ) -> anyhow::Result<Explanation> {
        let mut query = vec![("user", question.user.as_str())];
        query.extend(asked(question));
        query.extend(as_of_pair(as_of));
        self.json(self.request(Method::GET, "explain", &query).timeout(QUESTION))
    }

    /// The same about whoever asks.
    pub(crate) fn explain_own(&self, question: &QuestionText) -> anyhow::Result<Explanation> {
        let query: Vec<_> = asked(question).collect();
        self.json(self.request(Method::GET, "explain", &query).timeout(QUESTION))
    }

    /// Asks who may.
    pub(crate) fn who_can(
        &self,
        question: &QuestionText,
        as_of: Option<&str>,
    ) -> anyhow::Result<Vec<WhoMay>> {
        let query: Vec<_> = asked(question).chain(as_of_pair(as_of)).collect();
        self.rows(self.request(Method::GET, "who-can", &query))
    }

    /// Asks what the user of the question may do it to.
    pub(crate) fn what_can(
        &self,
        question: &QuestionText,
        as_of: Option<&str>,
    ) -> anyhow::Result<Vec<ItemText>> {
        let asked = asked(question).filter(|(name, _)| *name != "item");
        let query: Vec<_> =
            [("user", &*question.user)].into_iter().chain(asked).chain(as_of_pair(as_of)).collect();
        self.rows(self.request(Method::GET, "what-can", &query))
    }

    fn request(&self, method: Method, path: &str, query: &[(&str, &str)]) -> RequestBuilder {
        let request = self.client.request(method, self.address.of(path, query));
        match &self.token {
            Some(token) => request.header(AUTHORIZATION, token.header()),
            None => request,
        }
    }

    /// Sends a request; whatever is no success is an error.
    fn send(&self, request: RequestBuilder) -> anyhow::Result<Response> {
        self.success(self.answer(request)?)
    }

    /// Sends a request, whatever is answered.
    fn answer(&self, request: RequestBuilder) -> anyhow::Result<Response> {
        let request: Request = request.build().map_err(|error| problem::unsent(&self.address, &error))?;
        self.client.execute(request).map_err(|error| problem::unsent(&self.address, &error))
    }

    fn success(&self, response: Response) -> anyhow::Result<Response> {
        if response.status().is_success() {
            return Ok(response);
        }
        Err(problem::refused(&self.address, self.token.is_some(), response))
    }

    fn json<T: DeserializeOwned>(&self, request: RequestBuilder) -> anyhow::Result<T> {
        let response = self.send(request.header(ACCEPT, JSON))?;
        let bytes = self.bytes(response)?;
        Ok(serde_json::from_slice(&bytes).map_err(|error| self.not_understood(&error))?)
    }

    /// A list, however long: it comes line by line.
    fn rows<T: DeserializeOwned>(&self, request: RequestBuilder) -> anyhow::Result<Vec<T>> {
        let response = self.send(request.header(ACCEPT, JSON_LINES).timeout(LONG))?;
        let mut rows = Vec::new();
        for line in BufReader::new(response).split(b'\n') {
            let line = line.map_err(|error| self.cut_short(&error))?;
            rows.push(serde_json::from_slice(&line).map_err(|error| self.not_understood(&error))?);
        }
        Ok(rows)
    }

    fn bytes(&self, mut response: Response) -> anyhow::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        response.read_to_end(&mut bytes).map_err(|error| self.cut_short(&error))?;
        Ok(bytes)
    }

    /// What a problem document tells that came in the middle of an answer.
    fn problem(&self, document: &[u8]) -> anyhow::Error {
        problem::of_document(&self.address, self.token.is_some(), document)
    }

    fn cut_short(&self, error: &io::Error) -> Failure {
        let cause = format!("the answer of {} ended too early: {error}", self.address);
        Failure::new(cause, "ask again; the server's log may say more")
    }

    /// A part of an answer. One that is not there is none that is empty.
    pub(crate) fn part<T: DeserializeOwned>(&self, answer: &Value, key: &str) -> anyhow::Result<T> {
        let told = |error| self.not_understood(format_args!("`{key}`: {error}"));
        T::deserialize(&answer[key]).map_err(|error: serde_json::Error| told(error).into())
    }

    fn not_understood(&self, error: impl Display) -> Failure {
        let cause = format!("the answer of {} is not understood: {error}", self.address);
        Failure::new(cause, "check that it is a Bailiwick server of the same release")
    }
}

fn authorities(pem: &[u8]) -> anyhow::Result<Vec<Certificate>> {
    let help = "give the authority's certificate as PEM: `-----BEGIN CERTIFICATE-----` …";
    match Certificate::from_pem_bundle(pem) {
        Ok(found) if !found.is_empty() => Ok(found),
        Ok(_) => Err(Failure::new("the file of `--ca` holds no certificate", help).into()),
        Err(error) => {
            let cause = format!("the file of `--ca` is not understood: {}", problem::chain(&error));
            Err(Failure::new(cause, help).into())
        }
    }
}

/// A question as a query has it, but for the user.
fn asked(question: &QuestionText) -> impl Iterator<Item = (&str, &str)> {
    let QuestionText { operation, actions, item, replace, by, to, .. } = question;
    let companions = [("replace", replace), ("by", by), ("to", to)];
    let companions = companions.into_iter().filter_map(|(name, value)| Some((name, value.as_deref()?)));
    let actions = actions.iter().map(|action| ("action", action.as_str()));
    [("operation", operation.as_str()), ("item", item)].into_iter().chain(actions).chain(companions)
}

fn as_of_pair(as_of: Option<&str>) -> Vec<(&str, &str)> {
    as_of.map(|as_of| ("as_of", as_of)).into_iter().collect()
}

/// The revision that an answer tells of.
fn revision(response: &Response) -> Option<String> {
    response.headers().get("revision")?.to_str().ok().map(str::to_owned)
}
