//! The decision API: OpenID AuthZEN Authorization API 1.0 (docs/decision-api.md).

mod evaluation;
mod found;
mod metadata;
mod object;
mod page_token;
mod request;
mod response;
mod search;

use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};

pub(crate) use evaluation::{evaluation, evaluations};
pub(crate) use found::Searches;
pub(crate) use metadata::configuration;
pub(crate) use search::{actions, resources, subjects};

/// Where each part of it is, and what the metadata calls it.
pub(crate) const EVALUATION: (&str, &str) = ("access_evaluation_endpoint", "/access/v1/evaluation");
pub(crate) const EVALUATIONS: (&str, &str) = ("access_evaluations_endpoint", "/access/v1/evaluations");
pub(crate) const SUBJECTS: (&str, &str) = ("search_subject_endpoint", "/access/v1/search/subject");
pub(crate) const RESOURCES: (&str, &str) = ("search_resource_endpoint", "/access/v1/search/resource");
pub(crate) const ACTIONS: (&str, &str) = ("search_action_endpoint", "/access/v1/search/action");

fn answer_json(body: Vec<u8>) -> Response {
    ([(CONTENT_TYPE, "application/json")], body).into_response()
}
