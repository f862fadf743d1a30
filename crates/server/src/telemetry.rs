//! Logs: a line for each request and for what administrators should know, on standard error.

use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::fmt;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

/// The form of the logs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Logs {
    /// Lines for people.
    #[default]
    Text,
    /// A JSON object a line.
    Json,
}

/// Starts to write logs; does nothing when somebody has started before.
pub fn start_logs(form: Logs) {
    let registry = tracing_subscriber::registry().with(LevelFilter::INFO);
    let started = match form {
        Logs::Text => registry.with(fmt::layer().with_target(false).with_writer(std::io::stderr)).try_init(),
        Logs::Json => {
            let layer = fmt::layer().json().flatten_event(true).with_current_span(true).with_span_list(false);
            registry.with(layer.with_writer(std::io::stderr)).try_init()
        }
    };
    // Whoever started logs before wants them as they are.
    drop(started);
}
