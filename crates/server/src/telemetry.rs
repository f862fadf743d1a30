//! Logs: a line for each request and for what administrators should know, on standard error or in a file.

use std::fs::File;
use std::io::IsTerminal as _;
use std::panic::PanicHookInfo;
use std::sync::Arc;

use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::fmt;
use tracing_subscriber::fmt::writer::BoxMakeWriter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

/// What is logged, and how.
#[derive(Clone, Copy, Debug, Default)]
pub struct Log {
    /// The form.
    pub form: LogForm,
    /// The least important that is logged.
    pub level: LogLevel,
}

/// The form of the log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogForm {
    /// Lines for people.
    #[default]
    Text,
    /// A JSON object a line.
    Json,
}

/// What is logged: this, and all that is more important.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "they are the usual five")]
pub enum LogLevel {
    Error,
    Warn,
    #[default]
    Info,
    Debug,
    Trace,
}

impl From<LogLevel> for LevelFilter {
    fn from(level: LogLevel) -> Self {
        match level {
            LogLevel::Error => Self::ERROR,
            LogLevel::Warn => Self::WARN,
            LogLevel::Info => Self::INFO,
            LogLevel::Debug => Self::DEBUG,
            LogLevel::Trace => Self::TRACE,
        }
    }
}

/// Starts to write logs, to which a panic is written too; does nothing when somebody has started before.
pub fn start_log(log: Log) {
    let coloured = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    start(log, BoxMakeWriter::new(std::io::stderr), coloured);
}

/// The same, into a file.
pub fn start_log_in(file: File, log: Log) {
    start(log, BoxMakeWriter::new(Arc::new(file)), false);
}

fn start(log: Log, writer: BoxMakeWriter, coloured: bool) {
    let registry = tracing_subscriber::registry().with(LevelFilter::from(log.level));
    let started = match log.form {
        LogForm::Text => {
            let layer = fmt::layer().with_target(false).with_ansi(coloured);
            registry.with(layer.with_writer(writer)).try_init()
        }
        LogForm::Json => {
            let layer = fmt::layer().json().flatten_event(true).with_current_span(true).with_span_list(false);
            registry.with(layer.with_writer(writer)).try_init()
        }
    };
    // Whoever started logs before wants them as they are.
    if started.is_ok() {
        std::panic::set_hook(Box::new(log_panic));
    }
}

/// In place of lines that would be no JSON. It stands within the request's span, if a handler has failed.
fn log_panic(panic: &PanicHookInfo<'_>) {
    let said = panic.payload_as_str().unwrap_or("nothing");
    let place = panic.location().map(ToString::to_string).unwrap_or_default();
    tracing::error!(said, place, "this must not happen: please report it");
}
