//! What is said of a mail server.

use std::str::FromStr;

use lettre::message::Mailbox;

use super::value::{Value, quoted, wrong};

/// Where a mail server listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct MailServer {
    pub(crate) host: String,
    /// None: the usual one.
    pub(crate) port: Option<u16>,
}

impl Value for MailServer {
    const EXPECTED: &'static str = "a host such as `smtp.example.org` or `smtp.example.org:587`";

    fn parse(text: &str) -> Result<Self, String> {
        let parsed = || {
            let (host, port) = match text.rsplit_once(':') {
                Some((host, port)) => (host, Some(port.parse().ok().filter(|port| *port > 0)?)),
                None => (text, None),
            };
            let fine = |byte: u8| byte.is_ascii_alphanumeric() || b".-_".contains(&byte);
            let named = !host.is_empty() && host.bytes().all(fine);
            named.then(|| Self { host: host.to_owned(), port })
        };
        parsed().ok_or_else(|| wrong::<Self>(text))
    }
    fn written(&self) -> Option<String> {
        match self.port {
            Some(port) => quoted(format_args!("{}:{port}", self.host)),
            None => quoted(&self.host),
        }
    }
}

/// How a mail server is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailSecurity {
    /// TLS after a command that asks for it, and nothing without.
    StartTls,
    /// TLS from the first byte.
    Tls,
    /// No TLS.
    None,
}

impl Value for MailSecurity {
    const EXPECTED: &'static str = "`starttls`, `tls` or `none`";

    fn parse(text: &str) -> Result<Self, String> {
        let all = [Self::StartTls, Self::Tls, Self::None];
        all.into_iter().find(|it| it.word() == text).ok_or_else(|| wrong::<Self>(text))
    }
    fn written(&self) -> Option<String> {
        quoted(self.word())
    }
}

impl MailSecurity {
    const fn word(self) -> &'static str {
        match self {
            Self::StartTls => "starttls",
            Self::Tls => "tls",
            Self::None => "none",
        }
    }
    /// The port at which a server usually listens so.
    pub(super) const fn port(self) -> u16 {
        match self {
            Self::StartTls => 587,
            Self::Tls => 465,
            Self::None => 25,
        }
    }
}

/// A mail address, with or without a name.
#[derive(Clone, Debug, PartialEq)]
pub struct MailAddress(Mailbox);

impl MailAddress {
    pub(crate) fn mailbox(&self) -> &Mailbox {
        &self.0
    }
}

impl FromStr for MailAddress {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        text.parse().map(Self).map_err(|_| wrong::<Self>(text))
    }
}

impl Value for MailAddress {
    const EXPECTED: &'static str =
        "a mail address such as `bailiwick@example.org` or `Bailiwick <bailiwick@example.org>`";

    fn parse(text: &str) -> Result<Self, String> {
        text.parse()
    }
    fn written(&self) -> Option<String> {
        quoted(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_server_is_a_host_and_perhaps_a_port_and_mail_comes_from_an_address() {
        fn check<T: Value>(text: &str, understood: bool) {
            let written = T::parse(text).ok().and_then(|value| value.written());
            assert_eq!(written, understood.then(|| format!("\"{text}\"")), "{text}");
        }
        for (text, understood) in [
            ("smtp.example.org", true),
            ("localhost:25", true),
            ("", false),
            ("smtp.example.org:0", false),
            ("smtp.example.org:x", false),
            ("smtp://x", false),
            ("a b", false),
            (":25", false),
        ] {
            check::<MailServer>(text, understood);
        }
        for (text, understood) in
            [("bob@example.org", true), ("Bob <bob@example.org>", true), ("bob", false), ("a@b@c", false)]
        {
            check::<MailAddress>(text, understood);
        }
        check::<MailSecurity>("starttls", true);
        check::<MailSecurity>("ssl", false);
    }
}
