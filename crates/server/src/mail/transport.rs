//! Speaking to the mail server.

use std::path::PathBuf;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use lettre::message::Mailbox;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, CertificateStore, Tls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor};
use thiserror::Error;

use crate::config::{Mail, MailSecurity};

/// Longer than that no step takes.
const PATIENCE: Duration = Duration::from_secs(30);

const AUTO_SUBMITTED: HeaderName = HeaderName::new_from_ascii_str("Auto-Submitted");
const SUBJECT: HeaderName = HeaderName::new_from_ascii_str("Subject");
/// So many bytes come to an encoded word of less than 75 letters (RFC 2047 §2).
const MOST_OF_A_WORD: usize = 45;

/// Why mail cannot be sent at all.
#[derive(Debug, Error)]
pub enum MailError {
    /// The file cannot be read.
    #[error("cannot read `{}` of mail.authority: {cause}", .path.display())]
    CannotRead {
        /// Which.
        path: PathBuf,
        /// What the operating system says.
        #[source]
        cause: std::io::Error,
    },
    /// It holds no certificate.
    #[error("`{}` of mail.authority holds no certificate as PEM: {cause}", .path.display())]
    NoCertificate {
        /// Which.
        path: PathBuf,
        /// What is wrong.
        cause: String,
    },
    /// TLS cannot be set up.
    #[error("cannot set up TLS with the mail server: {0}")]
    Tls(String),
}

/// Why a message was not sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum NotSent {
    /// It may be sent later.
    Yet(String),
    /// It never will be.
    Ever(String),
}

/// What a message says, and to whom.
pub(crate) struct Letter {
    pub(crate) to: Mailbox,
    pub(crate) subject: String,
    pub(crate) text: String,
}

/// A mail server.
pub(crate) struct Transport {
    smtp: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

impl Transport {
    pub(crate) fn new(config: &Mail) -> Result<Self, MailError> {
        let tls = match config.security {
            MailSecurity::StartTls => Tls::Required(parameters(config)?),
            MailSecurity::Tls => Tls::Wrapper(parameters(config)?),
            MailSecurity::None => Tls::None,
        };
        let from = config.from.mailbox().clone();
        let smtp = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&config.host)
            .port(config.port)
            .tls(tls)
            .timeout(Some(PATIENCE))
            .hello_name(ClientId::Domain(from.email.domain().to_owned()));
        let smtp = config.login.iter().fold(smtp, |smtp, (user, password)| {
            smtp.credentials(Credentials::new(user.clone(), password.text().to_owned()))
        });
        Ok(Self { smtp: smtp.build(), from })
    }

    /// Hands a message to the server.
    pub(crate) async fn send(&self, letter: Letter) -> Result<(), NotSent> {
        let message = Message::builder()
            .from(self.from.clone())
            .to(letter.to)
            .raw_header(subject(letter.subject))
            .header(ContentType::TEXT_PLAIN)
            // Nobody's absence is told to us (RFC 3834).
            .raw_header(HeaderValue::new(AUTO_SUBMITTED, "auto-generated".to_owned()))
            .body(letter.text)
            .map_err(|error| NotSent::Ever(format!("the message cannot be written: {error}")))?;
        match self.smtp.send(message).await {
            Ok(_) => Ok(()),
            Err(error) => {
                tracing::warn!(%error, "a message was not sent");
                Err(told(&error))
            }
        }
    }
}

/// The subject; encoded where something in it looks like what is, or whoever reads it would be shown
/// something else than whoever is called so has written.
fn subject(text: String) -> HeaderValue {
    if !text.contains("=?") {
        return HeaderValue::new(SUBJECT, text);
    }
    let mut words: Vec<String> = vec![String::new()];
    for letter in text.chars() {
        match words.last_mut() {
            Some(word) if word.len() + letter.len_utf8() <= MOST_OF_A_WORD => word.push(letter),
            _ => words.push(letter.to_string()),
        }
    }
    let word = |text: &String| format!("=?utf-8?b?{}?=", BASE64_STANDARD.encode(text));
    let words: Vec<_> = words.iter().map(word).collect();
    HeaderValue::dangerous_new_pre_encoded(SUBJECT, text, words.join("\r\n "))
}

/// As far as whoever waits for the message is told; the log says more.
fn told(error: &lettre::transport::smtp::Error) -> NotSent {
    match error.status() {
        Some(code) if error.is_permanent() && !is_ours(code) => {
            NotSent::Ever(format!("the mail server does not take it (status {code})"))
        }
        Some(code) => NotSent::Yet(format!("the mail server does not take it now (status {code})")),
        None if error.is_tls() => NotSent::Yet("TLS with the mail server fails".to_owned()),
        None => NotSent::Yet("the mail server cannot be reached".to_owned()),
    }
}

/// What an administrator mends, such as a wrong password, keeps no message from being sent later.
fn is_ours(code: lettre::transport::smtp::response::Code) -> bool {
    matches!(code.to_string().as_str(), "530" | "534" | "535" | "538")
}

fn parameters(config: &Mail) -> Result<TlsParameters, MailError> {
    let mut builder = TlsParameters::builder(config.host.clone());
    if let Some(path) = &config.authority {
        let pem = std::fs::read(path);
        let pem = pem.map_err(|cause| MailError::CannotRead { path: path.clone(), cause })?;
        let authority = Certificate::from_pem(&pem);
        let authority = authority
            .map_err(|cause| MailError::NoCertificate { path: path.clone(), cause: cause.to_string() })?;
        builder = builder.certificate_store(CertificateStore::None).add_root_certificate(authority);
    }
    builder.build().map_err(|error| MailError::Tls(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_looks_encoded_is_read_as_it_was_written() {
        let sent = |text: &str| format!("{:?}", subject(text.to_owned()));
        assert!(sent("Bob asks for access").contains("Bob asks for access"));
        let said = "Bob =?utf-8?q?Your_bank?= Ruíz asks for access, at length and more than once";
        let sent = sent(said);
        let encoded = sent.split("=?utf-8?b?").skip(1).map(|word| {
            let (word, _) = word.split_once("?=").expect("it ends");
            assert!(word.len() + 12 <= 75, "{word}");
            String::from_utf8(BASE64_STANDARD.decode(word).unwrap()).expect("whole letters")
        });
        assert_eq!(encoded.collect::<String>(), said);
    }
}
