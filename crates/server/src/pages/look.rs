//! The look of pages, as somebody wants it: kept by the browser in a cookie.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Redirect, Response};

use super::form::Fields;
use super::sign_in::within;
use crate::client_address::ClientAddress;
use crate::cookie::{LOOK, is_secure};
use crate::router::Server;

/// How pages look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Look {
    pub(crate) theme: Theme,
    /// Whether rows are low.
    pub(crate) compact: bool,
    /// Whether the rail shows its marks alone.
    pub(crate) folded: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Theme {
    /// As the system has it.
    #[default]
    System,
    Light,
    Dark,
}

impl Theme {
    pub(crate) const ALL: [Self; 3] = [Self::System, Self::Light, Self::Dark];

    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
    pub(crate) const fn title(self) -> &'static str {
        match self {
            Self::System => "System",
            Self::Light => "Light",
            Self::Dark => "Dark",
        }
    }
}

const LASTS: u64 = 400 * 24 * 60 * 60;

impl Look {
    pub(crate) fn of(headers: &HeaderMap, secure: bool) -> Self {
        let mut look = Self::default();
        LOOK.value(headers, secure).unwrap_or_default().split('.').for_each(|word| look.take(word));
        look
    }
    /// Takes one choice over.
    fn take(&mut self, word: &str) {
        match word {
            "compact" => self.compact = true,
            "roomy" => self.compact = false,
            "folded" => self.folded = true,
            "open" => self.folded = false,
            word => {
                let theme = Theme::ALL.into_iter().find(|theme| theme.word() == word);
                self.theme = theme.unwrap_or(self.theme);
            }
        }
    }
    fn cookie(self, secure: bool) -> HeaderValue {
        let rows = if self.compact { "compact" } else { "roomy" };
        let rail = if self.folded { "folded" } else { "open" };
        LOOK.set(&format!("{}.{rows}.{rail}", self.theme.word()), LASTS, secure)
    }
}

/// Changes it, and goes back to where somebody was.
pub(crate) async fn choose(
    State(server): State<Arc<Server>>,
    client: ClientAddress,
    headers: HeaderMap,
    fields: Fields,
) -> Response {
    let secure = is_secure(&server.config, client);
    let mut look = Look::of(&headers, secure);
    fields.all("look").for_each(|word| look.take(word));
    ([(SET_COOKIE, look.cookie(secure))], Redirect::to(within(fields.get("back")))).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_look_is_kept_as_it_was_chosen() {
        let mut look = Look::default();
        ["dark", "compact", "nonsense", "folded"].into_iter().for_each(|word| look.take(word));
        assert_eq!(look, Look { theme: Theme::Dark, compact: true, folded: true });
        let cookie = look.cookie(false);
        let mut headers = HeaderMap::new();
        let pair = cookie.to_str().unwrap().split(';').next().unwrap();
        headers.insert("cookie", pair.parse().unwrap());
        assert_eq!(Look::of(&headers, false), look);
        assert_eq!(Look::of(&HeaderMap::new(), false), Look::default());
    }
}
