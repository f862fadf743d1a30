//! `openapi`: what the REST API offers, for programs.

use clap::Args;

use crate::Status;
use crate::output::print;

/// Write the OpenAPI description of the REST API that `serve` offers
#[derive(Debug, Args)]
pub(crate) struct OpenApi {}

impl OpenApi {
    pub(crate) fn run(&self) -> anyhow::Result<Status> {
        print(server::openapi())?;
        Ok(Status::Done)
    }
}
