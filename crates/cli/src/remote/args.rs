//! Which server is asked, and as whom: options, the environment, the context in use.

use std::path::PathBuf;

use clap::Args;

use super::{Address, Context, Contexts, Remote, Token};
use crate::failure::Failure;
use crate::organisation_source::cannot_read;

#[derive(Clone, Debug, Default, Args)]
pub(crate) struct ServerArgs {
    /// Ask a running server: its address, such as https://elm.example.org
    #[arg(long, value_name = "URL", conflicts_with = "context")]
    pub(crate) server: Option<String>,
    /// Ask the server of this context; see `bailiwick context`
    #[arg(long, value_name = "NAME")]
    pub(crate) context: Option<String>,
    /// The file with the access token for the server; without it, $BAILIWICK_TOKEN
    #[arg(long, value_name = "FILE")]
    pub(crate) token_file: Option<PathBuf>,
    /// The certificate of the authority that vouches for the server, as PEM, in place of the system's
    #[arg(long, value_name = "FILE")]
    pub(crate) ca: Option<PathBuf>,
    /// Send the token unencrypted, to a server that has no `https://`
    #[arg(long)]
    pub(crate) insecure: bool,
}

const SERVER_VARIABLE: &str = "BAILIWICK_SERVER";
const TOKEN_VARIABLE: &str = "BAILIWICK_TOKEN";

impl ServerArgs {
    /// Whether any of them is given.
    pub(crate) fn is_given(&self) -> bool {
        let Self { server, context, token_file, ca, insecure } = self;
        server.is_some() || context.is_some() || token_file.is_some() || ca.is_some() || *insecure
    }

    /// The server that is meant: by an option, by the environment, by the context in use.
    pub(crate) fn connect(&self) -> anyhow::Result<Remote> {
        let context = match (&self.server, &self.context, &variable(SERVER_VARIABLE)?) {
            (None, Some(name), _) => Contexts::load()?.named(name)?,
            (Some(address), ..) | (None, None, Some(address)) => Context::at(address.clone()),
            (None, None, None) => Contexts::load()?.in_use().cloned().ok_or_else(nowhere)?,
        };
        self.connect_to(context)
    }

    /// A token is sent to the server for which it is given: that of a context goes nowhere else.
    fn connect_to(&self, context: Context) -> anyhow::Result<Remote> {
        let address = Address::parse(&context.server)?;
        let token = match (&self.token_file, context.token, context.token_file) {
            (Some(path), ..) => Some(Token::read(path)?),
            (None, None, Some(path)) => Some(Token::read(&path)?),
            (None, Some(token), _) => Some(token),
            (None, None, None) => {
                let text = variable(TOKEN_VARIABLE)?;
                text.map(|text| Token::new(&text, &format!("${TOKEN_VARIABLE}"))).transpose()?
            }
        };
        if token.is_some() && !self.insecure && !context.insecure {
            address.expect_private()?;
        }
        let ca = self.ca.as_ref().or(context.ca.as_ref());
        let read = |path: &PathBuf| std::fs::read(path).map_err(|cause| cannot_read(path, &cause));
        let ca = ca.map(read).transpose()?;
        Remote::new(address, token, ca.as_deref())
    }
}

fn nowhere() -> Failure {
    Failure::new(
        "no organisation is named",
        "add `--org FILE`, `--data DIR`, `--database URL` or `--server URL`; or choose a server once and for all with \
         `bailiwick context`",
    )
}

/// A variable of the environment; an empty one is as good as none.
fn variable(name: &str) -> anyhow::Result<Option<String>> {
    match std::env::var(name) {
        Ok(text) => Ok(Some(text).filter(|text| !text.trim().is_empty())),
        Err(std::env::VarError::NotPresent) => Ok(None),
        Err(std::env::VarError::NotUnicode(_)) => {
            Err(Failure::new(format_args!("${name} is no text"), "set it anew, or unset it").into())
        }
    }
}
