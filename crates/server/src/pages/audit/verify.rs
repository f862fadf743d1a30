//! Whether the journal is as it was written: the whole chain is read when somebody asks for it.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Request, State};
use axum::response::Response;

use super::tabs;
use crate::api::chain::{Verification, verified};
use crate::api::log::audits;
use crate::deadline;
use crate::pages::field::Field;
use crate::pages::frame::Frame;
use crate::pages::render;
use crate::pages::visitor::Visitor;
use crate::problem::Problem;
use crate::router::Server;

#[derive(Template)]
#[template(path = "audit/verify.html")]
struct VerifyPage {
    frame: Frame,
    noted: Field,
    found: Option<Verification>,
}

pub(crate) async fn show(
    State(server): State<Arc<Server>>,
    visitor: Visitor,
    mut request: Request,
) -> Result<Response, Problem> {
    visitor.both(audits)?;
    // It reads everything that was ever changed.
    deadline::allow_import(&mut request);
    let query = &visitor.query;
    let noted: Vec<String> = query.list("noted").map(str::to_owned).collect();
    let found = match query.get("verify") {
        "yes" => Some(verified(&server, &visitor.caller, &noted).await?),
        _ => None,
    };
    Ok(render(&VerifyPage {
        frame: visitor.frame("Audit").in_part("/audit").with_tabs(tabs(), "/audit/verify"),
        noted: Field::line("noted", "Hashes that you have noted", query.get("noted"))
            .hint("REVISION:HASH, with commas between them. Whoever rewrites the whole chain is found out by them alone."),
        found,
    }))
}
