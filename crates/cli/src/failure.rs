//! Errors as the command line tells them: the cause, and what to do about it.

use std::fmt;

use anstyle::{AnsiColor, Style};
use document::Report;
use server::ConfigError;

use crate::output::count;

/// An error of the command line's own.
#[derive(Debug)]
pub(crate) struct Failure {
    cause: String,
    help: String,
    /// The server's request, by which its log tells more.
    request: Option<String>,
}

impl Failure {
    pub(crate) fn new(cause: impl fmt::Display, help: impl fmt::Display) -> Self {
        Self { cause: cause.to_string(), help: help.to_string(), request: None }
    }

    /// The same, of a request to a server.
    pub(crate) fn of_request(self, request: Option<String>) -> Self {
        Self { request, ..self }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; {}", self.cause, self.help)
    }
}

impl std::error::Error for Failure {}

const ERROR: Style = AnsiColor::Red.on_default().bold();
const HELP: Style = AnsiColor::Cyan.on_default().bold();
const NOTE: Style = Style::new().bold();

/// Tells an error on stderr.
pub(crate) fn tell(error: &anyhow::Error) {
    if let Some(report) = error.downcast_ref::<Report>() {
        let more = if report.total > report.problems.len() {
            format!("; the first {}", report.problems.len())
        } else {
            String::new()
        };
        let problems = count(report.total, "problem");
        anstream::eprintln!("{ERROR}error:{ERROR:#} {problems} in the document{more}:\n{report}");
        anstream::eprintln!(
            "{HELP}help:{HELP:#} nothing was changed; docs/organisation-document.md has every key"
        );
        return;
    }
    if let Some(ConfigError { problems }) = error.downcast_ref() {
        let number = count(problems.len(), "problem");
        anstream::eprintln!("{ERROR}error:{ERROR:#} {number} in the configuration:\n{}", problems.join("\n"));
        anstream::eprintln!("{HELP}help:{HELP:#} `bailiwick config example` shows every key");
        return;
    }
    // A cause that a message names already is not told again.
    let causes = error.chain().skip(1).map(ToString::to_string);
    let text = causes.fold(error.to_string(), |text, cause| match text.contains(&cause) {
        true => text,
        false => format!("{text}: {cause}"),
    });
    // Messages of the other crates name cause and remedy, in this order, with a semicolon between them.
    let (cause, help) = match error.downcast_ref::<Failure>() {
        Some(failure) => (failure.cause.as_str(), Some(failure.help.as_str())),
        None => text.rsplit_once("; ").map_or((text.as_str(), None), |(cause, help)| (cause, Some(help))),
    };
    anstream::eprintln!("{ERROR}error:{ERROR:#} {cause}");
    if let Some(help) = help {
        anstream::eprintln!("{HELP}help:{HELP:#} {help}");
    }
    if let Some(Failure { request: Some(request), .. }) = error.downcast_ref() {
        note(format_args!("the server's log has this as request {request}"));
    }
}

/// Says something on stderr that is no error.
pub(crate) fn note(text: impl fmt::Display) {
    anstream::eprintln!("{NOTE}note:{NOTE:#} {text}");
}
