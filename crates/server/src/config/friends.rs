//! What the server is told of asking other servers.

use std::path::PathBuf;
use std::time::Duration;

use super::settings::Settings;
use crate::authority::authorities;
use crate::peer::AllowedPeers;

/// How other servers are asked.
#[derive(Clone, Debug)]
pub struct Friends {
    /// The private hosts and networks that may be asked.
    pub(crate) allow: AllowedPeers,
    /// The file with the authority that has signed their certificates.
    pub authority: Option<PathBuf>,
    /// For a connection.
    pub connect_timeout: Duration,
    /// Until an answer begins.
    pub head_timeout: Duration,
    /// For an answer altogether.
    pub timeout: Duration,
    /// How often they are asked for changes of processes.
    pub poll: Duration,
}

/// What was said of friends.
pub(super) fn friends(settings: &Settings) -> Result<Friends, String> {
    let authority = &settings.friends_authority;
    if let Some(path) = &authority.value {
        authorities(path).map_err(|error| format!("{}: friends.authority: {error}", authority.origin))?;
    }
    Ok(Friends {
        allow: settings.friends_allow.value.clone(),
        authority: authority.value.clone(),
        connect_timeout: settings.friends_connect_timeout.value.0,
        head_timeout: settings.friends_head_timeout.value.0,
        timeout: settings.friends_timeout.value.0,
        poll: settings.friends_poll.value.0,
    })
}
