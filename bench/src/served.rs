//! A server in this process, over the database in a folder.

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use governance::Organisation;
use server::{Config, Demo, Example, Listening, serve};
use store::{Location, Store};
use tokio::runtime::Runtime;
use tokio::sync::oneshot;

use crate::client::{Connection, request};
use crate::progress;

/// A running server; it ends with this value.
pub(crate) struct Served {
    pub(crate) address: SocketAddr,
    /// Who administers everything, as a header says it.
    pub(crate) authorization: String,
    runtime: Option<Runtime>,
}

const PASSWORD: &str = "the benchmark's own password";

/// The first user of the sample, who administers everything.
pub(crate) fn administrator(organisation: &Organisation) -> Result<Demo> {
    let (_, administrator) = organisation.users().next().context("an organisation with users")?;
    let example = Example {
        id: administrator.id.to_string(),
        password: PASSWORD.to_owned(),
        about: "administers everything".to_owned(),
    };
    Ok(Demo { users: vec![example] })
}

/// The same, as a header says it.
pub(crate) fn basic(organisation: &Organisation) -> Result<String> {
    let (_, administrator) = organisation.users().next().context("an organisation with users")?;
    Ok(format!("Basic {}", BASE64_STANDARD.encode(format!("{}:{PASSWORD}", administrator.id))))
}

/// What the database in a folder has.
pub(crate) async fn organisation(folder: &Path) -> Result<Organisation> {
    let store = Store::open(&Location::folder(folder), "bench").await?;
    let loaded = store.load().await?;
    store.close().await;
    Ok(loaded.organisation)
}

impl Served {
    pub(crate) fn start(folder: &Path, organisation: &Organisation) -> Result<Self> {
        progress("starting a server");
        let config = Config {
            http: Some(SocketAddr::from(([127, 0, 0, 1], 0))),
            data: folder.to_owned(),
            demo: Some(administrator(organisation)?),
            ..Config::default()
        };
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        let (tell, told) = oneshot::channel::<Listening>();
        let server = runtime
            .spawn(async move { serve(config, |listening, _| tell.send(listening).map_or((), drop)).await });
        let listening = runtime.block_on(told);
        let Ok(listening) = listening else {
            let ended = runtime.block_on(server)?;
            return Err(ended.err().map_or_else(|| anyhow!("the server stopped"), Into::into));
        };
        let address = listening.http.context("a server that listens")?;
        let served = Self { address, authorization: basic(organisation)?, runtime: Some(runtime) };
        served.wait_until_ready()?;
        Ok(served)
    }

    /// Waits until the organisation is loaded and the administrator's password has been checked.
    fn wait_until_ready(&self) -> Result<()> {
        let ready = request("GET", "/health/ready", None, None);
        let client = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        client.block_on(async {
            while Connection::open(self.address).await?.ask(&ready).await?.status != 200 {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            Ok(())
        })
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_timeout(Duration::from_secs(10));
        }
    }
}
